package main

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
)

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

// program is this test's own binary under the name that makes it the program.
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "bulkonboard")
	if err := os.Symlink(self, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	return link
}

// TestKilledAndRunAgain kills the program with SIGKILL in the middle of its
// work, again and again, against a server with faults of its own, and runs it
// until it is done. Then no client may be there twice, and every row must be
// accounted for.
func TestKilledAndRunAgain(t *testing.T) {
	const rows, kills = 80, 8
	var faults []sandbox.Fault
	for _, s := range []string{"500-after@4%", "cut-after@4%", "rejected@5%", "cut-before@3%"} {
		f, err := sandbox.ParseFault(s)
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, f)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	twin, err := sandbox.New(sandbox.Options{Key: testKey, Faults: faults, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = twin.Close() }()
	k := &killer{twin: twin}
	server := httptest.NewServer(k)
	defer server.Close()

	dir := t.TempDir()
	path := sheet(t, dir, rows)
	bin := program(t)
	env := append(os.Environ(), "VOICEAIWRAPPER_API_KEY="+testKey, "XDG_STATE_HOME="+dir)
	decision := []string{"--new-job"}
	killed := 0
	for n := 0; ; n++ {
		if n > 40 {
			t.Fatal("it never comes to an end")
		}
		c := exec.Command(bin, append([]string{"run", path, "--yes", "--base-url", server.URL, "--rate", "unlimited", "--workers", "4"}, decision...)...)
		c.Env = env
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if killed < kills {
			k.arm(c.Process, 1+rnd.IntN(12), rnd.IntN(2) == 0)
		} else {
			k.arm(nil, 0, false)
		}
		err := c.Wait()
		if _, serr := os.Stat(filepath.Join(dir, "bulkonboard.job", "journal.db")); serr == nil {
			decision = nil
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == -1 {
			killed++
			continue
		}
		if code := c.ProcessState.ExitCode(); code != 4 && code != 3 && code != 5 && code != 0 {
			t.Fatalf("exit code %d", code)
		} else if code != 5 {
			break
		}
	}

	there := map[string]string{} // e-mail → id
	for _, cl := range twin.Clients() {
		if _, twice := there[cl.Email]; twice {
			t.Errorf("%s was created twice", cl.Email)
		}
		there[cl.Email] = cl.ID
	}
	results := filepath.Join(dir, "bulkonboard.job", "results.csv")
	keys, statuses, ids := values(t, results, "key"), values(t, results, "status"), values(t, results, "client_id")
	if len(keys) != rows {
		t.Fatalf("%d rows in the results", len(keys))
	}
	doubt := 0
	for i, key := range keys {
		id, exists := there[key]
		switch statuses[i] {
		case "created":
			if ids[i] != id {
				t.Errorf("%s: id %q here, %q there", key, ids[i], id)
			}
		case "in_doubt":
			doubt++
		case "rejected":
			if exists {
				t.Errorf("%s is rejected here and exists there", key)
			}
		default:
			t.Errorf("%s is left %s", key, statuses[i])
		}
		if exists && statuses[i] != "created" && statuses[i] != "in_doubt" {
			t.Errorf("%s exists, and is %s here", key, statuses[i])
		}
	}
	t.Logf("%d kills, %d requests, %d clients, %d rows in doubt", killed, twin.Requests(), len(there), doubt)
	if killed < kills {
		t.Errorf("only %d kills", killed)
	}
}
