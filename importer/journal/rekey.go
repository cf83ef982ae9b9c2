package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Rekey implements importer.Store.
func (s *Store) Rekey(ctx context.Context, definition []string, moves map[importer.Key]importer.Key, who string, at time.Time) error {
	def, err := json.Marshal(definition)
	if err != nil {
		return err
	}
	return s.write(ctx, func(b *batch) (refusal, err error) {
		ids, refusal, err := b.movable(moves)
		if refusal != nil || err != nil {
			return refusal, err
		}
		for old, id := range ids {
			if _, err := b.exec("UPDATE entries SET key = ? WHERE id = ?", moves[old], id); err != nil {
				return nil, err
			}
			record, err := json.Marshal(importer.Decision{Key: moves[old], Action: importer.ActionRekey, Who: who, At: at, Other: old})
			if err != nil {
				return nil, err
			}
			if _, err := b.exec("INSERT INTO decisions (key, record) VALUES (?, ?)", moves[old], string(record)); err != nil {
				return nil, err
			}
		}
		b.next()
		b.changed()
		if _, err := b.exec("DELETE FROM aliases"); err != nil {
			return nil, err
		}
		if _, err = b.exec("UPDATE header SET value = ? WHERE name = ?", string(def), headerKeyDef); err != nil {
			return nil, err
		}
		return nil, b.rehash()
	})
}

// rehash writes the keys of all entries anew.
func (b *batch) rehash() error {
	if err := b.writeAll(); err != nil {
		return err
	}
	if _, err := b.exec("DELETE FROM keys"); err != nil {
		return err
	}
	rows, err := b.w.conn.QueryContext(b.ctx, "SELECT id, key, status, coalesce(fingerprint, '') FROM entries")
	err = each(rows, err, func(rows *sql.Rows) error {
		var g gleaned
		if err := rows.Scan(&g.id, &g.Key, &g.Status, &g.Fingerprint); err != nil {
			return err
		}
		b.w.hashes.addKey(g.Key.Hash(), g.id, knownFingerprint(g.Status, g.Fingerprint))
		return nil
	})
	if err != nil {
		return err
	}
	return b.writeAll()
}

// movable finds the entries by their old keys, and makes sure that each has a
// new one of its own.
func (b *batch) movable(moves map[importer.Key]importer.Key) (ids map[importer.Key]int64, refusal, err error) {
	rows, err := b.w.conn.QueryContext(b.ctx, "SELECT id, key, open FROM entries")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	ids, taken := map[importer.Key]int64{}, map[importer.Key]importer.Key{}
	for rows.Next() {
		var id int64
		var key importer.Key
		var open bool
		if err := rows.Scan(&id, &key, &open); err != nil {
			return nil, nil, err
		}
		to := moves[key]
		other, twice := taken[to]
		switch {
		case open:
			return nil, fmt.Errorf("%q is in flight: it cannot get another key", key), nil
		case to == "":
			return nil, fmt.Errorf("%q has no new key", key), nil
		case twice:
			return nil, fmt.Errorf("%q and %q would both have the key %q", other, key, to), nil
		}
		ids[key], taken[to] = id, key
	}
	return ids, nil, rows.Err()
}
