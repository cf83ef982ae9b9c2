package importer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/bulkonboard/bulkonboard/importer"
)

// tooMany is a 429; a bare one has no Retry-After.
func tooMany(retryAfter time.Duration) error {
	return &Error{Kind: KindTransient, Code: "too_many_requests", HTTPStatus: 429, Limited: true, RetryAfter: retryAfter}
}

// A limiter decides of a request that comes now.
type limiter interface{ takes(now time.Time) bool }

// random refuses a share of the requests whatever their rate.
type random struct {
	share float64
	r     *rand.Rand
}

func (l *random) takes(time.Time) bool { return l.r.Float64() >= l.share }

// every refuses one request in so many.
type every struct{ n, seen int }

func (l *every) takes(time.Time) bool { l.seen++; return l.seen%l.n != 0 }

// fixed takes so many in a window. One that is lazy begins with the first
// request after the last one's end; the others follow each other.
type fixed struct {
	most  int
	width time.Duration
	lazy  bool
	phase time.Duration // of the first window, that has passed at the first request

	end  time.Time
	left int
	full []time.Time // ends of the windows in which something was refused
}

func (l *fixed) takes(now time.Time) bool {
	switch {
	case l.end.IsZero():
		l.end, l.left = now.Add(l.width-l.phase), l.most
	case !now.Before(l.end) && l.lazy:
		l.end, l.left = now.Add(l.width), l.most
	case !now.Before(l.end):
		for !now.Before(l.end) {
			l.end = l.end.Add(l.width)
		}
		l.left = l.most
	}
	if l.left == 0 {
		if n := len(l.full); n == 0 || l.full[n-1] != l.end {
			l.full = append(l.full, l.end)
		}
		return false
	}
	l.left--
	return true
}

// sliding takes so many in any span of its width.
type sliding struct {
	most  int
	width time.Duration
	at    []time.Time
}

func (l *sliding) takes(now time.Time) bool {
	for len(l.at) > 0 && now.Sub(l.at[0]) >= l.width {
		l.at = l.at[1:]
	}
	if len(l.at) >= l.most {
		return false
	}
	l.at = append(l.at, now)
	return true
}

// steady takes so many a second, and a few at once. The rate may be another
// from a moment on.
type steady struct {
	perSecond, then, burst float64
	after                  time.Duration

	tokens      float64
	start, last time.Time
}

