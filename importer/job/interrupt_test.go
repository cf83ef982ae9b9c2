package job_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// TestInterruptedBeforeTheQuestion: a signal that comes while the file is read
// is no failure, whether there is a job or not.
func TestInterruptedBeforeTheQuestion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clients.csv")
	if err := os.WriteFile(path, []byte("client_name,user_email,user_password,tenant_voice_provider_id\nAcme,a@acme.test,Secret-1,TenantVoiceProvider:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := job.Check(ctx, job.CheckOptions{Input: job.InputOptions{Path: path}}); job.ExitOf(err) != job.ExitInterrupted {
		t.Errorf("exit code %d (%v), want %d", job.ExitOf(err), err, job.ExitInterrupted)
	}
}

// TestInterruptedWhileListing: the same while findings are told.
func TestInterruptedWhileListing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clients.csv")
	rows := "client_name,user_email,user_password,tenant_voice_provider_id\n"
	for i := range 2000 {
		rows += fmt.Sprintf("Acme,a%d@acme,Secret-1,TenantVoiceProvider:1\n,a%d@acme.test,Secret-1,TenantVoiceProvider:1\n", i, i)
	}
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]job.CheckOptions{
		"listing":   {},
		"repairing": {Repair: filepath.Join(t.TempDir(), "copy.csv")},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		o.Input = job.InputOptions{Path: path}
		told := 0
		o.Finding = func(importer.Finding) error {
			if told++; o.Repair == "" || told == 4000 {
				cancel()
			}
			return nil
		}
		if _, err := job.Check(ctx, o); job.ExitOf(err) != job.ExitInterrupted {
			t.Errorf("%s: exit code %d (%v), want %d", name, job.ExitOf(err), err, job.ExitInterrupted)
		}
		cancel()
	}
}
