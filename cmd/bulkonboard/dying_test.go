package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/bulkonboard/bulkonboard/importer"
)

// dieAt names the step within which the program kills itself, as "STEP:N": the
// N-th time it comes there. The steps of one row and of one run:
//
//	before-begin   the row is about to be put on record
//	after-begin    it is on record, nothing has left
//	half-written   half of the request has left
//	written        all of it has left
//	answered       the answer is here, and not on record
//	before-finish  it is about to be put on record
//	after-finish   it is on record
//	new-run        the journal is there, the run is not on record
//	view           three views are half written
//	view-replaced  a view is replaced, and not on record
const dieAt = "BULKONBOARD_DIE_AT"

// dying is the program with a fuse in it.
func dying() {
	step, n, _ := strings.Cut(os.Getenv(dieAt), ":")
	times, err := strconv.ParseInt(n, 10, 64)
	if err != nil {
		panic(err)
	}
	f := &fuse{step: step}
	f.left.Store(times)
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.LookupEnv,
		store:     func(s importer.Store) importer.Store { return &fusedStore{Store: s, fuse: f} },
		transport: f.transport()}
	os.Exit(a.run(os.Args[1:]))
}

type fuse struct {
	step string
	left atomic.Int64
}

// at ends the process without a word if this is the step and the time.
func (f *fuse) at(step string) {
	if f.due(step) {
		die()
	}
}

// due counts a step and tells whether this is the one to die at. Many rows come
// to it at once, and it is one of them only.
func (f *fuse) due(step string) bool { return f.step == step && f.left.Add(-1) == 0 }

func die() {
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

type fusedStore struct {
	importer.Store
	fuse  *fuse
	views atomic.Int32 // that are being written
}

func (s *fusedStore) Begin(ctx context.Context, a importer.Attempt) (importer.AttemptID, error) {
	s.fuse.at("before-begin")
	id, err := s.Store.Begin(ctx, a)
	s.fuse.at("after-begin")
	return id, err
}

func (s *fusedStore) Finish(ctx context.Context, id importer.AttemptID, o importer.Outcome, queued func()) error {
	s.fuse.at("before-finish")
	err := s.Store.Finish(ctx, id, o, queued)
	s.fuse.at("after-finish")
	return err
}

func (s *fusedStore) StartRun(ctx context.Context, r importer.Run) (int64, error) {
	s.fuse.at("new-run")
	return s.Store.StartRun(ctx, r)
}

func (s *fusedStore) ViewDigest(ctx context.Context, name string) (string, error) {
	s.views.Add(1)
	return s.Store.ViewDigest(ctx, name)
}

func (s *fusedStore) Lookup(ctx context.Context, keys []importer.Key) ([]importer.Entry, error) {
	if s.views.Load() >= 3 {
		s.fuse.at("view")
	}
	return s.Store.Lookup(ctx, keys)
}

func (s *fusedStore) SetViewDigest(ctx context.Context, name, digest string) error {
	s.fuse.at("view-replaced")
	return s.Store.SetViewDigest(ctx, name, digest)
}

// transport is one of the program's own kind over sockets with a fuse.
func (f *fuse) transport() http.RoundTripper {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return answered{f, &http.Transport{Protocols: p, MaxIdleConnsPerHost: 8,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, addr)
			return &fusedConn{Conn: c, fuse: f}, err
		}}}
}

type answered struct {
	fuse *fuse
	http.RoundTripper
}

func (a answered) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := a.RoundTripper.RoundTrip(r)
	a.fuse.at("answered")
	return res, err
}

type fusedConn struct {
	net.Conn
	fuse *fuse
	deaf atomic.Bool // the process dies before an answer is heard
}

func (c *fusedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.deaf.Load() {
		select {}
	}
	return n, err
}

func (c *fusedConn) Write(b []byte) (int, error) {
	if c.fuse.due("half-written") {
		_, _ = c.Conn.Write(b[:len(b)/2])
		die()
	}
	dying := c.fuse.due("written")
	if dying {
		c.deaf.Store(true)
	}
	n, err := c.Conn.Write(b)
	if dying {
		die()
	}
	return n, err
}

// steps are those that a kill is aimed at, and whether the row may be in doubt
// after it.
var steps = []struct {
	name  string
	doubt bool
}{
	{"before-begin", false}, {"after-begin", true}, {"half-written", true}, {"written", true}, {"answered", true},
	{"before-finish", true}, {"after-finish", false}, {"new-run", false}, {"view", false}, {"view-replaced", false},
}
