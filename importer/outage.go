package importer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A streak counts server-side failures in a row.
type streak struct {
	n    int
	mark int64 // attempts up to this one were in flight at the first failure
	keys []Key // whose they are, each once
	// ask tells that the last one was a 5xx: before the next row the server is
	// asked for a client that exists, which leaves nobody in doubt.
	ask bool
	// reads tells that a read-back failed, too: it is no row's own affair.
	reads bool
}

// maxStreakKeys bounds what is remembered of an outage.
const maxStreakKeys = 100

// A server that asks for a longer pause than this halts the run.
const longestPause = time.Hour

// ErrNoneCreated is what SendOptions.ReadBack answers while there is no client
// that could be read back.
var ErrNoneCreated = errors.New("no client was created yet")

// landed takes an attempt back that has created its client, though that is not
// on the disk yet: the next one may go.
func (p *Pacer) landed(a admission, r Receipt) {
	now := time.Now()
	p.mu.Lock()
	p.inFlight--
	p.learn(now, a, nil)
	p.asksToWait(now, r.Wait, "")
	p.unlockAndTell()
}

// ended learns from how an attempt has ended, and takes it back unless it has
// landed. A series of failures ends here and not where an attempt lands, since
// one that has landed may still turn out to be another row's client.
func (p *Pacer) ended(a admission, key Key, r Receipt, err error, landed bool) {
	now := time.Now()
	lastRow := p.lastRow != nil && p.lastRow()
	p.mu.Lock()
	e, kind := AsError(err), KindOf(err)
	// No exchange took place, or none that says anything of the server.
	mute := kind == KindInternal || kind == KindJournal || kind == KindStopped
	failed := e != nil && e.ServerSide
	if !landed {
		p.inFlight--
		if !mute && !failed {
			p.learn(now, a, e)
		}
	}
	switch {
	case mute:
	case failed:
		p.failed(now, a, key, e, lastRow)
	default:
		p.streak = streak{}
	}
	if e != nil {
		p.asksToWait(now, e.RetryAfter, e.Code)
	} else if !landed {
		p.asksToWait(now, r.Wait, "")
	}
	p.unlockAndTell()
}

// unlockAndTell ends what has changed p: it lets whoever waits look again, and
// tells the engine of a halt.
func (p *Pacer) unlockAndTell() {
	halt := p.halt
	p.broadcast()
	p.mu.Unlock()
	if halt != nil && p.onHalt != nil {
		p.onHalt(halt)
	}
}

// tooManyRequests is the reason after a 429 that says no more.
const tooManyRequests = "the server answered 429"

// learn takes an answer that is not a server-side failure for the pace. p.mu is
// held.
func (p *Pacer) learn(now time.Time, a admission, e *Error) {
	if e != nil && e.Limited {
		p.limited(now, a, e)
		return
	}
	if e == nil || e.HTTPStatus > 0 {
		if p.windows.accepted(now, a) {
			p.rate.restore()
		}
		p.rate.accepted(now, a.number)
	}
	p.paceSet()
	took := now.Sub(a.at)
	if p.latency == 0 {
		p.latency = took
	}
	p.latency += (took - p.latency) / 8
}

// limited takes a 429 for the pace. p.mu is held.
func (p *Pacer) limited(now time.Time, a admission, e *Error) {
	if e.RetryAfter == 0 {
		wait, closed := p.windows.refused(now, a, p.started, p.rate.current)
		switch shut := p.windows.shut; {
		case closed && now.Sub(shut) > longestClosed:
			p.stop(&Halt{Reason: StopOutage, Message: fmt.Sprintf("the server has answered 429 to everything for %s; run again later",
				now.Sub(shut).Round(time.Minute))})
		case closed:
			p.rate.closed()
			resume := p.resume
			p.pause(now, wait, p.windows.reason())
			p.resume = resume || wait >= time.Second // no connection grows stale in less
			return
		}
	}
	if p.rate.refused(now, a.number, p.started, e.RetryAfter > 0) {
		p.reason = tooManyRequests
		p.limiter.SetLimit(limit(p.rate.current))
	}
}

// failed notes a server-side failure of a row. p.mu is held.
func (p *Pacer) failed(now time.Time, a admission, key Key, e *Error, lastRow bool) {
	s := &p.streak
	if len(s.keys) < maxStreakKeys && !slices.Contains(s.keys, key) {
		s.keys = append(s.keys, key)
	}
	s.ask = e.HTTPStatus >= 500
	switch {
	case s.n == 0:
		s.n, s.mark = 1, p.started
	case a.number > s.mark:
		s.n++
	default:
		return
	}
	p.outage(now, e, lastRow)
}

// outage halts after the last of a series of failures, and waits longer after
// each of those before. p.mu is held.
func (p *Pacer) outage(now time.Time, e *Error, lastRow bool) {
	s := &p.streak
	if s.n >= p.o.HaltAfter && (len(s.keys) > 1 || s.reads || lastRow) {
		p.stop(&Halt{Reason: StopOutage, Keys: s.keys, Message: fmt.Sprintf("%d server-side failures in a row, the last: %s", s.n, e.Error())})
		return
	}
	p.pause(now, min(500*time.Millisecond<<min(s.n-1, 4), 8*time.Second), "server-side failure: "+e.Code)
}

// asksFirst tells whether the server is asked for a client before the next row
// goes. p.mu is held.
func (p *Pacer) asksFirst() bool { return p.streak.n > 0 && p.streak.ask && p.readBack != nil }

// asked learns from how reading a client back went. A success lets the next row
// go, alone: only a row's own answer ends the series, since a server may well
// read and not create.
func (p *Pacer) asked(ctx context.Context, err error) {
	now := time.Now()
	p.mu.Lock()
	p.inFlight--
	var e *Error
	switch told := errors.As(err, &e); {
	case ctx.Err() != nil:
	case !told: // a success, or nothing that the server said
		p.streak.ask = false
	case e.Kind == KindFatal:
		p.stop(&Halt{Reason: e.Stop, Message: e.Error(), Cause: err})
	case e.ServerSide:
		p.streak.n++
		p.streak.reads = true
		p.outage(now, e, false)
		p.asksToWait(now, e.RetryAfter, e.Code)
	case e.Limited:
		p.asksToWait(now, max(e.RetryAfter, time.Second), e.Code)
	default:
		p.streak.ask = false
	}
	p.unlockAndTell()
}

// asksToWait makes everybody wait because the server asks for it, if it does; a
// longer pause than a run makes ends the run. p.mu is held.
func (p *Pacer) asksToWait(now time.Time, d time.Duration, code string) {
	if d <= 0 {
		return
	}
	reason := fmt.Sprintf("the server asks to wait %s", d.Round(time.Second))
	if code != "" {
		reason += " (" + code + ")"
	}
	p.rate.paused(max(now.Add(d).Sub(later(p.until, now)), 0))
	if d > longestPause {
		p.stop(&Halt{Reason: StopOutage, Message: fmt.Sprintf("%s, longer than a run waits; run again after %s", reason,
			now.Add(d).Format("2006-01-02 15:04 MST"))})
		return
	}
	p.pause(now, d, reason)
}

// pause makes everybody wait. p.mu is held.
func (p *Pacer) pause(now time.Time, d time.Duration, reason string) {
	if t := now.Add(d); t.After(p.until) {
		p.until, p.reason = t, reason
		if p.o.OnPause != nil {
			p.o.OnPause(t)
		}
	}
	p.resume = true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// stop halts: nobody is let go any more. p.mu is held.
func (p *Pacer) stop(h *Halt) {
	if p.halt == nil {
		p.halt = h
	}
}
