package importer_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/bulkonboard/bulkonboard/importer"
)

func TestEveryKindHasItsStatus(t *testing.T) {
	for _, c := range []struct {
		kind     Kind
		status   Status
		attempts int
		halt     StopReason
	}{
		{KindNone, Created, 1, ""},
		{KindRejected, Rejected, 1, ""},
		{KindTransient, Failed, 5, ""},
		{KindInDoubt, InDoubt, 1, ""},
		{KindRefused, Failed, 1, "forbidden"}, // no client yet to read back
		{KindPlanLimit, Failed, 1, ""},
		{KindFatal, Failed, 1, "unauthorized"},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answer: func(_ int, req Request) (Receipt, error) {
					if c.kind == KindNone {
						return created(req)
					}
					return Receipt{}, fails(c.kind, "unauthorized")
				}}
				r := newRig(t, s, PacerOptions{Rate: 5})
				r.options.ReadBack = func(context.Context) error { return errors.New("no client was created yet") }
				tally := r.send(t.Context(), 1)
				r.wantHalt(tally, c.halt)
				e, ok := r.entry(1)
				if !ok || e.Status != c.status || e.Attempts != c.attempts {
					t.Errorf("entry is %s after %d attempts, want %s after %d", e.Status, e.Attempts, c.status, c.attempts)
				}
				if tally.Sent[c.status] != 1 || tally.Sent.Total() != 1 {
					t.Errorf("tally is %v", tally.Sent)
				}
			})
		})
	}
}

func TestTransientFailuresAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(n int, req Request) (Receipt, error) {
			if n < 3 {
				return Receipt{}, fails(KindTransient, "connection_refused")
			}
			return created(req)
		}}
		r := newRig(t, s, PacerOptions{Rate: Unlimited})
		r.wantHalt(r.send(t.Context(), 1), "")
		e, _ := r.entry(1)
		if e.Status != Created || e.Attempts != 3 {
			t.Errorf("%s after %d attempts", e.Status, e.Attempts)
		}
		if d := s.attempts[2].Sub(s.attempts[1]); d < 500*time.Millisecond || d > 1500*time.Millisecond {
			t.Errorf("the second delay was %s, want a second give or take half", d)
		}
	})
}

func TestAnOutageDoesNotFillTheJournalWithDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: time.Second, answer: func(int, Request) (Receipt, error) { return Receipt{}, serverSide(KindInDoubt) }}
		r := newRig(t, s, PacerOptions{Rate: 100, Workers: 8})
		tally := r.send(t.Context(), 1000)
		r.wantHalt(tally, "outage")
		// Eight were in flight at the first failure and count as one; four
		// more probes, one at a time, make five in a row.
		if got := tally.Sent[InDoubt]; got != 8+4 {
			t.Errorf("%d rows in doubt, want 12", got)
		}
		if len(tally.Halt.Keys) != 12 {
			t.Errorf("%d rows named as those that halted the run, want 12", len(tally.Halt.Keys))
		}
		for i := 9; i < len(s.attempts); i++ {
			if d := s.attempts[i].Sub(s.attempts[i-1]); d < s.latency {
				t.Errorf("probe %d came %s after the one before: two in flight", i, d)
			}
		}
	})
}

func TestAnyOtherAnswerEndsTheProbing(t *testing.T) {
	for _, other := range []error{nil, fails(KindRejected, "http_422"),
		&Error{Kind: KindTransient, Code: "too_many_requests", Limited: true}} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{latency: time.Second}
			s.answer = func(n int, req Request) (Receipt, error) {
				// Four failures, another answer, and so on: never five in a row.
				if n%5 != 0 {
					return Receipt{}, serverSide(KindInDoubt)
				}
				if other != nil {
					return Receipt{}, other
				}
				return created(req)
			}
			r := newRig(t, s, PacerOptions{Rate: 100, Workers: 1})
			r.options.MaxAttempts = 1
			r.wantHalt(r.send(t.Context(), 40), "")
			if s.count() != 40 {
				t.Errorf("%d attempts, want 40", s.count())
			}
		})
	}
}

func TestOneRowAloneDoesNotHaltARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := request(1).Key
		s := &server{answer: func(_ int, req Request) (Receipt, error) {
			if req.Key == bad {
				return Receipt{}, serverSide(KindTransient)
			}
			return created(req)
		}}
		r := newRig(t, s, PacerOptions{Rate: 100, Workers: 1})
		r.wantHalt(r.send(t.Context(), 3), "")
		if got := []Status{r.status(1), r.status(2), r.status(3)}; !slices.Equal(got, []Status{Failed, Created, Created}) {
			t.Errorf("statuses are %v", got)
		}
	})
}

func TestTheLastRowLeftMayHaltARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int, Request) (Receipt, error) { return Receipt{}, serverSide(KindTransient) }}
		r := newRig(t, s, PacerOptions{Rate: 100})
		r.wantHalt(r.send(t.Context(), 1), "outage")
		if got := r.status(1); got != Failed {
			t.Errorf("row is %s, want failed", got)
		}
	})
}

func TestRefusalsAreReadBack(t *testing.T) {
	refuse := func(from int) func(int, Request) (Receipt, error) {
		return func(n int, req Request) (Receipt, error) {
			if n >= from {
				return Receipt{}, fails(KindRefused, "forbidden")
			}
			return created(req)
		}
	}
	t.Run("unreadable halts at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, &server{answer: refuse(3)}, PacerOptions{Rate: 5, Workers: 1})
			r.options.ReadBack = func(context.Context) error { return errors.New("403") }
			tally := r.send(t.Context(), 10)
			r.wantHalt(tally, "forbidden")
			if tally.Sent[Created] != 2 || tally.Sent[Failed] != 1 {
				t.Errorf("tally is %v", tally.Sent)
			}
		})
	})
	t.Run("readable halts at the third in a row", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, &server{answer: refuse(3)}, PacerOptions{Rate: 5, Workers: 1})
			reads := 0
			r.options.ReadBack = func(context.Context) error { reads++; return nil }
			tally := r.send(t.Context(), 10)
			r.wantHalt(tally, "forbidden")
			if tally.Sent[Created] != 2 || tally.Sent[Failed] != 3 || reads != 3 {
				t.Errorf("tally is %v after %d read-backs", tally.Sent, reads)
			}
		})
	})
	t.Run("single ones go on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(n int, req Request) (Receipt, error) {
				if n%3 == 0 {
					return Receipt{}, fails(KindRefused, "forbidden")
				}
				return created(req)
			}}
			r := newRig(t, s, PacerOptions{Rate: 5, Workers: 1})
			r.options.ReadBack = func(context.Context) error { return nil }
			tally := r.send(t.Context(), 12)
			r.wantHalt(tally, "")
			if tally.Sent[Failed] != 4 {
				t.Errorf("tally is %v", tally.Sent)
			}
		})
	})
}

func TestFatalAnswersHalt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: time.Second, answer: func(n int, req Request) (Receipt, error) {
			if n == 2 {
				return Receipt{}, &Error{Kind: KindFatal, Code: "redirected", HTTPStatus: 302}
			}
			return created(req)
		}}
		r := newRig(t, s, PacerOptions{Rate: 100, Workers: 1})
		tally := r.send(t.Context(), 10)
		r.wantHalt(tally, "redirected")
		if got := []Status{r.status(1), r.status(2), r.status(3)}; !slices.Equal(got, []Status{Created, Failed, Pending}) {
			t.Errorf("statuses are %v", got)
		}
	})
}

func TestDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: 10 * time.Second}
		r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 4})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(15*time.Second, cancel)
		start := time.Now()
		tally := r.send(ctx, 100)
		r.wantHalt(tally, "interrupted")
		if tally.Sent[Created] != 8 || s.count() != 8 {
			t.Errorf("%v of %d attempts; the four in flight at the signal should have finished", tally.Sent, s.count())
		}
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("took %s, want the 20 s of two rounds", took)
		}
	})
}

func TestDrainingDoesNotWaitForBackoffOrPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int, Request) (Receipt, error) {
			return Receipt{}, &Error{Kind: KindTransient, Code: "too_many_requests", Limited: true, RetryAfter: 10 * time.Minute}
		}}
		r := newRig(t, s, PacerOptions{Rate: 5, Workers: 1})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		start := time.Now()
		r.wantHalt(r.send(ctx, 10), "interrupted")
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("took %s after a signal at 5 s", took)
		}
		if got := []Status{r.status(1), r.status(2)}; !slices.Equal(got, []Status{Failed, Pending}) {
			t.Errorf("statuses are %v", got)
		}
	})
}

// A stumblingSealer panics at the second row.
type stumblingSealer struct{}

func (stumblingSealer) Seal(plain []byte) ([]byte, error) {
	if strings.Contains(string(plain), "c2@") {
		panic("boom")
	}
	return plain, nil
}

func TestAPanicIsTheRowsAffair(t *testing.T) {
	t.Run("after begin", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(n int, req Request) (Receipt, error) {
				if n == 2 {
					panic("boom " + req.Client.Users[0].Password.Reveal())
				}
				return created(req)
			}}
			r := newRig(t, s, PacerOptions{Rate: 100, Workers: 1})
			r.wantHalt(r.send(t.Context(), 3), "")
			e, _ := r.entry(2)
			if e.Status != InDoubt || e.Code != "internal" {
				t.Errorf("entry is %s, %s", e.Status, e.Code)
			}
			if got := e.Message; got != "a fault of bulkonboard itself (string)" {
				t.Errorf("message %q may tell a secret", got)
			}
		})
	})
	t.Run("before begin", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &server{}
			r := newRig(t, s, PacerOptions{Rate: 100})
			r.options.Sealer = stumblingSealer{}
			tally := r.send(t.Context(), 3)
			r.wantHalt(tally, "")
			if got := []Status{r.status(1), r.status(2), r.status(3)}; !slices.Equal(got, []Status{Created, Failed, Created}) {
				t.Errorf("statuses are %v", got)
			}
		})
	})
}

func TestAJournalThatCannotBeWrittenHalts(t *testing.T) {
	t.Run("begin", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &server{}
			r := newRig(t, s, PacerOptions{Rate: 100, Workers: 1})
			r.journal.BeginErr = func(a Attempt) error {
				if a.Row.Number == 4 {
					return errDisk
				}
				return nil
			}
			tally := r.send(t.Context(), 10)
			r.wantHalt(tally, "journal")
			if s.count() != 2 || !errors.Is(tally.Halt, errDisk) {
				t.Errorf("%d requests left, halt %v", s.count(), tally.Halt)
			}
		})
	})
	t.Run("finish", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &server{}
			r := newRig(t, s, PacerOptions{Rate: 100, Workers: 1})
			r.journal.FinishErr = func(AttemptID, Outcome) error { return errDisk }
			tally := r.send(t.Context(), 10)
			r.wantHalt(tally, "journal")
			var unkept *UnkeptError
			if !errors.As(tally.Halt, &unkept) || unkept.Outcome.Receipt.ClientID != "id-c1@example.test" || unkept.Key != "c1@example.test" {
				t.Errorf("the lost answer is not told: %v", tally.Halt)
			}
			if s.count() != 1 || r.status(1) != InDoubt {
				t.Errorf("%d requests, row is %s", s.count(), r.status(1))
			}
		})
	})
}

func TestLimitIsNeverExceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: time.Second, answer: func(n int, req Request) (Receipt, error) {
			switch n % 3 {
			case 0:
				return Receipt{}, fails(KindRejected, "http_422")
			case 1:
				return Receipt{}, fails(KindInDoubt, "timeout")
			}
			return created(req)
		}}
		r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: 16})
		r.options.Limit = 10
		tally := r.send(t.Context(), 100)
		r.wantHalt(tally, "limit")
		if got := tally.Sent[Created] + tally.Sent[InDoubt]; got != 10 {
			t.Errorf("%d rows created or in doubt, want 10", got)
		}
		if s.most > 10 {
			t.Errorf("%d in flight at once", s.most)
		}
	})
}

func TestMaxErrors(t *testing.T) {
	reject := func(int, Request) (Receipt, error) { return Receipt{}, fails(KindRejected, "http_422") }
	t.Run("number", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, &server{answer: reject}, PacerOptions{Rate: 100, Workers: 1})
			r.options.MaxErrors = 4
			tally := r.send(t.Context(), 100)
			r.wantHalt(tally, "max_errors")
			if tally.Sent[Rejected] != 4 {
				t.Errorf("tally is %v", tally.Sent)
			}
		})
	})
	t.Run("share, not before 20", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, &server{answer: reject}, PacerOptions{Rate: 100, Workers: 1})
			r.options.MaxErrorsPercent = 10
			tally := r.send(t.Context(), 100)
			r.wantHalt(tally, "max_errors")
			if tally.Sent[Rejected] != 20 {
				t.Errorf("tally is %v", tally.Sent)
			}
		})
	})
}

func TestDoubtIsClearedOnlyByAClientID(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer error
		status Status
		code   string
	}{
		{"created", nil, Created, ""},
		{"refused with 409", &Error{Kind: KindRejected, Code: "http_409", HTTPStatus: 409}, InDoubt, "maybe_exists"},
		{"no connection", fails(KindTransient, "connection_refused"), InDoubt, "connection_refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := true
				s := &server{answer: func(_ int, req Request) (Receipt, error) {
					if first {
						first = false
						return Receipt{}, fails(KindInDoubt, "timeout")
					}
					if c.answer != nil {
						return Receipt{}, c.answer
					}
					return created(req)
				}}
				r := newRig(t, s, PacerOptions{Rate: 100})
				r.options.MaxAttempts = 2
				r.send(t.Context(), 1)
				if r.status(1) != InDoubt {
					t.Fatalf("row is %s", r.status(1))
				}
				tally := Send(t.Context(), func(context.Context) iter.Seq2[Request, error] {
					return func(yield func(Request, error) bool) {
						req := request(1)
						req.Resend = true
						yield(req, nil)
					}
				}, s, r.options)
				e, _ := r.entry(1)
				if e.Status != c.status || e.Code != c.code || tally.Sent[c.status] != 1 {
					t.Errorf("entry is %s, %q; tally %v; want %s, %q", e.Status, e.Code, tally.Sent, c.status, c.code)
				}
			})
		})
	}
}

func TestAFaultOfTheInputEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: time.Second}
		r := newRig(t, s, PacerOptions{Rate: 100})
		tally := Send(t.Context(), func(ctx context.Context) iter.Seq2[Request, error] {
			return func(yield func(Request, error) bool) {
				for req := range rows(10)(ctx) {
					if req.Row.Number == 6 {
						synctest.Wait() // the rows before are on their way
						yield(Request{}, ErrInputChanged)
						return
					}
					if !yield(req, nil) {
						return
					}
				}
			}
		}, s, r.options)
		r.wantHalt(tally, "input")
		if !errors.Is(tally.Halt, ErrInputChanged) || tally.Sent[Created] == 0 || tally.Sent[Created] != s.count() {
			t.Errorf("halt %v, tally %v of %d requests", tally.Halt, tally.Sent, s.count())
		}
		if s.count() > 4 {
			t.Errorf("%d requests, though only four rows were good", s.count())
		}
	})
}
