package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// pasted are the commands of a text that somebody would paste into a shell: lines
// of their own, and what follows a colon or stands in brackets.
var pasted = regexp.MustCompile(`(?m)(?:^  |: |\()((?:bulkonboard (?:run|settle|results|status|verify|handover)|--adopt|--job) .*?)(?:$|\); | shows the rows|, which sets|; if |; another )`)

// TestAdviceCanBePasted: names of folders and keys of customers are data. Every
// command that a message, a view or an ending names is a shell's words as they
// were meant, whatever stands in them.
func TestAdviceCanBePasted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: no sh here")
	}
	const nasty = `it's "$(touch pwned)" & ~co; -x`
	dir := filepath.Join(t.TempDir(), nasty)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = "client_name,user_email,user_password,tenant_voice_provider_id\n"
	key := `--x '$(touch pwned)' "y"`
	row := func(name, mail string) string {
		return `"` + strings.ReplaceAll(name, `"`, `""`) + `",` + mail + ",Secret-1,TenantVoiceProvider:1\n"
	}
	mapping := write("by name.yaml", `version: 1
key: [client_details.name]
request:
  client_details: {name: {column: client_name}}
  client_users: [{email: {column: user_email}, password: {column: user_password}}]
  client_asset_group: {tenant_voice_provider_id: {column: tenant_voice_provider_id}}
`)
	first := write("first sheet.csv", head+row(key, "a@x.test")+row("Bob", "b@x.test")+row("Cat", "no address"))
	later := write("later.csv", head+row(key+"!", "a@x.test")+row("Dog", "d@x.test"))
	twin := newTwin(t, "cut-after@=Bob")
	server := httptest.NewServer(twin)
	defer server.Close()
	c := newCaller(t)
	job := filepath.Join(dir, "bulkonboard.job")
	var said strings.Builder
	call := func(want int, args ...string) {
		t.Helper()
		code, out, errs := c.call(args...)
		if said.WriteString(out + "\n" + errs + "\n"); code != want {
			t.Errorf("%q: exit code %d, want %d\n%s%s", args, code, want, out, errs)
		}
	}
	run := func(want int, sheet string, more ...string) {
		t.Helper()
		call(want, append([]string{"run", sheet, "--yes", "--mapping", mapping, "--base-url", server.URL, "--rate", "unlimited", "--workers", "1"}, more...)...)
	}
	run(4, first, "--new-job")
	run(4, later)
	call(0, "status", job)
	call(0, "results", job)
	call(2, "settle", job, "--key", "nobody", "--absent")
	run(2, first, "--job", filepath.Join(dir, "second.job"), "--new-job")
	for _, view := range []string{"results.csv", "rejects.csv", "doubt.csv"} {
		said.WriteString(strings.Join(values(t, filepath.Join(job, view), map[bool]string{true: "_advice", false: "advice"}[view == "rejects.csv"]), "\n") + "\n")
	}
	if err := os.Rename(filepath.Join(job, "journal.db"), filepath.Join(dir, "away.db")); err != nil {
		t.Fatal(err)
	}
	run(1, first)

	found := pasted.FindAllStringSubmatch(said.String(), -1)
	for _, m := range found {
		line := m[1]
		if !strings.HasPrefix(line, "bulkonboard ") {
			line = "bulkonboard run x " + line
		}
		at := t.TempDir()
		sh := exec.Command("sh", "-c", `bulkonboard() { for w; do printf '%s\n' "$w"; done; }`+"\n"+line)
		sh.Dir = at
		out, err := sh.CombinedOutput()
		if _, perr := os.Stat(filepath.Join(at, "pwned")); err != nil || perr == nil {
			t.Errorf("a shell does not take this as it was meant: %s\n%s%v", line, out, err)
		}
		if strings.Contains(line, "touch pwned") && !strings.Contains(string(out), nasty) && !strings.Contains(string(out), key) {
			t.Errorf("what was named is not a word of its own: %s\n%s", line, out)
		}
	}
	if len(found) < 10 {
		t.Errorf("only %d commands were found in\n%s", len(found), said.String())
	}
}
