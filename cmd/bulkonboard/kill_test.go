package main

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
)

// soak is the switch for more kills than the everyday 30: their number.
const soak = "BULKONBOARD_SOAK"

// The shape of one job that is killed again and again.
const (
	jobRows  = 300
	jobKills = 30
	workers  = 4
)

// TestKilled kills the program with SIGKILL, at every named step and at random
// moments, against a server with faults of its own, and runs it again until it
// is done. Then no client may be there twice, whatever the server has must be
// created or in doubt here, every other row must be what the server said of
// it, and no more rows may be in doubt than the server left open and than were
// in flight when the program was killed.
func TestKilled(t *testing.T) {
	t.Parallel()
	kills := jobKills
	if n, err := strconv.Atoi(os.Getenv(soak)); err == nil {
		kills = n
	}
	seed := rand.Uint64()
	if testing.Verbose() {
		t.Logf("seed %d", seed)
	}
	rnd := rand.New(rand.NewPCG(seed, 0))
	began := time.Now()
	var sum tally
	for sum.kills < kills {
		sum.add(killJob(t, rnd, min(jobKills, kills-sum.kills)))
		if t.Failed() {
			t.Logf("seed %d", seed)
			return
		}
	}
	t.Logf("%d kills over %d rows: %d clients, %d rows in doubt (%d left open by the server, %d in flight at a kill), 0 duplicates, 0 losses; %s",
		sum.kills, sum.rows, sum.clients, sum.open+sum.crashed, sum.open, sum.crashed, time.Since(began).Round(time.Second))
}

type tally struct{ kills, rows, clients, open, crashed int }

func (s *tally) add(o tally) {
	s.kills += o.kills
	s.rows += o.rows
	s.clients += o.clients
	s.open += o.open
	s.crashed += o.crashed
}

// The server's faults by the client's name; all other rows are accepted.
var namedFaults = map[string]string{
	"Refused": "rejected@=refused", "Cut": "cut-after@=cut", "Unlucky": "cut-before@=unlucky", "Broken": "500-after@=broken",
}

// nameOf gives a row its fate: one in a hundred has each of the faults, apart
// from one another so that they are no outage.
func nameOf(i int) string {
	switch i % 100 {
	case 10:
		return "Refused"
	case 30:
		return "Cut"
	case 50:
		return "Unlucky"
	case 70:
		return "Broken"
	}
	return "Client"
}

// killer stands before the twin and kills the program when the n-th request
// has arrived, before or after the twin has seen it.
type killer struct {
	twin http.Handler

	mu      sync.Mutex
	process *os.Process
	in      int  // requests until the kill; 0: never
	after   bool // the twin has acted by then
}

func (k *killer) arm(p *os.Process, in int, after bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.process, k.in, k.after = p, in, after
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	due := k.in == 1
	if k.in > 0 {
		k.in--
	}
	p, after := k.process, k.after
	k.mu.Unlock()
	if due && !after {
		_ = p.Kill()
	}
	if due && after {
		defer func() { _ = p.Kill() }()
	}
	k.twin.ServeHTTP(w, r)
}

// program is this test's own binary under the name that makes it a program.
func program(t testing.TB, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	return link
}

