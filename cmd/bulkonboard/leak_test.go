package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
)

// A mark is a secret that is looked for. files tells where it may lie.
type mark struct {
	name, secret string
	may          func(file string) bool
}

// forms are the ways in which a text can stand somewhere: what of each does not
// depend on its neighbours.
func (m mark) forms() map[string][]byte {
	out := m.plain()
	for lead := range 3 { // within a longer text the same bytes have three forms
		for name, coded := range m.coded(lead) {
			out[name] = coded[(lead*8+5)/6 : len(coded)-2]
		}
	}
	return out
}

// said are the ways in which a server may repeat it.
func (m mark) said() map[string][]byte {
	out := m.plain()
	for lead := range 3 {
		maps.Copy(out, m.coded(lead))
	}
	return out
}

func (m mark) coded(lead int) map[string][]byte {
	out := map[string][]byte{}
	for name, e := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
		out[fmt.Sprint(name, lead)] = []byte(e.EncodeToString(append(make([]byte, lead), m.secret...)))
	}
	return out
}

func (m mark) plain() map[string][]byte {
	quoted, _ := json.Marshal(m.secret)
	return map[string][]byte{
		"plain": []byte(m.secret), "JSON": bytes.Trim(quoted, `"`), "CSV": []byte(strings.ReplaceAll(m.secret, `"`, `""`)),
		"query": []byte(url.QueryEscape(m.secret)), "path": []byte(url.PathEscape(m.secret)), "HTML": []byte(html.EscapeString(m.secret)),
		"hex": []byte(hex.EncodeToString([]byte(m.secret))), "Go": []byte(strings.Trim(fmt.Sprintf("%q", m.secret), `"`)),
	}
}

