package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const testKey = "key-for-tests"

// provider is a voice provider's id that every check takes.
const provider = "VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM="

// sheet writes n customers to dir/clients.csv.
func sheet(t *testing.T, dir string, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("client_name,client_email,user_email,user_password,tenant_voice_provider_id\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "Client %d,c%d@example.test,u%d@example.test,Secret-%d,%s\n", i, i, i, i, provider)
	}
	path := filepath.Join(dir, "clients.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A caller runs the program in this process, with an environment of its own.
type caller map[string]string

// newCaller has an API key, and a list of jobs that is empty.
func newCaller(t *testing.T) caller {
	t.Helper()
	return caller{"VOICEAIWRAPPER_API_KEY": testKey, "XDG_STATE_HOME": t.TempDir(), "XDG_CONFIG_HOME": t.TempDir()}
}

// environ is what a process of its own is to have.
func (c caller) environ() []string {
	all := os.Environ()
	for name, value := range c {
		all = append(all, name+"="+value)
	}
	return all
}

func (c caller) call(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &errs,
		env: func(name string) (string, bool) { v, ok := c[name]; return v, ok }}
	return a.run(args), out.String(), errs.String()
}

// values reads one column of a view.
func values(t *testing.T, file, column string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(all[0], column)
	var out []string
	for _, r := range all[1:] {
		out = append(out, r[at])
	}
	return out
}

// answerWith answers every create with this status and body.
func answerWith(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func ok(w http.ResponseWriter, n int64) {
	_, _ = fmt.Fprintf(w, `{"success":true,"message":"Client created successfully","data":{"client_id":"id-%d","client_name":"n","primary_email":"e","users":[{}],"asset_group_id":"g"}}`, n)
}

// inTurn answers the creates one by one, the rest like the last; reads find
// every client.
func inTurn(creates ...http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = fmt.Fprintf(w, `{"client":{"id":%q,"name":"n"}}`, filepath.Base(r.URL.Path))
			return
		}
		i := n.Add(1)
		creates[min(int(i), len(creates))-1](w, r)
	}
}

var created = func() http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) { ok(w, n.Add(1)) }
}()

func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func halfBody(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "500")
	_, _ = w.Write([]byte(`{"success":true,"data":{"client`))
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func hang(_ http.ResponseWriter, r *http.Request) {
	// The server notices that the client has gone only once the body is read.
	_, _ = new(bytes.Buffer).ReadFrom(r.Body)
	<-r.Context().Done()
}