// killJob takes one job to its end over so many kills.
func killJob(t *testing.T, rnd *rand.Rand, kills int) tally {
	t.Helper()
	twin := newTwin(t, slices.Collect(maps.Values(namedFaults))...)
	k := &killer{twin: twin}
	server := httptest.NewServer(k)
	defer server.Close()

	dir := t.TempDir()
	path := filepath.Join(dir, "clients.csv")
	var b strings.Builder
	b.WriteString("client_name,client_email,user_email,user_password,tenant_voice_provider_id\n")
	for i := range jobRows {
		fmt.Fprintf(&b, "%s %d,c%d@example.test,u%d@example.test,Secret-%d,%s\n", nameOf(i), i, i, i, i, provider)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	j := &killedJob{t: t, rnd: rnd, dir: dir, path: path, url: server.URL, killer: k, plain: program(t, "bulkonboard"),
		dying: program(t, "bulkonboard-dying")}
	sum := tally{rows: jobRows}
	for n := 0; sum.kills < kills; n++ {
		if n > 4*kills+20 {
			t.Fatalf("only %d kills in %d runs", sum.kills, n)
		}
		if j.run(n) {
			sum.kills++
		}
		if t.Failed() {
			return sum
		}
	}
	k.arm(nil, 0, false)
	for n := 0; ; n++ {
		if code := j.finish(); code == 4 {
			break
		} else if code != 5 || n > 10 {
			t.Fatalf("the last run ended with %d", code)
		}
	}
	j.account(twin, &sum)
	return sum
}

type killedJob struct {
	t            *testing.T
	rnd          *rand.Rand
	dir, path    string
	url          string
	killer       *killer
	plain, dying string
	mayCrash     int // rows that may have been in flight at the kills so far
}

func (j *killedJob) command(bin string, more ...string) *exec.Cmd {
	args := append([]string{"run", j.path, "--yes", "--base-url", j.url, "--rate", "unlimited", "--workers", strconv.Itoa(workers)}, more...)
	if _, err := os.Stat(filepath.Join(j.dir, "bulkonboard.job", "journal.db")); err != nil {
		args = append(args, "--new-job")
	}
	c := exec.Command(bin, args...)
	c.Env = append(os.Environ(), "VOICEAIWRAPPER_API_KEY="+testKey, "XDG_STATE_HOME="+j.dir)
	return c
}

// run starts the program once and tells whether it was killed: at a named
// step, by the server, or after a while, whichever is next.
func (j *killedJob) run(n int) bool {
	j.t.Helper()
	var what string
	switch kind := n % (len(steps) + 4); {
	case kind < len(steps):
		step := steps[kind]
		times, more := 1, []string(nil)
		if step.doubt || strings.HasSuffix(step.name, "begin") || strings.HasSuffix(step.name, "finish") {
			times += j.rnd.IntN(12)
		}
		if strings.HasPrefix(step.name, "view") {
			more = []string{"--limit", "3"}
		}
		j.killer.arm(nil, 0, false)
		c := j.command(j.dying, more...)
		what = fmt.Sprintf("%s:%d", step.name, times)
		c.Env = append(c.Env, dieAt+"="+what)
		if !j.killed(c.Run(), what) {
			return false
		}
	case kind < len(steps)+2:
		in, after := 1+j.rnd.IntN(15), kind == len(steps)
		c := j.command(j.plain)
		if err := c.Start(); err != nil {
			j.t.Fatal(err)
		}
		j.killer.arm(c.Process, in, after)
		what = fmt.Sprintf("at request %d", in)
		if !j.killed(c.Wait(), what) {
			return false
		}
	case kind == len(steps)+2:
		j.killer.arm(nil, 0, false)
		c := j.command(j.plain)
		if err := c.Start(); err != nil {
			j.t.Fatal(err)
		}
		after := time.Duration(j.rnd.IntN(60_000)) * time.Microsecond
		timer := time.AfterFunc(after, func() { _ = c.Process.Kill() })
		defer timer.Stop()
		what = "after " + after.String()
		if !j.killed(c.Wait(), what) {
			return false
		}
	default:
		return j.killAtCreation()
	}
	j.mayCrash += workers
	return true
}

// killed tells whether a run was killed; one that ended by itself must have
// ended well.
func (j *killedJob) killed(err error, what string) bool {
	j.t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case !errors.As(err, &exit):
		j.t.Fatal(err)
	case exit.ExitCode() == -1:
		return true
	case exit.ExitCode() != 4 && exit.ExitCode() != 5:
		j.t.Errorf("killed %s: a run ended with %d", what, exit.ExitCode())
	}
	return false
}

// killAtCreation kills a rehearsal while it makes its journal: it must be there
// whole or not at all.
func (j *killedJob) killAtCreation() bool {
	j.t.Helper()
	folder := filepath.Join(j.t.TempDir(), "new.job")
	c := exec.Command(j.plain, "run", j.path, "--sandbox", "--yes", "--limit", "1", "--job", folder)
	if err := c.Start(); err != nil {
		j.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		if aside, _ := filepath.Glob(filepath.Join(folder, "journal.db.new-*")); len(aside) > 0 {
			break
		}
		select {
		case err := <-ended:
			return j.killed(err, "at creation")
		default:
		}
	}
	time.Sleep(time.Duration(j.rnd.IntN(3000)) * time.Microsecond)
	_ = c.Process.Kill()
	if !j.killed(<-ended, "at creation") {
		return false
	}
	out, err := exec.Command(j.plain, "status", folder).CombinedOutput()
	_, serr := os.Stat(filepath.Join(folder, "journal.db"))
	if (err == nil) != (serr == nil) {
		j.t.Errorf("a journal half made: %v, %v\n%s", err, serr, out)
	}
	return true
}

