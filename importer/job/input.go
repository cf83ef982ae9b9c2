package job

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// An opened is an input with its mapper: the rows of a file, or of a file with
// corrections in place of some of its rows.
type opened struct {
	base    *table.Input // nil where a correction's base is gone
	layers  []*layer     // corrections, oldest first
	mapped  mapped
	mapper  *mapping.Mapper
	columns []string // of the rejects
	record  importer.InputRecord
	fixes   []importer.CorrectionRecord // those of earlier runs

	// correction is the newest layer when this is a rejects file that is fed
	// back: only its rows are sent.
	correction *layer
	tag        tag
	baseGone   string             // why there is no base; "" if there is
	warnings   []importer.Finding // about the file as a whole
}

func (o *opened) close() {
	if o.base != nil {
		_ = o.base.Close()
	}
	for _, l := range o.layers {
		_ = l.input.Close()
	}
}

// changed fails when a file is no longer the one that was read.
func (o *opened) changed() error {
	if o.base != nil {
		if err := o.base.Changed(); err != nil {
			return err
		}
	}
	for _, l := range o.layers {
		if err := l.input.Changed(); err != nil {
			return err
		}
	}
	return nil
}

// headers are those of all files, the newest first.
func (o *opened) headers() []*importer.Header {
	var out []*importer.Header
	for i := len(o.layers) - 1; i >= 0; i-- {
		out = append(out, o.layers[i].input.Headers()...)
	}
	if o.base != nil {
		out = append(out, o.base.Headers()...)
	}
	return out
}

