package job_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

const correctedSheet = `client_name,client_email,user_email,user_password,tenant_voice_provider_id
Akme,a@acme.example,jo@acme.example,Secret-old,TenantVoiceProvider:1
Bob,,bob,Secret-bob,TenantVoiceProvider:1
`

func TestCorrect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.csv")
	if err := os.WriteFile(path, []byte(correctedSheet), 0o600); err != nil {
		t.Fatal(err)
	}
	o := job.CorrectOptions{Input: job.InputOptions{Path: path}, Who: "Jo"}
	check := func() job.CheckResult {
		t.Helper()
		c, err := job.Check(t.Context(), job.CheckOptions{Input: o.Input})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	correct := func(cells ...job.CellChange) {
		t.Helper()
		n, err := job.Correct(t.Context(), o, cells...)
		if err != nil {
			t.Fatal(err)
		}
		o.After = n
	}
	if n := check().Counts[importer.Invalid]; n != 1 {
		t.Fatalf("%d rows are invalid before", n)
	}
	was := "Akme"
	correct(job.CellChange{Row: "2", Column: "client_name", Old: &was, New: "Acme"}, job.CellChange{Row: "3", Column: "user_email", New: "bob@x.example"})
	correct(job.CellChange{Row: "2", Column: "user_password", New: "Secret-new"})
	correct(job.CellChange{Row: "2", Column: "client_name", New: "Acme"}) // it says so already
	if c := check(); c.CorrectedCells != 3 || c.CorrectedRows != 2 || c.Counts[importer.Pending] != 2 {
		t.Errorf("%d cells of %d rows, %v", c.CorrectedCells, c.CorrectedRows, c.Counts)
	}

	all, last, err := job.Corrections(t.Context(), o)
	if err != nil || last != 2 || len(all) != 3 || o.After != 2 {
		t.Fatalf("%d corrections, last change %d, %v", len(all), last, err)
	}
	if c := all[0]; c.Change != 1 || c.Key != "a@acme.example" || c.Row != "2" || c.Old != "Akme" || c.New != "Acme" || c.Who != "Jo" || c.When.IsZero() {
		t.Errorf("%+v", c)
	}
	if c := all[2]; !c.Secret || c.Old+c.New != "" {
		t.Errorf("a password is told: %+v", c)
	}

	if o.After, err = job.UndoCorrection(t.Context(), o, 1); err != nil || o.After != 3 {
		t.Fatal(o.After, err)
	}
	if c := check(); c.CorrectedCells != 1 || c.Counts[importer.Invalid] != 1 {
		t.Errorf("undone: %d cells, %v", c.CorrectedCells, c.Counts)
	}
	if o.After, err = job.UndoCorrection(t.Context(), o, 3); err != nil {
		t.Fatal(err)
	}
	if c := check(); c.CorrectedCells != 3 {
		t.Errorf("brought again: %d cells", c.CorrectedCells)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != correctedSheet {
		t.Error("the sheet itself was touched")
	}
}

func TestCorrectRefusesWhatCannotBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.csv")
	if err := os.WriteFile(path, []byte(correctedSheet), 0o600); err != nil {
		t.Fatal(err)
	}
	other := "Emca"
	good := job.CellChange{Row: "2", Column: "client_name", New: "Acme"}
	for _, c := range []struct {
		what  string
		after int
		cell  job.CellChange
		is    error
		says  string
	}{
		{what: "a row that is not there", after: -1, cell: job.CellChange{Row: "9", Column: "client_name"}, says: "no row 9"},
		{what: "no row at all", after: -1, cell: job.CellChange{Row: "first", Column: "client_name"}, says: "no row first"},
		{what: "a column that is not there", after: -1, cell: job.CellChange{Row: "2", Column: "name"}, says: `no column "name"`},
		{what: "a cell that says something else", after: -1, cell: job.CellChange{Row: "2", Column: "client_name", Old: &other, New: "x"}, is: job.ErrOtherCell},
		{what: "a stale tab", after: 7, cell: good, is: job.ErrMeanwhile},
	} {
		o := job.CorrectOptions{Input: job.InputOptions{Path: path}, After: c.after}
		_, err := job.Correct(t.Context(), o, good, c.cell)
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.what, err)
		}
		if _, last, err := job.Corrections(t.Context(), o); err != nil || last != 0 {
			t.Errorf("%s: something was written: change %d, %v", c.what, last, err)
		}
	}
	if _, err := job.UndoCorrection(t.Context(), job.CorrectOptions{Input: job.InputOptions{Path: path}, After: -1}, 1); err == nil {
		t.Error("a change that never was is undone")
	}
}