// TestKinds is the table of what may happen to a row, line by line, with the
// status in the results and the exit code.
func TestKinds(t *testing.T) {
	t.Parallel()
	const (
		apiError = `{"success":false,"message":"no such thing"}`
		htmlPage = `<html><head><title>Sign in</title></head><body>hotel</body></html>`
	)
	for _, c := range []struct {
		name     string
		server   http.HandlerFunc // nil: nothing listens there
		rows     int
		args     []string
		statuses string
		exit     int
		code     string // of the first row
	}{
		{"200", created, 1, nil, "created", 0, ""},
		{"201", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); ok(w, 1) }, 1, nil, "created", 0, ""},
		{"a bare object with an id", answerWith(200, `{"client":{"id":"x"}}`), 1, nil, "created", 0, ""},
		{"status success", answerWith(200, `{"status":"success","data":{"client_id":"x"}}`), 1, nil, "created", 0, ""},

		{"200 success false", answerWith(200, `{"success":false,"message":"name taken"}`), 1, nil, "rejected", 3, "unsuccessful"},
		{"200 status failed", answerWith(200, `{"status":"failed","message":"name taken"}`), 1, nil, "rejected", 3, "unsuccessful"},
		{"400", answerWith(400, apiError), 1, nil, "rejected", 3, "http_400"},
		{"402 without a body", answerWith(402, ""), 1, nil, "rejected", 3, "http_402"},
		{"404 of the API", answerWith(404, apiError), 1, nil, "rejected", 3, "http_404"},
		{"405 of the API", answerWith(405, `{"detail":"Method not allowed"}`), 1, nil, "rejected", 3, "http_405"},
		{"409", answerWith(409, apiError), 1, nil, "rejected", 3, "http_409"},
		{"422", answerWith(422, `{"errors":{"email":["taken"]}}`), 1, nil, "rejected", 3, "http_422"},

		{"refused connection", nil, 1, []string{"--max-attempts", "2"}, "failed", 3, "connection_refused"},
		{"refused connection, for good", nil, 3, []string{"--halt-after", "3", "--max-attempts", "2"}, "failed failed pending", 5,
			"connection_refused"},
		{"429", answerWith(429, apiError), 1, []string{"--max-attempts", "2"}, "failed", 3, "too_many_requests"},
		{"429, then room", inTurn(answerWith(429, "", "Retry-After", "1"), created), 2, nil, "created created", 0, ""},
		{"503 with Retry-After", answerWith(503, "", "Retry-After", "1"), 1, []string{"--max-attempts", "2"}, "in_doubt", 4, "http_503"},

		{"timeout", hang, 1, []string{"--timeout", "200ms"}, "in_doubt", 4, "timeout"},
		{"cut", abort, 1, nil, "in_doubt", 4, "cut"},
		{"half an answer", halfBody, 1, nil, "in_doubt", 4, "cut"},
		{"500", answerWith(500, apiError), 1, nil, "in_doubt", 4, "http_500"},
		{"503 without Retry-After", answerWith(503, htmlPage), 1, nil, "in_doubt", 4, "http_503"},
		{"504", answerWith(504, ""), 1, nil, "in_doubt", 4, "http_504"},
		{"408", answerWith(408, ""), 1, nil, "in_doubt", 4, "http_408"},
		{"204", answerWith(204, ""), 1, nil, "in_doubt", 4, "unreadable_answer"},
		{"200 with a page", answerWith(200, htmlPage), 1, nil, "in_doubt", 4, "unreadable_answer"},
		{"200 without an id", answerWith(200, `{"success":true,"data":{}}`), 1, nil, "in_doubt", 4, "no_client_id"},
		{"500s without end", answerWith(500, ""), 9, []string{"--halt-after", "3"},
			"in_doubt in_doubt in_doubt pending pending pending pending pending pending", 5, "http_500"},

		{"403, nothing to read back", answerWith(403, apiError), 2, nil, "failed pending", 5, "forbidden"},
		{"403, readable", inTurn(created, answerWith(403, apiError), created), 3, nil, "created failed created", 3, ""},
		{"403 three times", inTurn(created, answerWith(403, apiError)), 5, nil, "created failed failed failed pending", 5, ""},
		{"403, unreadable", func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet || strings.Contains(r.Header.Get("X"), "x") {
				w.WriteHeader(403)
				return
			}
			body := new(bytes.Buffer)
			_, _ = body.ReadFrom(r.Body)
			if strings.Contains(body.String(), "c1@") {
				ok(w, 1)
				return
			}
			w.WriteHeader(403)
		}, 3, nil, "created failed pending", 5, ""},

		{"401", answerWith(401, apiError), 2, nil, "failed pending", 5, "unauthorized"},
		{"redirect", answerWith(307, "", "Location", "http://127.0.0.1:1/elsewhere"), 2, nil, "failed pending", 5, "redirected"},
		{"404 of somebody else", answerWith(404, htmlPage), 2, nil, "failed pending", 5, "not_the_api"},
		{"405 of somebody else", answerWith(405, "no"), 2, nil, "failed pending", 5, "not_the_api"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			url := closedPort(t)
			if c.server != nil {
				s := httptest.NewServer(c.server)
				defer s.Close()
				url = s.URL
			}
			args := append([]string{"run", sheet(t, dir, c.rows), "--yes", "--new-job", "--base-url", url, "--rate", "unlimited", "--workers", "1"},
				c.args...)
			exit, out, errs := newCaller(t).call(args...)
			results := filepath.Join(dir, "bulkonboard.job", "results.csv")
			if got := strings.Join(values(t, results, "status"), " "); got != c.statuses || exit != c.exit {
				t.Errorf("rows are %s, exit code %d; want %s, %d\n%s%s", got, exit, c.statuses, c.exit, out, errs)
			}
			if got := values(t, results, "code")[0]; got != c.code {
				t.Errorf("code is %q, want %q", got, c.code)
			}
			if strings.Contains(out+errs, "Secret-") || strings.Contains(out+errs, testKey) {
				t.Errorf("a secret shows:\n%s%s", out, errs)
			}
		})
	}
}

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

