package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"sync"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A queryer is a connection or a database.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A gleaned entry is what its hashes are made of.
type gleaned struct {
	id, last int64
	importer.Entry
}

// glean calls f for each entry whose attempt or decision came after a number,
// within one view of the file, in no order.
func glean(ctx context.Context, db queryer, after int64, f func(*gleaned) error) error {
	rows, err := db.QueryContext(ctx, `SELECT id, last, open, key, status, fingerprint, client_name, primary_email, client_id, snapshot, marks
 FROM entries INDEXED BY entries_by_status WHERE status IN (?, ?, ?, ?) AND last > ?`,
		importer.Created, importer.InDoubt, importer.Rejected, importer.Failed, after)
	return each(rows, err, func(rows *sql.Rows) error {
		var (
			g                                                 gleaned
			fingerprint, name, email, client, snapshot, marks sql.NullString
		)
		if err := rows.Scan(&g.id, &g.last, &g.Open, &g.Key, &g.Status, &fingerprint, &name, &email, &client, &snapshot, &marks); err != nil {
			return err
		}
		g.Fingerprint, g.ClientName, g.PrimaryEmail = fingerprint.String, name.String, email.String
		g.ClientID, g.Snapshot = client.String, []byte(snapshot.String)
		if marks.Valid {
			if err := json.Unmarshal([]byte(marks.String), &g.NewMarks); err != nil {
				return err
			}
		}
		return f(&g)
	})
}

func (u *unwritten) addGleaned(g *gleaned) {
	u.addKey(g.Key.Hash(), g.id, knownFingerprint(g.Status, g.Fingerprint))
	u.addClient(g.ClientID, g.id)
	u.addMarks(g.id, g.Marks().All()...)
}

// A reader gleans the hashes that a run beside it, or one that died, has not
// written.
type reader struct {
	unwritten
	mu   sync.Mutex
	upTo int64 // the attempt up to which nothing more will come
}

// look gleans what has come since the last time.
func (r *reader) look(ctx context.Context, db queryer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var hashed int64
	if err := db.QueryRowContext(ctx, "SELECT hashed FROM state").Scan(&hashed); err != nil {
		return err
	}
	from := max(r.upTo, hashed)
	last, flying := from, int64(math.MaxInt64)
	err := glean(ctx, db, from, func(g *gleaned) error {
		if last = max(last, g.last); g.Open {
			flying = min(flying, g.last)
		}
		r.addGleaned(g)
		return nil
	})
	if err != nil {
		return err
	}
	r.upTo = min(last, flying-1)
	return nil
}
