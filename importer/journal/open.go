package journal

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// ErrDamaged is what a journal answers that is not whole any more.
var ErrDamaged = errors.New("the journal is damaged")

// ErrFormat is what a journal of another version answers.
var ErrFormat = errors.New("the journal was written by another version")

// A Store is a job's journal, an importer.Store. It is safe for concurrent use.
type Store struct {
	path     string
	readOnly bool
	db       *sql.DB // readers
	lookups  *sql.Stmt
	w        *writer // nil when read-only

	unwritten *gleaned // idents that the file lacks; nil when it is written here
}

var _ importer.Store = (*Store)(nil)

// dsn is the connection string of a file.
func dsn(path string, params ...string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	return u.String() + "?" + strings.Join(params, "&")
}

const lasting = "_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)"

// roomy gives the writer a longer write-ahead log (16 MB) and more cache (8 MB)
// than SQLite's defaults: a large job writes fewer pages twice.
const roomy = "_pragma=wal_autocheckpoint(4000)&_pragma=cache_size(-8000)"

// Create makes a journal that is not there yet and opens it. It is made aside
// and put in its place when it is complete. A file at path is an error that
// wraps fs.ErrExist.
func Create(ctx context.Context, path string, h importer.JobHeader) (*Store, error) {
	leftovers, _ := filepath.Glob(globEscape(path) + ".new-*")
	for _, l := range leftovers {
		_ = os.Remove(l)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return nil, err
	}
	aside := f.Name()
	defer func() {
		for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
			_ = os.Remove(aside + suffix)
		}
	}()
	if err := errors.Join(f.Close(), fill(ctx, aside, h)); err != nil {
		return nil, err
	}
	if err := durable.Publish(aside, path); err != nil {
		return nil, err
	}
	return Open(ctx, path)
}

func globEscape(s string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(s)
}

// fill writes the schema and the header into an empty file.
func fill(ctx context.Context, path string, h importer.JobHeader) (err error) {
	db, err := sql.Open("sqlite", dsn(path, lasting))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	// In write-ahead mode from the first opening on; the mode stands in the file.
	if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA journal_mode=WAL; PRAGMA application_id=%d; PRAGMA user_version=%d;", applicationID, formatVersion)); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	if err := writeHeader(ctx, tx, h, true); err != nil {
		return err
	}
	return tx.Commit()
}

// Open opens a journal for the holder of the job's lock.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := inspect(path); err != nil {
		return nil, err
	}
	s := &Store{path: path}
	if err := s.connect(ctx, dsn(path, lasting)); err != nil {
		return nil, err
	}
	w, err := newWriter(ctx, path)
	if err != nil {
		_ = s.db.Close()
		return nil, s.explain(err)
	}
	s.w = w
	// After the tables were found whole: what is damaged is not mended.
	if err := s.write(ctx, func(b *batch) (error, error) { _, err := b.w.conn.ExecContext(b.ctx, sealsTable); return nil, err }); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.write(ctx, func(b *batch) (_, err error) {
		open, _, err := openIdents(b.ctx, b.w.conn, 0)
		if err != nil {
			return nil, err
		}
		return nil, b.identify(open...)
	}); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// OpenReadOnly opens a journal for looking, also while a run writes it. It
// changes nothing on the disk.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	if err := inspect(path); err != nil {
		return nil, err
	}
	params := []string{"mode=ro", "_pragma=busy_timeout(10000)"}
	if _, err := os.Lstat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		// Nobody writes it: all is in the one file, which is then read without
		// the shared memory that SQLite would have to make beside it.
		params = append(params, "immutable=1")
	}
	s := &Store{path: path, readOnly: true}
	if err := s.connect(ctx, dsn(path, params...)); err != nil {
		return nil, err
	}
	s.unwritten = &gleaned{by: map[int64][]int64{}}
	return s, nil
}

// readers is how many connections look things up at once.
const readers = 4

func (s *Store) connect(ctx context.Context, name string) error {
	db, err := sql.Open("sqlite", name)
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
func inspect(path string) error {
	for _, beside := range []string{"-wal", "-shm", "-journal"} {
		if err := durable.Check(path + beside); err != nil {
			return err
		}
	}
	f, err := durable.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, 100)
	if _, err := io.ReadFull(f, head); err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return damaged(path, "it is not a SQLite file")
	}
	if binary.BigEndian.Uint32(head[68:]) != applicationID {
		return damaged(path, "it is a SQLite file, but no journal of ours")
	}
	if v := binary.BigEndian.Uint32(head[60:]); v > formatVersion {
		return fmt.Errorf("%s: %w (format %d, this program knows %d): update bulkonboard", path, ErrFormat, v, formatVersion)
	}
	if v := binary.BigEndian.Uint32(head[60:]); v < formatVersion {
		return fmt.Errorf("%s: %w (format %d, this program knows %d): use the program it was made with, or start a new job from its results with --adopt", path, ErrFormat, v, formatVersion)
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536
	}
	pages := int64(binary.BigEndian.Uint32(head[28:]))
	if _, err := os.Lstat(path + "-wal"); errors.Is(err, fs.ErrNotExist) && info.Size() < page*pages {
		return damaged(path, fmt.Sprintf("it is cut short: %d bytes of %d", info.Size(), page*pages))
	}
	return nil
}

func damaged(path, why string) error {
	return fmt.Errorf("%s: %w: %s. Do not delete it: put a copy from a backup in its place, or start again from the job's last results", path, ErrDamaged, why)
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
	for _, table := range []string{"runs", "entries", "attempts", "idents", "decisions", "aliases", "views", "seen", "faults", "sequence"} {
		if _, err := s.db.ExecContext(ctx, "SELECT 1 FROM "+table+" LIMIT 1"); err != nil {
			return err
		}
	}
	return nil
}

// explain turns SQLite's words for damage into ours.
func (s *Store) explain(err error) error { return explain(s.path, err) }

func explain(path string, err error) error {
	var e *sqlite.Error
	if err == nil || errors.Is(err, ErrDamaged) || !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return damaged(path, e.Error())
	case sqlite3.SQLITE_ERROR:
		if strings.Contains(e.Error(), "no such table") {
			return damaged(path, e.Error())
		}
	}
	return fmt.Errorf("%s: %w", path, err)
}

// Close ends the writer once it has written what is queued, and folds the
// write-ahead log back into the one file.
func (s *Store) Close() error {
	var err error
	if s.w != nil {
		err = s.w.close()
	}
	return errors.Join(err, s.db.Close())
}
