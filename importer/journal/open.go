package journal

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// A Store is a job's journal, an importer.Store. It is safe for concurrent use.
type Store struct {
	path    string
	main    *os.File // the file past SQLite
	db      *sql.DB  // readers
	lookups *sql.Stmt
	w       *writer // nil when read-only
	reader  *reader // nil when it is written here
	aside   string  // a folder that goes with it; "" for none

	aliased atomic.Bool // there may be aliases
}

var _ importer.Store = (*Store)(nil)

// dsn is the connection string of a file.
func dsn(path string, params ...string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	return u.String() + "?" + strings.Join(params, "&")
}

const (
	patient = "_pragma=busy_timeout(10000)"
	lasting = patient + "&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)"
)

// roomy gives the writer a longer write-ahead log (16 MB) and more cache (8 MB)
// than SQLite's defaults: a large job writes fewer pages twice.
const roomy = "_pragma=wal_autocheckpoint(4000)&_pragma=cache_size(-8000)"

// Open opens a journal for the holder of the job's lock. One of the format
// before is carried over first.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := carryOver(ctx, path); err != nil {
		return nil, err
	}
	// What is damaged, or has lost something, is not changed.
	s, err := OpenReadOnly(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := s.closeReaders(); err != nil {
		return nil, errors.Join(err, s.main.Close())
	}
	s.reader = nil
	if s.w, err = newWriter(ctx, s.main); err != nil {
		return nil, errors.Join(s.explain(err), s.main.Close())
	}
	err = s.connect(ctx, "mode=ro")
	if err == nil {
		err = s.collect(ctx)
	}
	if err == nil {
		err = forgetCarried(path)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// collectAtOnce is how many entries one operation takes the hashes of.
const collectAtOnce = 10_000

// collect takes the hashes that a run which died has not written.
func (s *Store) collect(ctx context.Context) error {
	var some []*gleaned
	hand := func() error {
		taken := some
		some = nil
		return s.write(ctx, func(b *batch) (refusal, err error) {
			for _, g := range taken {
				b.w.hashes.addGleaned(g)
			}
			return nil, nil
		})
	}
	err := glean(ctx, s.db, s.w.state.hashed, func(g *gleaned) error {
		some = append(some, g)
		if len(some) < collectAtOnce {
			return nil
		}
		return hand()
	})
	if err != nil {
		return s.explain(err)
	}
	return hand()
}

// OpenReadOnly opens a journal for looking, also while a run writes it. It
// changes nothing of it. One of the format before is read as a copy, in the
// system's folder for temporary files, that goes with Close.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	main, format, err := inspect(path)
	if err != nil {
		return nil, err
	}
	if format == formatBefore {
		return openCopy(ctx, main)
	}
	s := &Store{path: path, main: main, reader: &reader{}}
	for range 3 {
		if err = s.openReadOnly(ctx); !errors.Is(err, ErrLost) {
			break
		}
		// A run may just have begun, or ended: then the next look sees all of it.
	}
	if err != nil {
		return nil, errors.Join(err, main.Close())
	}
	return s, nil
}

func (s *Store) openReadOnly(ctx context.Context) error {
	wal, err := walSize(s.path)
	if err != nil {
		return err
	}
	params := []string{"mode=ro"}
	if wal < 0 {
		// Nobody writes it: all is in the one file, which is then read without
		// the shared memory that SQLite would have to make beside it.
		params = append(params, "immutable=1")
	}
	if err := s.connect(ctx, params...); err != nil {
		return err
	}
	if err := belong(ctx, s.db, s.main, wal); err != nil {
		return errors.Join(s.explain(err), s.closeReaders())
	}
	return nil
}

// readers is how many connections look things up at once.
const readers = 4

func (s *Store) connect(ctx context.Context, params ...string) error {
	db, err := sql.Open("sqlite", dsn(s.path, append(params, patient)...))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	s.db = db
	err = s.verify(ctx)
	if err == nil {
		s.lookups, err = db.PrepareContext(ctx, lookupSQL)
	}
	if err != nil {
		_ = db.Close()
		return s.explain(err)
	}
	return nil
}

// inspect looks at the file's first page before SQLite does: a file that is
// cut short would otherwise be found out only when the missing part is needed.
func inspect(path string) (main *os.File, format uint32, err error) {
	for _, beside := range []string{"-wal", "-shm", "-journal"} {
		if err := durable.Check(path + beside); err != nil {
			return nil, 0, err
		}
	}
	f, err := durable.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	head := make([]byte, 100)
	if _, err := io.ReadFull(f, head); err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return nil, 0, damaged(path, "it is not a SQLite file")
	}
	if binary.BigEndian.Uint32(head[68:]) != applicationID {
		return nil, 0, damaged(path, "it is a SQLite file, but no journal of ours")
	}
	format = binary.BigEndian.Uint32(head[60:])
	if format > formatVersion {
		return nil, 0, otherFormat(path, format, "update bulkonboard")
	}
	if format < formatBefore {
		return nil, 0, otherFormat(path, format, "use the program it was made with, or start a new job from its results with --adopt")
	}
	size := int64(binary.BigEndian.Uint16(head[16:]))
	if size == 1 {
		size = 65536
	}
	pages := int64(binary.BigEndian.Uint32(head[28:]))
	if wal, err := walSize(path); err == nil && wal < 0 && info.Size() < size*pages {
		return nil, 0, damaged(path, fmt.Sprintf("it is cut short: %d bytes of %d", info.Size(), size*pages))
	}
	return f, format, nil
}

// verify makes sure that the tables are there and readable.
func (s *Store) verify(ctx context.Context) error {
	var id string
	err := s.db.QueryRowContext(ctx, "SELECT value FROM header WHERE name = 'job_id'").Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return damaged(s.path, "its header is missing")
	}
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := s.db.ExecContext(ctx, "SELECT 1 FROM "+table+" LIMIT 1"); err != nil {
			return err
		}
	}
	var some bool
	err = s.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM aliases)").Scan(&some)
	s.aliased.Store(some || s.w == nil) // a run beside may add some
	return err
}

// Close ends the writer once it has written what is queued, and folds the
// write-ahead log back into the one file. A second time does nothing.
func (s *Store) Close() error {
	// The readers first: whoever is the last to close takes the log away.
	err := s.closeReaders()
	if s.w != nil {
		err = errors.Join(err, s.w.close())
	}
	_ = s.main.Close()
	if s.aside != "" {
		err = errors.Join(err, os.RemoveAll(s.aside))
	}
	return err
}

func (s *Store) closeReaders() error { return errors.Join(s.lookups.Close(), s.db.Close()) }
