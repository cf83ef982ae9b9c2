package job

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

func TestRateFoundBeatsOnlyAHigherCeiling(t *testing.T) {
	for _, c := range []struct{ found, asked, want float64 }{{0, 100, 0}, {19, 100, 19}, {19, 5, 0}, {19, importer.Unlimited, 19}} {
		r := runner{o: RunOptions{Rate: c.asked}, Job: &Job{last: importer.Run{RateFound: c.found}}}
		if got := r.rateFound(); got != c.want {
			t.Errorf("found %v, asked for %v: starts at %v, want %v", c.found, c.asked, got, c.want)
		}
	}
}

func TestTwoRunsWithOneKeyAreWarnedAbout(t *testing.T) {
	list := filepath.Join(t.TempDir(), "state", "jobs.jsonl")
	var notices []string
	begin := func(key string) func() {
		r := runner{Job: &Job{}, target: "https://api.example.test", o: RunOptions{JobsList: list, Notice: func(s string) { notices = append(notices, s) }}}
		r.o.API.Key = importer.NewSecret(key)
		return r.share()
	}
	end := begin("one")
	begin("another")()
	if len(notices) != 0 {
		t.Fatalf("warned of %q", notices)
	}
	begin("one")()
	if len(notices) != 1 || !strings.Contains(notices[0], "another run uses this API key") {
		t.Fatalf("notices are %q", notices)
	}
	end()
	begin("one")()
	if len(notices) != 1 {
		t.Errorf("warned of a run that has ended: %q", notices)
	}
}
