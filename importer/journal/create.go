package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// Create makes a journal that is not there yet and opens it. It is made aside
// and put in its place when it is complete. A file at path is an error that
// wraps fs.ErrExist.
func Create(ctx context.Context, path string, h importer.JobHeader) (*Store, error) {
	aside, err := asideOf(path)
	if err != nil {
		return nil, err
	}
	defer clearAside(aside)
	err = makeAside(ctx, aside, func(db *sql.DB) error { return writeHeader(ctx, db, h, true) })
	if err != nil {
		return nil, err
	}
	if err := durable.Publish(aside, path); err != nil {
		return nil, err
	}
	return Open(ctx, path)
}

// asideOf makes an empty file beside a journal, and clears away what is left of
// earlier ones.
func asideOf(path string) (string, error) {
	leftovers, _ := filepath.Glob(globEscape(path) + ".new-*")
	for _, l := range leftovers {
		_ = os.Remove(l)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// clearAside takes away what did not get its place.
func clearAside(aside string) {
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		_ = os.Remove(aside + suffix)
	}
}

func globEscape(s string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(s)
}

// makeAside makes a journal of an empty file, and proves it. Nobody needs that
// file before it has its name: it is made for speed, and synced at the end.
func makeAside(ctx context.Context, aside string, fill func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", dsn(aside, patient, "_pragma=journal_mode(OFF)", "_pragma=synchronous(OFF)"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	begin := fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d; BEGIN;%s", applicationID, formatVersion, schema)
	_, err = db.ExecContext(ctx, begin)
	if err == nil {
		err = firstSession(ctx, db)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, "COMMIT")
	}
	if err == nil {
		err = fill(db)
	}
	if err == nil {
		// In write-ahead mode from the first opening on; the mode stands in the file.
		var mode string
		if err = db.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&mode); err == nil && mode != "wal" {
			err = fmt.Errorf("it stays in the mode %q", mode)
		}
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return explain(aside, err)
	}
	// To close it says nothing of what could not be written.
	if wal, err := walSize(aside); err != nil || wal >= 0 {
		return errors.Join(err, fmt.Errorf("%s: it is not in one file", aside))
	}
	s, err := OpenReadOnly(ctx, aside)
	if err != nil {
		return err
	}
	return s.Close()
}
