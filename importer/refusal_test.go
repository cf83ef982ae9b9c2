package importer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/bulkonboard/bulkonboard/importer"
)

// An input is n rows of which some can be tried before their turn.
type input struct {
	n     int
	probe []int // those that elsewhere yields
	asked [][]Request

	mu    sync.Mutex
	tried map[Key]bool
}

// take tells whether a row is still to be had, and takes it.
func (in *input) take(req Request) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.tried == nil {
		in.tried = map[Key]bool{}
	}
	had := in.tried[req.Key]
	in.tried[req.Key] = true
	return !had
}

func (in *input) requests(context.Context) iter.Seq2[Request, error] {
	return func(yield func(Request, error) bool) {
		for i := range in.n {
			if req := request(i + 1); in.take(req) && !yield(req, nil) {
				return
			}
		}
	}
}

func (in *input) elsewhere(_ context.Context, refused []Request) iter.Seq2[Request, error] {
	in.asked = append(in.asked, refused)
	return func(yield func(Request, error) bool) {
		for _, i := range in.probe {
			if req := request(i); in.take(req) && !yield(req, nil) {
				return
			}
		}
	}
}

func refusal(kind Kind, message string) error {
	return &Error{Kind: kind, Code: "http_400", HTTPStatus: 400, Message: message}
}

// refuses answers these rows with a refusal, and creates the others.
func refuses(kind Kind, message func(Request) string, rows ...int) func(int, Request) (Receipt, error) {
	return func(_ int, req Request) (Receipt, error) {
		if len(rows) == 0 || slices.Contains(rows, req.Row.Number-1) {
			return Receipt{}, refusal(kind, message(req))
		}
		return created(req)
	}
}

func always(message string) func(Request) string { return func(Request) string { return message } }

// TestTheSameRefusal is the table of what a refusal means that row after row
// meets.
func TestTheSameRefusal(t *testing.T) {
	to := func(n int) []int {
		var out []int
		for i := range n {
			out = append(out, i+1)
		}
		return out
	}
	own := func(req Request) string {
		return fmt.Sprintf("No provider for %s (%s), request %d", strings.ToUpper(req.Client.Details.Name), req.Client.Details.Email,
			req.Row.Number)
	}
	for name, c := range map[string]struct {
		rows    int
		kind    Kind
		message func(Request) string
		refused []int // rows; none are all
		probe   []int
		halt    StopReason
		asked   int // how often it was looked into
		want    map[Status]int
	}{
		"one of five elsewhere is created": {20, KindRejected, always("no"), to(6), []int{15, 18}, "", 1,
			map[Status]int{Rejected: 6, Created: 14}},
		"the last of five": {30, KindRejected, always("no"), append(to(5), 11, 12, 13, 14), []int{11, 12, 13, 14, 15, 16}, "", 1,
			map[Status]int{Rejected: 9, Created: 21}},
		"the sixth is not tried": {30, KindRejected, always("no"), append(to(5), 11, 12, 13, 14, 15), []int{11, 12, 13, 14, 15, 16},
			StopSameRefusal, 1, map[Status]int{Failed: 10}},
		"none is created":      {20, KindRejected, always("no"), nil, []int{15, 18}, StopSameRefusal, 1, map[Status]int{Failed: 7}},
		"there are no others":  {5, KindRejected, always("no"), nil, nil, StopSameRefusal, 1, map[Status]int{Failed: 5}},
		"four are not enough":  {4, KindRejected, always("no"), nil, nil, "", 0, map[Status]int{Rejected: 4}},
		"the rows' own values": {20, KindRejected, own, nil, []int{15}, StopSameRefusal, 1, map[Status]int{Failed: 6}},
		"each says something else": {20, KindRejected, func(req Request) string { return strings.Repeat("no ", req.Row.Number) }, nil, []int{15},
			"", 0,
			map[Status]int{Rejected: 20}},
		"a created row in between": {20, KindRejected, always("no"), []int{1, 2, 3, 4, 6, 7, 8, 9}, []int{15}, "", 0,
			map[Status]int{Rejected: 8, Created: 12}},
		"one that speaks of a plan": {9, KindPlanLimit, always("Unknown plan"), []int{3}, nil, "", 0, map[Status]int{Failed: 1, Created: 8}},
		"five with a wrong plan": {20, KindPlanLimit, always("Unknown plan"), to(5), []int{15}, "", 1,
			map[Status]int{Rejected: 5, Created: 15}},
		"the plan's limit": {20, KindPlanLimit, always("Limit reached"), nil, []int{11, 12, 13, 14, 15, 16}, StopSameRefusal, 1,
			map[Status]int{Failed: 10}},
		// After five it takes ten, then twenty: looking costs more than a row.
		"many with one mistake": {60, KindRejected, always("no"), to(40), []int{51, 52, 53, 54}, "", 3,
			map[Status]int{Rejected: 40, Created: 20}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{latency: time.Second, answer: refuses(c.kind, c.message, c.refused...)}
				r := newRig(t, s, PacerOptions{Rate: 5, Workers: 1})
				in := &input{n: c.rows, probe: c.probe}
				r.options.Elsewhere = in.elsewhere
				tally := Send(t.Context(), in.requests, s, r.options)
				r.wantHalt(tally, c.halt)
				if len(in.asked) != c.asked {
					t.Errorf("looked into %d times, want %d", len(in.asked), c.asked)
				}
				r.wantStatuses(tally, c.rows, c.want)
				if c.halt != "" && (len(tally.Halt.Keys) != c.want[Failed] ||
					!strings.Contains(tally.Halt.Message, "the account, or the same mistake in all these rows")) {
					t.Errorf("halted by %v: %s", tally.Halt.Keys, tally.Halt)
				}
			})
		})
	}
}

