package job

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
)

// A Prepared is a run that was read, checked and surveyed, and has sent nothing
// yet. While a question is open it holds nothing that another process waits
// for. It is used by one goroutine; Close ends it.
type Prepared struct {
	asked
	o       RunOptions
	r       *runner
	preview Preview

	parked  bool
	version string // of the journal, when it was parked
}

// ErrMeanwhile is what Send answers when somebody else was at the job while a
// question was open, so that something else would happen than what was shown.
// Preview and Question tell it anew.
var ErrMeanwhile = errors.New("somebody else was at this job meanwhile, and what would happen is no longer the same")

// Run imports a file and asks nobody: Prepare and Send in one. It reads and
// checks everything, sends, and writes the views. A row's failure is part of the
// Result; the error is for what kept the run from starting or finishing, and has
// an exit code (ExitOf). A Result comes back together with an error when rows
// were sent.
//
// When ctx ends no row is started any more, the rows in flight finish, and the
// views are written.
func Run(ctx context.Context, o RunOptions) (Result, error) {
	o.Asks = false
	p, err := Prepare(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer p.Close()
	return p.Send(ctx)
}

// Prepare reads and checks everything, and says what a run would do. Nothing is
// written to the job but what a dead run has left open, a --rekey, and a proof
// that a changed API key is the same account's.
func Prepare(ctx context.Context, o RunOptions) (*Prepared, error) {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Rate <= 0 {
		o.Rate = importer.DefaultRate
	}
	if o.Results != "" {
		// On record: `results` may be called from another folder.
		abs, err := filepath.Abs(o.Results)
		if err != nil {
			return nil, broken(o.Results, err, "")
		}
		o.Results = abs
	}
	o.API.Conceal = api.NewSecrets()
	p := &Prepared{o: o}
	err := p.survey(ctx)
	if err == nil {
		err = p.park(ctx)
	}
	if err != nil {
		p.catchUp(ctx)
		p.Close()
		return nil, asProblem(err)
	}
	return p, nil
}

// survey makes everything ready for sending, and finds out what must be asked.
func (p *Prepared) survey(ctx context.Context) error {
	r := newRunner(p.o)
	p.r, p.open = r, nil
	if err := r.prepare(ctx); err != nil {
		return err
	}
	if err := r.recipients(); err != nil {
		return err
	}
	q, err := r.proveKey(ctx)
	if err != nil {
		return err
	}
	if q != nil {
		p.open = append(p.open, q)
	}
	p.show()
	return nil
}

// show makes the preview, and the question whether it may happen.
func (p *Prepared) show() {
	p.preview = p.r.preview()
	if q := p.preview.question(); q != nil && p.o.Asks {
		p.open = append(p.open, q)
	}
}

// park gives the job back while a question is open. A job that is made from
// earlier results is nobody else's yet, and stays locked.
func (p *Prepared) park(ctx context.Context) (err error) {
	if len(p.open) == 0 || p.r.store == nil || p.r.adopted != nil {
		return nil
	}
	p.parked = true
	p.version, err = p.r.park(ctx)
	return err
}

// Preview is what is about to happen.
func (p *Prepared) Preview() Preview { return p.preview }

// Question is what must be answered before Send; nil: nothing.
func (p *Prepared) Question() *Question { return p.question() }

// Answer answers the Question. An answer that it does not know comes back as its
// Fault.
func (p *Prepared) Answer(a Answer) {
	if q := p.take(a); q != nil && q.ID == AskKey {
		p.r.newKey = true
	}
}

// Send does what was shown, once no question is open, and writes the views. It
// is called once, but for ErrMeanwhile.
func (p *Prepared) Send(ctx context.Context) (res Result, err error) {
	defer func() { err = asProblem(err) }()
	switch {
	case p.refused && p.open[0].ID == AskKey:
		return Result{}, p.r.otherAccount()
	case p.refused:
		p.catchUp(ctx)
		return p.r.declined(), nil
	}
	if err := p.answered(); err != nil {
		return Result{}, err
	}
	changed, err := p.resume(ctx)
	if err != nil {
		return Result{}, err
	}
	meanwhile, err := p.r.takeTurn(ctx)
	if err == nil && (changed || meanwhile) {
		err = p.again(ctx, changed)
	}
	if err != nil {
		return Result{}, err
	}
	if err := p.r.start(ctx); err != nil {
		return Result{}, err
	}
	return p.r.send(ctx)
}

// resume takes the job again, and tells whether somebody has written to it.
func (p *Prepared) resume(ctx context.Context) (changed bool, err error) {
	if !p.parked {
		return false, nil
	}
	p.parked = false
	return p.r.resume(ctx, p.version)
}

// again surveys once more, since somebody has written to the job or has sent for
// its account. If what would happen is something else now, whoever was asked is
// asked again, and holds nothing meanwhile.
func (p *Prepared) again(ctx context.Context, changed bool) error {
	was, sure := p.preview.Survey, p.r.newKey
	if err := p.anew(ctx, changed); err != nil {
		return err
	}
	switch {
	case same(was, p.preview.Survey) && (len(p.open) == 0 || p.open[0].ID != AskKey || sure):
		p.open, p.r.newKey = nil, sure
		return nil
	case len(p.open) == 0:
		return nil // nothing is left to be sent, or nobody to be asked
	}
	p.r.endTurn()
	if err := p.park(ctx); err != nil {
		return err
	}
	return ErrMeanwhile
}

// anew surveys again: from the beginning where the job has changed. The account
// stays this run's.
func (p *Prepared) anew(ctx context.Context, changed bool) error {
	if changed {
		hold := p.r.hold
		p.r.hold = nil
		p.r.close()
		err := p.survey(ctx)
		p.r.hold = hold
		return err
	}
	if err := p.r.surveyed(ctx); err != nil {
		return err
	}
	p.open = nil
	p.show()
	return nil
}

// Close ends it, whether it was sent or not.
func (p *Prepared) Close() {
	if p.r != nil {
		p.r.close()
	}
}

// catchUp makes the views of a run that was cut: this one will not, and what that
// one left open is in doubt by now. Where it cannot, the next command does.
func (p *Prepared) catchUp(ctx context.Context) {
	r := p.r
	if r.last.ID == 0 || !r.last.EndedAt.IsZero() || r.adopted != nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if _, err := p.resume(ctx); err != nil || r.store == nil {
		return
	}
	if _, err := r.Results(ctx, ResultsOptions{Command: p.o.Command, Notice: r.notice}); err != nil {
		r.notice("the views of the run that was cut could not be made: " + err.Error())
	}
}
