package job

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// PlanOptions say what to plan. Only Input is required.
type PlanOptions struct {
	Input     InputOptions
	Dir       string // the job's folder; "" is beside the input, and none for "-"
	BaseURL   string
	Rehearsal bool
	Rate      float64      // requests per second; 0 is importer.DefaultRate
	Notice    func(string) // may be nil
	JobsList  string
	Version   string
}

// A PlanResult is what a run would do, with the plan that holds it to that.
type PlanResult struct {
	Preview
	Clients []PlannedRow // those to be created, in the order of the input
	Sample  []byte       // the first of them as the API gets it, JSON, secrets masked; nil: none
	Exit    int
	Plan    Plan
}

// MakePlan reads and checks everything and says what a run would do. It sends
// nothing and writes nothing.
func MakePlan(ctx context.Context, o PlanOptions) (p PlanResult, err error) {
	defer func() { err = asProblem(err) }()
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Rate <= 0 {
		o.Rate = importer.DefaultRate
	}
	t := intake{Job: &Job{}, input: o.Input, dir: o.Dir, list: place.List(o.JobsList), rehearsed: o.Rehearsal, target: TargetSandbox,
		notice: o.Notice}
	defer func() { _ = t.close() }()
	if !o.Rehearsal {
		if t.target, err = api.ParseBaseURL(o.BaseURL); err != nil {
			return PlanResult{}, usage("--base-url", "%v", "", err)
		}
	}
	if err := t.look(ctx); err != nil {
		return PlanResult{}, err
	}
	p.Plan = Plan{Version: planVersion, Tool: o.Version, MadeAt: time.Now().UTC().Truncate(time.Second), Target: t.target,
		Rate: importer.FormatRate(o.Rate), Input: PlannedInput{Name: t.in.Name(), Digest: t.in.Digest()},
		Mapping: t.in.MappingDigest(), Key: t.in.Mapper.KeyDefinition()}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return PlanResult{}, err
	}
	p.Plan.Salt = hex.EncodeToString(salt)
	s := &rows.Surveyor{Classifier: &rows.Classifier{}, Others: t.others(ctx)}
	var failed error
	s.Sending = func(it *rows.Item) {
		if p.Sample == nil {
			p.Sample, failed = api.Render(it.Request.Client)
		}
		p.Plan.Rows = append(p.Plan.Rows, p.Plan.row(it))
	}
	if err := errors.Join(t.survey(ctx, s), failed); err != nil {
		return PlanResult{}, err
	}
	if err := t.wouldStop(ctx, s.Survey); err != nil {
		return PlanResult{}, err
	}
	p.Plan.sort(t.in.SheetOrder())
	p.Plan.Input.Rows, p.Clients = s.Survey.Rows, p.Plan.Rows
	p.Preview = t.preview(s.Survey, o.Rate)
	return p, nil
}

// wouldStop tells what would stop a run that asks nobody.
func (t *intake) wouldStop(ctx context.Context, s Survey) error {
	if t.last.ID == 0 || t.moved != "" { // changed columns were told of
		return nil
	}
	like, err := lastLike(ctx, t.store, t.in.Record)
	if err != nil {
		return err
	}
	var h *importer.Halt
	if t.in.Correction == nil {
		_, h = otherCustomers(like, s, nil)
	}
	if h == nil {
		h, err = tooManyNew(ctx, t.Job, s, nil)
	}
	if h != nil {
		t.notice("a run that asks nobody would stop: " + h.Message)
	}
	return err
}
