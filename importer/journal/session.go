package journal

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"modernc.org/sqlite"
)

// Each opening for writing is a session. It has a nonce, which is written
// twice: into a page of the main file that nothing else is written to, at once
// past the write-ahead log; and into the state, which each commit writes. So a
// main file and a write-ahead log that do not belong together are told apart,
// and so is a file that takes the place of the open one, in its inode too.
//
// A session that has not ended stands in the main file as open, and keeps its
// write-ahead log: where that is gone, what it held is gone.

// A session is what the file says of the last opening for writing.
type session struct {
	nonce, before string // before is the one of the session before
	open          bool
	page          int64 // where in the file it stands
	size          int64 // of a page
}

func readSession(ctx context.Context, db queryer) (s session, err error) {
	err = db.QueryRowContext(ctx, `SELECT substr(s.nonce, 4), substr(s.before, 5), s.open, p.page_size * (m.rootpage - 1), p.page_size
 FROM session s, pragma_page_size p, sqlite_schema m WHERE m.name = 'session'`).Scan(&s.nonce, &s.before, &s.open, &s.page, &s.size)
	return s, err
}

// The nonces of a session and of the one before as they stand in the file, where
// the bare page must tell one from the other.
func asNonce(nonce string) string  { return "is:" + nonce }
func asBefore(nonce string) string { return "was:" + nonce }

// where the main file, past the write-ahead log, has a nonce as that of its
// session; 0: nowhere.
func (s session) where(main *os.File, nonce string) int64 {
	page := make([]byte, s.size)
	n, _ := main.ReadAt(page, s.page)
	if i := bytes.Index(page[:n], []byte(asNonce(nonce))); i >= 0 {
		return s.page + int64(i)
	}
	return 0
}

// belong makes sure that main file and write-ahead log are of one journal, and
// that the log is there where it must be. wal is its size, -1 where there is none.
func belong(ctx context.Context, db queryer, main *os.File, wal int64) error {
	s, err := readSession(ctx, db)
	if err != nil {
		return err
	}
	if s.open && wal <= 0 {
		return lost(main.Name(), "its -wal file, which held the last of what was written, is gone or empty")
	}
	var nonce string
	var fresh bool
	if err := db.QueryRowContext(ctx, "SELECT nonce, fresh FROM state").Scan(&nonce, &fresh); err != nil {
		return err
	}
	if nonce == s.nonce && (s.where(main, s.nonce) > 0 || fresh && s.where(main, s.before) > 0) {
		return nil
	}
	return lost(main.Name(), "it and its -wal file do not belong together: one of them was put back from elsewhere")
}

// newNonce is what no other session has.
func newNonce() string { return rand.Text() }

// firstSession is what a new journal says: that nobody has it open.
func firstSession(ctx context.Context, db execer) error {
	nonce := newNonce()
	_, err := db.ExecContext(ctx, "INSERT INTO session VALUES (?, ?, 0)", asNonce(nonce), asBefore(""))
	if err == nil {
		_, err = db.ExecContext(ctx, "UPDATE state SET nonce = ?", nonce)
	}
	return err
}

// walSize is the size of a journal's write-ahead log, -1 where there is none.
func walSize(path string) (int64, error) {
	info, err := os.Lstat(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// A guard notices that the files of an open journal are not those that stand at
// its path any more.
type guard struct {
	main    *os.File
	session session
	wal     fs.FileInfo
	at      int64 // where the nonce was seen in the main file; 0: not yet
}

// begin begins a session. The writer is not at work yet; main is its file.
func (w *writer) begin(ctx context.Context, main *os.File) error {
	old, err := readSession(ctx, w.conn)
	if err != nil {
		return err
	}
	nonce := newNonce()
	err = w.commit([]*op{{do: func(b *batch) (refusal, err error) {
		w.state.fresh = true
		if err := b.remember(); err != nil {
			return nil, err
		}
		if _, err := b.exec("UPDATE session SET nonce = ?, before = ?, open = 1", asNonce(nonce), asBefore(old.nonce)); err != nil {
			return nil, err
		}
		_, err = b.exec("UPDATE state SET nonce = ?", nonce)
		return nil, err
	}}})
	if err != nil {
		return err
	}
	if err := w.checkpoint(ctx); err != nil {
		return err
	}
	g := &guard{main: main, session: old}
	g.session.before, g.session.nonce = old.nonce, nonce
	if g.wal, err = os.Lstat(w.path + "-wal"); err != nil {
		return err
	}
	w.guard = g
	return g.check()
}

// fresh tells whether the nonce may not have come to the main file yet: there
// is no guard, or a reader was in the way.
func (g *guard) fresh() bool { return g == nil || g.at == 0 }

// end says that all is in the main file, which then needs no other.
func (w *writer) end(ctx context.Context) error {
	err := w.commit([]*op{{do: func(b *batch) (refusal, err error) {
		if err := b.writeAll(); err != nil {
			return nil, err
		}
		_, err = b.exec("UPDATE session SET open = 0")
		return nil, err
	}}})
	if err != nil {
		return err
	}
	return w.checkpoint(ctx)
}

// checkpoint copies the write-ahead log into the main file, as far as readers
// let it without waiting for them.
func (w *writer) checkpoint(ctx context.Context) error {
	var busy, log, done sql.NullInt64
	return w.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &done)
}

// check fails if the files at the path are others than those that are open.
func (g *guard) check() error {
	if g == nil {
		return nil
	}
	opened, err := g.main.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Lstat(g.main.Name()); err != nil || !os.SameFile(opened, now) {
		return swapped(g.main.Name(), "it is not the file that was opened")
	}
	if now, err := os.Lstat(g.main.Name() + "-wal"); err != nil || !os.SameFile(g.wal, now) {
		return swapped(g.main.Name(), "its -wal file was taken away")
	}
	if g.at == 0 {
		g.at = g.session.where(g.main, g.session.nonce)
	}
	if g.at == 0 && g.session.where(g.main, g.session.before) > 0 {
		return nil // not yet
	}
	is := make([]byte, len(asNonce(g.session.nonce)))
	if _, err := g.main.ReadAt(is, g.at); err != nil || string(is) != asNonce(g.session.nonce) {
		return swapped(g.main.Name(), "something else was written over it")
	}
	return nil
}

func init() {
	// This package looks at its files past SQLite. With the locks of POSIX, to
	// close one of those would let go of SQLite's on the same file. Where it is
	// too late or there are no others, nothing else depends on it.
	_, _ = sqlite.OFDLocking(true)
	// Data and size are what a commit must have on the disk, not times.
	_, _ = sqlite.Fdatasync(true)
}
