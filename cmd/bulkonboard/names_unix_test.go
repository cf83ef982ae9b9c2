//go:build !windows

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"unicode"
)

// evil is what would colour, clear and turn what stands around it.
const evil = "\x1b[31m\u202e\u009b2J\x7f"

// TestNamesDoNotSteer gives files, folders, sheets, columns, keys, settings and the
// server's ids names that steer a terminal, and looks at every stream and log.
func TestNamesDoNotSteer(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := fmt.Sprintf("id-%d\\u001b[31m\\u202e\\u009b", n.Add(1))
		switch {
		case r.Method != http.MethodPost:
			fmt.Fprintf(w, `{"success":true,"data":{"client_id":%q,"name":"Other\u001b[31m\u202e","primary_email":"x\u009b@y.test"}}`, r.URL.Path)
		case n.Load() == 2:
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = w.Write([]byte(`{"message":"no\u001b[31m such \u202e\u009bplan"}`))
		case n.Load() == 3:
			w.WriteHeader(http.StatusBadGateway)
		default:
			_, _ = fmt.Fprintf(w, `{"success":true,"data":{"client_id":"%s","client_name":"N%s","client_asset_group_id":"g%s"}}`, id, id, id)
		}
	}))
	defer server.Close()

	dir := filepath.Join(t.TempDir(), "folder"+evil)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	sheet := write("clients"+evil+".csv", "Company"+evil+",Mail,Pass,No\u202eteé\n"+
		"Acme"+evil+",a@x.test,Sample-Pass-1,n\nBeta,b@x.test,Sample-Pass-2,n\nCeta,c@x.test,Sample-Pass-3,n\nDelta,no,Sample-Pass-4,n\n")
	mapping := write("map"+evil+".yaml", `version: 1
key: [client_details.name]
request:
  client_details: {name: {column: "Company\u001b[31m\u202e\u009b2J\u007f"}, email: {column: Mail}}
  client_users: [{email: {column: Mail}, password: {column: Pass}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
`)
	write("bulkonboard.yaml", "profiles: {\"acme\\u001b[31m\\u202e\": {rate: unlimited, mapping: \"map\\u001b[31m\\u202e\\u009b2J\\u007f.yaml\"}}\n")
	bin, jobDir := program(t, "bulkonboard"), "job"+evil
	env := append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"),
		"VOICEAIWRAPPER_API_KEY="+testKey)
	look := func(what string, b []byte) {
		for i, r := range string(b) {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Errorf("%s: %U stands in %q", what, r, string(b)[max(0, i-120):min(len(b), i+60)])
				return
			}
		}
	}
	base := []string{"--base-url", server.URL, "--workers", "1"}
	for _, args := range [][]string{
		{"check", sheet, "--profile", "acme\x1b[31m\u202e"},
		{"check", sheet, "--mapping", mapping, "--job", jobDir},
		{"check", "nothing" + evil + ".csv"},
		{"check", sheet, "--profile", "none" + evil},
		{"config", "--profile", "acme\x1b[31m\u202e"},
		{"init", sheet, "--out", "new" + evil + ".yaml"},
		append([]string{"plan", sheet, "--mapping", mapping, "--job", jobDir, "--out", "plan" + evil + ".json"}, base[:2]...),
		append([]string{"run", sheet, "--mapping", mapping, "--job", jobDir, "--yes", "--new-job", "--log-format", "json"}, base...),
		append([]string{"run", sheet, "--job", jobDir, "--yes", "--retry-rejected", "--log-format", "console"}, base...),
		{"run", filepath.Join(jobDir, "rejects.csv"), "--yes", "--base-url", server.URL},
		{"status", jobDir}, {"status", jobDir, "--runs"}, {"results", jobDir}, {"report", jobDir},
		{"verify", jobDir}, {"handover", jobDir},
		{"settle", jobDir, "--key", "ceta" + evil, "--exists"}, {"settle", jobDir, "--row", "4", "--exists"}, {"settle", jobDir, "--row", "2", "--deleted", "--yes"},
		{"run", sheet, "--mapping", mapping, "--sandbox", "--yes", "--job", "rehearsal" + evil},
		{"template", "--out", "template" + evil + ".csv"}, {"keygen", "--out", "key" + evil},
		{evil}, {"run", "--" + evil}, {"settle", "gone" + evil},
	} {
		c := exec.Command(bin, args...)
		c.Dir, c.Env = dir, env
		var out, errs strings.Builder
		c.Stdout, c.Stderr = &out, &errs
		_ = c.Run() // whatever it says: only how it says it
		look(fmt.Sprintf("stdout of %q", args), []byte(out.String()))
		look(fmt.Sprintf("stderr of %q", args), []byte(errs.String()))
	}
	for _, job := range []string{jobDir, "rehearsal" + evil} {
		b, err := os.ReadFile(filepath.Join(dir, job, "run.log"))
		if err != nil || !strings.Contains(string(b), `\u202e`) && job == jobDir {
			t.Errorf("%q: %v: nothing was logged that could steer:\n%s", job, err, b)
		}
		look("run.log of "+job, b)
	}
}
