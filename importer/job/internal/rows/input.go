package rows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// An Input is an input with its mapper: the rows of a file with their
// corrections in place.
type Input struct {
	Base    Base // nil where it is gone, and rejects stand by themselves
	Mapping Mapping
	Mapper  *mapping.Mapper
	Columns []string // of the rejects
	Record  importer.InputRecord

	// Correction is set when this is a rejects file that is fed back: only its
	// rows are sent.
	Correction *Rejects
	Tag        Tag
	Gone       string             // why there is no base; "" if there is
	Warnings   []importer.Finding // about the file as a whole

	file     correction.File         // where corrections stand; its path may be ""
	snapshot *correction.Snapshot    // those in place
	fresh    []correction.Correction // those of snapshot that are not in the file yet
	known    int                     // the file's last change when it was read
	own      map[importer.RowRef]bool
	run      importer.Run // that wrote Correction
}

func (o *Input) Close() {
	if o.Base != nil {
		_ = o.Base.Close()
	}
	if o.Correction != nil {
		_ = o.Correction.input.Close()
	}
}

// Changed fails when a file is no longer the one that was read.
func (o *Input) Changed() error {
	var base, back error
	if o.Base != nil {
		base = o.Base.Changed()
	}
	if o.Correction != nil {
		back = o.Correction.input.Changed()
	}
	return errors.Join(base, back)
}

// headers are those of the rows that passes yield.
func (o *Input) headers() []*importer.Header {
	switch {
	case o.Base != nil:
		return o.Base.Headers()
	case o.Correction != nil:
		return o.Correction.input.Headers()
	}
	return nil
}

func (o *Input) mapper(hs []*importer.Header) (*mapping.Mapper, error) {
	return mapping.New(hs, o.Mapping.options(o.Record.Sets))
}

// Compile makes the mapper, once all files are open.
func (o *Input) Compile(sets []string) error {
	m, err := mapping.New(o.headers(), o.Mapping.options(sets))
	if err != nil {
		return importer.AsProblem(err)
	}
	o.Mapper, o.Columns = m, columnsOf(o.headers())
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
	out := &Input{Base: in, Record: recordOf(in, path, sets), Warnings: in.Warnings(), snapshot: &correction.Snapshot{}}
	out.Record.HeaderRow = o.HeaderRow
	if in.Kind() != table.Rejects {
		return out, nil
	}
	l, t, err := readRejects(ctx, in)
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	out.Base, out.Correction, out.Tag = nil, l, t
	return out, nil
}

// recordOf says what was read, and how.
func recordOf(in *table.Input, path string, sets []string) importer.InputRecord {
	if path != "-" {
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
	}
	return importer.InputRecord{Path: path, Digest: in.Digest(), Sheets: in.Sheets(), Encoding: in.Encoding(), Delimiter: in.Delimiter(),
		Sets: sets}
}

// reopen opens the input of a run again, as it was read then; its corrections
// are put in place by recall. If the input is gone or changed it says why and
// opens none.
func reopen(ctx context.Context, run importer.Run) (*Input, error) {
	o, err := openAgain(ctx, run)
	if err == nil && o.Base != nil && o.Record.Digest != run.Input.Digest {
		o.Gone = run.Input.Path + " has changed since the run"
		err = o.Base.Close()
		o.Base, o.Record = nil, run.Input
	}
	return o, err
}

// openAgain opens what stands now where a run has read its input.
func openAgain(ctx context.Context, run importer.Run) (*Input, error) {
	o := &Input{Record: run.Input, snapshot: &correction.Snapshot{}}
	in := reading([]byte(run.Mapping.Content))
	in.Encoding, in.Delimiter, in.Sheets = run.Input.Encoding, run.Input.Delimiter, run.Input.Sheets
	if run.Input.HeaderRow > 0 {
		in.HeaderRow = run.Input.HeaderRow
	}
	switch {
	case run.Input.Own:
		o.Gone = "its rows came from a program"
		return o, nil
	case run.Input.Path == "-":
		o.Gone = "it came from standard input"
		return o, nil
	}
	base, err := OpenTable(ctx, run.Input.Path, in)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		o.Gone = err.Error()
		return o, nil
	}
	o.Base, o.Record = base, recordOf(base, run.Input.Path, run.Input.Sets)
	o.Record.HeaderRow = run.Input.HeaderRow
	return o, nil
}

// Onto puts a rejects file in the place of the rows that it corrects: those of
// the input of the run that wrote it, as it is now. Where that is gone they stand
// by themselves.
func (o *Input) Onto(ctx context.Context, run importer.Run, notice func(string)) (*Input, error) {
	out, err := openAgain(ctx, run)
	if err != nil {
		return nil, err
	}
	out.Correction, out.Tag, out.run = o.Correction, o.Tag, run
	if len(o.Record.Sets) > 0 {
		out.Record.Sets = o.Record.Sets
	}
	if out.Gone != "" {
		notice("the corrected input cannot be read again (" + out.Gone + "): the corrected rows are sent by themselves")
	}
	return out, nil
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

// Name is what people call the file that was named.
func (o *Input) Name() string {
	if o.Correction != nil {
		return o.Correction.header().File
	}
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
