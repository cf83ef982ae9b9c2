package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// carriedEnding is behind the name of a journal of the format before, from when
// the new one is whole until it has been opened.
const carriedEnding = ".v3"

// atStep is told of each step of carrying over that is done; tests look at what
// is on the disk then.
var atStep = func(string) {}

// carryOver puts a journal of this format in the place of one of the format
// before. Until the last step, which is a rename, the old one stands where it
// stood, whole: whoever is killed meanwhile, or finds the disk full, begins
// anew. The job's lock is held.
func carryOver(ctx context.Context, path string) error {
	main, format, err := inspect(path)
	if err != nil {
		return err
	}
	_ = main.Close()
	if format != formatBefore {
		return nil
	}
	if err := foldLog(ctx, path); err != nil {
		return explain(path, err)
	}
	atStep("one file")
	aside, err := asideOf(path)
	if err != nil {
		return err
	}
	defer clearAside(aside)
	if err := convert(ctx, path, aside); err != nil {
		return explain(path, err)
	}
	atStep("converted")
	if err := keepCarried(path); err != nil {
		return err
	}
	atStep("copy kept")
	if err := takePlace(aside, path); err != nil {
		return err
	}
	durable.SyncFolder(filepath.Dir(path))
	atStep("in its place")
	return nil
}

// takePlace puts a file that was made aside in the place of another.
func takePlace(aside, path string) error {
	f, err := durable.Update(aside)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(aside, path)
}

// foldLog makes one file of a journal of the format before, which nobody else
// has open.
func foldLog(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", dsn(path, lasting))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	var busy, log, done sql.NullInt64
	err = db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	// The last to close takes these away.
	for _, suffix := range []string{"-wal", "-shm"} {
		if _, err := os.Lstat(path + suffix); !errors.Is(err, fs.ErrNotExist) {
			return errors.New("the journal is to be carried over to the format of this version, and another program has it open: " +
				"end that one, and try again")
		}
	}
	return nil
}

// keepCarried gives the old journal a second name.
func keepCarried(path string) error {
	kept := path + carriedEnding
	if err := forgetCarried(path); err != nil {
		return err
	}
	if os.Link(path, kept) == nil {
		return nil
	}
	// Some file systems have no links.
	b, err := durable.ReadFile(path)
	if err != nil {
		return err
	}
	return durable.Create(kept, durable.Bytes(b))
}

// forgetCarried takes the old journal away.
func forgetCarried(path string) error {
	if err := os.Remove(path + carriedEnding); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// openCopy opens a journal of the format before for looking: a copy of it in
// this one. It is not changed, and may be in use.
func openCopy(ctx context.Context, main *os.File) (*Store, error) {
	path := main.Name()
	defer func() { _ = main.Close() }()
	return elsewhere(path, func(aside string) (*Store, error) {
		if err := convert(ctx, path, aside); err != nil {
			return nil, explain(path, err)
		}
		// Whoever writes it finds all names and logins once, and for all.
		w, err := Open(ctx, aside)
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return nil, err
		}
		return OpenReadOnly(ctx, aside)
	})
}

// elsewhere opens what is made of a journal in a folder for temporary files, which
// goes with Close.
func elsewhere(path string, open func(aside string) (*Store, error)) (*Store, error) {
	dir, err := os.MkdirTemp("", "bulkonboard-*") // 0700
	if err != nil {
		return nil, err
	}
	s, err := open(filepath.Join(dir, filepath.Base(path)))
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	s.aside = dir
	return s, nil
}

// convert makes a journal of this format, in a file that is empty or not there,
// of one of the format before.
func convert(ctx context.Context, path, aside string) error {
	old := []string{"mode=ro"}
	if wal, err := walSize(path); err != nil {
		return err
	} else if wal < 0 {
		old = append(old, "immutable=1")
	}
	return makeAside(ctx, aside, func(db *sql.DB) error {
		if _, err := db.ExecContext(ctx, "ATTACH ? AS old", dsn(path, old...)); err != nil {
			return err
		}
		if err := copyOld(ctx, db); err != nil {
			return err
		}
		_, err := db.ExecContext(ctx, "DETACH old")
		return err
	})
}