func (l *steady) takes(now time.Time) bool {
	if l.start.IsZero() {
		l.start, l.last, l.tokens = now, now, l.burst
	}
	perSecond := l.perSecond
	if l.after > 0 && now.Sub(l.start) >= l.after {
		perSecond = l.then
	}
	l.tokens = min(l.tokens+now.Sub(l.last).Seconds()*perSecond, max(l.burst, 1))
	l.last = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// A trial is what became of a run against a limiter.
type trial struct {
	took     time.Duration
	requests []time.Duration // when they came
	refused  []time.Duration // of these
	failed   int             // rows
	found    float64
}

// share of the requests after a moment that were refused.
func (t trial) share(after time.Duration) float64 {
	count := func(of []time.Duration) (n float64) {
		for _, at := range of {
			if at >= after {
				n++
			}
		}
		return n
	}
	return count(t.refused) / max(count(t.requests), 1)
}

// accepted counts what was accepted in [from, to).
func (t trial) accepted(from, to time.Duration) (n int) {
	for _, at := range t.requests {
		if from <= at && at < to {
			n++
		}
	}
	for _, at := range t.refused {
		if from <= at && at < to {
			n--
		}
	}
	return n
}

// try sends rows to a server with that limiter, as an engine without a journal.
func try(t *testing.T, rows int, l limiter, retryAfter, latency time.Duration, o PacerOptions) (is trial) {
	start := time.Now()
	var mu sync.Mutex
	pacer := NewPacer(o)
	create := Retry(Pace(CreatorFunc(func(_ context.Context, req Request) (Receipt, error) {
		mu.Lock()
		is.requests = append(is.requests, time.Since(start))
		taken := l.takes(time.Now())
		if !taken {
			is.refused = append(is.refused, time.Since(start))
		}
		mu.Unlock()
		time.Sleep(latency)
		if taken {
			return created(req)
		}
		return Receipt{}, tooMany(retryAfter)
	}), pacer), 0)
	work := make(chan int)
	var wg sync.WaitGroup
	for range MaxWorkers {
		wg.Go(func() {
			for n := range work {
				if _, err := create.Create(t.Context(), request(n)); err != nil {
					mu.Lock()
					is.failed++
					mu.Unlock()
				}
			}
		})
	}
	for n := range rows {
		work <- n
	}
	close(work)
	wg.Wait()
	is.took, is.found = time.Since(start), pacer.Found()
	t.Logf("%d rows in %s, %d failed; %d of %d refused (%.1f %%); found %s",
		rows, is.took, is.failed, len(is.refused), len(is.requests), 100*is.share(0), FormatRate(is.found))
	return is
}

// Refusals that have nothing to do with the rate cost little.
func TestRefusalsAtRandomCostLittle(t *testing.T) {
	for _, c := range []struct {
		rate    float64
		rows    int
		latency time.Duration
		limiter func() limiter
		least   float64 // of what the server takes without them
	}{
		{Unlimited, 10000, 50 * time.Millisecond, func() limiter { return &random{0.05, rand.New(rand.NewPCG(1, 2))} }, 0.5},
		{Unlimited, 10000, 100 * time.Millisecond, func() limiter { return &random{0.01, rand.New(rand.NewPCG(3, 4))} }, 0.5},
		{Unlimited, 5000, 300 * time.Millisecond, func() limiter { return &random{0.05, rand.New(rand.NewPCG(5, 6))} }, 0.5},
		{50, 3000, 50 * time.Millisecond, func() limiter { return &random{0.05, rand.New(rand.NewPCG(7, 8))} }, 0.5},
		{5, 600, 50 * time.Millisecond, func() limiter { return &random{0.05, rand.New(rand.NewPCG(9, 10))} }, 0.5},
		{Unlimited, 10000, 50 * time.Millisecond, func() limiter { return &every{n: 1000} }, 0.95},
		{100, 10000, 50 * time.Millisecond, func() limiter { return &every{n: 1000} }, 0.95},
		{100, 10000, 200 * time.Millisecond, func() limiter { return &random{0.001, rand.New(rand.NewPCG(11, 12))} }, 0.95},
		{5, 3000, 50 * time.Millisecond, func() limiter { return &every{n: 1000} }, 0.95},
	} {
		t.Run(fmt.Sprintf("%s %s %T", FormatRate(c.rate), c.latency, c.limiter()), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				without := try(t, c.rows, &every{n: c.rows * 2}, 0, c.latency, PacerOptions{Rate: c.rate})
				is := try(t, c.rows, c.limiter(), 0, c.latency, PacerOptions{Rate: c.rate})
				// Five refusals in a row are one row's bad luck.
				if got := without.took.Seconds() / is.took.Seconds(); got < c.least || is.failed > 1 {
					t.Errorf("%.2f of what the server takes, want %.2f; %d failed", got, c.least, is.failed)
				}
			})
		})
	}
}

