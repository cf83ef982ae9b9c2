package journal

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// groupMost is how many operations share a commit at most.
const groupMost = 512

// errClosed is what writes answer after Close.
var errClosed = errors.New("the journal is closed")

// A writer is the one goroutine that writes.
type writer struct {
	path    string
	db      *sql.DB
	conn    *sql.Conn // the only one: transactions and statements live on it
	ops     chan *op
	done    chan struct{} // closed when the goroutine has ended
	commits atomic.Int64

	mu     sync.RWMutex // held for reading while an operation is handed over
	closed bool

	// Used by the goroutine alone.
	stmts  map[string]*sql.Stmt
	poison error

	// What the file says, remembered: nobody else writes it.
	last  int64 // the sequence, -1 while it is not known
	saved int64 // of it, what the file has
	run   int64 // the latest run, -1 while it is not known
	open  map[int64]openAttempt

	idents unwritten
}

// An openAttempt is one that this process began and has not finished.
type openAttempt struct {
	entry  int64
	run    int64
	begun  int64 // in microseconds
	resend bool
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
	ctx context.Context
	w   *writer
}

func newWriter(ctx context.Context, path string) (*writer, error) {
	db, err := sql.Open("sqlite", dsn(path, lasting, roomy))
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	w := &writer{path: path, db: db, conn: conn, ops: make(chan *op, groupMost), done: make(chan struct{}),
		stmts: map[string]*sql.Stmt{}, last: -1, run: -1, open: map[int64]openAttempt{}}
	go w.work()
	return w, nil
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
		if o.refusal, err = o.do(b); err != nil {
			return err
		}
	}
	if err := b.writeSorted(identsAtOnce); err != nil {
		return err
	}
	if w.last != w.saved && w.last >= 0 {
		if _, err := b.exec("UPDATE sequence SET value = ? WHERE name = 'last'", w.last); err != nil {
			return err
		}
		w.saved = w.last
	}
	if _, err := b.exec("COMMIT"); err != nil {
		return err
	}
	w.commits.Add(1)
	w.idents.waiting.Store(len(w.idents.new)+len(w.idents.sorted) > 0)
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
	if w.poison == nil && w.idents.waiting.Load() {
		last := &op{do: func(b *batch) (refusal, err error) { return nil, b.writeIdents() }}
		err = explain(w.path, w.commit([]*op{last}))
	}
	if w.poison == nil && err == nil {
		_, err = w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	for _, st := range w.stmts {
		_ = st.Close()
	}
	return errors.Join(err, w.conn.Close(), w.db.Close())
}