// copyOld fills an empty journal from the attached one, which it sees as it was
// at one instant.
func copyOld(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var seals int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM old.sqlite_schema WHERE name = 'seals'").Scan(&seals); err != nil {
		return err
	}
	steps := carrySQL
	if seals > 0 {
		steps = append(slices.Clone(steps),
			"INSERT INTO seals SELECT attempt, entry, begun_at, handed_at, sealed FROM old.seals ORDER BY attempt")
	}
	for _, q := range steps {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	for _, table := range []string{"header", "runs", "entries", "attempts", "decisions", "aliases", "views", "seen", "faults"} {
		var was, is int64
		count := "SELECT (SELECT count(*) FROM old." + table + "), (SELECT count(*) FROM main." + table + ")"
		if err := tx.QueryRowContext(ctx, count).Scan(&was, &is); err != nil {
			return err
		}
		if was != is {
			return fmt.Errorf("%d of %d rows of %s were carried over to the format of this version", is, was, table)
		}
	}
	if err := respell(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// carrySQL carries one format over to the next. Keys, clients and marks are left empty:
// who opens the journal fills them, as after a crash. All attempts that are
// finished have a row of their own.
var carrySQL = []string{
	"INSERT INTO header SELECT name, value FROM old.header",
	"INSERT INTO runs SELECT id, record FROM old.runs ORDER BY id",
	`INSERT INTO entries (id, key, status, open, last, attempt, sheet, row, client_id, client_name, primary_email, asset_group_id,
 http_status, code, message, advice, attempts, begun_at, finished_at, fingerprint, secrets_mac, run, note, resend, snapshot)
 SELECT id, key, status, open, last, CASE WHEN open THEN last END, sheet, row, client_id, client_name, primary_email, asset_group_id,
 http_status, code, message, advice, attempts, begun_at, finished_at, fingerprint, secrets_mac, run, note, resend, snapshot
 FROM old.entries ORDER BY id`,
	`INSERT INTO attempts SELECT id, entry, run, resend, begun_at, finished_at, status, http_status, code, message
 FROM old.attempts ORDER BY id`,
	`INSERT INTO timeline (run, second, begun, created, limited)
 SELECT run, begun_at / 1000000 AS s, count(*), sum(status = 1), sum(coalesce(http_status, 0) = 429) FROM
 (SELECT run, begun_at, status, http_status FROM old.attempts UNION ALL
 SELECT run, begun_at, 2, NULL FROM old.entries WHERE open) GROUP BY run, s`,
	"INSERT INTO decisions SELECT id, key, record FROM old.decisions ORDER BY id",
	`INSERT OR IGNORE INTO deleted SELECT json_extract(record, '$.Before.ClientID') AS c FROM old.decisions
 WHERE json_extract(record, '$.Action') = 'deleted' AND c <> ''
 AND c NOT IN (SELECT client_id FROM old.entries WHERE client_id IS NOT NULL)`,
	`UPDATE entries SET same_as =
 (SELECT iif(json_extract(record, '$.Action') = 'same-as', json_extract(record, '$.Other'), NULL) FROM decisions d
 WHERE d.key = entries.key AND json_extract(record, '$.Action') NOT LIKE 'handover%' ORDER BY d.id DESC LIMIT 1) WHERE status = 1`,
	"INSERT INTO aliases SELECT old, cells, new, run FROM old.aliases",
	"INSERT INTO views SELECT name, digest FROM old.views",
	"INSERT INTO seen SELECT key, run FROM old.seen",
	"INSERT INTO faults SELECT input, fault FROM old.faults",
	`UPDATE state SET last = max((SELECT value FROM old.sequence WHERE name = 'last'), (SELECT coalesce(max(last), 0) FROM entries)),
 run = (SELECT coalesce(max(id), 0) FROM runs),
 run_open = coalesce((SELECT json_extract(record, '$.ended_at') IS NULL FROM runs ORDER BY id DESC LIMIT 1), 0)`,
}