// TestKindsOfConnections are the failures that need more than a handler.
func TestKindsOfConnections(t *testing.T) {
	t.Parallel()
	tls := httptest.NewUnstartedServer(created)
	tls.Config.ErrorLog = nil
	tls.StartTLS()
	defer tls.Close()
	for name, c := range map[string]struct{ url, code string }{
		"a name that does not exist":   {"https://nobody.invalid", "dns"},
		"a certificate nobody vouches": {tls.URL, "tls"},
	} {
		dir := t.TempDir()
		exit, out, errs := newCaller(t).call("run", sheet(t, dir, 1), "--yes", "--new-job", "--base-url", c.url, "--max-attempts", "1",
			"--timeout", "20s")
		results := filepath.Join(dir, "bulkonboard.job", "results.csv")
		if exit != 3 || values(t, results, "status")[0] != "failed" || values(t, results, "code")[0] != c.code {
			t.Errorf("%s: exit %d, %v %v\n%s%s", name, exit, values(t, results, "status"), values(t, results, "code"), out, errs)
		}
	}
}

// TestThreeHundredRows is the main job over a socket, with the ids in the
// order of the sheet however the answers came.
func TestThreeHundredRows(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := new(bytes.Buffer)
		_, _ = body.ReadFrom(r.Body)
		n := seen.Add(1)
		if n%7 == 0 {
			<-time.After(20 * time.Millisecond) // answers overtake each other
		}
		_, rest, _ := strings.Cut(body.String(), `"email":"c`)
		var number int64
		_, _ = fmt.Sscanf(rest, "%d@", &number)
		ok(w, number)
	}))
	defer server.Close()
	dir := t.TempDir()
	path := sheet(t, dir, 300)
	program := newCaller(t)
	run := func(want int64) {
		t.Helper()
		exit, out, errs := program.call("run", path, "--yes", "--base-url", server.URL, "--rate", "unlimited", "--job",
			filepath.Join(dir, "bulkonboard.job"))
		if exit != 0 || seen.Load() != want {
			t.Fatalf("exit %d after %d requests, want %d\n%s%s", exit, seen.Load(), want, out, errs)
		}
	}
	if exit, out, errs := program.call("run", path, "--yes", "--new-job", "--base-url", server.URL, "--rate", "unlimited"); exit != 0 {
		t.Fatalf("exit %d\n%s%s", exit, out, errs)
	}
	ids := values(t, filepath.Join(dir, "bulkonboard.job", "results.csv"), "client_id")
	for i, id := range ids {
		if id != fmt.Sprintf("id-%d", i+1) {
			t.Fatalf("row %d has the id %s", i+2, id)
		}
	}
	if len(ids) != 300 {
		t.Fatalf("%d ids", len(ids))
	}
	run(300)

	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(b), "\n"), "\n")
	lines[len(lines)-1] += "\n"
	var more []string
	for i := 901; i <= 905; i++ {
		more = append(more, fmt.Sprintf("Client %d,c%d@example.test,u%d@example.test,Secret-%d,%s\n", i, i, i, i, provider))
	}
	lines = slices.Insert(lines, 150, more...)
	write := func() {
		t.Helper()
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write()
	run(305)
	slices.Sort(lines[1:])
	write()
	run(305)
	renamed := filepath.Join(dir, "customers.csv")
	if err := os.Rename(path, renamed); err != nil {
		t.Fatal(err)
	}
	path = renamed
	run(305)
	elsewhere := filepath.Join(t.TempDir(), "copy.csv")
	if err := os.Rename(path, elsewhere); err != nil {
		t.Fatal(err)
	}
	path = elsewhere
	run(305)
}
