package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// goldenFirst is the switch for TestGoldenMillion: the path of a program of the
// first edition (or of any other whose journals are to be held). A job of a
// million rows is too large to keep, and made by a newer program it would prove
// nothing.
const goldenFirst = "BULKONBOARD_GOLDEN_FIRST"

// TestGoldenMillion resumes a job of a million customers, made by the older
// program from a list of earlier results: all but ten are created, five are in
// doubt, and five are new.
func TestGoldenMillion(t *testing.T) {
	first := os.Getenv(goldenFirst)
	if first == "" {
		t.Skip(goldenFirst + " names no program that makes the job")
	}
	const rows, doubt, fresh = 1_000_000, 5, 5
	d := newDesk(t)
	known := func(i int) string {
		status := "created"
		if i%(rows/doubt) == 1 {
			status = "in_doubt"
		}
		if i%(rows/fresh) == 2 {
			return ""
		}
		return fmt.Sprintf("%d,c%d@golden.example,%s,id-%d,Client %d,c%d@golden.example,2026-01-01T00:00:00Z,rehearsal\n", i+1, i, status, i, i,
			i)
	}
	d.lines("results.csv", rows, "row,key,status,client_id,client_name,primary_email,finished_at,note\n", known)
	d.lines("clients.csv", rows, "client_name,client_email,user_email,user_password,tenant_voice_provider_id\n", func(i int) string {
		return fmt.Sprintf("Client %d,c%d@golden.example,u%d@golden.example,Secret-%d,%s\n", i, i, i, i, provider)
	})
	c := exec.Command(first, "run", d.path("clients.csv"), "--adopt", d.path("results.csv"), "--sandbox", "--yes", "--row", "2", "--progress",
		"none")
	for name, value := range d.env {
		c.Env = append(c.Env, name+"="+value)
	}
	if out, err := c.CombinedOutput(); c.ProcessState == nil || c.ProcessState.ExitCode() != 5 {
		t.Fatalf("%s: %v\n%s", first, err, out)
	}

	for _, step := range []struct {
		exit int
		sent int // customers so far
		args []string
	}{
		{0, 0, []string{"status", "sandbox.job"}},
		{0, 0, []string{"plan", "clients.csv", "--sandbox", "--out", "plan.json"}},
		{4, fresh, []string{"run", "clients.csv", "--sandbox", "--yes", "--rate", "unlimited", "--progress", "none", "--plan", "plan.json"}},
		{4, fresh, []string{"run", "clients.csv", "--sandbox", "--yes", "--rate", "unlimited", "--progress", "none"}},
		{0, fresh, []string{"results", "sandbox.job"}},
	} {
		code, out, errs := d.call(&app{}, step.args...)
		if sent := strings.Count(d.read("sandbox.job/twin.jsonl"), "\n"); code != step.exit || sent != step.sent {
			t.Errorf("%v: exit code %d, want %d; %d customers sent, want %d\n%s%s", step.args, code, step.exit, sent, step.sent, out, errs)
		}
	}
	got := map[string]int{}
	for _, status := range values(t, d.path("sandbox.job/results.csv"), "status") {
		got[status]++
	}
	if got["created"] != rows-doubt || got["in_doubt"] != doubt {
		t.Errorf("rows by status: %v", got)
	}
}

// lines writes a file of so many lines below its first one.
func (d *desk) lines(name string, n int, head string, line func(i int) string) {
	d.t.Helper()
	f, err := os.Create(d.path(name))
	if err != nil {
		d.t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	_, _ = w.WriteString(head)
	for i := 1; i <= n; i++ {
		_, _ = w.WriteString(line(i))
	}
	if err := w.Flush(); err != nil {
		d.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		d.t.Fatal(err)
	}
}
