package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// forbiddenInARow refusals halt a run even where the account can still be read.
	forbiddenInARow = 3
	// alikeInARow refusals in the same way are perhaps not the rows' affair.
	alikeInARow = 5
	// mostProbes are tried elsewhere to find out.
	mostProbes = 5
)

// theSame is what five refusals in the same way may be about.
const theSame = "the account, or the same mistake in all these rows"

// A series is rows that were refused in the same way, one after the other.
type series struct {
	way   string   // how
	rows  []*Event // their Status follows when they are reclassified
	asked int      // how many it was when it was last looked into: twice as many make it worth a look again
	guilt bool     // it has halted the run
}

// long tells whether it is worth a look.
func (s *series) long() bool { return len(s.rows) >= max(alikeInARow, 2*s.asked) }

// acceptable ends a series of refused rows.
func (e *engine) acceptable(created bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.forbidden, e.alike.rows = nil, nil
	if created {
		e.created++
	}
}

// refused tells a refused row from a refused account, while nobody is let go.
func (e *engine) refused(ctx context.Context, key Key, err error) {
	release := e.o.Pacer.Hold()
	defer release()
	e.refusal <- struct{}{}
	defer func() { <-e.refusal }()
	e.mu.Lock()
	e.forbidden = append(e.forbidden, key)
	e.alike.rows = nil
	inARow, done := e.forbidden, e.halted != nil
	e.mu.Unlock()
	if done {
		return
	}
	f := AsError(err)
	var readable error
	if e.o.ReadBack != nil {
		readable = e.o.ReadBack(context.WithoutCancel(ctx))
	}
	switch {
	case readable != nil:
		e.halt(&Halt{Reason: StopForbidden, Keys: inARow, Cause: err,
			Message: fmt.Sprintf("the server refuses (%s), and no created client can be read back: %v", f.Error(), readable)})
	case len(inARow) >= forbiddenInARow:
		e.halt(&Halt{Reason: StopForbidden, Keys: inARow, Cause: err,
			Message: fmt.Sprintf("%d rows in a row were refused, probably by the plan's limit: %s", len(inARow), f.Error())})
	}
}

// refusedAlike looks into a refusal that row after row meets: whether it is
// about the rows, or about all there are. Five rows with one mistake must not
// keep the good ones from being sent, and an account that takes no more must
// not have all its rows rejected.
func (e *engine) refusedAlike(ctx context.Context, ev Event) {
	way := wayOf(ev)
	e.mu.Lock()
	s := &e.alike
	if s.way != way {
		*s = series{way: way}
	}
	mine := &ev
	s.rows = append(s.rows, mine)
	e.forbidden = nil
	look := s.guilt || s.long() && e.halted == nil
	before, created := slices.Clone(s.rows), e.created
	e.mu.Unlock()
	if e.o.Elsewhere == nil || !look {
		return
	}
	release := e.o.Pacer.Hold()
	defer release()
	e.refusal <- struct{}{}
	defer func() { <-e.refusal }()
	e.o.Pacer.drained(ctx) // those in flight may say it all
	e.mu.Lock()
	found := *s
	found.rows = slices.Clone(s.rows)
	look = s.way == way && s.long() && e.halted == nil && ctx.Err() == nil
	other := e.created != created
	e.mu.Unlock()
	switch {
	case found.way == way && found.guilt: // others were judged before it came
		e.reclassify(ctx, []*Event{mine}, Failed, theSame+": correct it, then run again")
	case other: // one that was in flight
		e.reclassify(ctx, before, Rejected, "correct the row")
	case look:
		e.find(ctx, found, created)
	}
}

// find tries rows from elsewhere, and says what those of a series were refused
// for.
func (e *engine) find(ctx context.Context, found series, created int) {
	var refused []Request
	for _, ev := range found.rows {
		refused = append(refused, ev.Request)
	}
	rows, tried := found.rows, 0
	for req, err := range e.o.Elsewhere(ctx, refused) {
		if err != nil {
			e.halt(&Halt{Reason: StopInput, Message: err.Error(), Cause: err})
			return
		}
		tried++
		ev := e.probe(ctx, req)
		if k := KindOf(ev.Err); (k == KindRejected || k == KindPlanLimit) && wayOf(ev) == found.way {
			rows = append(rows, &ev)
		}
		if ev.Status == Created || tried == mostProbes || ctx.Err() != nil || !e.roomForOne() {
			break
		}
	}
	// Where there are no more elsewhere, those that have been read already and wait.
	for tried < mostProbes && ctx.Err() == nil && !e.hasCreated(created) && e.o.Pacer.letOne(ctx) {
		tried++
	}
	e.mu.Lock()
	aboutRows := e.created != created
	done := e.halted != nil || ctx.Err() != nil
	if s := &e.alike; s.way == found.way {
		s.asked = len(refused)
		s.guilt = !aboutRows && !done
		s.rows = s.rows[min(len(found.rows), len(s.rows)):] // those that came meanwhile
	}
	e.mu.Unlock()
	switch {
	case aboutRows:
		e.reclassify(ctx, rows, Rejected, "correct the row")
	case done: // nobody knows
	case e.reclassify(ctx, rows, Failed, theSame+": correct it, then run again"):
		e.halt(sameRefusal(rows, len(refused), tried))
	}
}

