package main

import (
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// A walk is somebody who types the README's commands into a terminal.
type walk struct {
	*testing.T
	dir  string
	env  []string
	bin  string
	said string // by the last command
}

// types runs one line, with answers typed in the order they are asked for.
func (w *walk) types(line string, want int, answers ...string) {
	w.Helper()
	args := strings.Fields(line)
	if args[0] != "bulkonboard" {
		w.Fatalf("%q is no command of ours", line)
	}
	c := exec.Command(w.bin, args[1:]...)
	c.Dir, c.Env = w.dir, w.env
	tty, err := pty.StartWithSize(c, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		w.Skipf("no terminal here: %v", err)
	}
	defer func() { _ = tty.Close() }()
	if _, err := io.WriteString(tty, strings.Join(append(answers, ""), "\n")); err != nil {
		w.Fatal(err)
	}
	screen, _ := io.ReadAll(tty) // ends with an error when the program has gone
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	w.said = string(screen)
	if got := c.ProcessState.ExitCode(); got != want {
		w.Fatalf("%s: exit code %d, want %d\n%s", line, got, want, w.said)
	}
}

// TestReadmeCode: what the README shows of the library stands in an example, which
// runs.
func TestReadmeCode(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	squeezed := func(code string) string { return strings.Join(strings.Fields(code), " ") }
	blocks := strings.Split(read("../../README.md"), "```go\n")[1:]
	if len(blocks) == 0 {
		t.Error("the README shows no code")
	}
	for _, b := range blocks {
		code, _, _ := strings.Cut(b, "```")
		if !strings.Contains(squeezed(read("../../importer/job/example_rows_test.go")), squeezed(code)) {
			t.Errorf("the README's code is in no example:\n%s", code)
		}
	}
}

// readmeCommands are the lines of the README's blocks of commands, comments left
// out.
func readmeCommands(t *testing.T) []string {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	fenced, code := false, false
	for line := range strings.Lines(string(b)) {
		text := strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(text, "```"):
			fenced, code = !fenced, text == "```go"
			continue
		case code:
			continue
		case fenced, strings.HasPrefix(text, "    "):
		default:
			continue
		}
		if i := strings.Index(text, " #"); i >= 0 {
			text = text[:i]
		}
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// TestReadme runs every command of the README, in the order of a first import.
func TestReadme(t *testing.T) {
	t.Parallel()
	left := readmeCommands(t)
	twin := newTwin(t, "cut-after@=Pacific", "cut-before@=Quarzwerk")
	server := httptest.NewServer(twin)
	defer server.Close()

	w := &walk{T: t, dir: t.TempDir(), bin: program(t, "bulkonboard")}
	w.env = append(os.Environ(), "HOME="+w.dir, "XDG_STATE_HOME="+filepath.Join(w.dir, "state"),
		"XDG_CONFIG_HOME="+filepath.Join(w.dir, "config"),
		"BULKONBOARD_BASE_URL="+server.URL, "BULKONBOARD_RATE=unlimited", "BULKONBOARD_WORKERS=1")
	if err := os.CopyFS(filepath.Join(w.dir, "samples"), os.DirFS("../../samples")); err != nil {
		t.Fatal(err)
	}
	take := func(from, to string) {
		b, err := os.ReadFile(filepath.Join(w.dir, from))
		if err == nil {
			err = os.WriteFile(filepath.Join(w.dir, to), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	take("samples/clients.xlsx", "clients.xlsx")
	done := func(line string) string {
		i := slices.Index(left, line)
		if i < 0 {
			t.Errorf("the README does not have %q, or not so often", line)
			return line
		}
		left = slices.Delete(left, i, i+1)
		return line
	}
	does := func(line string, want int, answers ...string) { t.Helper(); w.types(done(line), want, answers...) }

	// Offline, as on a fresh machine.
	w.types("bulkonboard "+strings.TrimPrefix(done("go run ./cmd/bulkonboard run samples/clients.csv --sandbox --yes"),
		"go run ./cmd/bulkonboard "), 0)

	// The first real import.
	done("export VOICEAIWRAPPER_API_KEY=…")
	w.env = append(w.env, "VOICEAIWRAPPER_API_KEY="+testKey)
	does("bulkonboard init clients.xlsx", 0)
	does("bulkonboard check clients.xlsx", 0)
	does("bulkonboard run clients.xlsx --pilot 1", 5, "y", "n")
	if n := len(twin.Clients()); n != 1 {
		t.Errorf("the pilot made %d clients", n)
	}
	does("bulkonboard run clients.xlsx", 4, "y")
	if n := len(twin.Clients()); n != 24 {
		t.Errorf("there are %d clients", n)
	}
	does("bulkonboard plan clients.xlsx --out plan.json", 0)
	does("bulkonboard run clients.xlsx --plan plan.json", 4)

	// Rows in doubt.
	does("bulkonboard settle", 0, "q")
	if !strings.Contains(w.said, "Is it there?") {
		t.Errorf("nothing was asked:\n%s", w.said)
	}
	does("bulkonboard settle --row 17 --exists", 0)
	does("bulkonboard settle --row 18 --absent", 0)
	does("bulkonboard settle --from bulkonboard.job/doubt.csv", 0)

	// Passwords that are made up, and handed over: on another machine, whose list
	// of jobs knows none.
	for _, gone := range []string{"bulkonboard.job", "state"} {
		if err := os.RemoveAll(filepath.Join(w.dir, gone)); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("clients.csv", "Company,Login\nNew Acme,new@acme.test\n")
	write("clients.csv.mapping.yaml", `version: 1
request:
  client_details: {name: {column: Company}}
  client_users: [{email: {column: Login}, password: {generate: {length: 20}}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
`)
	does("bulkonboard keygen", 0)

	// Nightly.
	does("bulkonboard run clients.csv --yes --new-job --rate 2/s", 0)
	_, nightly, ok := strings.Cut(done("0 3 * * * cd /srv/acme && bulkonboard run clients.csv --yes --quiet --known-faults ok"), " && ")
	if !ok {
		t.Fatal("no nightly command")
	}
	w.types(nightly, 0)
	does("bulkonboard status", 0)
	does("bulkonboard handover", 0)

	// What needs the source and more time is run by hand and by .ci/run.
	left = slices.DeleteFunc(left, func(line string) bool {
		return strings.Contains(line, "go test ") || strings.HasPrefix(line, "go -C .ci/")
	})
	if len(left) > 0 {
		t.Errorf("nobody has run these: %q", left)
	}
}
