package importer_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/bulkonboard/bulkonboard/importer"
)

// http is an answer of a server that is not well.
func http(status int, wait time.Duration) error {
	return &Error{Kind: KindInDoubt, Code: "http_503", HTTPStatus: status, ServerSide: true, RetryAfter: wait}
}

// TestAServerIsAskedBeforeARow: while 5xx last, a client that exists is read
// before the next row is sent.
func TestAServerIsAskedBeforeARow(t *testing.T) {
	for name, c := range map[string]struct {
		row, read     error
		halt          StopReason
		rows, reads   int // requests
		doubt, failed int
	}{
		"neither works": {http(500, 0), &Error{Kind: KindTransient, Code: "http_500", HTTPStatus: 500, ServerSide: true},
			StopOutage, 1, 4, 1, 0},
		"reads do, creates do not":     {http(500, 0), nil, StopOutage, 5, 4, 5, 0},
		"reads answer something else":  {http(503, 0), &Error{Kind: KindRejected, Code: "http_404", HTTPStatus: 404}, StopOutage, 5, 4, 5, 0},
		"there is none to read":        {http(500, 0), ErrNoneCreated, StopOutage, 5, 4, 5, 0},
		"the key is refused meanwhile": {http(500, 0), fails(KindFatal, "unauthorized"), StopUnauthorized, 1, 1, 1, 0},
		"no 5xx":                       {&Error{Kind: KindInDoubt, Code: "timeout", ServerSide: true}, nil, StopOutage, 5, 0, 5, 0},
		"no connection after a 5xx": {http(502, 0), &Error{Kind: KindTransient, Code: "connection_refused", ServerSide: true}, StopOutage, 1,
			4, 1, 0},
		"a longer pause than a run has": {http(503, 2*time.Hour), nil, StopOutage, 1, 0, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{latency: time.Second, answer: func(int, Request) (Receipt, error) { return Receipt{}, c.row }}
				r := newRig(t, s, PacerOptions{Rate: 5, Workers: 1})
				reads := 0
				r.options.ReadBack = func(context.Context) error {
					reads++
					time.Sleep(time.Second)
					if s.flying > 0 {
						t.Error("a row is in flight beside the question")
					}
					return c.read
				}
				tally := r.send(t.Context(), 40)
				r.wantHalt(tally, c.halt)
				if s.count() != c.rows || reads != c.reads || tally.Sent[InDoubt] != c.doubt || tally.Sent[Failed] != c.failed {
					t.Errorf("%d rows, %d reads, tally %v", s.count(), reads, tally.Sent.Map())
				}
			})
		})
	}
}

// TestAServerComesBack: once it reads and creates again, the rows go on as before.
func TestAServerComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := time.Now().Add(5 * time.Second)
		s := &server{latency: time.Second, answer: func(_ int, req Request) (Receipt, error) {
			if now := time.Now(); now.After(down) && now.Before(down.Add(10*time.Second)) {
				return Receipt{}, http(500, 0)
			}
			return created(req)
		}}
		r := newRig(t, s, PacerOptions{Rate: 10, Workers: 4, HaltAfter: 9})
		r.options.ReadBack = func(context.Context) error {
			if time.Now().Before(down.Add(10 * time.Second)) {
				return &Error{Kind: KindTransient, Code: "http_500", HTTPStatus: 500, ServerSide: true}
			}
			return nil
		}
		tally := r.send(t.Context(), 100)
		r.wantHalt(tally, "")
		if tally.Sent[InDoubt] > 4 || tally.Sent[Created]+tally.Sent[InDoubt] != 100 {
			t.Errorf("tally is %v: only what was in flight may be in doubt", tally.Sent.Map())
		}
		if s.most != 4 {
			t.Errorf("%d in flight at most", s.most)
		}
	})
}

// TestPausesOfAServer: a Retry-After is waited for whatever the status, and the
// row stays what it is.
func TestPausesOfAServer(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		wait   time.Duration
		status Status
	}{
		"503": {http(503, 90*time.Second), 90 * time.Second, InDoubt},
		"500": {http(500, 1500*time.Millisecond), 1500 * time.Millisecond, InDoubt},
		"429": {&Error{Kind: KindTransient, Code: "too_many_requests", Limited: true, RetryAfter: 1500 * time.Millisecond},
			1500 * time.Millisecond, Created},
		"an hour":    {http(503, time.Hour), time.Hour, InDoubt},
		"a success":  {nil, 20 * time.Second, Created},
		"a rejected": {&Error{Kind: KindRejected, Code: "http_422", RetryAfter: 20 * time.Second}, 20 * time.Second, Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answer: func(n int, req Request) (Receipt, error) {
					if n > 1 {
						return created(req)
					}
					r, _ := created(req)
					if c.err == nil {
						r.Wait = c.wait
					}
					return r, c.err
				}}
				var until []time.Time
				var resumed []time.Time
				r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 1,
					OnPause:  func(t time.Time) { until = append(until, t) },
					OnResume: func(context.Context) *Halt { resumed = append(resumed, time.Now()); return nil }})
				began := time.Now()
				r.wantHalt(r.send(t.Context(), 2), "")
				if waited := s.attempts[1].Sub(began); waited != c.wait || r.status(1) != c.status {
					t.Errorf("waited %s, the row is %s", waited, r.status(1))
				}
				end := until[len(until)-1]
				if end.Sub(began) != c.wait || len(resumed) != 1 || !resumed[0].Equal(end) {
					t.Errorf("told of pauses until %v, resumed at %v", until, resumed)
				}
			})
		})
	}
}