// hasCreated tells whether more clients were created by now than there were.
func (e *engine) hasCreated(before int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.created != before
}

// probe sends a row from elsewhere while all others are held, in the place of the
// one that was refused.
func (e *engine) probe(ctx context.Context, req Request) Event {
	req.probe = true
	r, err := e.attempt(ctx, req)
	ev := Event{Request: req, Receipt: r, Status: StatusOf(req, err), Err: err}
	e.stops(&ev)
	e.count(ctx, ev)
	if ev.Status == Created {
		e.acceptable(true)
	}
	return ev
}

func sameRefusal(rows []*Event, refused, tried int) *Halt {
	last := rows[len(rows)-1]
	h := &Halt{Reason: StopSameRefusal, Cause: last.Err,
		Message: fmt.Sprintf("%d rows in a row were refused in the same way (%s)", refused, AsError(last.Err).Error())}
	if tried > 0 {
		h.Message += fmt.Sprintf(", and of %d others none was created", tried)
	}
	h.Message += ": " + theSame
	for _, ev := range rows {
		h.Keys = append(h.Keys, ev.Request.EntryKey())
	}
	return h
}

// roomForOne tells whether the limit allows one more row in a place that is taken.
func (e *engine) roomForOne() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.o.Limit <= 0 || e.sent[Created]+e.sent[InDoubt]+int(e.active.Load()) <= e.o.Limit
}

// reclassify gives rows that have ended another status, in one step. It tells
// whether that could be kept.
func (e *engine) reclassify(ctx context.Context, rows []*Event, to Status, advice string) bool {
	var keys []Key
	rows = slices.DeleteFunc(slices.Clone(rows), func(ev *Event) bool { return ev.Status == to || ev.Status == InDoubt })
	for _, ev := range rows {
		keys = append(keys, ev.Request.EntryKey())
	}
	if len(keys) == 0 {
		return true
	}
	if err := e.o.Journal.Reclassify(context.WithoutCancel(ctx), keys, to, advice); err != nil {
		e.halt(&Halt{Reason: StopJournal, Message: err.Error(), Cause: err})
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range rows {
		e.sent[ev.Status]--
		e.sent[to]++
		ev.Was, ev.Status = ev.Status, to
		if e.o.Observe != nil {
			e.o.Observe(*ev)
		}
	}
	return true
}

// wayOf is how a row was refused: status and message, without what is the row's
// own.
func wayOf(ev Event) string {
	e := AsError(ev.Err)
	return fmt.Sprintf("%d %s", e.HTTPStatus, masked(e.Message, ev.Request.Client))
}

// masked is a message without what is a client's own: its values, and numbers,
// which may be those of the request.
func masked(message string, c Client) string {
	var values []string
	for _, v := range Fields(c.Snapshot()) {
		var list []string
		if json.Unmarshal([]byte(v), &list) != nil {
			list = []string{plain(v)}
		}
		for _, v := range list {
			if v = Fold(v); v != "" {
				values = append(values, v)
			}
		}
	}
	// The longest first: one may be part of another.
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	out := Fold(message)
	for _, v := range slices.Compact(values) {
		out = withoutWord(out, v)
	}
	return numbers.ReplaceAllString(out, "#")
}

var numbers = regexp.MustCompile(`[0-9]+`)

// withoutWord puts a placeholder in the place of a value, where it is not part
// of a longer word.
func withoutWord(s, value string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, value)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+len(value):])
		b.WriteString(s[:i])
		if wordly(before) || wordly(after) {
			b.WriteString(value)
		} else {
			b.WriteString("…")
		}
		s = s[i+len(value):]
	}
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