// compile makes the mapper, once all files are open.
func (o *opened) compile(sets []string) error {
	m, err := mapping.New(o.headers(), o.mapped.options(sets))
	if err != nil {
		return asProblem(err)
	}
	o.mapper = m
	if o.base != nil {
		o.columns = columnsOf(o.base.Headers())
	} else if hs := o.headers(); len(hs) > 0 {
		o.columns = originalColumns(hs[len(hs)-1])
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

// openTable opens a file and gives errors their exit codes.
func openTable(ctx context.Context, path string, o table.Options) (*table.Input, error) {
	in, err := table.Open(ctx, path, o)
	if err != nil {
		return nil, asProblem(err)
	}
	return in, nil
}

// openFile opens a file; its mapper is made by compile. A rejects file is known as
// one, and is a correction.
func openFile(ctx context.Context, path string, o table.Options, sets []string) (*opened, error) {
	in, err := openTable(ctx, path, o)
	if err != nil {
		return nil, err
	}
	out := &opened{base: in, record: recordOf(in, path, sets), warnings: in.Warnings()}
	if in.Kind() != table.Rejects {
		return out, nil
	}
	l, t, err := readLayer(ctx, in)
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	out.base, out.correction, out.tag = nil, l, t
	out.layers = []*layer{l}
	return out, nil
}

// onto puts a correction in the place of the rows that it corrects: those of
// the input of a run, as it was read then, with the corrections before it.
// Where that input is gone the correction stands alone.
func (o *opened) onto(ctx context.Context, p place.Place, run importer.Run) (*opened, error) {
	out, err := reopen(ctx, p, run)
	if err != nil {
		return nil, err
	}
	out.correction, out.tag = o.correction, o.tag
	if out.layers = append(out.layers, o.correction); out.baseGone != "" {
		out.layers = o.layers
	}
	if len(o.record.Sets) > 0 {
		out.record.Sets = o.record.Sets
	}
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

// A tag is what the _job column says: the job a rejects file belongs to, and
// the run that wrote it.
type tag struct {
	job string
	run int64
}

func (t tag) String() string { return t.job + "#" + strconv.FormatInt(t.run, 10) }

func parseTag(s string) (tag, bool) {
	id, run, ok := strings.Cut(strings.TrimSpace(s), "#")
	n, err := strconv.ParseInt(run, 10, 64)
	return tag{job: id, run: n}, ok && id != "" && err == nil && n > 0
}

// A layer is a file of corrected rows, by the place they take. Its rows are
// kept in memory: they are as many as somebody mended by hand.
type layer struct {
	input  *table.Input
	byKey  map[string]*fix // _key, with "?sheet!row" for rows that had no key of their own
	fixes  []*fix
	column map[string]int // of _job, _key, _row
}

// A fix is one corrected row.
type fix struct {
	token string
	place string // _row, as written
	row   importer.Row
	err   *importer.RowError
	used  bool // in this pass
}

// readLayer reads a rejects file whole and checks its marks.
func readLayer(ctx context.Context, in *table.Input) (*layer, tag, error) {
	h := in.Headers()[0]
	l := &layer{input: in, byKey: make(map[string]*fix), column: map[string]int{}}
	for _, c := range []string{importer.RejectJob, importer.RejectKey, importer.RejectRow} {
		l.column[c] = h.Index(c)
	}
	var first tag
	for row, err := range importer.Rows(ctx, in) {
		var spoilt *importer.RowError
		if err != nil && !errors.As(err, &spoilt) {
			return nil, tag{}, asProblem(err)
		}
		mark := row.Cells[l.column[importer.RejectJob]]
		t, ok := parseTag(mark)
		f := &fix{token: row.Cells[l.column[importer.RejectKey]], place: strings.TrimSpace(row.Cells[l.column[importer.RejectRow]]), row: row, err: spoilt}
		cell := row.Cell(l.column[importer.RejectJob])
		switch {
		case !ok || f.token == "":
			return nil, tag{}, usage(cell.String(), "this row of a rejects file has no valid _job and _key",
				"new customers belong into the sheet itself; do not change the columns _job, _key and _row")
		case first.job == "":
			first = t
		case t.job != first.job:
			return nil, tag{}, usage(cell.String(), "rows of two jobs in one rejects file: %s and %s", "feed each rejects file back by itself", first.job, t.job)
		}
		first.run = max(first.run, t.run)
		if l.byKey[f.token] != nil {
			return nil, tag{}, usage(row.Cell(l.column[importer.RejectKey]).String(), "this _key stands twice, first in row %d", "keep one row for each customer", l.byKey[f.token].row.Number)
		}
		l.byKey[f.token] = f
		l.fixes = append(l.fixes, f)
	}
	if len(l.fixes) == 0 {
		return nil, tag{}, &Problem{Exit: ExitFailed, Where: h.File, What: "has no rows", Hint: "nothing is left to be corrected here"}
	}
	return l, first, nil
}

// positional is the _key of a row that has no valid key of its own.
func positional(r importer.RowRef) string { return "?" + r.Sheet + "!" + strconv.Itoa(r.Number) }

// take finds the correction for a row, by its position or one of the keys it
// has had: its own first, and last the one that the corrections so far left it.
// A key fits one row, the first; one that was corrected away fits its own place
// only.
func (l *layer) take(ref importer.RowRef, keys ...importer.Key) *fix {
	f := l.byKey[positional(ref)]
	for i := len(keys) - 1; f == nil && i >= 0; i-- {
		g := l.byKey[string(keys[i])]
		if keys[i] != "" && g != nil && (i == len(keys)-1 || placeOf(g.place) == ref) {
			f = g
		}
	}
	if f == nil || f.used {
		return nil
	}
	f.used = true
	return f
}

// unused finds a correction that no row of the last pass took; nil if there is
// none.
func (l *layer) unused() *fix {
	for _, f := range l.fixes {
		if !f.used {
			return f
		}
	}
	return nil
}

// reopen opens the input of a run again, as it was read then, with its
// corrections. If the input is gone or changed it says why and opens none.
func reopen(ctx context.Context, p place.Place, run importer.Run) (*opened, error) {
	o := &opened{record: run.Input, fixes: run.Corrections}
	in := table.Options{Encoding: run.Input.Encoding, Delimiter: run.Input.Delimiter, Sheets: run.Input.Sheets,
		HeaderRow: documentRow([]byte(run.Mapping.Content))}
	switch base, err := openTable(ctx, run.Input.Path, in); {
	case run.Input.Path == "-":
		o.baseGone = "it came from standard input"
	case err != nil:
		o.baseGone = err.Error()
	case base.Digest() != run.Input.Digest:
		o.baseGone = run.Input.Path + " has changed since the run"
		_ = base.Close()
	default:
		o.base = base
	}
	if o.baseGone != "" {
		return o, nil
	}
	if err := o.correctAsBefore(ctx, p, run.Corrections); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// correctAsBefore puts the corrections of an earlier run in place.
func (o *opened) correctAsBefore(ctx context.Context, p place.Place, cs []importer.CorrectionRecord) error {
	for _, c := range cs {
		path, err := p.Kept(c.File)
		if err != nil {
			return err
		}
		in, err := openTable(ctx, path, table.Options{Encoding: c.Encoding, Delimiter: c.Delimiter})
		if err != nil {
			return err
		}
		l, _, err := readLayer(ctx, in)
		if err != nil || in.Digest() != c.Digest {
			_ = in.Close()
			return &Problem{Exit: ExitFailed, Where: path, What: "this copy of a correction has been changed",
				Hint: "run the sheet itself again: nothing is sent twice", Cause: err}
		}
		o.layers = append(o.layers, l)
	}
	o.fixes = cs
	return nil
}

// keep keeps a copy of a correction with the job, where `results` finds it.
func keep(p place.Place, l *layer, from string, run int64) (importer.CorrectionRecord, error) {
	name := fmt.Sprintf("rejects.run%d%s", run, strings.ToLower(filepath.Ext(from)))
	b, err := os.ReadFile(from)
	if err != nil {
		return importer.CorrectionRecord{}, asProblem(err)
	}
	if err := l.input.Changed(); err != nil {
		return importer.CorrectionRecord{}, asProblem(err)
	}
	if err := p.Keep(name, b); err != nil {
		return importer.CorrectionRecord{}, err
	}
	return importer.CorrectionRecord{File: name, Digest: l.input.Digest(), Encoding: l.input.Encoding(),
		Delimiter: l.input.Delimiter(), Rows: len(l.fixes)}, nil
}

// digits are what differs in the names of a nightly export.
var digits = regexp.MustCompile(`[0-9]+`)

// sameInput names an input from night to night: its path, numbers aside.
func sameInput(path string) string {
	return filepath.Join(filepath.Dir(path), digits.ReplaceAllString(filepath.Base(path), "#"))
}

// digest is the one of the file that was named.
func (o *opened) digest() string {
	if o.correction != nil {
		return o.correction.input.Digest()
	}
	return o.record.Digest
}

// sheets gives the place of each sheet among the others.
func (o *opened) sheets() map[string]int {
	out := map[string]int{}
	for i, h := range o.headers() {
		if _, there := out[h.Sheet]; !there {
			out[h.Sheet] = i
		}
	}
	return out
}

func (o *opened) name() string {
	if hs := o.headers(); len(hs) > 0 {
		return hs[0].File
	}
	return ""
}

// mappingDigest tells one way of reading a sheet from another.
func (o *opened) mappingDigest() string {
	b, err := json.Marshal(struct {
		Content string
		Lookups []importer.LookupRecord
		Sets    []string
	}{o.mapped.record.Content, o.mapped.record.Lookups, o.record.Sets})
	if err != nil {
		panic("job: a mapping that has no JSON: " + err.Error()) // it is made of texts
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
