package rows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"regexp"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// An Input is an input with its mapper: the rows of a file, or of a file with
// corrections in place of some of its rows.
type Input struct {
	Base        Base          // nil where a correction's base is gone
	corrections []*Correction // corrections, oldest first
	Mapping     Mapping
	Mapper      *mapping.Mapper
	Columns     []string // of the rejects
	Record      importer.InputRecord
	Corrections []importer.CorrectionRecord // those of earlier runs

	// correction is the newest correction when this is a rejects file that is fed
	// back: only its rows are sent.
	Correction *Correction
	Tag        Tag
	Gone       string             // why there is no base; "" if there is
	Warnings   []importer.Finding // about the file as a whole
}

func (o *Input) Close() {
	if o.Base != nil {
		_ = o.Base.Close()
	}
	for _, l := range o.corrections {
		_ = l.input.Close()
	}
}

// Changed fails when a file is no longer the one that was read.
func (o *Input) Changed() error {
	if o.Base != nil {
		if err := o.Base.Changed(); err != nil {
			return err
		}
	}
	for _, l := range o.corrections {
		if err := l.input.Changed(); err != nil {
			return err
		}
	}
	return nil
}

// headers are those of all files, the newest first.
func (o *Input) headers() []*importer.Header {
	var out []*importer.Header
	for i := len(o.corrections) - 1; i >= 0; i-- {
		out = append(out, o.corrections[i].input.Headers()...)
	}
	if o.Base != nil {
		out = append(out, o.Base.Headers()...)
	}
	return out
}

// Compile makes the mapper, once all files are open.
func (o *Input) Compile(sets []string) error {
	m, err := mapping.New(o.headers(), o.Mapping.options(sets))
	if err != nil {
		return importer.AsProblem(err)
	}
	o.Mapper = m
	if o.Base != nil {
		o.Columns = columnsOf(o.Base.Headers())
	} else if hs := o.headers(); len(hs) > 0 {
		o.Columns = originalColumns(hs[len(hs)-1])
	}
	return nil
}

// originalColumns are a header's without the ones we add to rejects.
func originalColumns(h *importer.Header) []string {
	var out []string
	for _, c := range h.Columns {
		if !importer.IsRejectColumn(c) {
			out = append(out, c)
		}
	}
	return out
}

// OpenTable opens a file and gives errors their exit codes.
func OpenTable(ctx context.Context, path string, o table.Options) (*table.Input, error) {
	in, err := table.Open(ctx, path, o)
	if err != nil {
		return nil, importer.AsProblem(err)
	}
	return in, nil
}

// Open opens a file; its mapper is made by compile. A rejects file is known as
// one, and is a correction.
func Open(ctx context.Context, path string, o table.Options, sets []string) (*Input, error) {
	in, err := OpenTable(ctx, path, o)
	if err != nil {
		return nil, err
	}
	out := &Input{Base: in, Record: recordOf(in, path, sets), Warnings: in.Warnings()}
	if in.Kind() != table.Rejects {
		return out, nil
	}
	l, t, err := readCorrection(ctx, in)
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	out.Base, out.Correction, out.Tag = nil, l, t
	out.corrections = []*Correction{l}
	return out, nil
}

// recordOf says what was read, and how.
func recordOf(in *table.Input, path string, sets []string) importer.InputRecord {
	if path != "-" {
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
	}
	return importer.InputRecord{Path: path, Digest: in.Digest(), Sheets: in.Sheets(), Encoding: in.Encoding(), Delimiter: in.Delimiter(), Sets: sets}
}

// reopen opens the input of a run again, as it was read then, with its
// corrections. If the input is gone or changed it says why and opens none.
func reopen(ctx context.Context, p place.Place, run importer.Run) (*Input, error) {
	o := &Input{Record: run.Input, Corrections: run.Corrections}
	in := table.Options{Encoding: run.Input.Encoding, Delimiter: run.Input.Delimiter, Sheets: run.Input.Sheets,
		HeaderRow: documentRow([]byte(run.Mapping.Content))}
	switch {
	case run.Input.Own:
		o.Gone = "its rows came from a program"
		return o, nil
	case run.Input.Path == "-":
		o.Gone = "it came from standard input"
		return o, nil
	}
	base, err := OpenTable(ctx, run.Input.Path, in)
	switch {
	case err != nil:
		o.Gone = err.Error()
		return o, nil
	case base.Digest() != run.Input.Digest:
		o.Gone = run.Input.Path + " has changed since the run"
		return o, base.Close()
	}
	o.Base = base
	if err := o.correctAsBefore(ctx, p, run.Corrections); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// Digest is the one of the file that was named.
func (o *Input) Digest() string {
	if o.Correction != nil {
		return o.Correction.input.Digest()
	}
	return o.Record.Digest
}

// SheetOrder gives the place of each sheet among the others.
func (o *Input) SheetOrder() map[string]int {
	out := map[string]int{}
	for i, h := range o.headers() {
		if _, there := out[h.Sheet]; !there {
			out[h.Sheet] = i
		}
	}
	return out
}

func (o *Input) Name() string {
	if hs := o.headers(); len(hs) > 0 {
		return hs[0].File
	}
	return ""
}

// MappingDigest tells one way of reading a sheet from another.
func (o *Input) MappingDigest() string {
	b, err := json.Marshal(struct {
		Content string
		Lookups []importer.LookupRecord
		Sets    []string
	}{o.Mapping.Record.Content, o.Mapping.Record.Lookups, o.Record.Sets})
	if err != nil {
		panic("job: a mapping that has no JSON: " + err.Error()) // it is made of texts
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// digits are what differs in the names of a nightly export.
var digits = regexp.MustCompile(`[0-9]+`)

// SameInput names an input from night to night: its path, numbers aside.
func SameInput(path string) string {
	return filepath.Join(filepath.Dir(path), digits.ReplaceAllString(filepath.Base(path), "#"))
}
