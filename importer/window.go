package importer

import (
	"fmt"
	"time"
)

// The figures by which windows are recognized.
const (
	shortestWindow = 1500 * time.Millisecond // what is closed for less is a matter of the rate
	longestClosed  = longestPause + 5*time.Minute
	tryBeyond      = 50 // requests until one more than a window's is tried
)

// windows recognizes a server that takes so many requests in a time and refuses
// all others without a word of when to come back: by when its refusals begin
// and end. While it is closed, single requests ask at growing distances whether
// it is open again; once its width is known, everybody waits that long and
// nobody asks. Not safe for concurrent use.
type windows struct {
	opened time.Time // when the first request of the present window was answered
	sent   int       // requests in it that have left
	taken  int       // and that were not refused

	shut        time.Time     // since when everything is refused; zero: open
	mark        int64         // attempts up to this one had left at the last refusal
	refusal     int64         // the last attempt that was refused, …
	lastRefused time.Time     // … and when it had left
	gap         time.Duration // between two that ask
	ask         bool          // the next one to leave asks whether the server is open again
	asker       int64         // the one that does; 0: nobody

	most   int           // requests in a window; 0: none was recognized
	seen   int           // windows whose end was seen
	lo, hi time.Duration // between which its width lies
	width  time.Duration // what it is taken for
	calm   int           // requests since one more than most was tried
	beyond bool          // that is tried
	early  bool          // the next trial is to ask before the window should open
}

// alone tells whether one request may be in flight at most.
func (w *windows) alone() bool { return w.ask || w.asker > 0 || w.beyond }

// reopens is when the next window begins.
func (w *windows) reopens() time.Time { return w.opened.Add(w.width + margin(w.width)) }

// margin is for what lies between our clock and the server's.
func margin(d time.Duration) time.Duration { return min(50*time.Millisecond+d/100, 2*time.Second) }

// left tells of an attempt that leaves, and for how long none may follow.
func (w *windows) left(now time.Time, attempt int64) time.Duration {
	if w.most > 0 && w.shut.IsZero() && !now.Before(w.reopens()) {
		if w.beyond { // a whole window with more than it should hold
			w.most, w.beyond = 0, false
		} else {
			w.ask = true
		}
	}
	if w.ask {
		w.ask, w.asker = false, attempt
		return 0
	}
	w.sent++
	w.calm++
	if w.most == 0 || w.sent < w.most || w.beyond {
		return 0
	}
	next := w.reopens()
	if w.calm >= tryBeyond+w.most {
		w.calm, w.early = 0, !w.early
		if next = w.opened.Add(w.width * 2 / 3); !w.early || !next.After(now) {
			w.beyond = true
			return 0
		}
	}
	w.ask = true
	return next.Sub(now)
}

// refused tells of an attempt that was refused without a word of when to come
// back, and how long everybody waits; closed if not even one a while later was
// accepted. perSecond is the present rate.
func (w *windows) refused(now time.Time, a admission, latest int64, perSecond float64) (wait time.Duration, closed bool) {
	w.refusal, w.lastRefused = max(w.refusal, a.number), later(w.lastRefused, a.at)
	if a.number <= w.mark {
		return 0, false
	}
	first := w.shut.IsZero()
	w.mark = latest
	if first {
		w.shut, w.gap = now, 0
	}
	trusted := w.most > 0 && (w.taken*5 >= w.most*4 || w.width <= time.Minute && w.seen > 1)
	switch {
	case first && trusted && w.reopens().After(now):
		w.most, w.lo = w.taken, max(w.lo, a.at.Sub(w.opened))
		w.ask, w.asker, w.beyond, w.calm = true, 0, false, 0
		return w.reopens().Sub(now), true
	case first && w.asker == 0:
		return 0, false
	}
	w.ask, w.asker, w.beyond = true, 0, false
	return w.untilNext(now, perSecond), true
}

// untilNext is how long to wait before asking again: a third longer each time,
// so that at most that much is lost, and preferably a round time after the
// window began.
func (w *windows) untilNext(now time.Time, perSecond float64) time.Duration {
	closed, age := now.Sub(w.shut), now.Sub(w.opened)
	if closed < 4*time.Second || w.opened.IsZero() {
		least := time.Duration(min(1/max(perSecond, 0.001), 1) * float64(time.Second))
		w.gap = min(max(2*w.gap, least), time.Second)
		return w.gap
	}
	at := roundest(age+closed/5, age+closed*7/20)
	return at + margin(at) - age
}

// accepted tells of an attempt that the server has dealt with, and whether it
// is the first of another window.
func (w *windows) accepted(now time.Time, a admission) bool {
	switch {
	case w.opened.IsZero():
		w.opened = now
	case a.number < w.refusal, w.asker > 0 && a.number < w.asker:
	case w.asker > 0:
		another := w.shut.IsZero() || now.Sub(w.shut) >= shortestWindow
		if another && w.taken > 0 {
			w.observe(now)
		}
		w.shut, w.asker = time.Time{}, 0
		if another {
			w.opened, w.sent, w.taken = now, 1, 1
		}
		return another
	default:
		w.shut, w.ask = time.Time{}, w.ask && w.most > 0
	}
	w.taken++
	if w.beyond && w.taken >= 2*w.most {
		w.most, w.beyond = 0, false
	}
	return false
}

// observe takes the measure of a window that has ended between the last refusal
// and now.
func (w *windows) observe(now time.Time) {
	lo, hi := max(w.lastRefused.Sub(w.opened), 0), now.Sub(w.opened)
	if w.shut.IsZero() && hi >= w.width {
		return // nobody asked before it was due
	}
	if w.most > 0 && max(lo, w.lo) < min(hi, w.hi) {
		lo, hi = max(lo, w.lo), min(hi, w.hi)
	}
	w.seen++
	w.most, w.lo, w.hi, w.width = w.taken, lo, hi, roundest(lo, hi)
}

// reason says what the windows are.
func (w *windows) reason() string {
	if w.most == 0 {
		return tooManyRequests
	}
	return fmt.Sprintf("the server takes %d requests in %s", w.most, span(w.width))
}

// span writes a time in the largest unit that leaves nothing over.
func span(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// roundest is the roundest time in (lo, hi]; people choose such limits.
func roundest(lo, hi time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Hour, 30 * time.Minute, 15 * time.Minute, 10 * time.Minute, 5 * time.Minute, time.Minute,
		30 * time.Second, 20 * time.Second, 15 * time.Second, 10 * time.Second, 5 * time.Second, 2 * time.Second, time.Second} {
		if d := (lo/unit + 1) * unit; d <= hi {
			return d
		}
	}
	return hi
}
