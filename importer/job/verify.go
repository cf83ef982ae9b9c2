package job

import (
	"context"
	"errors"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// VerifyOptions say how a job's clients are read back. An API key is required
// unless the job is a rehearsal's.
type VerifyOptions struct {
	API     API // BaseURL is the job's
	Twin    func(dir string) (Transport, error)
	Rate    float64 // requests per second; 0 is 2
	Observe func(Verified)
	Command func(Next) []string
	Notice  func(string) // may be nil
}

// A Verification is how reading a job's clients back ended.
type Verification struct {
	Same, Differ, Unverified int
	Result                   Result
}

// Exit is the exit code.
func (v Verification) Exit() int {
	if v.Differ > 0 {
		return ExitRejects
	}
	return ExitDone
}

// Verify reads every created client of a job back and compares name, e-mail
// and users' e-mails with what was sent. What it finds goes into the rows'
// notes; no row's status changes. It ends early, with an error and what was
// verified so far on record, when the key is refused or the server is down. The
// job is open for settling.
func (j *Job) Verify(ctx context.Context, o VerifyOptions) (Verification, error) {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	s := j.Settle(SettleOptions{API: o.API, Twin: o.Twin, Command: o.Command, Notice: o.Notice})
	if err := s.connect(ctx, o.Rate); err != nil {
		return Verification{}, asProblem(err)
	}
	if !j.rehearsal() && j.header.KeyFingerprint != "" && j.header.KeyFingerprint != keyFingerprint(j.header.JobID, o.API.Key) {
		o.Notice("this is not the API key the job was run with: clients of another account cannot be read")
	}
	v, err := s.verify(ctx, o)
	res, cerr := s.End(context.WithoutCancel(ctx))
	v.Result = res
	if err == nil {
		err = cerr
	}
	return v, err
}

func (s *Settlement) verify(ctx context.Context, o VerifyOptions) (Verification, error) {
	var v Verification
	for e, err := range s.store.Walk(ctx, importer.Created, importer.Whole) {
		if err != nil {
			return v, asProblem(err)
		}
		one := s.reader.compare(ctx, e)
		if one.Err != nil && !errors.Is(one.Err, errNoID) {
			if end := s.reader.ended(ctx, one.Err); end != nil {
				return v, end
			}
		}
		switch {
		case one.Err != nil:
			v.Unverified++
		case len(one.Differences) > 0:
			v.Differ++
		default:
			v.Same++
		}
		if err := s.store.Annotate(ctx, e.Key, keepHandover(e.Note, one.Note(time.Now()))); err != nil {
			return v, asProblem(err)
		}
		s.decided++
		if o.Observe != nil {
			o.Observe(one)
		}
	}
	return v, nil
}