func (j *killedJob) finish() int {
	c := j.command(j.plain)
	out, err := c.CombinedOutput()
	if c.ProcessState.ExitCode() != 4 && c.ProcessState.ExitCode() != 5 {
		j.t.Logf("%v\n%s", err, out)
	}
	return c.ProcessState.ExitCode()
}

// account compares what is on record with what the server has.
func (j *killedJob) account(twin *sandbox.Twin, sum *tally) {
	t := j.t
	t.Helper()
	there := map[string]string{} // e-mail → id
	for _, cl := range twin.Clients() {
		if id, twice := there[cl.Email]; twice {
			t.Errorf("%s was created twice: %s and %s", cl.Email, id, cl.ID)
		}
		there[cl.Email] = cl.ID
	}
	sum.clients = len(there)
	results := filepath.Join(j.dir, "bulkonboard.job", "results.csv")
	keys, statuses, ids, codes := values(t, results, "key"), values(t, results, "status"), values(t, results, "client_id"), values(t, results,
		"code")
	if len(keys) != jobRows {
		t.Fatalf("%d rows in the results", len(keys))
	}
	for i, key := range keys {
		id, exists := there[key]
		if exists && statuses[i] != "created" && statuses[i] != "in_doubt" {
			t.Errorf("%s exists, and is %s here", key, statuses[i])
		}
		name := nameOf(i)
		switch {
		case statuses[i] == "in_doubt" && codes[i] == "crashed":
			sum.crashed++
		case statuses[i] == "in_doubt" && (name == "Cut" || name == "Unlucky" || name == "Broken"):
			sum.open++
		case statuses[i] == "rejected" && name == "Refused":
		case statuses[i] == "created" && name == "Client" && exists && ids[i] == id:
		default:
			t.Errorf("%s (%s) is %s %s here, id %q; there it is %q", key, name, statuses[i], codes[i], ids[i], id)
		}
	}
	if sum.crashed > j.mayCrash {
		t.Errorf("%d rows in doubt after kills that can have met %d", sum.crashed, j.mayCrash)
	}
}

// TestKilledAtAStepLeavesNoMoreInDoubt kills a run of one worker at each named
// step: where nothing was in flight, nothing may be in doubt.
func TestKilledAtAStepLeavesNoMoreInDoubt(t *testing.T) {
	t.Parallel()
	bin := program(t, "bulkonboard-dying")
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			twin := newTwin(t)
			server := httptest.NewServer(twin)
			defer server.Close()
			dir := t.TempDir()
			path := sheet(t, dir, 3)
			env := append(os.Environ(), "VOICEAIWRAPPER_API_KEY="+testKey, "XDG_STATE_HOME="+dir)
			c := exec.Command(bin, "run", path, "--yes", "--new-job", "--base-url", server.URL, "--rate", "unlimited", "--workers", "1")
			at := step.name + ":1"
			if step.name == "after-finish" {
				at = step.name + ":3" // the last one: behind the others the next row is begun meanwhile
			}
			c.Env = append(env, dieAt+"="+at)
			if out, _ := c.CombinedOutput(); c.ProcessState.ExitCode() != -1 {
				t.Fatalf("it was not killed: %d\n%s", c.ProcessState.ExitCode(), out)
			}
			again := exec.Command(bin, "run", path, "--yes", "--base-url", server.URL, "--rate", "unlimited")
			again.Env = append(env, dieAt+"=never:1")
			out, _ := again.CombinedOutput()
			want := 0
			if step.doubt {
				want = 4
			}
			if got := again.ProcessState.ExitCode(); got != want {
				t.Errorf("exit code %d, want %d\n%s", got, want, out)
			}
			doubt := 0
			for _, s := range values(t, filepath.Join(dir, "bulkonboard.job", "results.csv"), "status") {
				if s == "in_doubt" {
					doubt++
				} else if s != "created" {
					t.Errorf("a row is %s", s)
				}
			}
			if doubt > 1 || doubt == 1 && !step.doubt {
				t.Errorf("%d rows are in doubt", doubt)
			}
			if n := len(twin.Clients()); n+doubt < 3 || n > 3 {
				t.Errorf("%d clients, %d rows in doubt, of 3", n, doubt)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "bulkonboard.job", "*.new-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
