package job_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/importer/journal"
)

// TestARehearsalTellsNoPassword: what a rehearsal keeps to compare passwords by is
// made with a secret of the user's, another for each job, that is not in its folder.
// So nobody who has the folder can try passwords out on it.
func TestARehearsalTellsNoPassword(t *testing.T) {
	dir := t.TempDir()
	state := filepath.Join(dir, "state", "jobs.jsonl")
	fault, err := sandbox.ParseFault("rejected@=Ann")
	if err != nil {
		t.Fatal(err)
	}
	rehearse := func(name, list, password string) (string, importer.Counts) {
		t.Helper()
		rows := crm("Ann", "Bob")
		rows.rows[0][2] = password
		res, err := job.Run(t.Context(), job.RunOptions{Input: job.InputOptions{Rows: rows}, Dir: filepath.Join(dir, name), Rate: importer.Unlimited,
			Rehearsal: true, JobsList: list, Twin: func(string) (job.Transport, error) {
				twin, err := sandbox.New(sandbox.Options{Faults: []sandbox.Fault{fault}})
				return twin.Transport(), err
			}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := journal.OpenReadOnly(t.Context(), filepath.Join(dir, name, "journal.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		es, err := s.Lookup(t.Context(), []importer.Key{"ann@x.test"})
		if err != nil || len(es) != 1 || es[0].Status != importer.Rejected {
			t.Fatalf("%+v, %v", es, err)
		}
		return es[0].SecretsMAC, res.Sent
	}
	guess := func(key string) string {
		return importer.Client{Users: []importer.User{{Email: "ann@x.test", Password: importer.NewSecret("guess-me")}}}.SecretsMAC(key)
	}
	one, _ := rehearse("one.job", state, "guess-me")
	two, _ := rehearse("two.job", state, "guess-me")
	none, _ := rehearse("three.job", "", "guess-me")
	if one == "" || one == two || none != "" {
		t.Errorf("two jobs keep %q and %q, one without a place for a secret %q", one, two, none)
	}
	secret, err := os.ReadFile(filepath.Join(filepath.Dir(state), "rehearsal.key"))
	if err != nil || len(secret) != 32 {
		t.Fatalf("%d bytes, %v", len(secret), err)
	}
	for _, key := range []string{"sandbox", "key", string(secret)} {
		if guess(key) == one {
			t.Errorf("whoever guesses the password is told under the key %q", key)
		}
	}
	// Passwords compare from one rehearsal to the next all the same.
	if again, sent := rehearse("one.job", state, "guess-me"); again != one || sent.Total() != 0 {
		t.Errorf("the same again: %q after %q, sent %v", again, one, sent)
	}
	if again, sent := rehearse("one.job", state, "another"); again == one || sent.Total() != 1 {
		t.Errorf("another password: %q after %q, sent %v", again, one, sent)
	}
}
