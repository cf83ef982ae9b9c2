package importer_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/bulkonboard/bulkonboard/importer"
)

// most is the greatest number of attempts in any window of this width.
func most(attempts []time.Time, width time.Duration) int {
	best, from := 0, 0
	for i := range attempts {
		for attempts[i].Sub(attempts[from]) >= width {
			from++
		}
		best = max(best, i-from+1)
	}
	return best
}

func TestRateIsKept(t *testing.T) {
	for _, c := range []struct {
		rate    float64
		latency time.Duration
		rows    int
	}{{5, 10 * time.Millisecond, 100}, {5, 3 * time.Second, 400}, {100, 200 * time.Millisecond, 2000}, {0.5, time.Millisecond, 10}} {
		t.Run(FormatRate(c.rate)+" "+c.latency.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{latency: c.latency}
				r := newRig(t, s, PacerOptions{Rate: c.rate})
				start := time.Now()
				r.wantHalt(r.send(t.Context(), c.rows), "")
				took := time.Since(start)

				if n := most(s.attempts, time.Second); float64(n) > c.rate+1 {
					t.Errorf("%d requests in one second at %s", n, FormatRate(c.rate))
				}
				ideal := time.Duration(float64(c.rows-1)/c.rate*float64(time.Second)) + c.latency
				if took > ideal+ideal/50 {
					t.Errorf("took %s, ideal is %s", took, ideal)
				}
			})
		})
	}
}

func TestWorkersBoundWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: time.Second}
		r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 3})
		r.wantHalt(r.send(t.Context(), 30), "")
		if s.most != 3 {
			t.Errorf("%d requests in flight at once, want 3", s.most)
		}
	})
}

func TestRetryAfterPausesEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: 50 * time.Millisecond}
		s.answer = func(n int, req Request) (Receipt, error) {
			if n == 20 {
				return Receipt{}, &Error{Kind: KindTransient, Code: "too_many_requests", Limited: true, RetryAfter: 30 * time.Second}
			}
			return created(req)
		}
		resumed := 0
		r := newRig(t, s, PacerOptions{Rate: 50, Workers: 8, OnResume: func(context.Context) *Halt { resumed++; return nil }})
		r.wantHalt(r.send(t.Context(), 100), "")

		answered := s.attempts[19].Add(s.latency)
		for _, a := range s.attempts[20:] {
			if a.After(answered) && a.Before(answered.Add(30*time.Second)) {
				t.Fatalf("an attempt %s into the pause", a.Sub(answered))
			}
		}
		if resumed != 1 {
			t.Errorf("OnResume was called %d times, want once", resumed)
		}
		for n := 1; n <= 100; n++ {
			if st := r.status(n); st != Created {
				t.Fatalf("row %d is %s", n, st)
			}
		}
	})
}

func TestNothingIsBegunDuringAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(n int, req Request) (Receipt, error) {
			if n == 1 {
				return Receipt{}, &Error{Kind: KindTransient, Code: "unavailable", ServerSide: true, RetryAfter: 30 * time.Second}
			}
			return created(req)
		}}
		r := newRig(t, s, PacerOptions{Rate: 50, Workers: 8})
		done := make(chan Tally)
		go func() { done <- r.send(context.Background(), 20) }()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		totals, err := r.journal.Totals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if totals[InDoubt] != 0 {
			t.Errorf("a power cut now would leave %d rows in doubt", totals[InDoubt])
		}
		r.wantHalt(<-done, "")
	})
}

func TestLimitedAnswersHalveTheRateOncePerWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Eight in flight are all refused: one halving, not eight.
		var r *rig
		s := &server{latency: time.Second}
		s.answer = func(n int, req Request) (Receipt, error) {
			switch {
			case n <= 8:
				return Receipt{}, &Error{Kind: KindTransient, Code: "too_many_requests", Limited: true}
			case n == 9:
				if st := r.pacer.State(); st.Rate != 20 || st.Reason == "" {
					t.Errorf("the rate is %s (%q), want half of 40", FormatRate(st.Rate), st.Reason)
				}
			}
			return created(req)
		}
		r = newRig(t, s, PacerOptions{Rate: 40, Workers: 8})
		r.wantHalt(r.send(t.Context(), 8), "")
	})
}

func TestUnlimitedBecomesTheMeasuredRateHalved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: 100 * time.Millisecond} // 10 workers: 100 a second
		s.answer = func(n int, req Request) (Receipt, error) {
			if n == 400 {
				return Receipt{}, &Error{Kind: KindTransient, Code: "too_many_requests", Limited: true}
			}
			return created(req)
		}
		r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 10})
		r.wantHalt(r.send(t.Context(), 400), "")
		if got := r.pacer.State().Rate; got < 40 || got > 62 {
			t.Errorf("the rate is %s, want about 50/s", FormatRate(got))
		}
	})
}

func TestRateClimbsBackAfterRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: 10 * time.Millisecond}
		s.answer = func(n int, req Request) (Receipt, error) {
			if n == 10 {
				return Receipt{}, &Error{Kind: KindTransient, Code: "too_many_requests", Limited: true}
			}
			return created(req)
		}
		r := newRig(t, s, PacerOptions{Rate: 20})
		r.wantHalt(r.send(t.Context(), 600), "")
		if st := r.pacer.State(); st.Rate != 20 || st.Reason != "" {
			t.Errorf("after 600 rows the rate is %s (%s), want the ceiling again", FormatRate(st.Rate), st.Reason)
		}
	})
}

func TestAPauseThatIsTooLongHalts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int, Request) (Receipt, error) {
			return Receipt{}, &Error{Kind: KindTransient, Code: "unavailable", ServerSide: true, RetryAfter: 48 * time.Hour}
		}}
		r := newRig(t, s, PacerOptions{Rate: 5})
		start := time.Now()
		r.wantHalt(r.send(t.Context(), 10), "outage")
		if took := time.Since(start); took > time.Minute {
			t.Errorf("waited %s", took)
		}
	})
}

func TestParseRate(t *testing.T) {
	for in, want := range map[string]float64{"5/s": 5, "300/min": 5, "1/min": 1.0 / 60, " 2.5 / s ": 2.5, "unlimited": Unlimited,
		"3600/h": 1} {
		if got, err := ParseRate(in); err != nil || got != want {
			t.Errorf("ParseRate(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "5", "0/s", "-1/s", "x/s", "5/day", "NaN/s", "Inf/s"} {
		if got, err := ParseRate(in); err == nil {
			t.Errorf("ParseRate(%q) = %v, want an error", in, got)
		}
	}
}
