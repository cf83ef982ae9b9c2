package job

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
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

// A Planned is what a run would do, with the plan that holds it to that.
type Planned struct {
	Preview
	Clients []PlannedRow // those to be created, in the order of the input
	Sample  []byte       // the first of them as the API gets it, JSON, secrets masked; nil: none
	Exit    int
	Plan    Plan
}

// A Plan is a run that was looked at beforehand: what it may read, where to it
// may send, and the rows it may create. It takes about half a kilobyte a row.
//
// Passwords are not in it, in no form: a hash of one would tell those who guess
// when they are right. A changed password changes the input's digest.
type Plan struct {
	Version   int          `json:"version"` // of this format: 1
	Tool      string       `json:"tool_version"`
	MadeAt    time.Time    `json:"made_at"`
	Target    string       `json:"target"` // base URL, or "sandbox"
	Rate      string       `json:"rate"`   // as planned; a run may have another
	Input     PlannedInput `json:"input"`
	Mapping   string       `json:"mapping"` // digest of the mapping, its lookups and --set
	Key       []string     `json:"key"`
	Salt      string       `json:"salt"` // of the fields' hashes
	Rows      []PlannedRow `json:"rows"`
	inPlan    map[importer.Key]*PlannedRow
	met       map[importer.Key]bool // planned rows that would be sent
	differing []string              // rows that are not as planned
	more      int                   // such rows that are not told
}

// PlannedInput is the file that was planned.
type PlannedInput struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
	Rows   int    `json:"rows"`
}

// A PlannedRow is a client that a plan creates.
type PlannedRow struct {
	Row         string       `json:"row"` // as results number it
	Key         importer.Key `json:"key"`
	Client      string       `json:"client"` // its name
	Fingerprint string       `json:"fingerprint"`
	// Fields are short salted hashes by request path: enough to name the field
	// that differs, too short to find its value.
	Fields map[string]string `json:"fields"`
}

// planVersion is the version of the plan's format.
const planVersion = 1

// MakePlan reads and checks everything and says what a run would do. It sends
// nothing and writes nothing.
func MakePlan(ctx context.Context, o PlanOptions) (Planned, error) {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Rate <= 0 {
		o.Rate = importer.DefaultRate
	}
	r := &runner{Job: &Job{}, readOnly: true, planning: true, o: RunOptions{Input: o.Input, Dir: o.Dir, Rate: o.Rate, Rehearsal: o.Rehearsal,
		Notice: o.Notice, JobsList: o.JobsList}}
	defer r.close()
	if r.target = TargetSandbox; !o.Rehearsal {
		target, err := api.ParseBaseURL(o.BaseURL)
		if err != nil {
			return Planned{}, usage("--base-url", "%v", "", err)
		}
		r.target = target
	}
	if err := r.openInput(ctx); err != nil {
		return Planned{}, err
	}
	if err := r.peek(ctx); err != nil {
		return Planned{}, err
	}
	if r.store != nil && r.header.Target != r.target {
		return Planned{}, r.otherTarget()
	}
	if err := r.compile(ctx); err != nil {
		return Planned{}, err
	}
	p := Planned{Plan: Plan{Version: planVersion, Tool: o.Version, MadeAt: time.Now().UTC().Truncate(time.Second), Target: r.target,
		Rate: importer.FormatRate(o.Rate), Input: PlannedInput{Name: r.in.Name(), Digest: r.in.Digest()}, Mapping: r.in.MappingDigest(), Key: r.in.Mapper.KeyDefinition()}}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return Planned{}, err
	}
	p.Plan.Salt = hex.EncodeToString(salt)
	var failed error
	r.sending = func(it *rows.Item) {
		if p.Sample == nil {
			p.Sample, failed = api.Render(it.Request.Client)
		}
		p.Plan.Rows = append(p.Plan.Rows, p.Plan.row(it))
	}
	if err := errors.Join(r.survey(ctx), failed); err != nil {
		return Planned{}, err
	}
	switch h, err := r.guard(ctx); {
	case err != nil:
		return Planned{}, err
	case h.For(importer.StopMaxNew): // changed columns were told of
		o.Notice("a run that asks nobody would stop: " + h.Message)
	}
	// Rows that may be known under another key are decided on at the end.
	sheets := r.in.SheetOrder()
	slices.SortStableFunc(p.Plan.Rows, func(a, b PlannedRow) int {
		x, y := rows.PlaceOf(a.Row), rows.PlaceOf(b.Row)
		return cmp.Or(cmp.Compare(sheets[x.Sheet], sheets[y.Sheet]), cmp.Compare(x.Number, y.Number))
	})
	p.Plan.Input.Rows = r.result.Survey.Rows
	p.Clients = p.Plan.Rows
	p.Preview = Preview{Survey: r.result.Survey, Input: o.Input.Path, Mapping: r.in.Mapper.Name(), Target: r.target, Rehearsal: o.Rehearsal,
		NewJob: r.store == nil, Dir: r.name(), Rate: o.Rate, RateFound: r.rateFound()}
	if r.in.Correction != nil {
		p.Corrects = r.in.Record.Path
	}
	return p, nil
}

// row is a row as the plan remembers it.
func (p *Plan) row(it *rows.Item) PlannedRow {
	snapshot := it.Request.Client.Snapshot()
	return PlannedRow{Row: it.Ref.String(), Key: it.Request.EntryKey(), Client: it.Request.Client.Details.Name,
		Fingerprint: importer.Fingerprint(snapshot), Fields: p.fields(snapshot)}
}

