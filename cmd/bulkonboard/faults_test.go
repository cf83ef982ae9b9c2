package main

import (
	"bufio"
	"database/sql"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// faultTable is the README's table of what goes wrong outside, row by row: its
// first column names the tests.
func faultTable(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(b), "\n## When things go wrong\n")
	if !ok {
		t.Fatal("the README has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var names []string
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) > 3 && !strings.HasPrefix(cells[1], "---") && strings.TrimSpace(cells[1]) != "what happens" {
			names = append(names, strings.TrimSpace(cells[1]))
		}
	}
	return names
}

// A job under fault: one folder, a sheet of three, a server.
type trial struct {
	*testing.T
	caller
	dir, path string
}

func newTrial(t *testing.T) *trial {
	t.Helper()
	dir := t.TempDir()
	return &trial{t, newCaller(t), dir, sheet(t, dir, 3)}
}

func (tr *trial) folder(name string) string { return filepath.Join(tr.dir, "bulkonboard.job", name) }

// run runs the sheet and wants this exit code and these statuses.
func (tr *trial) run(url string, exit int, statuses string, more ...string) (out, errs string) {
	tr.Helper()
	args := append([]string{"run", tr.path, "--yes", "--base-url", url, "--rate", "unlimited", "--workers", "1"}, more...)
	if _, err := os.Stat(tr.folder("journal.db")); err != nil {
		args = append(args, "--new-job")
	}
	code, out, errs := tr.call(args...)
	if code != exit {
		tr.Errorf("exit code %d, want %d\n%s%s", code, exit, out, errs)
	}
	if statuses != "" {
		if got := strings.Join(values(tr.T, tr.folder("results.csv"), "status"), " "); got != statuses {
			tr.Errorf("rows are %s, want %s\n%s%s", got, statuses, out, errs)
		}
	}
	return out, errs
}

// put copies a file over another.
func (tr *trial) put(from, to string) {
	tr.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		tr.Error(err)
	}
}

func (tr *trial) wants(text, in string) {
	tr.Helper()
	if !strings.Contains(in, text) {
		tr.Errorf("nothing says %q:\n%s", text, in)
	}
}

// connections serves bare connections; f gets each with its number, from 1.
func connections(t *testing.T, f func(c *net.TCPConn, n int)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f(c.(*net.TCPConn), n)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "http://" + l.Addr().String()
}

// reset closes a connection so that the other side sees a reset.
func reset(c *net.TCPConn) { _ = c.SetLinger(0) }

// always answers every connection's first request with this text.
func always(text string) func(c *net.TCPConn, n int) {
	return func(c *net.TCPConn, _ int) {
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(c, text)
		}
	}
}

