package journal

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A state is the one row that each commit writes.
type state struct {
	last    int64 // the last attempt or decision
	run     int64 // the latest run; 0: none
	runOpen bool
	changes int64
	hashed  int64 // keys, clients and marks have all entries up to this attempt or decision
	fresh   bool  // session.go
}

func readState(ctx context.Context, db queryer) (s state, err error) {
	err = db.QueryRowContext(ctx, "SELECT last, run, run_open, changes, hashed, fresh FROM state").
		Scan(&s.last, &s.run, &s.runOpen, &s.changes, &s.hashed, &s.fresh)
	return s, err
}

func (s state) highWater() importer.HighWater {
	return importer.HighWater{Run: s.run, Attempt: s.last, Open: s.runOpen}
}

// changed says that views may show something else from now on. Attempts and
// decisions have numbers, which say it as well.
func (b *batch) changed() { b.w.state.changes++ }

// writeState writes what the operations have changed.
func (b *batch) writeState() error {
	s := b.w.state
	if s == b.w.saved {
		return nil
	}
	if _, err := b.exec("UPDATE state SET last = ?, run = ?, run_open = ?, changes = ?, hashed = ?, fresh = ?",
		s.last, s.run, s.runOpen, s.changes, s.hashed, s.fresh); err != nil {
		return err
	}
	b.w.saved = s
	return nil
}

// tell tells how far the journal has come, where that is news.
func (w *writer) tell() {
	h := w.saved.highWater()
	if w.onCommit == nil || w.told && h == w.toldLast {
		return
	}
	w.onCommit(h)
	w.told, w.toldLast = true, h
}

// HighWater implements importer.Store.
func (s *Store) HighWater(ctx context.Context) (importer.HighWater, error) {
	st, err := readState(ctx, s.db)
	return st.highWater(), s.explain(err)
}

// OnCommit implements importer.Store.
func (s *Store) OnCommit(ctx context.Context, f func(importer.HighWater)) error {
	return s.write(ctx, func(b *batch) (refusal, err error) {
		b.w.onCommit, b.w.told = f, false
		return nil, nil
	})
}

// Changes implements importer.Store.
func (s *Store) Changes(ctx context.Context) (int64, error) {
	st, err := readState(ctx, s.db)
	return st.changes, s.explain(err)
}
