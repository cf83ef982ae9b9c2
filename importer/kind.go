package importer

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Kind is what a failure means for its row and for the run. It is the one
// vocabulary of every decision: nobody matches texts.
type Kind int

const (
	// KindNone is the absence of a failure: the client was created.
	KindNone Kind = iota
	// KindStopped rows were never attempted: the run ended first.
	KindStopped
	// KindRejected rows were refused by the server.
	KindRejected
	// KindTransient failures provably created nothing and may be tried again.
	KindTransient
	// KindInDoubt rows were sent, and nobody knows whether the client exists.
	KindInDoubt
	// KindRefused is a 403: the row's fault, or the account's; a read-back tells.
	KindRefused
	// KindPlanLimit is a refusal that speaks of the account's plan: created
	// nothing, and may be sent again once the plan allows it.
	KindPlanLimit
	// KindFatal failures created nothing and would meet every other row too:
	// the run halts.
	KindFatal
	// KindInternal is a fault of this program before anything was sent.
	KindInternal
	// KindJournal means that the journal cannot be written: the run halts.
	KindJournal
)

var kindNames = [...]string{"none", "stopped", "rejected", "transient", "in doubt", "refused", "plan limit", "fatal", "internal", "journal"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return kindNames[k]
}

// Status is what a row becomes when its last attempt ended this way.
func (k Kind) Status() Status {
	switch k {
	case KindNone:
		return Created
	case KindStopped, KindJournal:
		return Pending
	case KindRejected:
		return Rejected
	case KindInDoubt:
		return InDoubt
	default:
		return Failed
	}
}

// An Error is a failed attempt, described well enough to decide and to tell.
type Error struct {
	Kind Kind
	// Code is a stable word, such as "timeout" or "http_422"; it stands in
	// the results.
	Code string
	// HTTPStatus is the answer's, 0 if none came.
	HTTPStatus int
	// Message is what happened, in the server's words where it gave any; it
	// never holds a secret.
	Message string
	// Advice says what to do now; may be empty.
	Advice string
	// RetryAfter is how long the server asks everybody to wait; 0 if it does not.
	RetryAfter time.Duration
	// Stop ends the run, whatever became of the row; "" if the run goes on. A
	// KindFatal without one ends it with its Code as the reason.
	Stop StopReason
	// ClientID is the client that a refusal names: it may exist. The message
	// says so, too.
	ClientID string
	// Limited marks an answer that asks for a lower rate: 429.
	Limited bool
	// ServerSide marks a failure that counts towards an outage: anything that
	// the server left in doubt, and no connection.
	ServerSide bool
	// Cause is the underlying error, if there is one.
	Cause error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	if e.HTTPStatus > 0 && !strings.HasPrefix(e.Code, "http_") {
		fmt.Fprintf(&b, " (HTTP %d)", e.HTTPStatus)
	}
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(e.Message)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Cause }

// ErrStopped is what a row gets that was not attempted because the run ended
// first.
var ErrStopped = &Error{Kind: KindStopped, Code: "stopped", Message: "not attempted: the run ended first"}

// KindOf tells the kind of a Create's error. An error of an unknown make is in
// doubt: whoever made it did not say that nothing was sent.
func KindOf(err error) Kind {
	if err == nil {
		return KindNone
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInDoubt
}

// AsError returns the *Error within err, or wraps err as one in doubt.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: KindInDoubt, Code: "unknown", ServerSide: true, Message: err.Error(), Cause: err}
}
