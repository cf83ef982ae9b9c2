package job_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

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
