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
func (j *Job) Verify(ctx context.Context, o VerifyOptions) (v Verification, err error) {
	defer func() { err = asProblem(err) }()
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	r, err := j.connect(ctx, o.API, o.Twin, o.Rate)
	if err != nil {
		return v, err
	}
	defer r.close()
	if !j.rehearsal() && j.header.KeyFingerprint != "" && j.header.KeyFingerprint != keyFingerprint(j.header.JobID, o.API.Key) {
		o.Notice("this is not the API key the job was run with: clients of another account cannot be read")
	}
	err = j.verify(ctx, r, &v, o.Observe)
	if v.Same+v.Differ+v.Unverified == 0 {
		return v, err
	}
	res, rerr := j.Results(context.WithoutCancel(ctx), ResultsOptions{Command: o.Command, Notice: o.Notice})
	v.Result = res
	if err == nil {
		err = rerr
	}
	return v, err
}

func (j *Job) verify(ctx context.Context, r *reading, v *Verification, observe func(Verified)) error {
	for e, err := range j.store.Walk(ctx, importer.Created, importer.Whole) {
		if err != nil {
			return err
		}
		one := r.compare(ctx, e)
		if one.Err != nil && !errors.Is(one.Err, errNoID) {
			if end := r.ended(ctx, one.Err); end != nil {
				return end
			}
		}
		if err := j.store.Annotate(ctx, e.Key, keepHandover(e.Note, one.Note(time.Now()))); err != nil {
			return err
		}
		switch {
		case one.Err != nil:
			v.Unverified++
		case len(one.Differences) > 0:
			v.Differ++
		default:
			v.Same++
		}
		if observe != nil {
			observe(one)
		}
	}
	return nil
}
