package journal

import (
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrDamaged is what a journal answers that is not whole any more.
	ErrDamaged = errors.New("the journal is damaged")
	// ErrFormat is what a journal of another version answers.
	ErrFormat = errors.New("the journal was written by another version")
	// ErrLost is what a journal answers that has lost what was written last.
	ErrLost = errors.New("this journal is not the newest: it has lost what was written last")
	// ErrSwapped is what a journal answers whose file was replaced or taken away
	// while it was open.
	ErrSwapped = errors.New("the journal was replaced while it was in use")
)

// A fileError is one of these errors, with where, why, and what to do now.
type fileError struct {
	err             error
	path, why, hint string
}

func (r *fileError) Error() string { return r.path + ": " + r.err.Error() + ": " + r.why }
func (r *fileError) Unwrap() error { return r.err }
func (r *fileError) Hint() string  { return r.hint }

func damaged(path, why string) error {
	return &fileError{ErrDamaged, path, why, "do not delete it: put a copy from a backup in its place, or start again from the job's last " +
		"results with --adopt"}
}

func otherFormat(path string, format uint32, hint string) error {
	return &fileError{ErrFormat, path, fmt.Sprintf("format %d, this program knows %d", format, formatVersion), hint}
}

func lost(path, why string) error {
	return &fileError{ErrLost, path, why, "put back the newest journal.db together with the journal.db-wal that was beside it; " +
		"if that is gone, start again from the job's last results with --adopt"}
}

func swapped(path, why string) error {
	return &fileError{ErrSwapped, path, why,
		"put back the journal.db that was there, with its journal.db-wal, and see that no other program " +
			"writes in the job's folder; then run again"}
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