// What is not to go on after a pause ends the run, with nothing sent.
func TestResumingMayHalt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int, Request) (Receipt, error) { return Receipt{}, http(503, 40*time.Minute) }}
		r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 3, OnResume: func(context.Context) *Halt {
			time.Sleep(time.Minute)
			return &Halt{Reason: StopInterrupted, Message: "somebody else is at it"}
		}})
		tally := r.send(t.Context(), 9)
		r.wantHalt(tally, StopInterrupted)
		if tally.Sent[InDoubt] != s.count() || s.count() > 3 {
			t.Errorf("%d requests left, tally %v", s.count(), tally.Sent)
		}
	})
}

// TestAnAnswerEndsTheRun: a redirect that says "done, look there" leaves its row
// in doubt, and no other is sent.
func TestAnAnswerEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: time.Second, answer: func(int, Request) (Receipt, error) {
			return Receipt{}, &Error{Kind: KindInDoubt, Code: "redirected", HTTPStatus: 303, ServerSide: true, Stop: StopRedirected}
		}}
		r := newRig(t, s, PacerOptions{Rate: 5, Workers: 1})
		tally := r.send(t.Context(), 5)
		r.wantHalt(tally, StopRedirected)
		if s.count() != 1 || r.status(1) != InDoubt || len(tally.Halt.Keys) != 1 {
			t.Errorf("%d requests, the row is %s, halted by %v", s.count(), r.status(1), tally.Halt.Keys)
		}
	})
}

// TestAnotherRowsClient: a client id that another row holds leaves a row in doubt,
// and a server that answers nothing else is not well.
func TestAnotherRowsClient(t *testing.T) {
	for _, workers := range []int{1, 4} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{latency: time.Second, answer: func(int, Request) (Receipt, error) {
				return Receipt{ClientID: "same", HTTPStatus: 200},
					nil
			}}
			r, d := slowRig(t, s, workers)
			tally := d.send(r, 100)
			r.wantHalt(tally, StopOutage)
			// As many are in flight, as many wait for the disk, and as many have
			// taken the slots that these left, before the first is known to have
			// another row's id; then one goes at a time, until five in a row.
			if tally.Sent[Created] != 1 || tally.Sent[InDoubt] > 4+3*workers {
				t.Errorf("tally is %v", tally.Sent.Map())
			}
			for n := range 3 {
				e, _ := r.entry(n + 1)
				if e.Status == InDoubt && (e.Code != "client_taken" || !strings.Contains(e.Message, "same") || e.ClientID != "") {
					t.Errorf("the entry is %+v", e)
				}
			}
		})
	}
}

// A failure that nobody has described counts towards an outage: it leaves doubt.
func TestUnknownFailuresHalt(t *testing.T) {
	for name, answer := range map[string]func(int, Request) (Receipt, error){
		"an error": func(int, Request) (Receipt, error) { return Receipt{}, errors.New("what is this") },
		"a panic":  func(int, Request) (Receipt, error) { panic("what is this") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answer: answer}
				r := newRig(t, s, PacerOptions{Rate: 5, Workers: 1})
				tally := r.send(t.Context(), 50)
				r.wantHalt(tally, StopOutage)
				if tally.Sent[InDoubt] != 5 {
					t.Errorf("tally is %v", tally.Sent.Map())
				}
			})
		})
	}
}

// Refusals of rows in doubt that are sent again leave them in doubt; the server
// is well, whatever client they name.
func TestResentRowsAreNoOutage(t *testing.T) {
	for _, err := range []error{
		&Error{Kind: KindInDoubt, Code: "refused_with_id", HTTPStatus: 409, ServerSide: true, ClientID: "x"},
		&Error{Kind: KindRejected, Code: "http_409", HTTPStatus: 409},
		&Error{Kind: KindPlanLimit, Code: "plan_limit", HTTPStatus: 402},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(int, Request) (Receipt, error) { return Receipt{}, err }}
			r := newRig(t, s, PacerOptions{Rate: 5, Workers: 1})
			again := func(ctx context.Context) iter.Seq2[Request, error] {
				return func(yield func(Request, error) bool) {
					for req := range rows(12)(ctx) {
						req.Resend = true
						if !yield(req, nil) {
							return
						}
					}
				}
			}
			tally := Send(t.Context(), again, s, r.options)
			r.wantHalt(tally, "")
			e, _ := r.entry(1)
			if tally.Sent[InDoubt] != 12 || e.Code != "maybe_exists" {
				t.Errorf("tally is %v, the entry %+v", tally.Sent.Map(), e)
			}
		})
	}
}
