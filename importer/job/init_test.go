package job_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/job"
)

// TestInitAsksAndGoesOnWithTheAnswers: questions come one after the other as
// values, and the answers so far are all that Init needs.
func TestInitAsksAndGoesOnWithTheAnswers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(path, []byte("Company,Login\nAcme,a@acme.test\nBob,b@bob.test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := job.InitOptions{Input: job.InputOptions{Path: path}, Asks: true}
	for _, said := range []struct{ asked, fault, text string }{
		{job.AskProvider, "", "no id at all"},
		{job.AskProvider, "id", "TenantVoiceProvider:123"},
		{job.AskPasswords, "", job.Yes},
	} {
		p, err := job.Init(t.Context(), o)
		if err != nil || p.Question == nil || p.Question.ID != said.asked || !strings.Contains(p.Question.Fault, said.fault) || said.fault == "" && p.Question.Fault != "" {
			t.Fatalf("before %q: %+v, %v", said.text, p.Question, err)
		}
		o.Answers = append(o.Answers, job.Answer{ID: said.asked, Text: said.text})
	}
	p, err := job.Init(t.Context(), o)
	if err != nil || p.Question != nil || !strings.Contains(string(p.YAML), "generate") || strings.Contains(string(p.YAML), "TODO") {
		t.Fatalf("%+v, %v:\n%s", p.Question, err, p.YAML)
	}
	o.Asks = false
	o.Answers = nil
	if p, err := job.Init(t.Context(), o); err != nil || p.Question != nil || !strings.Contains(string(p.YAML), "TODO") {
		t.Errorf("nobody to ask: %+v, %v:\n%s", p.Question, err, p.YAML)
	}
}
