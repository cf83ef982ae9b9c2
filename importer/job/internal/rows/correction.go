package rows

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// A Tag is what the _job column says: the job a rejects file belongs to, and
// the run that wrote it.
type Tag struct {
	Job string
	Run int64
}

func (t Tag) String() string { return t.Job + "#" + strconv.FormatInt(t.Run, 10) }

func parseTag(s string) (Tag, bool) {
	id, run, ok := strings.Cut(strings.TrimSpace(s), "#")
	n, err := strconv.ParseInt(run, 10, 64)
	return Tag{Job: id, Run: n}, ok && id != "" && err == nil && n > 0
}

// PlaceOf reads a _row: "17" or "Sheet1!17". What it cannot read is no place.
func PlaceOf(s string) importer.RowRef {
	var r importer.RowRef
	if i := strings.LastIndex(s, "!"); i >= 0 {
		r.Sheet, s = s[:i], s[i+1:]
	}
	r.Number, _ = strconv.Atoi(s)
	return r
}

// A Correction is a file of corrected rows, by the place they take. Its rows are
// kept in memory: they are as many as somebody mended by hand.
type Correction struct {
	input  *table.Input
	byKey  map[string]*corrected // _key, with "?sheet!row" for rows that had no key of their own
	rows   []*corrected
	column map[string]int // of _job, _key, _row
}

// A corrected row.
type corrected struct {
	token string
	place string // _row, as written
	row   importer.Row
	err   *importer.RowError
	used  bool // in this pass
}

// readCorrection reads a rejects file whole and checks its marks.
func readCorrection(ctx context.Context, in *table.Input) (*Correction, Tag, error) {
	h := in.Headers()[0]
	l := &Correction{input: in, byKey: make(map[string]*corrected), column: map[string]int{}}
	for _, c := range []string{importer.RejectJob, importer.RejectKey, importer.RejectRow} {
		l.column[c] = h.Index(c)
	}
	var first Tag
	for row, err := range importer.Rows(ctx, in) {
		var spoilt *importer.RowError
		if err != nil && !errors.As(err, &spoilt) {
			return nil, Tag{}, importer.AsProblem(err)
		}
		mark := row.Cells[l.column[importer.RejectJob]]
		t, ok := parseTag(mark)
		f := &corrected{token: row.Cells[l.column[importer.RejectKey]], place: strings.TrimSpace(row.Cells[l.column[importer.RejectRow]]), row: row, err: spoilt}
		cell := row.Cell(l.column[importer.RejectJob])
		switch {
		case !ok || f.token == "":
			return nil, Tag{}, importer.Usage(cell.String(), "this row of a rejects file has no valid _job and _key",
				"new customers belong into the sheet itself; do not change the columns _job, _key and _row")
		case first.Job == "":
			first = t
		case t.Job != first.Job:
			return nil, Tag{}, importer.Usage(cell.String(), "rows of two jobs in one rejects file: %s and %s", "feed each rejects file back by itself", first.Job, t.Job)
		}
		first.Run = max(first.Run, t.Run)
		if l.byKey[f.token] != nil {
			return nil, Tag{}, importer.Usage(row.Cell(l.column[importer.RejectKey]).String(), "this _key stands twice, first in row %d", "keep one row for each customer", l.byKey[f.token].row.Number)
		}
		l.byKey[f.token] = f
		l.rows = append(l.rows, f)
	}
	if len(l.rows) == 0 {
		return nil, Tag{}, &importer.Problem{Exit: importer.ExitFailed, Where: h.File, What: "has no rows", Hint: "nothing is left to be corrected here"}
	}
	return l, first, nil
}

// positional is the _key of a row that has no valid key of its own.
func positional(r importer.RowRef) string { return "?" + r.Sheet + "!" + strconv.Itoa(r.Number) }

// take finds the correction for a row, by its position or one of the keys it
// has had: its own first, and last the one that the corrections so far left it.
// A key fits one row, the first; one that was corrected away fits its own place
// only.
func (l *Correction) take(ref importer.RowRef, keys ...importer.Key) *corrected {
	f := l.byKey[positional(ref)]
	for i := len(keys) - 1; f == nil && i >= 0; i-- {
		g := l.byKey[string(keys[i])]
		if keys[i] != "" && g != nil && (i == len(keys)-1 || PlaceOf(g.place) == ref) {
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
func (l *Correction) unused() *corrected {
	for _, f := range l.rows {
		if !f.used {
			return f
		}
	}
	return nil
}

// Onto puts a correction in the place of the rows that it corrects: those of
// the input of a run, as it was read then, with the corrections before it.
// Where that input is gone the correction stands alone.
func (o *Input) Onto(ctx context.Context, p place.Place, run importer.Run) (*Input, error) {
	out, err := reopen(ctx, p, run)
	if err != nil {
		return nil, err
	}
	out.Correction, out.Tag = o.Correction, o.Tag
	if out.corrections = append(out.corrections, o.Correction); out.Gone != "" {
		out.corrections = o.corrections
	}
	if len(o.Record.Sets) > 0 {
		out.Record.Sets = o.Record.Sets
	}
	return out, nil
}

// correctAsBefore puts the corrections of an earlier run in place.
func (o *Input) correctAsBefore(ctx context.Context, p place.Place, cs []importer.CorrectionRecord) error {
	for _, c := range cs {
		path, err := p.Kept(c.File)
		if err != nil {
			return err
		}
		in, err := OpenTable(ctx, path, table.Options{Encoding: c.Encoding, Delimiter: c.Delimiter})
		if err != nil {
			return err
		}
		l, _, err := readCorrection(ctx, in)
		if err != nil || in.Digest() != c.Digest {
			_ = in.Close()
			return &importer.Problem{Exit: importer.ExitFailed, Where: path, What: "this copy of a correction has been changed",
				Hint: "run the sheet itself again: nothing is sent twice", Cause: err}
		}
		o.corrections = append(o.corrections, l)
	}
	o.Corrections = cs
	return nil
}

// Keep keeps a copy of a correction with the job, where `results` finds it.
func Keep(p place.Place, l *Correction, from string, run int64) (importer.CorrectionRecord, error) {
	name := fmt.Sprintf("rejects.run%d%s", run, strings.ToLower(filepath.Ext(from)))
	b, err := os.ReadFile(from)
	if err != nil {
		return importer.CorrectionRecord{}, importer.AsProblem(err)
	}
	if err := l.input.Changed(); err != nil {
		return importer.CorrectionRecord{}, importer.AsProblem(err)
	}
	if err := p.Keep(name, b); err != nil {
		return importer.CorrectionRecord{}, err
	}
	return importer.CorrectionRecord{File: name, Digest: l.input.Digest(), Encoding: l.input.Encoding(),
		Delimiter: l.input.Delimiter(), Rows: len(l.rows)}, nil
}
