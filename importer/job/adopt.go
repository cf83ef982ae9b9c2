package job

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/report"
)

const codeAdopted = "adopted"

// An adoption gathers what earlier results tell of the rows of a job whose
// journal is lost.
type adoption struct {
	trust   bool
	entries map[importer.Key]importer.Entry
	// faulty are the lines of rows that were invalid: of no account unless the
	// row is valid now.
	faulty map[string]importer.Entry // by "key K", or "row R" where there was none
}

// adopt makes the journal of a new job from earlier results. It stands aside
// until the run starts.
func (r *runner) adopt(ctx context.Context) error {
	if r.in.correction != nil {
		return usage("--adopt", "a rejects file corrects a job, and cannot start one", "name the sheet itself")
	}
	a := adoption{trust: r.o.TrustResults, entries: map[importer.Key]importer.Entry{}, faulty: map[string]importer.Entry{}}
	for _, path := range withUndo(r.o.Adopt) {
		if err := a.read(ctx, path, r.o.Rehearsal); err != nil {
			return err
		}
	}
	if err := a.valid(ctx, r.in); err != nil {
		return err
	}
	if err := r.lock(ctx); err != nil {
		return err
	}
	r.adopted = &importer.Counts{}
	if err := r.draft(ctx, r.target, r.in.mapper.KeyDefinition()); err != nil {
		return err
	}
	ds := make([]importer.Decision, 0, len(a.entries))
	now := time.Now().UTC()
	for _, e := range a.entries {
		r.adopted[e.Status]++
		ds = append(ds, importer.Decision{Key: e.Key, Action: importer.ActionAdopted, Who: r.o.Operator, At: now, ClientID: e.ClientID, After: &e})
	}
	// The newest last, as it was.
	slices.SortFunc(ds, func(x, y importer.Decision) int {
		if c := x.After.FinishedAt.Compare(y.After.FinishedAt); c != 0 {
			return c
		}
		return strings.Compare(string(x.Key), string(y.Key))
	})
	return asProblem(r.store.Decide(ctx, ds...))
}

// withUndo adds the undo.csv beside each file, which may know more.
func withUndo(paths []string) []string {
	out := slices.Clone(paths)
	for _, p := range paths {
		undo := filepath.Join(filepath.Dir(p), undoName)
		if _, err := os.Stat(undo); err == nil && !slices.Contains(out, undo) && filepath.Clean(p) != undo {
			out = append(out, undo)
		}
	}
	return out
}

// read takes over the lines of one file.
func (a *adoption) read(ctx context.Context, path string, rehearsal bool) error {
	in, err := openTable(ctx, path, InputOptions{Path: path})
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	has := map[string]bool{}
	for _, c := range in.Headers()[0].Columns {
		has[report.LineColumn(c)] = true
	}
	if in.Kind() == table.Rejects || !has["key"] || !has["status"] {
		return usage(path, "is no results.csv or undo.csv: it needs the columns key and status", "")
	}
	src, err := in.Open(ctx)
	if err != nil {
		return asProblem(err)
	}
	defer func() { _ = src.Close() }()
	for line, err := range report.Lines(src) {
		if err != nil {
			return asProblem(err)
		}
		if strings.HasPrefix(line.Note, "rehearsal") && !rehearsal {
			return usage(line.At.String(), "these are the results of a rehearsal: no client of them exists", "name the results of the real job")
		}
		if p := a.line(line, filepath.Base(path)); p != nil {
			return p
		}
	}
	return nil
}

// line takes over one line.
func (a *adoption) line(line report.Line, file string) *Problem {
	status, known := importer.ParseStatus(line.Status)
	if !known {
		return usage(line.At.String(), "%q is no status: this file was changed by hand", "use it as it was written, or a copy from a backup", line.Status)
	}
	e := entryOf(line, status)
	doubtful := e
	doubtful.Status, doubtful.Code, doubtful.ClientID = importer.InDoubt, codeAdopted, ""
	doubtful.Message = fmt.Sprintf("taken over from %s, where it is %s; the file may be older than the last run", file, status)
	doubtful.Advice = importer.CrashedAdvice
	switch {
	case status == importer.Skipped, a.trust && (status == importer.Pending || status == importer.Invalid):
	case status == importer.Invalid && e.Key == "":
		a.faulty["row "+e.Row.String()] = doubtful
	case status == importer.Invalid:
		a.faulty["key "+string(e.Key)] = doubtful
	case e.Key == "":
		return usage(line.At.String(), "this row is %s and has no key", "use the file as it was written, or a copy from a backup", status)
	case settled(status), a.trust:
		a.take(e)
	default:
		a.take(doubtful)
	}
	return nil
}

// take keeps the entry that knows more: created before in doubt before the
// rest, and of two alike the newer one.
func (a *adoption) take(e importer.Entry) {
	strength := map[importer.Status]int{importer.Created: 2, importer.InDoubt: 1}
	before, there := a.entries[e.Key]
	s, b := strength[e.Status], strength[before.Status]
	if !there || s > b || s == b && e.FinishedAt.After(before.FinishedAt) {
		a.entries[e.Key] = e
	}
}

// valid looks for rows that were invalid and are valid now: somebody mended
// them, and may have run them before the journal was lost.
func (a *adoption) valid(ctx context.Context, in *opened) error {
	if len(a.faulty) == 0 {
		return nil
	}
	pass, err := newStream(ctx, in, nil, &decider{}, mapping.NewChecker())
	if err != nil {
		return err
	}
	defer pass.close()
	return pass.each(ctx, func(it *item) error {
		if it.status == importer.Invalid {
			return nil
		}
		e, was := a.faulty["key "+string(it.req.Key)]
		if !was {
			e, was = a.faulty["row "+it.ref.String()]
		}
		if was {
			e.Key = it.req.Key
			e.ClientName, e.PrimaryEmail = it.req.Client.Details.Name, it.req.Client.Details.Email
			a.take(e)
		}
		return nil
	})
}

// entryOf is a line as the journal would know it.
func entryOf(line report.Line, status importer.Status) importer.Entry {
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	e := importer.Entry{Key: importer.Key(line.Key), Status: status, Row: placeOf(line.Row), ClientID: line.ClientID, ClientName: line.ClientName,
		PrimaryEmail: line.PrimaryEmail, AssetGroupID: line.AssetGroupID, HTTPStatus: number(line.HTTPStatus), Code: line.Code,
		Message: line.Message, Advice: line.Advice, Attempts: number(line.Attempts), Fingerprint: line.Fingerprint}
	if line.Sheet != "" {
		e.Row.Sheet = line.Sheet
	}
	e.FinishedAt, _ = time.Parse(time.RFC3339, line.FinishedAt)
	e.BegunAt = e.FinishedAt
	return e
}
