package rows

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
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

// ofRehearsal ends what View says of a rehearsal's views.
const ofRehearsal = " rehearsal"

// View is what a view says of the job and run that it is of.
func (t Tag) View(rehearsal bool) string {
	if rehearsal {
		return t.String() + ofRehearsal
	}
	return t.String()
}

// ParseView reads what View says.
func ParseView(s string) (t Tag, rehearsal, ok bool) {
	s, rehearsal = strings.CutSuffix(strings.TrimSpace(s), ofRehearsal)
	t, ok = parseTag(s)
	return t, rehearsal, ok
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

// A Rejects is a file of ours that comes back with corrected rows. They are kept
// in memory: they are as many as somebody corrected by hand.
type Rejects struct {
	input *table.Input
	byKey map[string]*reject // _key, with "?sheet!row" for rows that had no key of their own
	rows  []*reject
}

// A reject is a row that comes back.
type reject struct {
	token string
	place string // _row, as written
	row   importer.Row
	err   *importer.RowError
	used  bool // the row of the input that it is about was found
}

func (r *reject) positional() bool { return strings.HasPrefix(r.token, "?") }

// readRejects reads a rejects file whole and checks its marks.
func readRejects(ctx context.Context, in *table.Input) (*Rejects, Tag, error) {
	h := in.Headers()[0]
	l := &Rejects{input: in, byKey: make(map[string]*reject)}
	job, key, at := h.Index(importer.RejectJob), h.Index(importer.RejectKey), h.Index(importer.RejectRow)
	var first Tag
	for row, err := range importer.Rows(ctx, in) {
		var fault *importer.RowError
		if err != nil && !errors.As(err, &fault) {
			return nil, Tag{}, importer.AsProblem(err)
		}
		t, ok := parseTag(row.Cells[job])
		f := &reject{token: row.Cells[key], place: strings.TrimSpace(row.Cells[at]), row: row, err: fault}
		switch {
		case !ok || f.token == "":
			return nil, Tag{}, importer.Usage(row.Cell(job).String(), "this row of a rejects file has no valid _job and _key",
				"new customers belong into the sheet itself; do not change the columns _job, _key and _row")
		case first.Job == "":
			first = t
		case t.Job != first.Job:
			return nil, Tag{}, importer.Usage(row.Cell(job).String(), "rows of two jobs in one rejects file: %s and %s",
				"feed each rejects file back by itself", first.Job, t.Job)
		}
		first.Run = max(first.Run, t.Run)
		if l.byKey[f.token] != nil {
			return nil, Tag{}, importer.Usage(row.Cell(key).String(), "this _key stands twice, first in row %d",
				"keep one row for each customer", l.byKey[f.token].row.Number)
		}
		l.byKey[f.token] = f
		l.rows = append(l.rows, f)
	}
	if len(l.rows) == 0 {
		return nil, Tag{}, &importer.Problem{Exit: importer.ExitFailed, Where: h.File, What: "has no rows",
			Hint: "nothing is left to be corrected here"}
	}
	return l, first, nil
}

// positional is the _key of a row that has no valid key of its own.
func positional(r importer.RowRef) string { return "?" + r.Sheet + "!" + strconv.Itoa(r.Number) }

// take finds the row that comes back for one of the input. Where that is what it
// was when the rejects were written, rows are also joined by their place: those
// without a key of their own, and those whose key was corrected away since.
func (l *Rejects) take(it *Item, unchanged bool) *reject {
	var f *reject
	if unchanged {
		f = l.byKey[positional(it.Ref)]
	}
	if f == nil && it.Token == string(it.Request.Key) {
		f = l.byKey[it.Token]
	}
	if f == nil && unchanged && it.sheetKey != "" {
		if g := l.byKey[string(it.sheetKey)]; g != nil && PlaceOf(g.place) == it.Ref {
			f = g
		}
	}
	if f == nil || f.used {
		return nil
	}
	f.used = true
	return f
}

// untaken is a row that comes back and that no row of the input is; nil: none.
func (l *Rejects) untaken() *reject {
	for _, f := range l.rows {
		if !f.used {
			return f
		}
	}
	return nil
}

func (l *Rejects) header() *importer.Header { return l.input.Headers()[0] }