// Rows of a program have no folder: their corrections stand in the job.
func TestCorrectRowsOfAProgram(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "crm.job")
	run, twin := ownOptions(t, dir, crm("Ann", "Bob?"))
	if res, err := job.Run(t.Context(), run); err != nil || res.Exit != job.ExitRejects {
		t.Fatal(res.Exit, err)
	}
	o := job.CorrectOptions{Input: run.Input, Dir: dir}
	if _, err := job.Correct(t.Context(), o, job.CellChange{Row: "2", Column: "user_email", New: "bob@x.example"}); err != nil {
		t.Fatal(err)
	}
	run.NewJob, run.Input.Rows = false, crm("New", "Ann", "Bob?") // it has moved by then
	res, err := job.Run(t.Context(), run)
	if err != nil || res.Exit != job.ExitDone || len(twin.Clients()) != 3 || res.Survey.CorrectedCells != 1 {
		t.Errorf("exit code %d, %v, %d clients, %d cells", res.Exit, err, len(twin.Clients()), res.Survey.CorrectedCells)
	}
}

// backFrom writes a sheet, runs it, and returns the options of a run that feeds its
// one reject back, mended.
func backFrom(t *testing.T) (o job.RunOptions, sheet string, twin *sandbox.Twin) {
	t.Helper()
	dir := t.TempDir()
	sheet = filepath.Join(dir, "c.csv")
	if err := os.WriteFile(sheet, []byte(correctedSheet), 0o600); err != nil {
		t.Fatal(err)
	}
	o, twin = ownOptions(t, filepath.Join(dir, "the.job"), nil)
	o.Input = job.InputOptions{Path: sheet}
	if res, err := job.Run(t.Context(), o); err != nil || res.Exit != job.ExitRejects {
		t.Fatal(res.Exit, err)
	}
	rejects := filepath.Join(o.Dir, "rejects.csv")
	b, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rejects, []byte(strings.Replace(string(b), "Bob,,bob,", "Bob,,bob@x.example,", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	o.NewJob, o.Input.Path = false, rejects
	return o, sheet, twin
}

// starting tells when a run goes on record.
type starting struct {
	importer.Store
	tell func()
}

func (s starting) StartRun(ctx context.Context, r importer.Run) (int64, error) {
	s.tell()
	return s.Store.StartRun(ctx, r)
}

func TestCorrectionsLastBeforeTheJournalSpeaksOfThem(t *testing.T) {
	o, sheet, _ := backFrom(t)
	told := false
	o.Store = func(s importer.Store) importer.Store {
		return starting{s, func() {
			told = true
			if b, err := os.ReadFile(sheet + ".corrections.jsonl"); err != nil || !strings.Contains(string(b), "bob@x.example") {
				t.Errorf("the run goes on record before its corrections are kept: %v", err)
			}
		}}
	}
	if res, err := job.Run(t.Context(), o); err != nil || res.Exit != job.ExitDone || !told {
		t.Error(res.Exit, err, told)
	}
}

// What somebody has corrected after it was shown is not sent, nor is it lost.
func TestSomebodyCorrectsMeanwhile(t *testing.T) {
	o, sheet, twin := backFrom(t)
	p, err := job.Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	other := job.CorrectOptions{Input: job.InputOptions{Path: sheet}, Dir: o.Dir, After: -1}
	if _, err := job.Correct(t.Context(), other, job.CellChange{Row: "3", Column: "client_name", New: "Robert"}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Send(t.Context()); job.ExitOf(err) != job.ExitBusy || len(twin.Clients()) != 1 {
		t.Errorf("%v, %d clients", err, len(twin.Clients()))
	}
	p.Close()
	if res, err := job.Run(t.Context(), o); err != nil || res.Exit != job.ExitDone || len(twin.Clients()) != 2 {
		t.Error(res.Exit, err, len(twin.Clients()))
	}
	if c := twin.Clients()[1]; c.Name != "Bob" { // the row that came back says all of its cells
		t.Error(c.Name)
	}

	// A run of the sheet sends what was shown, and its record says so.
	if _, err := job.Correct(t.Context(), other, job.CellChange{Row: "3", Column: "client_name", New: "Bobby"}); err != nil {
		t.Fatal(err)
	}
	o.Input.Path = sheet
	if p, err = job.Prepare(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := job.Correct(t.Context(), other, job.CellChange{Row: "3", Column: "client_name", New: "Robert"}); err != nil {
		t.Fatal(err)
	}
	if res, err := p.Send(t.Context()); err != nil || res.Changed != 1 {
		t.Error(res.Changed, err)
	}
	if b, err := os.ReadFile(filepath.Join(o.Dir, "changes.csv")); err != nil || !strings.Contains(string(b), "Bobby") {
		t.Errorf("the views are of other corrections than were shown: %v\n%s", err, b)
	}
}
