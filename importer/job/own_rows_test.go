package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// crm makes a program's rows: as many customers as there are names; a name that
// ends in "?" has a fault.
func crm(names ...string) *snapshot {
	s := &snapshot{header: importer.Header{Columns: []string{"client_name", "user_email", "user_password", "tenant_voice_provider_id"}}}
	for _, n := range names {
		mail := strings.ToLower(strings.TrimSuffix(n, "?")) + "@x.test"
		if strings.HasSuffix(n, "?") {
			mail = "no address"
		}
		s.rows = append(s.rows, []string{n, mail, "Secret-" + n, "TenantVoiceProvider:1"})
	}
	return s
}

func ownOptions(t *testing.T, dir string, rows importer.Input) (job.RunOptions, *sandbox.Twin) {
	t.Helper()
	twin, err := sandbox.New(sandbox.Options{Key: "key"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = twin.Close() })
	return job.RunOptions{Input: job.InputOptions{Rows: rows}, Dir: dir, NewJob: true, Rate: importer.Unlimited,
		API: job.API{BaseURL: "http://127.0.0.1:1", Key: importer.NewSecret("key"), Transport: twin.Transport()}}, twin
}

// TestRowsOfAProgram: views, records and what follows are those of a file, but
// for what needs the rows once more.
func TestRowsOfAProgram(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "crm.job")
	o, twin := ownOptions(t, dir, crm("Ann", "Bob?", "Cat"))
	res, err := job.Run(t.Context(), o)
	if err != nil || res.Exit != job.ExitRejects || len(twin.Clients()) != 2 {
		t.Fatalf("exit code %d, %v, %d clients", res.Exit, err, len(twin.Clients()))
	}
	for name, want := range map[string]string{"results.csv": "2,,,invalid,,Bob?", "rejects.csv": "Bob?,no address,", "report.html": "rows"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s has no %q: %v\n%s", name, want, err, b)
		}
	}
	// The rejects, corrected, are fed back as a file, though nobody can read the rows again.
	rejects := filepath.Join(dir, "rejects.csv")
	b, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rejects, []byte(strings.Replace(string(b), "no address", "bob@x.test", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	again := o
	again.Input, again.NewJob = job.InputOptions{Path: rejects}, false
	if res, err := job.Run(t.Context(), again); err != nil || len(twin.Clients()) != 3 {
		t.Fatalf("exit code %d, %v, %d clients", res.Exit, err, len(twin.Clients()))
	}
	j, err := job.Open(t.Context(), job.Where{Dir: dir}, job.ModeSettle)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	var told string
	if _, err := j.Results(t.Context(), job.ResultsOptions{Notice: func(s string) { told += s }}); err != nil || !strings.Contains(told, "came from a program") {
		t.Errorf("%v, %q", err, told)
	}
}

func TestRowsOfAProgramThatChange(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "crm.job")
	rows := crm("Ann", "Bob", "Cat")
	o, twin := ownOptions(t, dir, rows)
	p, err := job.Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	rows.rows[1][0] = "Bobby"
	res, err := p.Send(t.Context())
	if !errors.Is(err, importer.ErrInputChanged) || res.Exit != job.ExitFailed {
		t.Errorf("exit code %d, %v", res.Exit, err)
	}
	for _, c := range twin.Clients() {
		if c.Name != "Ann" {
			t.Errorf("%s was sent, behind the row that changed", c.Name)
		}
	}
}

func TestRowsOfAProgramNeedAPlace(t *testing.T) {
	o, _ := ownOptions(t, "", crm("Ann"))
	if _, err := job.Run(t.Context(), o); job.ExitOf(err) != job.ExitUsage {
		t.Errorf("without a Dir: %v", err)
	}
	if c, err := job.Check(t.Context(), job.CheckOptions{Input: o.Input}); err != nil || c.Rows != 1 || c.Dir != "" {
		t.Errorf("check without a Dir: %+v, %v", c, err)
	}
	if p, err := job.MakePlan(t.Context(), job.PlanOptions{Input: o.Input, Rehearsal: true}); err != nil || p.Send != 1 || p.Plan.Input.Digest == "" {
		t.Errorf("plan without a Dir: %+v, %v", p.Plan.Input, err)
	}
	copied := filepath.Join(t.TempDir(), "copy.csv")
	if _, err := job.Check(t.Context(), job.CheckOptions{Input: o.Input, Repair: copied}); job.ExitOf(err) != job.ExitUsage {
		t.Errorf("a repaired copy: %v", err)
	}
	if _, err := os.Stat(copied); err == nil {
		t.Error("the copy is there")
	}
}