// fields hashes each field by itself.
func (p *Plan) fields(snapshot []byte) map[string]string {
	out := map[string]string{}
	for path, value := range importer.Fields(snapshot) {
		m := hmac.New(sha256.New, []byte(p.Salt))
		fmt.Fprintf(m, "%s=%s", path, value)
		out[path] = hex.EncodeToString(m.Sum(nil)[:4])
	}
	return out
}

// WritePlan writes a plan for its owner only. A file that is there is an error
// that wraps fs.ErrExist.
func WritePlan(path string, p Plan) error {
	return WriteNew(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		return e.Encode(p)
	})
}

// ReadPlan reads what WritePlan has written.
func ReadPlan(path string) (*Plan, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &Problem{Exit: ExitUsage, Where: "--plan", What: err.Error(), Hint: "bulkonboard plan INPUT --out FILE writes one", Cause: err}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	p := &Plan{}
	switch err := d.Decode(p); {
	case err != nil:
		return nil, &Problem{Exit: ExitUsage, Where: path, What: "is no plan: " + err.Error(), Hint: "bulkonboard plan INPUT --out FILE writes one", Cause: err}
	case p.Version != planVersion:
		return nil, usage(path, "is a plan of version %d, and this program knows %d", "plan again", p.Version, planVersion)
	}
	return p, nil
}

// index makes a plan ready for one run.
func (p *Plan) index() {
	p.inPlan, p.met = make(map[importer.Key]*PlannedRow, len(p.Rows)), make(map[importer.Key]bool, len(p.Rows))
	p.differing, p.more = nil, 0
	for i := range p.Rows {
		p.inPlan[p.Rows[i].Key] = &p.Rows[i]
	}
}

// toldRows bounds how many rows a refusal names.
const toldRows = 10

// compare looks whether a row that would be sent is one of the plan's.
func (p *Plan) compare(it *rows.Item) {
	p.met[it.Request.EntryKey()] = true
	if why := p.differs(it); why != "" {
		p.tell(it.Ref.String(), it.Request.EntryKey(), why)
	}
}

func (p *Plan) tell(row string, key importer.Key, why string) {
	if len(p.differing) == toldRows {
		p.more++
		return
	}
	p.differing = append(p.differing, fmt.Sprintf("row %s, %s: %s", row, key, why))
}

// missing tells the planned rows of a changed input that would not be sent
// although the journal knows nothing that keeps them.
func (r *runner) missing(ctx context.Context) error {
	p := r.o.Plan
	for part := range slices.Chunk(p.Rows, rows.Chunk) {
		var keys []importer.Key
		for _, row := range part {
			keys = append(keys, row.Key)
		}
		held := map[importer.Key]bool{}
		if r.store != nil {
			entries, err := r.store.Lookup(ctx, keys)
			if err != nil {
				return asProblem(err)
			}
			for _, e := range entries {
				held[e.Key] = true
			}
		}
		for _, row := range part {
			_, here := r.decide.First(row.Key)
			switch {
			case p.met[row.Key] || held[row.Key] || here && r.o.Rows != nil:
			case here:
				p.tell(row.Row, row.Key, "has a fault now, and would not be sent")
			default:
				p.tell(row.Row, row.Key, "is gone from the sheet, or skipped")
			}
		}
	}
	return nil
}

func (p *Plan) differs(it *rows.Item) string {
	planned := p.inPlan[it.Request.EntryKey()]
	if planned == nil {
		return "is not in the plan"
	}
	snapshot := it.Request.Client.Snapshot()
	if importer.Fingerprint(snapshot) == planned.Fingerprint {
		return ""
	}
	now := p.fields(snapshot)
	var paths []string
	for path, h := range now {
		if planned.Fields[path] != h {
			paths = append(paths, path)
		}
	}
	for path := range planned.Fields {
		if now[path] == "" {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return "differs in " + strings.Join(paths, ", ")
}

// planned makes sure that the run is the one that was planned.
func (r *runner) planned(ctx context.Context) error {
	p := r.o.Plan
	if p == nil {
		return nil
	}
	var faults []string
	add := func(differs bool, format string, a ...any) {
		if differs {
			faults = append(faults, fmt.Sprintf(format, a...))
		}
	}
	add(p.Target != r.target, "it is for %s, and this run for %s", p.Target, r.target)
	add(!slices.Equal(p.Key, r.in.Mapper.KeyDefinition()), "it knows customers by %v, and the mapping says %v", p.Key, r.in.Mapper.KeyDefinition())
	add(p.Mapping != r.in.MappingDigest(), "the mapping, a lookup of it or --set is another one")
	changed := p.Input.Digest != r.in.Digest()
	if changed {
		if err := r.missing(ctx); err != nil {
			return err
		}
	}
	add(changed && len(p.differing) == 0, "the input has changed since, if not in what would be sent: passwords, or columns that nobody uses")
	add(changed && len(p.differing) > 0, "the input has changed since")
	faults = append(faults, p.differing...)
	if p.more > 0 {
		faults = append(faults, fmt.Sprintf("and %d more rows", p.more))
	}
	if len(faults) == 0 {
		return nil
	}
	return usage("--plan", "this run is not the one that was planned, and nothing was sent:\n  %s",
		"look at what changed, then plan again: bulkonboard plan "+r.o.Input.Path+" --out FILE", strings.Join(faults, "\n  "))
}
