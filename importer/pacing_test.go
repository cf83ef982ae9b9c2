package importer_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/bulkonboard/bulkonboard/importer"
)

// A window accepts so many requests in any sliding second and answers the
// others with 429 and Retry-After: 1, as does a gateway in front of an API.
type window struct {
	most     int
	accepted []time.Time
	refused  int
}

func (w *window) answer(_ int, req Request) (Receipt, error) {
	now := time.Now()
	for len(w.accepted) > 0 && now.Sub(w.accepted[0]) >= time.Second {
		w.accepted = w.accepted[1:]
	}
	if len(w.accepted) >= w.most {
		w.refused++
		return Receipt{}, &Error{Kind: KindTransient, Code: "too_many_requests", HTTPStatus: 429, Limited: true, RetryAfter: time.Second}
	}
	w.accepted = append(w.accepted, now)
	return created(req)
}

// A bucket accepts a burst and then so many a second.
type bucket struct {
	burst, perSecond, tokens float64
	last                     time.Time
	refused                  int
	retryAfter               time.Duration
}

func (b *bucket) answer(_ int, req Request) (Receipt, error) {
	now := time.Now()
	if b.last.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.perSecond)
	}
	b.last = now
	if b.tokens < 1 {
		b.refused++
		return Receipt{}, &Error{Kind: KindTransient, Code: "too_many_requests", HTTPStatus: 429, Limited: true, RetryAfter: b.retryAfter}
	}
	b.tokens--
	return created(req)
}

func TestSettlesJustUnderWhatTheServerAccepts(t *testing.T) {
	const rows = 1000
	for _, latency := range []time.Duration{5 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
		t.Run(latency.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &window{most: 20}
				s := &server{latency: latency, decide: w.answer}
				r := newRig(t, s, PacerOptions{Rate: 100})
				start := time.Now()
				r.wantHalt(r.send(t.Context(), rows), "")
				took := time.Since(start)

				ideal := rows * time.Second / 20
				t.Logf("%s, %.2f times ideal; %d of %d refused; found %s", took, float64(took)/float64(ideal), w.refused, s.count(),
					FormatRate(r.pacer.Found()))
				if took > ideal+ideal/5 {
					t.Errorf("took %s, ideal is %s", took, ideal)
				}
				if float64(w.refused) >= 0.03*float64(s.count()) {
					t.Errorf("%d of %d requests were refused", w.refused, s.count())
				}
				found := r.pacer.Found()
				if found < 17 || found > 20.5 {
					t.Errorf("found %s, want just under 20/s", FormatRate(found))
				}

				// The second run starts there.
				time.Sleep(time.Hour)
				w.refused = 0
				s2 := &server{latency: latency, decide: w.answer}
				r = newRig(t, s2, PacerOptions{Rate: 100, Found: found})
				if st := r.pacer.State(); st.Rate != found || st.Ceiling != 100 || st.Reason == "" {
					t.Errorf("the second run starts at %+v", st)
				}
				start = time.Now()
				r.wantHalt(r.send(t.Context(), rows), "")
				took = time.Since(start)
				t.Logf("second: %s, %.2f times ideal; %d of %d refused; found %s", took, float64(took)/float64(ideal), w.refused, s2.count(),
					FormatRate(r.pacer.Found()))
				if took > ideal+ideal/5 || float64(w.refused) >= 0.01*rows {
					t.Errorf("the second run took %s and had %d requests refused", took, w.refused)
				}
				first := 0
				for _, at := range s2.attempts {
					if at.Sub(start) < time.Second {
						first++
					}
				}
				if first < 16 || first > 21 {
					t.Errorf("%d requests in the second run's first second, want about 20", first)
				}
			})
		})
	}
}

func TestPaceAgainstABurstingServer(t *testing.T) {
	for _, retryAfter := range []time.Duration{0, time.Second} {
		t.Run(retryAfter.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const rows = 2000
				b := &bucket{burst: 40, perSecond: 20, retryAfter: retryAfter}
				s := &server{latency: 50 * time.Millisecond, decide: b.answer}
				r := newRig(t, s, PacerOptions{Rate: 100})
				r.options.MaxAttempts = 20
				start := time.Now()
				r.wantHalt(r.send(t.Context(), rows), "")
				took, ideal := time.Since(start), (rows-40)*time.Second/20
				t.Logf("%s, %.2f times ideal; %d of %d refused; found %s", took, float64(took)/float64(ideal), b.refused, s.count(),
					FormatRate(r.pacer.Found()))
				if took > ideal+ideal*3/10 {
					t.Errorf("took %s, ideal is %s", took, ideal)
				}
				if float64(b.refused) >= 0.03*float64(s.count()) {
					t.Errorf("%d of %d requests were refused", b.refused, s.count())
				}
			})
		})
	}
}

func TestGrownAllowanceIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: 20 * time.Millisecond}
		r := newRig(t, s, PacerOptions{Rate: 50, Found: 10})
		r.wantHalt(r.send(t.Context(), 3000), "")
		if st := r.pacer.State(); st.Rate != 50 || st.Reason != "" || r.pacer.Found() != 0 {
			t.Errorf("after 3000 rows without a refusal: %+v, found %v; want the ceiling", st, r.pacer.Found())
		}
	})
}

func TestFoundAboveTheCeilingDoesNotCount(t *testing.T) {
	if st := NewPacer(PacerOptions{Rate: 5, Found: 19}).State(); st.Rate != 5 || st.Reason != "" {
		t.Errorf("a pacer asked for 5/s starts at %+v", st)
	}
}

// TestWorkersFollowTheRate: nobody has to compute how many requests in flight
// a rate takes at the server's latency.
func TestWorkersFollowTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows, perSecond, latency = 5000, 100, 200 * time.Millisecond
		s := &server{latency: latency}
		r := newRig(t, s, PacerOptions{Rate: perSecond})
		start := time.Now()
		r.wantHalt(r.send(context.Background(), rows), "")
		took := time.Since(start) - latency // from the first request to the last
		if kept := float64(rows-1) / took.Seconds(); kept < 0.99*perSecond {
			t.Errorf("kept %.1f requests a second of %d", kept, perSecond)
		}
	})
}