// wantStatuses compares what the tally, the events and the journal say.
func (r *rig) wantStatuses(tally Tally, rows int, want map[Status]int) {
	r.Helper()
	var counts, told, kept Counts
	for s, n := range want {
		counts[s] = n
	}
	for _, ev := range r.events {
		if told[ev.Status]++; ev.Was != Pending {
			told[ev.Was]--
		}
	}
	for n := range rows {
		if s := r.status(n + 1); s != Pending {
			kept[s]++
		}
	}
	if tally.Sent != counts || told != counts || kept != counts {
		r.Errorf("tally %v, events %v, journal %v; want %v", tally.Sent.Map(), told.Map(), kept.Map(), counts.Map())
	}
}

// TestTheSameRefusalOfMany has many rows in flight: those that were on their way
// when it was found out become what the others became.
func TestTheSameRefusalOfMany(t *testing.T) {
	for _, good := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{latency: time.Second, answer: func(n int, req Request) (Receipt, error) {
				if good && req.Row.Number > 40 {
					return created(req)
				}
				time.Sleep(time.Duration(n%7) * 100 * time.Millisecond)
				return Receipt{}, refusal(KindRejected, "no")
			}}
			r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 16})
			in := &input{n: 60, probe: []int{50, 51, 52, 53, 54}}
			r.options.Elsewhere = in.elsewhere
			tally := Send(t.Context(), in.requests, s, r.options)
			if good {
				r.wantHalt(tally, "")
				r.wantStatuses(tally, 60, map[Status]int{Rejected: 39, Created: 21})
				return
			}
			r.wantHalt(tally, StopSameRefusal)
			if s.count() > 16+4+5 { // in flight, let go before the fifth refusal, and from elsewhere
				t.Errorf("%d rows were sent", s.count())
			}
			r.wantStatuses(tally, 60, map[Status]int{Failed: s.count()})
		})
	}
}

