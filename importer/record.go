package importer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Record puts every attempt of next on record: begun, durably, before the
// request can leave; finished, durably, before the answer counts. Nothing else
// may stand between the two, so that a crash leaves only rows in doubt that
// really were in flight.
//
// A panic of next is an attempt in doubt. Where the journal fails, the error's
// kind is KindJournal; if an answer was lost with it, an *UnkeptError within
// tells it.
func Record(next Creator, j Journal) Creator {
	return CreatorFunc(func(ctx context.Context, req Request) (Receipt, error) {
		// Once begun, the exchange and its record go to their end: the run's
		// context stops rows from starting, not from finishing.
		ctx = context.WithoutCancel(ctx)
		id, err := j.Begin(ctx, attemptOf(req))
		if errors.Is(err, ErrKeyTaken) {
			return Receipt{}, &Error{Kind: KindInternal, Code: "key_taken", Message: err.Error(), Cause: err}
		}
		if err != nil {
			return Receipt{}, &Error{Kind: KindJournal, Code: "journal", Message: err.Error(), Cause: err}
		}
		req.attempt = id
		receipt, err := safely(ctx, next, req)
		if req.Resend {
			err = stillInDoubt(err)
		}
		o := outcomeOf(req, receipt, err)
		jerr := finish(ctx, j, id, o, req.landed)
		var taken *ClientTakenError
		if errors.As(jerr, &taken) {
			receipt, err = Receipt{}, anothersClient(taken, o)
			o = outcomeOf(req, receipt, err)
			jerr = finish(ctx, j, id, o, nil)
		}
		if jerr != nil {
			return receipt, &Error{Kind: KindJournal, Code: "journal", Message: jerr.Error(),
				Cause: &UnkeptError{Key: req.EntryKey(), Row: req.Row, Outcome: o, Cause: jerr}}
		}
		return receipt, err
	})
}

// finish puts an outcome on record. A client that was created says nothing that
// the next row would have to wait for: that one may go as soon as the outcome
// stands before it. Any other outcome may change the pace or end the run.
func finish(ctx context.Context, j Journal, id AttemptID, o Outcome, landed func(Receipt)) error {
	if o.Status != Created || landed == nil {
		return j.Finish(ctx, id, o, nil)
	}
	return j.Finish(ctx, id, o, func() { landed(o.Receipt) })
}

// anothersClient describes a success with the client id of another row: what
// became of this one nobody knows.
func anothersClient(taken *ClientTakenError, o Outcome) *Error {
	return &Error{Kind: KindInDoubt, Code: "client_taken", HTTPStatus: o.HTTPStatus, ServerSide: true, Cause: taken,
		Message: "the answer names a client of another row: " + taken.Error(),
		Advice:  "look for both clients in the dashboard, then `bulkonboard settle`"}
}

// An UnkeptError is an answer that came and could not be kept: only whoever
// reads the message knows it now.
type UnkeptError struct {
	Key     Key
	Row     RowRef
	Outcome Outcome
	Cause   error
}

func (e *UnkeptError) Error() string {
	what := e.Outcome.Status.String()
	if id := e.Outcome.Receipt.ClientID; id != "" {
		what += ", client id " + id
	}
	return fmt.Sprintf("row %s, key %q: the answer (%s) could not be kept: %v", e.Row, e.Key, what, e.Cause)
}

func (e *UnkeptError) Unwrap() error { return e.Cause }

func attemptOf(req Request) Attempt {
	snapshot := req.Client.Snapshot()
	return Attempt{
		Key: req.EntryKey(), Row: req.Row, Resend: req.Resend,
		ClientName: req.Client.Details.Name, UserEmails: req.Client.UserEmails(),
		Snapshot: snapshot, Fingerprint: Fingerprint(snapshot), SecretsMAC: req.SecretsMAC, Seal: req.Seal,
		BegunAt: time.Now(),
	}
}

// stillInDoubt says what a refusal of a row that was in doubt already means:
// not that the client does not exist, and often that it does.
func stillInDoubt(err error) error {
	if err == nil {
		return nil
	}
	e := *AsError(err)
	switch {
	case e.Kind == KindRejected, e.Kind == KindPlanLimit, e.Kind == KindInDoubt && e.ClientID != "" && e.HTTPStatus < 500:
		e.Kind, e.ServerSide = KindInDoubt, false
	case e.Kind != KindRefused:
		return err
	}
	e.Code = "maybe_exists"
	e.Advice = "the first request may have created it: look for the client in the dashboard, then `bulkonboard settle`"
	return &e
}

// StatusOf is what a row becomes with this answer. A row in doubt that is sent
// again stays in doubt unless a client id comes back.
func StatusOf(req Request, err error) Status {
	s := KindOf(err).Status()
	if req.Resend && s != Created {
		return InDoubt
	}
	return s
}

func outcomeOf(req Request, r Receipt, err error) Outcome {
	o := Outcome{Status: StatusOf(req, err), FinishedAt: time.Now()}
	if err == nil {
		o.Receipt, o.HTTPStatus = r, r.HTTPStatus
		return o
	}
	e := AsError(err)
	o.HTTPStatus, o.Code, o.Message, o.Advice = e.HTTPStatus, e.Code, e.Message, e.Advice
	return o
}

// safely turns a panic into an attempt in doubt: the request may have left.
func safely(ctx context.Context, next Creator, req Request) (r Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			r, err = Receipt{}, panicked(p, KindInDoubt)
		}
	}()
	return next.Create(ctx, req)
}

// panicked describes a panic without its value, which may hold anything of the
// row; the stack holds none of its data.
func panicked(p any, kind Kind) *Error {
	return &Error{Kind: kind, Code: "internal", ServerSide: kind == KindInDoubt, Message: fmt.Sprintf("a fault of bulkonboard itself (%T)", p),
		Advice: "please report it with run.log", Cause: &PanicError{Stack: debug.Stack()}}
}

// A PanicError is the stack of a recovered panic.
type PanicError struct{ Stack []byte }

func (e *PanicError) Error() string { return "panic" }
