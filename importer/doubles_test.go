package importer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	. "github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

// A server is a scripted Creator: it answers each attempt after its latency
// with what answer says, and notes when each attempt came.
type server struct {
	latency time.Duration
	answer  func(n int, req Request) (Receipt, error) // n counts from 1; nil creates
	decide  func(n int, req Request) (Receipt, error) // the same when the request comes, before the latency, one at a time

	mu       sync.Mutex
	attempts []time.Time
	keys     []Key
	flying   int
	most     int // in flight at once
}

func (s *server) Create(_ context.Context, req Request) (Receipt, error) {
	s.mu.Lock()
	s.attempts = append(s.attempts, time.Now())
	s.keys = append(s.keys, req.EntryKey())
	n := len(s.attempts)
	s.flying++
	s.most = max(s.most, s.flying)
	decided := created
	if s.decide != nil {
		receipt, err := s.decide(n, req)
		decided = func(Request) (Receipt, error) { return receipt, err }
	}
	s.mu.Unlock()
	time.Sleep(s.latency)
	s.mu.Lock()
	s.flying--
	s.mu.Unlock()
	if s.answer != nil {
		return s.answer(n, req)
	}
	return decided(req)
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.attempts)
}

func created(req Request) (Receipt, error) {
	return Receipt{ClientID: "id-" + string(req.Key), HTTPStatus: 200}, nil
}

func fails(kind Kind, code string) error {
	e := &Error{Kind: kind, Code: code}
	if kind == KindFatal {
		e.Stop = StopReason(code)
	}
	return e
}

func serverSide(kind Kind) error { return &Error{Kind: kind, Code: "http_500", ServerSide: true} }

func request(n int) Request {
	email := fmt.Sprintf("c%d@example.test", n)
	return Request{Key: Key(email), Row: RowRef{Number: n + 1}, Client: Client{
		Users:   []User{{Email: email, Password: NewSecret("secret")}},
		Details: Details{Name: fmt.Sprintf("Client %d", n), Email: email},
		Group:   AssetGroup{ProviderID: "p"},
	}}
}

// rows yields n requests.
func rows(n int) Requests {
	return func(context.Context) iter.Seq2[Request, error] {
		return func(yield func(Request, error) bool) {
			for i := range n {
				if !yield(request(i+1), nil) {
					return
				}
			}
		}
	}
}

// A rig is the whole engine over a memory journal and a scripted server.
type rig struct {
	*testing.T
	server  *server
	journal *importertest.Memory
	pacer   *Pacer
	options SendOptions

	mu     sync.Mutex
	events []Event
}

func newRig(t *testing.T, s *server, p PacerOptions) *rig {
	r := &rig{T: t, server: s, journal: importertest.NewMemory(JobHeader{JobID: "0123456789abcdef", Target: "test"}), pacer: NewPacer(p)}
	if _, err := r.journal.StartRun(t.Context(), Run{}); err != nil {
		t.Fatal(err)
	}
	r.options = SendOptions{Pacer: r.pacer, Journal: r.journal, Observe: func(ev Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, ev)
	}}
	return r
}

func (r *rig) send(ctx context.Context, n int) Tally {
	r.Helper()
	return Send(ctx, rows(n), r.server, r.options)
}

// status is what the journal says of row n; Pending if it does not know it.
func (r *rig) status(n int) Status {
	r.Helper()
	e, ok := r.entry(n)
	if !ok {
		return Pending
	}
	return e.Status
}

func (r *rig) entry(n int) (Entry, bool) {
	r.Helper()
	es, err := r.journal.Lookup(context.Background(), []Key{request(n).Key})
	if err != nil {
		r.Fatal(err)
	}
	if len(es) == 0 {
		return Entry{}, false
	}
	return es[0], true
}

func (r *rig) wantHalt(t Tally, reason StopReason) {
	r.Helper()
	switch {
	case reason == "" && t.Halt != nil:
		r.Fatalf("halted: %v", t.Halt)
	case reason != "" && !t.Halt.For(reason):
		r.Fatalf("halt is %+v, want %s", t.Halt, reason)
	}
}

var errDisk = errors.New("no space left on device")