// TestFaultsFromOutside lets everything go wrong that the README tells of.
func TestFaultsFromOutside(t *testing.T) {
	t.Parallel()
	const halt = "in_doubt in_doubt pending"
	outage := func(handler http.HandlerFunc, more ...string) func(*trial) {
		return func(tr *trial) {
			s := httptest.NewServer(handler)
			defer s.Close()
			tr.run(s.URL, 5, halt, append(more, "--halt-after", "2")...)
		}
	}
	bare := func(f func(*net.TCPConn, int), more ...string) func(*trial) {
		return func(tr *trial) {
			tr.run(connections(tr.T, f), 5, halt, append(more, "--halt-after", "2")...)
		}
	}
	faults := map[string]func(*trial){
		"the server's name cannot be resolved": func(tr *trial) {
			tr.run("https://nobody.invalid", 5, "failed failed pending", "--halt-after", "2", "--max-attempts", "1")
		},
		"nobody listens, or a firewall refuses": func(tr *trial) {
			tr.run(closedPort(tr.T), 5, "failed failed pending", "--halt-after", "2", "--max-attempts", "1")
		},
		"no safe connection (TLS)": func(tr *trial) {
			s := httptest.NewUnstartedServer(created)
			s.Config.ErrorLog = nil
			s.StartTLS()
			defer s.Close()
			tr.run(s.URL, 5, "failed failed pending", "--halt-after", "2", "--max-attempts", "1")
		},
		"the connection breaks before the request": func(tr *trial) { tlsCut(tr) },
		"the connection is reset while the request goes": bare(func(c *net.TCPConn, _ int) {
			_,
				_ = io.ReadFull(c, make([]byte, 100))
			reset(c)
		}),
		"the connection is reset after it": bare(func(c *net.TCPConn, _ int) {
			if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
			}
			reset(c)
		}),
		"no answer in time": outage(hang, "--timeout", "200ms"),
		"an answer that trickles": outage(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for range tick.C {
				if _, err := io.WriteString(w, " "); err != nil || r.Context().Err() != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		}, "--timeout", "300ms"),
		"an answer without end": outage(func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := io.WriteString(w, strings.Repeat(" ", 4096)); err != nil {
					return
				}
			}
		}),
		"an answer in rubbish":           outage(answerWith(200, "\x1f\x8b\x08\x00rubbish", "Content-Encoding", "gzip")),
		"a captive portal's page":        outage(answerWith(200, "<html><title>Sign in</title></html>", "Content-Type", "text/html")),
		"a proxy's 502, 503 or 504":      bare(always("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbad\n")),
		"HTTP/2: GOAWAY, a reset stream": func(tr *trial) { http2(tr) },
		"the server closes an idle connection during a pause": func(tr *trial) {
			var n atomic.Int64
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1) == 1 {
					w.Header().Set("Retry-After", "1")
					w.WriteHeader(429)
					return
				}
				created(w, r)
			}))
			defer s.Close()
			s.Config.IdleTimeout = 400 * time.Millisecond
			s.Start()
			tr.run(s.URL, 0, "created created created", "--rate", "40/s") // between rows it is not idle for so long
		},
		"the machine sleeps, the clock is set back": func(tr *trial) { clockSetBack(tr) },
		"the disk is full, for the journal":         func(tr *trial) { diskFull(tr) },
		"the results cannot be written": func(tr *trial) {
			s := httptest.NewServer(created)
			defer s.Close()
			out := filepath.Join(tr.dir, "out.csv")
			if err := os.Mkdir(out, 0o700); err != nil {
				tr.Fatal(err)
			}
			_, errs := tr.run(s.URL, 1, "", "--results", out)
			tr.wants("what was sent is safe in the journal", errs)
			tr.wants("bulkonboard results", errs)
			if err := os.Remove(out); err != nil {
				tr.Fatal(err)
			}
			if code, o, e := tr.call("results", tr.folder("")); code != 0 {
				tr.Errorf("exit code %d\n%s%s", code, o, e)
			}
			if got := strings.Join(values(tr.T, out, "status"), " "); got != "created created created" {
				tr.Errorf("rows are %s", got)
			}
		},
		"results.csv is read-only": func(tr *trial) {
			s := httptest.NewServer(created)
			defer s.Close()
			tr.run(s.URL, 0, "created created created")
			if err := os.Chmod(tr.folder("results.csv"), 0o400); err != nil {
				tr.Fatal(err)
			}
			tr.run(s.URL, 0, "created created created")
		},
		"the journal is cut short or damaged": func(tr *trial) {
			s := httptest.NewServer(created)
			defer s.Close()
			tr.run(s.URL, 0, "")
			if err := os.Truncate(tr.folder("journal.db"), 5000); err != nil {
				tr.Fatal(err)
			}
			_, errs := tr.run(s.URL, 1, "")
			tr.wants("the journal is damaged", errs)
			tr.wants("backup", errs)
		},
		"the journal is gone": func(tr *trial) {
			s := httptest.NewServer(created)
			defer s.Close()
			tr.run(s.URL, 0, "")
			if err := os.Remove(tr.folder("journal.db")); err != nil {
				tr.Fatal(err)
			}
			_, errs := tr.run(s.URL, 1, "")
			tr.wants("--adopt", errs)
		},
		"`journal.db-wal` was cleaned away after a crash, or one of the two was put back without the other": func(tr *trial) {
			var n atomic.Int64
			midway := filepath.Join(tr.dir, "midway.db")
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if n.Add(1) == 2 {
					tr.put(tr.folder("journal.db"), midway)
				}
				ok(w, n.Load())
			}))
			defer s.Close()
			tr.run(s.URL, 0, "created created created")
			tr.put(midway, tr.folder("journal.db"))
			_, errs := tr.run(s.URL, 1, "")
			tr.wants("is not the newest", errs)
			if n.Load() != 3 {
				tr.Errorf("%d requests", n.Load())
			}
		},
		"the journal is replaced or taken away while a run goes on": func(tr *trial) {
			var n atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if n.Add(1) == 2 {
					if err := os.Rename(tr.folder("journal.db"), filepath.Join(tr.dir, "away.db")); err != nil {
						tr.Error(err)
					}
				}
				ok(w, n.Load())
			}))
			defer s.Close()
			_, errs := tr.run(s.URL, 1, "")
			tr.wants("the journal was replaced while it was in use", errs)
			if n.Load() != 2 {
				tr.Errorf("%d requests, and the journal was gone at the second", n.Load())
			}
		},
		"the same during a pause in which nothing is sent": func(tr *trial) {
			var n atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if n.Add(1) == 2 {
					// Another journal of the same name, as a sync tool puts it there.
					tr.put(tr.folder("journal.db"), filepath.Join(tr.dir, "synced.db"))
					if err := os.Rename(filepath.Join(tr.dir, "synced.db"), tr.folder("journal.db")); err != nil {
						tr.Error(err)
					}
					w.Header().Set("Retry-After", "1800")
					w.WriteHeader(429)
					return
				}
				ok(w, n.Load())
			}))
			defer s.Close()
			_, errs := tr.run(s.URL, 1, "")
			tr.wants("the journal was replaced while it was in use", errs)
			if strings.Contains(errs, "safe in the journal") || n.Load() != 2 {
				tr.Errorf("%d requests\n%s", n.Load(), errs)
			}
		},
		"a job's folder was copied, and both are run": func(tr *trial) {
			var n atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { ok(w, n.Add(1)) }))
			defer s.Close()
			tr.run(s.URL, 0, "")
			second := filepath.Join(tr.dir, "copy.job")
			if err := os.CopyFS(second, os.DirFS(tr.folder(""))); err != nil {
				tr.Fatal(err)
			}
			if err := os.Chmod(second, 0o700); err != nil {
				tr.Fatal(err)
			}
			for _, args := range [][]string{{"run", tr.path, "--yes", "--base-url", s.URL, "--job", second}, {"results", second}, {"status", second}} {
				if code, o, e := tr.call(args...); code != 1 || !strings.Contains(e, "go on in "+strings.TrimSuffix(tr.folder(""), "/")) {
					tr.Errorf("%v: exit code %d\n%s%s", args, code, o, e)
				}
			}
			// Put back whole, it has forgotten what was sent since.
			tr.path = sheet(tr.T, tr.dir, 5)
			tr.run(s.URL, 0, "")
			if err := os.Rename(tr.folder(""), filepath.Join(tr.dir, "newest.job")); err != nil {
				tr.Fatal(err)
			}
			if err := os.Rename(second, tr.folder("")); err != nil {
				tr.Fatal(err)
			}
			_, errs := tr.run(s.URL, 1, "")
			tr.wants("knows run 2, and the journal ends with run 1", errs)
			if n.Load() != 5 {
				tr.Errorf("%d requests", n.Load())
			}
		},
		"the job's folder is moved": func(tr *trial) {
			var n atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { ok(w, n.Add(1)) }))
			defer s.Close()
			tr.run(s.URL, 0, "")
			moved := filepath.Join(tr.dir, "elsewhere.job")
			if err := os.Rename(tr.folder(""), moved); err != nil {
				tr.Fatal(err)
			}
			// A new job beside the sheet would send them again; it is told, not done.
			if code, o, e := tr.call("run", tr.path, "--yes", "--new-job", "--base-url", s.URL); code != 1 || !strings.Contains(e, "knows a job here that has sent") {
				tr.Errorf("exit code %d\n%s%s", code, o, e)
			}
			if code, o, e := tr.call("run", tr.path, "--yes", "--base-url", s.URL, "--job", moved); code != 0 || n.Load() != 3 {
				tr.Errorf("exit code %d, %d requests\n%s%s", code, n.Load(), o, e)
			}
		},
	}
	names := faultTable(t)
	for _, name := range names {
		f := faults[name]
		if f == nil {
			t.Errorf("the README tells of %q, and no test does it", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(newTrial(t))
		})
	}
	for name := range faults {
		if !slices.Contains(names, name) {
			t.Errorf("the README's table does not tell of %q", name)
		}
	}
}

