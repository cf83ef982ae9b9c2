package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options say how a Twin behaves. The zero value works: any key, no faults, no
// limit, clients in memory.
type Options struct {
	Key              string        // the accepted bearer key; "" accepts any that is not empty
	Faults           []Fault       // the first that matches a request wins
	Seed             uint64        // for faults with a probability: same seed, same order of requests, same faults
	RefuseDuplicates bool          // a second client with the e-mail of an existing one is answered 409
	Latency          time.Duration // every answer of the API takes so long
	Rate             int           // creates allowed in any sliding second, more are answered 429; 0 means no limit
	After            int           // ids go on behind those of so many earlier clients and users, as a real server's do
	File             string        // keeps the clients as JSON lines, read back by New; "" means memory only
}

// A Twin is one pretended tenant of the API with its clients. It is safe for
// concurrent use.
type Twin struct {
	o     Options
	mu    sync.Mutex
	store store
	rate  window
	spent map[int]bool // faults with once= that have struck, by position

	creates, reads int
	calls          map[int]context.CancelFunc // exchanges under way
	lastCall       int
	closed         bool
}

// New makes a Twin. It fails when the options make no sense, or when File
// cannot be opened or holds a line that is not a client; a torn last line, left
// by a crash, is dropped. A File it creates is readable by its owner only.
func New(o Options) (*Twin, error) {
	if o.Rate < 0 {
		return nil, fmt.Errorf("sandbox: a rate of %d creates a second", o.Rate)
	}
	if o.Latency < 0 {
		return nil, fmt.Errorf("sandbox: a latency of %v", o.Latency)
	}
	if slices.ContainsFunc(o.Faults, func(f Fault) bool { return f.kind == nil }) {
		return nil, errors.New("sandbox: an empty Fault: ParseFault makes them")
	}
	t := &Twin{o: o, rate: window{most: o.Rate}, spent: map[int]bool{}, calls: map[int]context.CancelFunc{}}
	t.o.Faults = slices.Clone(o.Faults)
	if err := t.store.open(o.File); err != nil {
		return nil, err
	}
	t.store.lastClient, t.store.lastUser = max(t.store.lastClient, o.After), max(t.store.lastUser, o.After)
	return t, nil
}

// Clients returns copies of all clients, in order of creation, also after
// Close.
func (t *Twin) Clients() []Client {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Client, len(t.store.clients))
	for i, c := range t.store.clients {
		all[i] = c.clone()
	}
	return all
}

// Requests is the number of create requests that reached this Twin, whatever
// the answer. Requests of an earlier Twin with the same File do not count.
func (t *Twin) Requests() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.creates
}

// Close cuts the exchanges under way, also those that hang on purpose, and
// closes File. Requests that come later are cut, or refused by Transport.
// Closing twice is harmless.
func (t *Twin) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.closed = true
	for _, cancel := range t.calls {
		cancel()
	}
	return t.store.close()
}

// enter registers an exchange. The context it returns ends with the client's
// or with the Twin, whichever is first: each exchange has its own, because a
// channel shared with a Twin made outside a synctest bubble would stop the
// bubble's clock. leave must be called at the end; ok is false once the Twin is
// closed.
func (t *Twin) enter(parent context.Context) (ctx context.Context, leave func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(parent)
	t.lastCall++
	id := t.lastCall
	t.calls[id] = cancel
	return ctx, func() {
		cancel()
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.calls, id)
	}, true
}

// count numbers a create request, from 1.
func (t *Twin) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.creates++
	return t.creates
}

// countRead numbers a read-back, from 1.
func (t *Twin) countRead() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads++
	return t.reads
}

// allow takes a place in the sliding second, if there is one.
func (t *Twin) allow() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rate.take(time.Now())
}

// find returns the client with this id.
func (t *Twin) find(id string) (Client, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, found := t.store.byID[id]
	if !found {
		return Client{}, false
	}
	return t.store.clients[i].clone(), true
}

// add creates a client unless a duplicate or the plan's limit (-1 is none)
// forbids it. Checks, creation and the write to File are one step under the
// lock: two requests at once cannot both take the last place.
func (t *Twin) add(d draft, limit int) (Client, *answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		panic(http.ErrAbortHandler)
	}
	if t.o.RefuseDuplicates && t.store.holds(d.email) {
		return Client{}, refused(http.StatusConflict, "A client with this email already exists.")
	}
	if limit >= 0 && len(t.store.clients) >= limit {
		return Client{}, refused(http.StatusForbidden, fmt.Sprintf("Your plan allows %d clients.", limit))
	}
	c, err := t.store.add(d, time.Now())
	if err != nil {
		return Client{}, refused(http.StatusInternalServerError, "The client could not be stored: "+err.Error())
	}
	return c.clone(), nil
}
