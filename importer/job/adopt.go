package job

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/evidence"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/views"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/report"
)

// An adoption gathers what the files of a job tell of its rows whose journal is
// lost.
type adoption struct {
	found evidence.Evidence
	// faulty are the lines of rows that were invalid: of no account unless the
	// row is valid now.
	faulty map[string]evidence.Item // by "key K", or "row R" where there was none
}

// adopt makes the journal of a new job from earlier results. It stands aside
// until the run starts.
func (r *runner) adopt(ctx context.Context) error {
	if r.in.Correction != nil {
		return usage("--adopt", "a rejects file corrects a job, and cannot start one", "name the sheet itself")
	}
	a := adoption{faulty: map[string]evidence.Item{}}
	if err := a.gather(ctx, r.o.Adopt, r.place.Folder(), r.o.Rehearsal); err != nil {
		return err
	}
	if err := a.valid(ctx, r.in); err != nil {
		return err
	}
	if err := r.lock(ctx); err != nil {
		return err
	}
	r.adopted = &importer.Counts{}
	if err := r.draft(ctx, r.target, r.in.Mapper.KeyDefinition()); err != nil {
		return err
	}
	entries := a.found.Entries(r.o.TrustResults)
	ds := make([]importer.Decision, 0, len(entries))
	now := time.Now().UTC()
	for _, e := range entries {
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

// listNames are the lists that tell of a job's rows.
var listNames = []string{views.ResultsName, views.UndoName, views.DoubtName}

// gather reads the named files, and whatever lies beside them and in the job's
// own folder: each may know of a row what the others do not.
func (a *adoption) gather(ctx context.Context, named []string, own string, rehearsal bool) error {
	read := map[string]bool{}
	var dirs []string
	if own != "" {
		dirs = append(dirs, own)
	}
	for _, path := range named {
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		if !slices.Contains(dirs, filepath.Dir(path)) {
			dirs = append(dirs, filepath.Dir(path))
		}
		read[path] = true
		if err := a.read(ctx, path, rehearsal); err != nil {
			return err
		}
	}
	for _, dir := range dirs {
		for _, path := range listsIn(dir) {
			if read[path] {
				continue
			}
			if err := a.read(ctx, path, rehearsal); err != nil {
				return err
			}
		}
		if err := a.readLog(filepath.Join(dir, place.LogName), rehearsal); err != nil {
			return err
		}
	}
	return nil
}

// listsIn are the lists of a folder, and the copies that were kept of them when
// somebody had edited them.
func listsIn(dir string) []string {
	var out []string
	for _, name := range listNames {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			out = append(out, filepath.Join(dir, name))
		}
		kept, _ := filepath.Glob(filepath.Join(dir, strings.TrimSuffix(name, ".csv")+".edited-*.csv")) // fails for a bad pattern only
		out = append(out, kept...)
	}
	return out
}

// read takes over the lines of one list.
func (a *adoption) read(ctx context.Context, path string, rehearsal bool) error {
	in, err := rows.OpenTable(ctx, path, table.Options{})
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
	doubt := strings.HasPrefix(file, "doubt.")
	edited := strings.Contains(file, ".edited-") || doubt && status != importer.InDoubt
	switch {
	case !known && (doubt || edited):
		return nil // a word for settle, which nobody has carried out
	case !known:
		return usage(line.At.String(), "%q is no status: this file was changed by hand", "use it as it was written, or a copy from a backup", line.Status)
	}
	item := evidence.Item{Entry: entryOf(line, status), Source: file, Edited: edited}
	switch {
	case status == importer.Skipped:
	case status == importer.Invalid && item.Entry.Key == "":
		a.faulty["row "+item.Entry.Row.String()] = item
	case status == importer.Invalid:
		a.faulty["key "+string(item.Entry.Key)] = item
	case item.Entry.Key == "":
		return usage(line.At.String(), "this row is %s and has no key", "use the file as it was written, or a copy from a backup", status)
	default:
		a.found.Add(item)
	}
	return nil
}

// readLog takes over what the log of attempts tells: of each row the last
// attempt, how many there were, and every client id that was ever answered.
func (a *adoption) readLog(path string, rehearsal bool) error {
	f, err := durable.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return broken(path, err, "it tells which rows were attempted: check its permissions, or move it elsewhere to go on without it")
	}
	defer func() { _ = f.Close() }()
	attempts := map[importer.Key]int{}
	last := map[importer.Key]evidence.Item{}
	begun := map[importer.Key]bool{} // and not known to have ended
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		l, ok := parseLogLine(lines.Bytes())
		if !ok || l.Rehearsal != rehearsal {
			continue
		}
		item := l.item()
		if item.Open || !begun[item.Entry.Key] {
			attempts[item.Entry.Key]++
		}
		begun[item.Entry.Key] = item.Open
		item.Entry.Attempts = attempts[item.Entry.Key]
		if before, there := last[item.Entry.Key]; there && before.Entry.ClientID != "" {
			a.found.Add(before) // an id that a later attempt must not hide
		}
		last[item.Entry.Key] = item
	}
	for _, item := range last {
		a.found.Add(item)
	}
	if err := lines.Err(); err != nil {
		return broken(path, err, "")
	}
	return nil
}