// diskFull bounds the size of files, which gives the same error in the same
// places, and then has room again.
func diskFull(tr *trial) {
	sh, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		tr.Skip("no shell to bound the size of files with")
	}
	twin := newTwin(tr)
	s := httptest.NewServer(twin)
	defer s.Close()
	tr.run(s.URL, 0, "created created created")
	const rows = 500
	tr.path = sheet(tr.T, tr.dir, rows)
	c := exec.Command(sh, "-c", `ulimit -f 400; exec "$0" "$@"`, program(tr.T, "bulkonboard"), "run", tr.path, "--yes", "--base-url", s.URL,
		"--rate", "unlimited", "--max-new", "1000")
	c.Env = tr.environ()
	out, _ := c.CombinedOutput()
	if code := c.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(out), "journal") {
		tr.Errorf("exit code %d\n%s", code, out)
	}
	if n := len(twin.Clients()); n <= 3 || n >= rows {
		tr.Fatalf("%d clients: the disk was not full in the middle", n)
	}
	tr.run(s.URL, 4, "")
	seen := map[string]bool{}
	for _, cl := range twin.Clients() {
		if seen[cl.Email] {
			tr.Errorf("%s was created twice", cl.Email)
		}
		seen[cl.Email] = true
	}
	for i, status := range values(tr.T, tr.folder("results.csv"), "status") {
		if status != "created" && status != "in_doubt" {
			tr.Errorf("row %d is %s", i+2, status)
		}
	}
}

