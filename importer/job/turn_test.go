package job

import (
	"path/filepath"
	"testing"
)

// TestASurveyBesideARunIsOfNoAccount: whoever looks while another run sends does
// not see all that it sends, and must look again when its turn has come.
func TestASurveyBesideARunIsOfNoAccount(t *testing.T) {
	run := func() *runner {
		r := newRunner(RunOptions{JobsList: filepath.Join(t.TempDir(), "jobs.jsonl"), Notice: func(string) {}})
		r.target = "https://api.example.test"
		return r
	}
	first := run()
	second := run()
	second.o.JobsList = first.o.JobsList
	take := func(r *runner) bool {
		t.Helper()
		meanwhile, err := r.takeTurn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return meanwhile
	}
	first.turn = first.lastTurn()
	if take(first) {
		t.Error("nobody was there before")
	}
	second.turn = second.lastTurn() // surveys while the first sends
	first.endTurn()
	if !take(second) {
		t.Error("what was sent beside the survey is not looked for")
	}
	second.endTurn()
	first.turn = first.lastTurn()
	if take(first) {
		t.Error("nobody sent since the survey")
	}
	first.endTurn()
}
