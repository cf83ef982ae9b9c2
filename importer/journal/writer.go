package journal

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"runtime"
	"sync"

	"modernc.org/sqlite"

	"github.com/bulkonboard/bulkonboard/importer"
)

// groupMost is how many operations share a commit at most.
const groupMost = 512

// errClosed is what writes answer after Close.
var errClosed = errors.New("the journal is closed")

// A writer is the one goroutine that writes.
type writer struct {
	path string
	db   *sql.DB
	conn *sql.Conn // the only one: transactions and statements live on it
	ops  chan *op
	done chan struct{} // closed when the goroutine has ended

	mu     sync.RWMutex // held for reading while an operation is handed over
	closed bool

	// Used by the goroutine alone.
	stmts  map[string]*sql.Stmt
	poison error

	// What the file says, remembered: nobody else writes it.
	state state
	saved state                 // what the file has of it
	open  map[int64]openAttempt // those of this process

	guard    *guard
	onCommit func(importer.HighWater)
	told     bool // onCommit knows toldLast
	toldLast importer.HighWater

	hashes  unwritten // the writer's, for all to read
	entries int64     // how many there were, about, when it was opened
}

// An op is one write on its way. do reports a refusal, which concerns this
// operation alone, or a technical error, which concerns all.
type op struct {
	do      func(*batch) (refusal, err error)
	refusal error
	result  chan error
}

// A batch is the transaction that a group of operations shares.
type batch struct {
	ctx     context.Context
	w       *writer
	before  int64 // the last attempt or decision before the operation at work
	written bool  // all hashes that were on their way are
	tallies map[second]*tally
}

// newWriter begins a session with a file that is sound, and its goroutine.
func newWriter(ctx context.Context, main *os.File) (*writer, error) {
	db, err := sql.Open("sqlite", dsn(main.Name(), lasting, roomy))
	if err != nil {
		return nil, err
	}
	w := &writer{path: main.Name(), db: db, ops: make(chan *op, groupMost), done: make(chan struct{}),
		stmts: map[string]*sql.Stmt{}, open: map[int64]openAttempt{}}
	w.hashes.keys.name, w.hashes.clients.name = "keys", "clients"
	if w.conn, err = db.Conn(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err = w.keepLog(true); err == nil {
		w.state, err = readState(ctx, w.conn)
		w.saved = w.state
	}
	if err == nil {
		err = w.conn.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM entries").Scan(&w.entries)
	}
	if err == nil {
		err = w.begin(ctx, main)
	}
	if err != nil {
		return nil, errors.Join(err, w.release())
	}
	go w.work()
	return w, nil
}

// keepLog tells SQLite whether the write-ahead log stays when the file is
// closed.
func (w *writer) keepLog(keep bool) error {
	mode := 0
	if keep {
		mode = 1
	}
	return w.conn.Raw(func(c any) error {
		_, err := c.(sqlite.FileControl).FileControlPersistWAL("main", mode)
		return err
	})
}

// release lets go of the file.
func (w *writer) release() error {
	for _, st := range w.stmts {
		_ = st.Close()
	}
	return errors.Join(w.conn.Close(), w.db.Close())
}

// submit hands an operation over, calls queued, and waits until the operation is
// durable or refused. Operations are carried out in their order.
// Once it is handed over ctx no longer matters: nobody is told that a write
// failed which took place.
func (w *writer) submit(ctx context.Context, queued func(), do func(*batch) (refusal, err error)) error {
	o := &op{do: do, result: make(chan error, 1)}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		w.mu.RUnlock()
		return err
	}
	w.ops <- o
	w.mu.RUnlock()
	if queued != nil {
		queued()
	}
	return <-o.result
}

func (w *writer) work() {
	defer close(w.done)
	for first := range w.ops {
		group := append(make([]*op, 0, 64), first)
		// Those who were just told of the last commit come back at once: a
		// moment for them makes one commit of what would be two.
		for n := 0; len(w.ops) > n; {
			n = len(w.ops)
			runtime.Gosched()
		}
	collect:
		for len(group) < groupMost {
			select {
			case o, ok := <-w.ops:
				if !ok {
					break collect
				}
				group = append(group, o)
			default:
				break collect
			}
		}
		if w.poison == nil {
			w.poison = explain(w.path, w.commit(group))
		}
		for _, o := range group {
			if w.poison != nil {
				o.result <- w.poison
			} else {
				o.result <- o.refusal
			}
		}
	}
}

// commit runs a group in one transaction.
func (w *writer) commit(group []*op) (err error) {
	if err := w.guard.check(); err != nil {
		return err
	}
	w.state.fresh = w.state.fresh && w.guard.fresh()
	b := &batch{ctx: context.Background(), w: w}
	if _, err := b.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// The first error is the one to tell; a transaction that SQLite has
			// ended by itself cannot be rolled back again.
			_, _ = w.conn.ExecContext(b.ctx, "ROLLBACK")
		}
	}()
	for _, o := range group {
		b.before = w.state.last
		if o.refusal, err = o.do(b); err != nil {
			return err
		}
	}
	b.before = w.state.last
	for _, write := range []func() error{b.writeHashes, b.writeTimeline, b.writeState} {
		if err := write(); err != nil {
			return err
		}
	}
	if _, err := b.exec("COMMIT"); err != nil {
		return err
	}
	w.turnHashes(b)
	w.tell()
	return nil
}

// stmt prepares a statement once.
func (b *batch) stmt(query string) (*sql.Stmt, error) {
	if st := b.w.stmts[query]; st != nil {
		return st, nil
	}
	st, err := b.w.conn.PrepareContext(b.ctx, query)
	if err != nil {
		return nil, err
	}
	b.w.stmts[query] = st
	return st, nil
}

func (b *batch) exec(query string, args ...any) (sql.Result, error) {
	st, err := b.stmt(query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(b.ctx, args...)
}

func (b *batch) integers(query string, args ...any) ([]int64, error) {
	st, err := b.stmt(query)
	if err != nil {
		return nil, err
	}
	return integers(st.QueryContext(b.ctx, args...))
}

func (b *batch) row(query string, args ...any) *sql.Row {
	st, err := b.stmt(query)
	if err != nil {
		return b.w.conn.QueryRowContext(b.ctx, query, args...) // fails again, where it can say so
	}
	return st.QueryRowContext(b.ctx, args...)
}

func (w *writer) close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	close(w.ops)
	w.mu.Unlock()
	<-w.done
	var err error
	if w.poison == nil {
		if err = explain(w.path, w.end(context.Background())); err == nil {
			err = w.keepLog(false)
		}
	}
	return errors.Join(err, w.release())
}

// write hands an operation to the writer.
func (s *Store) write(ctx context.Context, do func(*batch) (refusal, err error)) error {
	return s.queue(ctx, nil, do)
}

// queue is write, and calls queued, unless it is nil, once the operation stands
// before all that are handed over later.
func (s *Store) queue(ctx context.Context, queued func(), do func(*batch) (refusal, err error)) error {
	if s.w == nil {
		return importer.ErrReadOnly
	}
	return s.w.submit(ctx, queued, do)
}