// A logLine is a line of run.log about an attempt that began or ended.
type logLine struct {
	Message   string    `json:"message"`
	Run       int64     `json:"run"`
	Rehearsal bool      `json:"rehearsal"`
	Key       string    `json:"key"`
	Status    string    `json:"status"`
	ClientID  string    `json:"client_id"`
	Code      string    `json:"code"`
	Time      time.Time `json:"time"`
}

// parseLogLine reads a line; one that a crash has torn, or that tells of
// something else, is none.
func parseLogLine(b []byte) (l logLine, ok bool) {
	if json.Unmarshal(b, &l) != nil || l.Key == "" {
		return l, false
	}
	if l.Message == logBegun {
		return l, true
	}
	status, known := importer.ParseStatus(l.Status)
	return l, known && (status == importer.Created || status == importer.InDoubt || status == importer.Rejected || status == importer.Failed)
}

// logBegun is what a line says of an attempt that begins.
const logBegun = "begun"

func (l logLine) item() evidence.Item {
	status, _ := importer.ParseStatus(l.Status) // parseLogLine has looked
	if l.Message == logBegun {
		status = importer.InDoubt
	}
	e := importer.Entry{Key: importer.Key(l.Key), Status: status, ClientID: l.ClientID, Code: l.Code, Run: l.Run, FinishedAt: l.Time.UTC(), BegunAt: l.Time.UTC()}
	if status == importer.InDoubt {
		e.Advice = importer.CrashedAdvice
	}
	return evidence.Item{Entry: e, Source: place.LogName, Open: l.Message == logBegun}
}

// valid looks for rows that were invalid and are valid now: somebody mended
// them, and may have run them before the journal was lost.
func (a *adoption) valid(ctx context.Context, in *rows.Input) error {
	if len(a.faulty) == 0 {
		return nil
	}
	pass, err := rows.NewPass(ctx, in, nil, &rows.Classifier{})
	if err != nil {
		return err
	}
	defer pass.Close()
	return pass.Each(ctx, func(it *rows.Item) error {
		if it.Status == importer.Invalid {
			return nil
		}
		e, was := a.faulty["key "+string(it.Request.Key)]
		if !was {
			e, was = a.faulty["row "+it.Ref.String()]
		}
		if was && !a.found.Knows(it.Request.Key) {
			e.Entry.Key = it.Request.Key
			e.Entry.ClientName, e.Entry.PrimaryEmail = it.Request.Client.Details.Name, it.Request.Client.Details.Email
			a.found.Add(e)
		}
		return nil
	})
}

// entryOf is a line as the journal would know it.
func entryOf(line report.Line, status importer.Status) importer.Entry {
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	e := importer.Entry{Key: importer.Key(line.Key), Status: status, Row: rows.PlaceOf(line.Row), ClientID: line.ClientID, ClientName: line.ClientName,
		PrimaryEmail: line.PrimaryEmail, AssetGroupID: line.AssetGroupID, HTTPStatus: number(line.HTTPStatus), Code: line.Code,
		Message: line.Message, Advice: line.Advice, Attempts: number(line.Attempts), Fingerprint: line.Fingerprint}
	if line.Sheet != "" {
		e.Row.Sheet = line.Sheet
	}
	e.Run = int64(number(line.Run))
	e.FinishedAt, _ = time.Parse(time.RFC3339, line.FinishedAt)
	e.BegunAt = e.FinishedAt
	if line.SentAt != "" {
		e.BegunAt, _ = time.Parse(time.RFC3339, line.SentAt)
		e.FinishedAt = e.BegunAt
	}
	return e
}
