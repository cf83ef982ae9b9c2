package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// ear hears the passwords of the requests that reach the twin, by e-mail.
type ear struct {
	twin http.Handler
	mu   sync.Mutex
	got  map[string]string
}

func (e *ear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent struct {
		Users []struct{ Email, Password string } `json:"client_users"`
	}
	if err == nil && json.Unmarshal(body, &sent) == nil {
		e.mu.Lock()
		for _, u := range sent.Users {
			e.got[u.Email] = u.Password
		}
		e.mu.Unlock()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	e.twin.ServeHTTP(w, r)
}

// either exit code will do.
const either = -2

// TestKilledLosesNoPassword kills the program at every step of a row with
// passwords that are made up, lets it go on, settles what is in doubt, and then
// holds what is handed over against what the server was sent.
func TestKilledLosesNoPassword(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the program many times")
	}
	bin := program(t, "bulkonboard-dying")
	for _, step := range steps[:7] { // the steps of a row
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			twin := newTwin(t)
			heard := &ear{twin: twin, got: map[string]string{}}
			server := httptest.NewServer(heard)
			defer server.Close()
			dir := t.TempDir()
			path := filepath.Join(dir, "clients.csv")
			for name, content := range map[string]string{"clients.csv": "Name,Mail\nA,a@x.test\nB,b@x.test\nC,c@x.test\n", "clients.csv.mapping.yaml": `version: 1
request:
  client_details: {name: {column: Name}, email: {column: Mail}}
  client_users: [{email: {column: Mail}, password: {generate: {}}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
`} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			bulkonboard := func(die string, want int, args ...string) int {
				t.Helper()
				c := exec.Command(bin, args...)
				c.Env = append(os.Environ(), "VOICEAIWRAPPER_API_KEY="+testKey, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, dieAt+"="+die)
				out, _ := c.CombinedOutput()
				code := c.ProcessState.ExitCode()
				if code != want && want != either {
					t.Fatalf("%v: exit code %d, want %d\n%s", args, code, want, out)
				}
				return code
			}
			run := []string{"run", path, "--yes", "--base-url", server.URL, "--rate", "unlimited", "--workers", "1"}
			bulkonboard("never:1", 0, "keygen")
			bulkonboard(step.name+":2", -1, append(run, "--new-job")...)
			// The row before may be on its way to the disk, and the one behind may be begun.
			if code := bulkonboard("never:1", either, run...); code != 4 && (code != 0 || step.doubt) {
				t.Errorf("the run after the kill ends with %d", code)
			}
			job := filepath.Join(dir, "bulkonboard.job")
			keys := values(t, filepath.Join(job, "results.csv"), "key")
			for i, status := range values(t, filepath.Join(job, "results.csv"), "status") {
				if status != "in_doubt" {
					continue
				}
				action := "--absent"
				for _, c := range twin.Clients() {
					if c.Email == keys[i] {
						action = "--exists"
					}
				}
				bulkonboard("never:1", 0, "settle", job, "--key", keys[i], action)
			}
			bulkonboard("never:1", 0, run...)
			out := filepath.Join(dir, "handed.csv")
			bulkonboard("never:1", 0, "handover", job, "--out", out)
			passwords := values(t, out, "password")
			handed := map[string]string{}
			for i, email := range values(t, out, "login_email") {
				handed[email] += passwords[i] + "\n"
			}
			if n := len(twin.Clients()); n != 3 || len(handed) != 3 {
				t.Errorf("%d clients, %d handed over", n, len(handed))
			}
			for _, c := range twin.Clients() {
				heard.mu.Lock()
				sent := heard.got[c.Email]
				heard.mu.Unlock()
				if sent == "" || handed[c.Email] != sent+"\n" {
					t.Errorf("%s: %d passwords were handed over, and not the one the server has", c.Email, strings.Count(handed[c.Email], "\n"))
				}
			}
		})
	}
}
