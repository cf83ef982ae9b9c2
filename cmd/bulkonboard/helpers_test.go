package main

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
)

// twins are the sandboxes of the scripts that are running, by work folder.
var twins = struct {
	sync.Mutex
	of    map[string]*sandbox.Twin
	after map[string]int // ids that were given by those before
}{of: map[string]*sandbox.Twin{}, after: map[string]int{}}

func records(ts *testscript.TestScript, file string) [][]string {
	r := csv.NewReader(strings.NewReader(ts.ReadFile(file)))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	ts.Check(err)
	if len(all) == 0 {
		ts.Fatalf("%s is empty", file)
	}
	return all
}

// waitfor polls for a file that a program in the background makes.
func waitfor(ts *testscript.TestScript, _ bool, args []string) {
	poll(ts, args[0], func() bool {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		return err == nil && (len(args) < 2 || strings.Contains(string(b), args[1]))
	})
}

// arrived polls for requests that have reached the twin.
func arrived(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	poll(ts, args[0]+" requests", func() bool { return twinOf(ts).Requests() >= want })
}

func poll(ts *testscript.TestScript, what string, there func() bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !there() {
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%s never came", what)
		}
	}
}

// onTerminal runs the program on a pseudo-terminal where somebody types.
func onTerminal(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: terminal CODE SCREEN ANSWERS PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	bin, err := exec.LookPath(args[3])
	if err != nil {
		bin = filepath.Join(strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator))[0], args[3])
	}
	c := exec.Command(bin, args[4:]...)
	c.Dir = ts.Getenv("WORK")
	for _, name := range []string{"PATH", "HOME", "XDG_STATE_HOME", "VOICEAIWRAPPER_API_KEY", "TEST_KEYRING", "NO_COLOR"} {
		c.Env = append(c.Env, name+"="+ts.Getenv(name))
	}
	tty, err := pty.StartWithSize(c, &pty.Winsize{Rows: 40, Cols: 120})
	ts.Check(err)
	defer func() { _ = tty.Close() }()
	_, err = io.WriteString(tty, ts.ReadFile(args[2]))
	ts.Check(err)
	screen, _ := io.ReadAll(tty) // ends with an error when the program has gone
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	text := strings.ReplaceAll(string(screen), "\r\n", "\n")
	ts.Logf("%s", text)
	if got := c.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// newTwin is a twin with faults, written as --fault takes them.
func newTwin(tb testing.TB, faults ...string) *sandbox.Twin {
	tb.Helper()
	parsed, err := parseFaults(faults)
	if err != nil {
		tb.Fatal(err)
	}
	twin, err := sandbox.New(sandbox.Options{Key: testKey, Faults: parsed})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = twin.Close() })
	return twin
}