// Windows that are told by nothing but their refusals are recognized.
func TestWindowsAreRecognized(t *testing.T) {
	for _, c := range []struct {
		rows  int
		rate  float64
		fixed fixed
	}{
		{100, 5, fixed{most: 20, width: 20 * time.Second}},
		{100, 5, fixed{most: 20, width: 20 * time.Second, lazy: true}},
		{300, 5, fixed{most: 20, width: 20 * time.Second, phase: 17 * time.Second}},
		{300, Unlimited, fixed{most: 20, width: 20 * time.Second}},
		{300, 5, fixed{most: 60, width: time.Minute, lazy: true}},
		{300, 5, fixed{most: 60, width: time.Minute, phase: 40 * time.Second}},
		{300, 100, fixed{most: 60, width: time.Minute}},
		{60, 5, fixed{most: 10, width: time.Minute}},
		{60, 5, fixed{most: 10, width: time.Minute, lazy: true}},
		{60, 5, fixed{most: 10, width: time.Minute, phase: 50 * time.Second}},
		{300, 50, fixed{most: 33, width: 37 * time.Second, lazy: true}},
		{1000, 50, fixed{most: 50, width: 10 * time.Second}},
		{4500, 5, fixed{most: 1000, width: time.Hour, lazy: true}},
		{4500, 5, fixed{most: 1000, width: time.Hour, phase: 20 * time.Minute}},
		{2000, Unlimited, fixed{most: 1000, width: time.Hour}},
	} {
		name := fmt.Sprintf("%d rows at %s, %d in %s, lazy %v, phase %s",
			c.rows, FormatRate(c.rate), c.fixed.most, c.fixed.width, c.fixed.lazy, c.fixed.phase)
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := try(t, c.rows, &c.fixed, 0, 50*time.Millisecond, PacerOptions{Rate: c.rate})
				full := (c.rows - 1) / c.fixed.most
				ideal := time.Duration(full)*c.fixed.width - c.fixed.phase
				ideal += time.Duration(float64(c.rows-full*c.fixed.most) / c.rate * float64(time.Second))
				second := is.took
				if len(c.fixed.full) > 1 {
					second = c.fixed.full[1].Sub(time.Now().Add(-is.took))
				}
				t.Logf("%.2f times ideal; %.1f %% refused after the second window", is.took.Seconds()/ideal.Seconds(), 100*is.share(second))
				if is.took > ideal*13/10 || is.share(second) >= 0.05 || is.failed > 0 {
					t.Errorf("took %s, ideal %s; %.1f %% refused after the second window; %d failed", is.took, ideal, 100*is.share(second), is.failed)
				}
			})
		})
	}
}

// A limit that is another in the middle of a run is followed within a minute.
func TestAMovedLimitIsFollowed(t *testing.T) {
	for _, c := range []struct {
		from, to, burst float64
		retryAfter      time.Duration
	}{
		{20, 60, 1, 0}, {60, 20, 1, 0}, {20, 60, 5, time.Second}, {60, 20, 5, time.Second},
		{5, 50, 1, 0}, {50, 5, 1, 0}, {90, 10, 10, 0}, {10, 90, 10, 0},
	} {
		t.Run(fmt.Sprintf("%v to %v, burst %v, %s", c.from, c.to, c.burst, c.retryAfter), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const at = 2 * time.Minute
				rows := int(120*c.from + 130*c.to)
				l := &steady{perSecond: c.from, then: c.to, burst: c.burst, after: at}
				is := try(t, rows, l, c.retryAfter, 50*time.Millisecond, PacerOptions{Rate: 100})
				before := float64(is.accepted(at/2, at)) / 60
				after := float64(is.accepted(at+time.Minute, at+2*time.Minute)) / 60
				refused := 100 * is.share(at+time.Minute)
				t.Logf("%.1f of %v/s, then %.1f of %v/s; then %.1f %% refused", before, c.from, after, c.to, refused)
				if before < 0.8*c.from || after < 0.8*c.to || refused > 5 || is.failed > 0 {
					t.Errorf("%.1f a second of %v, then %.1f of %v, %.1f %% refused, %d failed", before, c.from, after, c.to, refused, is.failed)
				}
			})
		})
	}
}

