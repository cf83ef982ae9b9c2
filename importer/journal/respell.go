package journal

import (
	"context"
	"database/sql"
	"errors"

	"github.com/bulkonboard/bulkonboard/importer"
)

// respell gives the entries of a journal that is carried over the keys that
// today's folding makes of them, and with them what names their keys.
func respell(ctx context.Context, tx *sql.Tx) error {
	respelled, err := oddKeys(ctx, tx)
	if err != nil {
		return err
	}
	var failed error
	moves := importer.Respell(respelled, func(k importer.Key) bool {
		var n int
		failed = errors.Join(failed, tx.QueryRowContext(ctx, "SELECT count(*) FROM old.entries WHERE key = ?", k).Scan(&n))
		return n == 0
	})
	if failed != nil {
		return failed
	}
	for old, to := range moves {
		for _, q := range []string{
			"UPDATE entries SET key = ?2, note = nullif(?3, '') WHERE id = (SELECT id FROM old.entries WHERE key = ?1)",
			"UPDATE decisions SET key = ?2 WHERE id IN (SELECT id FROM old.decisions WHERE key = ?1)",
			`UPDATE entries SET same_as = ?2 WHERE same_as IS NOT NULL AND id IN
 (SELECT e.id FROM old.entries e JOIN old.decisions d ON d.key = e.key AND json_extract(d.record, '$.Other') = ?1)`,
		} {
			if _, err := tx.ExecContext(ctx, q, old, to.Key, to.Note); err != nil {
				return err
			}
		}
		const seen = "INSERT OR IGNORE INTO seen (key, run) SELECT ?, run FROM old.seen WHERE key = ?"
		if _, err := tx.ExecContext(ctx, seen, to.Key.Hash(), old.Hash()); err != nil {
			return err
		}
	}
	return respellAliases(ctx, tx, moves)
}

// oddKeys are the entries whose keys are spelled otherwise today, and those at
// the keys that they would get.
func oddKeys(ctx context.Context, tx *sql.Tx) ([]importer.Entry, error) {
	// The first edition left nothing but this in ASCII unfolded.
	out, err := oldEntries(ctx, tx, "key GLOB '*[^ -~]*' OR key LIKE '%xn--%'")
	if err != nil {
		return nil, err
	}
	known := map[importer.Key]bool{}
	var odd []importer.Entry
	for _, e := range out {
		if importer.ParseKey(string(e.Key)) != e.Key {
			odd = append(odd, e)
			known[e.Key] = true
		}
	}
	for _, e := range odd {
		k := importer.ParseKey(string(e.Key))
		if known[k] {
			continue
		}
		known[k] = true
		there, err := oldEntries(ctx, tx, "key = ?", k)
		if err != nil {
			return nil, err
		}
		odd = append(odd, there...)
	}
	return odd, nil
}

func oldEntries(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]importer.Entry, error) {
	const columns = "SELECT key, status, open, finished_at, coalesce(client_id, ''), coalesce(note, '') FROM old.entries WHERE "
	rows, err := tx.QueryContext(ctx, columns+where, args...)
	return all(rows, err, func(rows *sql.Rows, e *importer.Entry) error {
		var finished sql.NullInt64
		err := rows.Scan(&e.Key, &e.Status, &e.Open, &finished, &e.ClientID, &e.Note)
		e.FinishedAt = fromMicros(finished)
		return err
	})
}

func respellAliases(ctx context.Context, tx *sql.Tx, moves map[importer.Key]importer.Respelled) error {
	rows, err := tx.QueryContext(ctx, "SELECT old, cells, new, run FROM old.aliases")
	aliases, err := all(rows, err, scanAlias)
	if err != nil {
		return err
	}
	for _, a := range aliases {
		now := importer.Alias{Old: importer.ParseKey(string(a.Old)), New: importer.ParseKey(string(a.New))}
		if to, moved := moves[a.New]; moved {
			now.New = to.Key
		}
		if now.Old == a.Old && now.New == a.New {
			continue
		}
		const move = "UPDATE OR REPLACE aliases SET old = ?, new = ? WHERE old = ? AND cells = ?"
		if _, err := tx.ExecContext(ctx, move, now.Old, now.New, a.Old, a.Cells); err != nil {
			return err
		}
	}
	return nil
}