// A short input has been read to its end by then: what waits is tried.
func TestWhatWaitsIsTried(t *testing.T) {
	for good, want := range map[int]map[Status]int{7: {Rejected: 7, Created: 5}, 13: {Failed: 10}} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{latency: time.Second, answer: func(_ int, req Request) (Receipt, error) {
				if req.Row.Number-1 > good {
					return created(req)
				}
				return Receipt{}, refusal(KindRejected, "no")
			}}
			r := newRig(t, s, PacerOptions{Rate: 0.5})
			r.options.Elsewhere = (&input{}).elsewhere
			tally := r.send(t.Context(), 12)
			if halted := good == 13; halted != tally.Halt.For(StopSameRefusal) {
				t.Fatalf("halt is %v", tally.Halt)
			}
			r.wantStatuses(tally, 12, want)
		})
	}
}

// A row in flight that is created says it all: nobody from elsewhere is tried.
func TestARowInFlightClearsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: time.Second, answer: func(_ int, req Request) (Receipt, error) {
			if req.Row.Number > 6 {
				time.Sleep(time.Second)
				return created(req)
			}
			return Receipt{}, refusal(KindPlanLimit, "no such plan")
		}}
		r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 6})
		in := &input{n: 8}
		r.options.Elsewhere = in.elsewhere
		tally := Send(t.Context(), in.requests, s, r.options)
		r.wantHalt(tally, "")
		r.wantStatuses(tally, 8, map[Status]int{Rejected: 5, Created: 3})
		if len(in.asked) > 0 {
			t.Error("others were asked for")
		}
	})
}

// The limit holds for what is tried elsewhere, too.
func TestProbesKeepTheLimit(t *testing.T) {
	for limit := 1; limit < 4; limit++ {
		synctest.Test(t, func(t *testing.T) {
			s := &server{latency: time.Second, answer: func(_ int, req Request) (Receipt, error) {
				if req.Row.Number > 10 {
					return Receipt{}, &Error{Kind: KindInDoubt, Code: "timeout"}
				}
				return Receipt{}, refusal(KindRejected, "no")
			}}
			r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 3})
			in := &input{n: 30, probe: []int{21, 22, 23, 24, 25}}
			r.options.Elsewhere, r.options.Limit = in.elsewhere, limit
			if tally := Send(t.Context(), in.requests, s, r.options); tally.Sent[InDoubt] > limit {
				t.Errorf("%d rows are in doubt, and %d may be", tally.Sent[InDoubt], limit)
			}
		})
	}
}

// A probe ends the run for what any row would end it for; nothing is reclassified
// then, since nobody knows.
func TestAProbeHalts(t *testing.T) {
	for reason, err := range map[StopReason]error{StopUnauthorized: fails(KindFatal, "unauthorized"), StopInput: nil, StopJournal: nil} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(_ int, req Request) (Receipt, error) {
				if req.Row.Number == 21 {
					return Receipt{}, err
				}
				return Receipt{}, refusal(KindRejected, "no")
			}}
			r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 1})
			in := &input{n: 30, probe: []int{20}}
			r.options.Elsewhere = in.elsewhere
			switch reason {
			case StopInput:
				r.options.Elsewhere = func(context.Context, []Request) iter.Seq2[Request, error] {
					return func(yield func(Request, error) bool) { yield(Request{}, ErrInputChanged) }
				}
			case StopJournal:
				r.journal.BeginErr = func(a Attempt) error {
					if a.Row.Number == 21 {
						return errDisk
					}
					return nil
				}
			}
			tally := Send(t.Context(), in.requests, s, r.options)
			r.wantHalt(tally, reason)
			if tally.Sent[Rejected] != 5 {
				t.Errorf("tally is %v", tally.Sent)
			}
		})
	}
}

// A journal that cannot reclassify ends the run, with the rows as they were.
func TestReclassifyingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: refuses(KindRejected, always("no"))}
		r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 1})
		r.options.Elsewhere = (&input{}).elsewhere
		r.options.Journal = forgetful{r.journal}
		tally := r.send(t.Context(), 9)
		r.wantHalt(tally, StopJournal)
		if !errors.Is(tally.Halt, errDisk) || tally.Sent[Rejected] != 5 {
			t.Errorf("%v, %v", tally.Halt, tally.Sent)
		}
	})
}

type forgetful struct{ Journal }

func (forgetful) Reclassify(context.Context, []Key, Status, string) error { return errDisk }
