package placetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

const target = "https://api.example.test"

// Test holds a place to what it promises. world makes an empty one, whose jobs
// are reached by names: a name twice is one job, seen by two processes.
func Test(t *testing.T, world func(t *testing.T) func(name string) place.Place) {
	for name, test := range map[string]func(*testing.T, func(string) place.Place){
		"nothing is there at first":     testNothing,
		"a job is made once":            testCreate,
		"what is read is not written":   testRead,
		"one process has a job":         testLock,
		"a draft is nobody's job":       testDraft,
		"what others wrote is seen":     testVersion,
		"files are kept":                testKeep,
		"a log is written on":           testLog,
		"other jobs know their clients": testOthers,
	} {
		t.Run(name, func(t *testing.T) { test(t, world(t)) })
	}
}

func header(t *testing.T, target string, key ...string) importer.JobHeader {
	t.Helper()
	h, err := place.NewHeader(target, key)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func locked(t *testing.T, p place.Place) (ctx context.Context, release func()) {
	t.Helper()
	ctx, release, err := p.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ctx, release
}

// closing is what a store or an error makes of a test.
func closing(t *testing.T, s importer.Store, err error) {
	t.Helper()
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func wantExists(t *testing.T, p place.Place, want bool) {
	t.Helper()
	if got, err := p.Exists(t.Context()); err != nil || got != want {
		t.Errorf("exists is %v, %v; want %v", got, err, want)
	}
}

func wantBusy(t *testing.T, err error) {
	t.Helper()
	if importer.ExitOf(err) != importer.ExitBusy {
		t.Errorf("error is %v, exit code %d", err, importer.ExitOf(err))
	}
}

func testNothing(t *testing.T, at func(string) place.Place) {
	p := at("one")
	wantExists(t, p, false)
	if err := p.Remains(); err != nil {
		t.Error(err)
	}
	if h, busy := p.Holder(); busy {
		t.Errorf("held by %v", h)
	}
	for name, open := range map[string]func(context.Context) (importer.Store, error){"Open": p.Open, "Read": p.Read} {
		if s, err := open(t.Context()); !errors.Is(err, fs.ErrNotExist) || s != nil {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	p.Discard()
	if p.String() == "" || p.String() != at("one").String() || p.String() == at("two").String() {
		t.Errorf("its name is %q", p)
	}
}

func testCreate(t *testing.T, at func(string) place.Place) {
	p := at("one")
	_, release := locked(t, p)
	h := header(t, target, "k")
	s, err := p.Create(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartRun(t.Context(), importer.Run{StartedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	_, err = p.Create(t.Context(), header(t, target, "k"))
	wantBusy(t, err)
	closing(t, s, nil)
	release()
	again := at("one")
	wantExists(t, again, true)
	wantExists(t, at("two"), false)
	_, release = locked(t, again)
	defer release()
	if s, err = again.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := s.Header(t.Context())
	if err != nil || got.JobID != h.JobID || got.Target != target {
		t.Errorf("header is %+v, %v", got, err)
	}
	if runs, err := s.Runs(t.Context(), 0); err != nil || len(runs) != 1 {
		t.Errorf("runs are %v, %v", runs, err)
	}
	closing(t, s, nil)
}

func testRead(t *testing.T, at func(string) place.Place) {
	p := at("one")
	_, release := locked(t, p)
	defer release()
	s, err := p.Create(t.Context(), header(t, target, "k"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { closing(t, s, nil) }()
	// While another process has it.
	r, err := at("one").Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.StartRun(t.Context(), importer.Run{}); !errors.Is(err, importer.ErrReadOnly) {
		t.Errorf("a write: %v", err)
	}
	if _, err := r.Begin(t.Context(), importer.Attempt{Key: "a"}); !errors.Is(err, importer.ErrReadOnly) {
		t.Errorf("an attempt: %v", err)
	}
	closing(t, r, nil)
	// Whoever has it goes on.
	if _, err := s.StartRun(t.Context(), importer.Run{}); err != nil {
		t.Error(err)
	}
}

func testLock(t *testing.T, at func(string) place.Place) {
	held, release := locked(t, at("one"))
	if held.Err() != nil {
		t.Error("lost at once")
	}
	_, _, err := at("one").Lock(t.Context())
	wantBusy(t, err)
	if h, busy := at("one").Holder(); !busy || h.PID != os.Getpid() {
		t.Errorf("held by %v, %v", h, busy)
	}
	_, other := locked(t, at("two"))
	other()
	release()
	if held.Err() == nil {
		t.Error("held after it was released")
	}
	if h, busy := at("one").Holder(); busy {
		t.Errorf("held by %v", h)
	}
	ctx, cancel := context.WithCancel(t.Context())
	held, release, err = at("one").Lock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if <-held.Done(); !errors.Is(context.Cause(held), context.Canceled) {
		t.Errorf("the cause is %v", context.Cause(held))
	}
	release()
}

func testVersion(t *testing.T, at func(string) place.Place) {
	version := func() string {
		t.Helper()
		v, err := at("one").Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	_, release := locked(t, at("one"))
	defer release()
	s, err := at("one").Create(t.Context(), header(t, target, "k"))
	closing(t, s, err)
	before := version()
	r, err := at("one").Read(t.Context())
	closing(t, r, err)
	if now := version(); now != before {
		t.Errorf("it was read, and %q became %q", before, now)
	}
	if s, err = at("one").Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartRun(t.Context(), importer.Run{StartedAt: time.Now()}); err != nil {
		t.Error(err)
	}
	closing(t, s, nil)
	if now := version(); now == before {
		t.Errorf("it was written to, and is still %q", now)
	}
}

func testDraft(t *testing.T, at func(string) place.Place) {
	p := at("one")
	_, release := locked(t, p)
	s, err := p.Draft(t.Context(), header(t, target, "k"))
	closing(t, s, err)
	wantExists(t, p, false)
	release() // killed
	p = at("one")
	_, release = locked(t, p)
	defer release()
	h := header(t, target, "k")
	s, err = p.Draft(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Decide(t.Context(), importer.Decision{Key: "a",
		After: &importer.Entry{Key: "a", Status: importer.Created, ClientID: "1"}}); err != nil {
		t.Fatal(err)
	}
	if s, err = p.Publish(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Header(t.Context()); err != nil || got.JobID != h.JobID {
		t.Errorf("header is %+v, %v", got, err)
	}
	if es, err := s.Lookup(t.Context(), []importer.Key{"a"}); err != nil || len(es) != 1 {
		t.Errorf("entries are %v, %v", es, err)
	}
	p.Discard()
	wantExists(t, p, true)
	s2, err := p.Draft(t.Context(), header(t, target, "k"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Publish(t.Context(), s2, false)
	wantBusy(t, err)
	p.Discard()
	closing(t, s, nil)
}

func testKeep(t *testing.T, at func(string) place.Place) {
	p := at("one")
	_, release := locked(t, p)
	defer release()
	for _, content := range []string{"first", "second"} {
		if err := p.Keep("file.csv", []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	path, err := at("one").Kept("file.csv")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "second" {
		t.Errorf("kept is %q, %v", b, err)
	}
}

func testLog(t *testing.T, at func(string) place.Place) {
	_, release := locked(t, at("one"))
	defer release()
	for range 2 {
		w, err := at("one").Log()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "{}\n"); err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

func request(key importer.Key, login string) importer.Request {
	return importer.Request{Key: key, Client: importer.Client{Users: []importer.User{{Email: login}}}}
}

// begun makes a job that has a client in doubt.
func begun(t *testing.T, p place.Place, h importer.JobHeader, key importer.Key, login string) {
	t.Helper()
	_, release := locked(t, p)
	defer release()
	s, err := p.Create(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartRun(t.Context(), importer.Run{}); err != nil {
		t.Fatal(err)
	}
	id, err := s.Begin(t.Context(), importer.Attempt{Key: key, UserEmails: []string{login},
		Snapshot: fmt.Appendf(nil, `{"client_users":[{"email":%q}]}`, login), BegunAt: time.Now()})
	if err == nil {
		err = s.Finish(t.Context(), id, importer.Outcome{Status: importer.InDoubt, FinishedAt: time.Now()}, nil)
	}
	if err == nil {
		err = p.Register(h)
	}
	closing(t, s, err)
}

func testOthers(t *testing.T, at func(string) place.Place) {
	own := header(t, target, "k")
	begun(t, at("own"), own, "mine", "mine@example.test")
	begun(t, at("alike"), header(t, target, "k"), "a", "a@example.test")
	begun(t, at("other key"), header(t, target, "x"), "b", "b@example.test")
	begun(t, at("other target"), header(t, "https://elsewhere.example.test", "k"), "c", "c@example.test")
	warn := func(s string) { t.Errorf("warned: %s", s) }
	others := at("own").Others(t.Context(), target, own.JobID, warn)
	defer func() {
		if err := others.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, c := range []struct {
		what  string
		asked []importer.Request
		want  int
		where string
	}{
		{"nobody", nil, -1, ""},
		{"own clients, and those of another target", []importer.Request{request("mine", "mine@example.test"), request("c", "c@example.test")}, -1,
			""},
		{"by key", []importer.Request{request("z", "z@example.test"), request("a", "new@example.test")}, 1, at("alike").String()},
		{"by login, where keys do not compare", []importer.Request{request("z", "z@example.test"), request("y", "b@example.test")}, 1,
			at("other key").String()},
		{"a key of another definition", []importer.Request{request("b", "z@example.test")}, -1, ""},
	} {
		i, where, err := others.Know(t.Context(), []string{"k"}, c.asked)
		if err != nil || i != c.want || i >= 0 && where != c.where {
			t.Errorf("%s: %d in %s, %v", c.what, i, where, err)
		}
	}
	if !at("a new one").Others(t.Context(), "https://nobody.example.test", "", warn).None() {
		t.Error("somebody knows another target's clients")
	}
}
