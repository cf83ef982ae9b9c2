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
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/report"
)

// gather reads the named files, and whatever lies beside them and in the job's
// own folder: each may know of a row what the others do not.
func (a *adoption) gather(ctx context.Context, named []string, own string) error {
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
		if err := a.read(ctx, path); err != nil {
			return err
		}
	}
	for _, dir := range dirs {
		for _, path := range listsIn(dir) {
			if read[path] {
				continue
			}
			if err := a.read(ctx, path); err != nil {
				return err
			}
		}
		if err := a.readLog(filepath.Join(dir, place.LogName)); err != nil {
			return err
		}
	}
	return a.journals(ctx, dirs)
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
func (a *adoption) read(ctx context.Context, path string) error {
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
		return err
	}
	defer func() { _ = src.Close() }()
	for line, err := range report.Lines(src) {
		if err != nil {
			return err
		}
		if p := a.ofJob(line.At.String(), line.Job, filepath.Base(path)); p != nil {
			return p
		}
		if strings.HasPrefix(line.Note, "rehearsal") && !a.rehearsal() {
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
		return usage(line.At.String(), "%q is no status: this file was changed by hand", "use it as it was written, or a copy from a backup",
			line.Status)
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
func (a *adoption) readLog(path string) error {
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
		if !ok || l.Rehearsal != a.rehearsal() {
			continue
		}
		if l.Job != "" {
			a.reach.see(l.Job, fromLog, l.Run)
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
	Job       string    `json:"job"`
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
	e := importer.Entry{Key: importer.Key(l.Key), Status: status, ClientID: l.ClientID, Code: l.Code, Run: l.Run, FinishedAt: l.Time.UTC(),
		BegunAt: l.Time.UTC()}
	if status == importer.InDoubt {
		e.Advice = importer.CrashedAdvice
	}
	return evidence.Item{Entry: e, Source: place.LogName, Open: l.Message == logBegun}
}

// entryOf is a line as the journal would know it.
func entryOf(line report.Line, status importer.Status) importer.Entry {
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	e := importer.Entry{Key: importer.Key(line.Key), Status: status, Row: rows.PlaceOf(line.Row), ClientID: line.ClientID,
		ClientName: line.ClientName, PrimaryEmail: line.PrimaryEmail, AssetGroupID: line.AssetGroupID,
		HTTPStatus: number(line.HTTPStatus), Code: line.Code,
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