// TestNoLeaks drives every command with marked secrets in every place where
// they can enter, against a server that sends back what it was sent and with a
// fault of our own, at the most talkative log. Then no mark may stand anywhere
// but where it belongs.
func TestNoLeaks(t *testing.T) {
	dir := t.TempDir()
	laxUmask(t)
	file := func(name string) string { return filepath.Join(dir, name) }
	in := func(names ...string) func(string) bool {
		return func(f string) bool {
			for _, n := range names {
				if ok, _ := filepath.Match(n, filepath.Base(f)); ok {
					return true
				}
			}
			return false
		}
	}
	const key = "KeyMark-7d1f9a3c5e"
	// Rejects go straight back in, so they carry the sheet's own columns; what is
	// changed there is a correction of the sheet. A handover is what writes passwords.
	sheet := in("clients.csv", "rejects.csv", "handed.csv", "vault.csv", "handover-*.csv")
	marks := []mark{
		{"the API key", key, in("key.txt")},
		{"a password", `Pass"Mark <9>&é-51c7`, sheet},
		{"a password of a panic", "PanicMark-0b44e2", sheet},
		{"a password of a rejected row", "EchoMark-77aa10", sheet},
		{"a password in doubt", "DoubtMark-1d2c3b", sheet},
		{"a passphrase", "PhraseMark-aa61-words", in("nowhere")},
		{"a corrected password", "NewMark-93e0aa", in("clients.csv.corrections.jsonl", "rejects.csv", "rejects.edited-*.csv")},
	}
	var b strings.Builder
	b.WriteString("client_name,client_email,user_email,user_password,tenant_voice_provider_id\n")
	for i, m := range marks[1:5] {
		name := []string{"fine", "panic", "echo", "cut"}[i]
		fmt.Fprintf(&b, "%s,%s@x.test,%s@x.test,\"%s\",%s\n", name, name, name, strings.ReplaceAll(m.secret, `"`, `""`), provider)
	}
	fmt.Fprintf(&b, "made up,made@x.test,made@x.test,,%s\n", provider)
	write := func(name, content string, mode fs.FileMode) {
		t.Helper()
		if err := os.WriteFile(file(name), []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("clients.csv", b.String(), 0o600)
	write("key.txt", key+"\n", 0o600)
	write("settings.yaml", `version: 1
request:
  client_details: {name: {column: client_name}, email: {column: client_email}}
  client_users: [{email: {column: user_email}, password: {column: user_password, generate: {words: 5}}}]
  client_asset_group: {tenant_voice_provider_id: {column: tenant_voice_provider_id}}
`, 0o600)

	cut, err := sandbox.ParseFault("cut-after@=cut")
	if err != nil {
		t.Fatal(err)
	}
	twin, err := sandbox.New(sandbox.Options{Key: key, Faults: []sandbox.Fault{cut}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = twin.Close() }()
	var reads atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			echo(w, r, marks[:5], int(reads.Add(1)))
			return
		}
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte(`"echo"`)) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			said, _ := json.Marshal(map[string]any{"message": "cannot take " + string(body) + " from " + r.Header.Get("Authorization"),
				"errors": json.RawMessage(body)})
			_, _ = w.Write(said)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		twin.ServeHTTP(w, r)
	}))
	defer server.Close()

	// The write-ahead log lives while a job is open: it is looked at then.
	places := map[string][]byte{}
	logs := 0
	watched := func(s importer.Store) importer.Store {
		return closing{s, func() {
			for _, job := range []string{"bulkonboard.job", "sandbox.job"} {
				path := filepath.Join(file(job), "journal.db-wal")
				if content, err := os.ReadFile(path); err == nil && len(content) > 0 {
					logs++
					places[fmt.Sprint(path, " ", logs)] = content
				}
			}
		}}
	}

	// All that is printed, and the arguments of this process's children and of
	// the program itself as a child would see them.
	var said bytes.Buffer
	command := "cat " + file("key.txt")
	if _, err := os.Stat("/proc/self/cmdline"); err == nil {
		command = "cat /proc/$$/cmdline /proc/$PPID/cmdline >> " + file("arguments") + "; " + command
	}
	env := map[string]string{"XDG_CONFIG_HOME": file("config"), "XDG_STATE_HOME": file("state"), passphraseVariable: marks[5].secret}
	keyring := t.TempDir() // in place of the desktop's
	bulkonboard := func(args ...string) int {
		t.Helper()
		a := &app{stdin: strings.NewReader(""), stdout: &said, stderr: &said, transport: panicky{http.DefaultTransport}, store: watched,
			keyring: fileKeyring(keyring),
			env:     func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
		fmt.Fprintf(&said, "\n$ %s\n", strings.Join(args, " "))
		return a.run(args)
	}
	want := func(code int, args ...string) {
		t.Helper()
		if got := bulkonboard(args...); got != code {
			t.Fatalf("%v: exit code %d, want %d\n%s", args, got, code, said.String())
		}
	}
	clients, folder := file("clients.csv"), file("bulkonboard.job")
	run := []string{"run", clients, "--yes", "--base-url", server.URL, "--mapping", file("settings.yaml"), "--log-format", "json",
		"--log-file", file("log.jsonl"), "--halt-after", "20", "--rate", "unlimited"}
	want(0, "keygen", "--passphrase")
	want(4, append(run, "--new-job", "--token-command", command)...) // one created, one rejected, two in doubt: cut, and a panic
	want(4, append(run, "--token-file", file("key.txt"), "--log-format", "console", "--retry-rejected")...)
	env["VOICEAIWRAPPER_API_KEY"] = key
	want(4, "run", filepath.Join(folder, "rejects.csv"), "--yes", "--base-url", server.URL, "--log-format", "json", "--retry-rejected")
	rejects, err := os.ReadFile(filepath.Join(folder, "rejects.csv"))
	if err != nil {
		t.Fatal(err)
	}
	write("bulkonboard.job/rejects.csv", strings.ReplaceAll(string(rejects), marks[3].secret, marks[6].secret), 0o600)
	want(4, "run", filepath.Join(folder, "rejects.csv"), "--yes", "--base-url", server.URL, "--log-format", "json")
	want(0, "handover", folder, "--test")
	want(0, "handover", folder, "--out", file("handed.csv"))
	want(0, "handover", folder, "--format", "bitwarden", "--all", "--yes", "--out", file("vault.csv"))
	want(0, "settle", folder, "--key", "cut@x.test", "--exists")
	for range 12 { // a read-back of two clients, in other forms each time
		bulkonboard("verify", folder, "--rate", "unlimited")
	}
	bulkonboard("settle", folder, "--key", "panic@x.test", "--created", "some-id")
	if n := reads.Load(); n < 24 {
		t.Errorf("only %d clients were read back", n)
	}
	want(3, "run", clients, "--yes", "--sandbox", "--fault", "rejected@=echo", "--log-format", "json")

	// Every command there is, also those that are not known here yet: with what
	// its usage line asks for.
	for _, c := range (&app{}).commands().Commands() {
		args := []string{c.Name()}
		switch {
		case c.Name() == "sandbox" || c.Name() == "completion" || c.Name() == "help":
			continue // serve, or know nothing of a job
		case strings.Contains(c.Use, "INPUT"):
			args = append(args, clients)
		case strings.Contains(c.Use, "JOB"):
			args = append(args, folder)
		}
		bulkonboard(args...)
	}

	places["what was printed"] = said.Bytes()
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if loose := info.Mode().Perm() & 0o077; runtime.GOOS != "windows" && loose != 0 && path != dir && d.Name() != "arguments" {
			t.Errorf("%s is %v", path, info.Mode())
		}
		if d.IsDir() {
			return nil
		}
		places[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	identity := places[file("config/bulkonboard/identity.txt")]
	if !bytes.Contains(identity, []byte("AGE ENCRYPTED FILE")) {
		t.Error("the private key is not where it is expected, under its passphrase")
	}
	marks = append(marks, mark{"a private key", "AGE-SECRET-KEY-1", in("nowhere")})
	for i, email := range values(t, file("handed.csv"), "login_email") {
		if email == "made@x.test" {
			marks = append(marks, mark{"a password that was made up", values(t, file("handed.csv"), "password")[i],
				in("handed.csv", "vault.csv", "handover-*.csv")})
		}
	}
	if len(marks) != 9 {
		t.Errorf("the password that was made up was not handed over: %d marks", len(marks))
	}
	found := map[string]bool{}
	for place, content := range places {
		whole := unbroken(content)
		for _, m := range marks {
			for form, text := range m.forms() {
				if !bytes.Contains(content, text) && !bytes.Contains(content, bytes.ToUpper(text)) && !bytes.Contains(content, bytes.ToLower(text)) &&
					!bytes.Contains(whole, unbroken(text)) {
					continue
				}
				if m.may(place) {
					found[m.name] = true
					continue
				}
				t.Errorf("%s stands, as %s, in %s", m.name, form, place)
			}
		}
	}
	for _, m := range append(marks[:5:5], marks[6]) {
		if !found[m.name] {
			t.Errorf("%s was not even found where it belongs: the search is blind", m.name)
		}
	}
	if logs == 0 {
		t.Error("no write-ahead log was looked at")
	}
	t.Logf("%d places searched, %d write-ahead logs among them", len(places), logs)
}

// echo answers a read-back with secrets in every field and form, a few at a time.
func echo(w http.ResponseWriter, r *http.Request, marks []mark, n int) {
	var fields [3]string
	for i := range fields {
		m := marks[(n+i)%len(marks)]
		names := slices.Sorted(maps.Keys(m.said()))
		for k := range 3 {
			form := string(m.said()[names[(n/len(marks)*len(fields)*3+i*3+k)%len(names)]])
			if k == 1 {
				form = strings.Join(strings.SplitAfter(form, form[len(form)/2:len(form)/2+1]), "\r\n")
			}
			fields[i] += " " + form
		}
	}
	answer := any(map[string]any{"client": map[string]any{"id": path.Base(r.URL.Path), "name": fields[0], "primary_email": fields[1],
		"users": []any{map[string]any{"email": fields[2]}}}})
	if n%4 == 0 {
		w.WriteHeader(http.StatusUnprocessableEntity)
		answer = map[string]any{"message": fields[0], "errors": map[string]any{fields[1]: []string{fields[2]}}}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// unbroken takes out what breaks a text over lines, plain or escaped.
func unbroken(content []byte) []byte {
	for _, gap := range []string{"\r", "\n", "\t", " ", `\r`, `\n`, `\\r`, `\\n`} {
		content = bytes.ReplaceAll(content, []byte(gap), nil)
	}
	return content
}

// closing is a store that calls before it closes.
type closing struct {
	importer.Store
	before func()
}

func (c closing) Close() error {
	c.before()
	return c.Store.Close()
}

// panicky is a transport that panics over one row, with its password in hand.
type panicky struct{ http.RoundTripper }

func (p panicky) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(body, []byte(`"panic"`)) {
			panic("over " + string(body))
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return p.RoundTripper.RoundTrip(r)
}