// A limit over any span of time is kept nearly as well as one could.
func TestASlidingLimit(t *testing.T) {
	for _, c := range []struct {
		rate       float64
		most       int
		width      time.Duration
		retryAfter time.Duration
	}{
		{100, 20, time.Second, time.Second}, {Unlimited, 20, time.Second, time.Second}, {100, 20, time.Second, 0},
		{Unlimited, 20, time.Second, 0}, {5, 20, 20 * time.Second, 0}, {50, 100, 10 * time.Second, 0},
	} {
		t.Run(fmt.Sprintf("%s, %d in %s, %s", FormatRate(c.rate), c.most, c.width, c.retryAfter), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rows := 60 * c.most
				is := try(t, rows, &sliding{most: c.most, width: c.width}, c.retryAfter, 50*time.Millisecond, PacerOptions{Rate: c.rate})
				ideal := 60 * c.width
				t.Logf("%.3f times ideal", is.took.Seconds()/ideal.Seconds())
				settled := is.share(10 * time.Second)
				if is.took > ideal*12/10 || settled > 0.02 || is.share(0) > 0.1 || is.failed > 0 {
					t.Errorf("took %s, ideal %s; %.1f %% refused, %.1f %% after ten seconds, %d failed",
						is.took, ideal, 100*is.share(0), 100*settled, is.failed)
				}
			})
		})
	}
}

// SetRate reaches also who already waits for a token.
func TestSetRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerOptions{Rate: 1.0 / 60})
		create := Pace(CreatorFunc(func(_ context.Context, req Request) (Receipt, error) { return created(req) }), p)
		start := time.Now()
		var at []time.Duration
		go func() {
			time.Sleep(2 * time.Second)
			p.SetRate(2)
		}()
		for n := range 12 {
			if n == 7 {
				p.SetRate(1)
			}
			if _, err := create.Create(t.Context(), request(n)); err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Since(start).Round(10*time.Millisecond))
		}
		for n, want := range []time.Duration{0, 2480, 2980, 3480, 3980, 4480, 4980, 5980, 6980, 7980, 8980, 9980} {
			if want *= time.Millisecond; at[n] != want {
				t.Errorf("request %d went after %s, want %s", n+1, at[n], want)
			}
		}
		if st := p.State(); st.Ceiling != 1 || st.Rate != 1 || st.Reason != "" {
			t.Errorf("the state is %+v", st)
		}
		if p.SetRate(0); p.State().Ceiling != DefaultRate {
			t.Errorf("SetRate(0) makes it %s", FormatRate(p.State().Ceiling))
		}
	})
}

// Who waits is told for what.
func TestTheReasonForAWindow(t *testing.T) {
	for _, c := range []struct {
		fixed fixed
		want  string
	}{
		{fixed{most: 20, width: 20 * time.Second}, "the server takes 20 requests in 20 s"},
		{fixed{most: 10, width: time.Minute}, "the server takes 10 requests in 1 min"},
		{fixed{most: 30, width: time.Hour}, "the server takes 30 requests in 1 h"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var reasons []string
			o := PacerOptions{Rate: 5}
			var r *rig
			r = newRig(t, &server{decide: func(_ int, req Request) (Receipt, error) {
				if st := r.pacer.State(); st.Reason != "" && (len(reasons) == 0 || reasons[len(reasons)-1] != st.Reason) {
					reasons = append(reasons, st.Reason)
				}
				if c.fixed.takes(time.Now()) {
					return created(req)
				}
				return Receipt{}, tooMany(0)
			}}, o)
			r.wantHalt(r.send(t.Context(), 3*c.fixed.most), "")
			if len(reasons) != 2 || reasons[0] != "the server answered 429" || reasons[1] != c.want {
				t.Errorf("the reasons are %q, want %q", reasons, c.want)
			}
		})
	}
}

// A server that stays closed does not use up every row's attempts.
func TestAServerThatStaysClosedEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{decide: func(n int, req Request) (Receipt, error) {
			if n <= 10 {
				return created(req)
			}
			return Receipt{}, tooMany(0)
		}}
		r := newRig(t, s, PacerOptions{Rate: 5})
		start := time.Now()
		tally := r.send(t.Context(), 1000)
		r.wantHalt(tally, StopOutage)
		if took := time.Since(start); took < time.Hour || took > 90*time.Minute || s.count() > 60 || tally.Sent[Created] != 10 {
			t.Errorf("it ended after %s and %d requests: %v", took, s.count(), tally)
		}
	})
}