// tlsCut breaks connections during the handshake: nothing can have arrived.
func tlsCut(tr *trial) {
	url := connections(tr.T, func(c *net.TCPConn, _ int) { _, _ = c.Read(make([]byte, 100)); reset(c) })
	tr.run(strings.Replace(url, "http:", "https:", 1), 5, "failed failed pending", "--halt-after", "2", "--max-attempts", "1")
}

// http2 meets a server that would like to speak HTTP/2: it is spoken to in
// HTTP/1.1, where no library sends anything again by itself.
func http2(tr *trial) {
	var protocols, requests atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.ProtoMajor != 1 {
			protocols.Add(1)
		}
		created(w, r)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	ca := filepath.Join(tr.dir, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		tr.Fatal(err)
	}
	c := exec.Command(program(tr.T, "bulkonboard"), "run", tr.path, "--yes", "--new-job", "--base-url", s.URL, "--rate", "unlimited")
	c.Env = append(tr.environ(), "SSL_CERT_FILE="+ca)
	if out, err := c.CombinedOutput(); err != nil {
		tr.Errorf("%v\n%s", err, out)
	}
	if requests.Load() != 3 || protocols.Load() != 0 {
		tr.Errorf("%d requests, %d of them not in HTTP/1.1", requests.Load(), protocols.Load())
	}
}

// clockSetBack runs a job whose last run was, by its clock, in the future: what
// is newer is told by numbers, not by clocks.
func clockSetBack(tr *trial) {
	s := httptest.NewServer(created)
	defer s.Close()
	tr.run(s.URL, 5, "created pending pending", "--row", "2")
	db, err := sql.Open("sqlite", tr.folder("journal.db"))
	if err != nil {
		tr.Fatal(err)
	}
	const year = 365 * 24 * int64(time.Hour/time.Microsecond)
	if _, err := db.Exec("UPDATE entries SET begun_at = begun_at + ?, finished_at = finished_at + ?", 5*year, 5*year); err != nil {
		tr.Fatal(err)
	}
	if err := db.Close(); err != nil {
		tr.Fatal(err)
	}
	tr.run(s.URL, 0, "created created created")
	keys := values(tr.T, tr.folder("undo.csv"), "key")
	if len(keys) != 3 || keys[2] != "c1@example.test" {
		tr.Errorf("the oldest client is not the last in undo.csv: %v", keys)
	}
}
