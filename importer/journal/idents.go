package journal

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// identsMost is how many idents wait to be written together. They are hashes,
// so each lies on a page of its own: written with its attempt it would cost
// more than the attempt, and the more the larger the job.
const identsMost = 1 << 16

// An identRow says that an entry has a name or a login: nameIdent, emailIdent.
type identRow struct{ value, entry int64 }

// identsOf are those of an entry with this name and these logins.
func identsOf(to []identRow, entry int64, name string, emails []string) []identRow {
	if importer.Fold(name) != "" {
		to = append(to, identRow{nameIdent(name), entry})
	}
	for _, e := range emails {
		if e == "" {
			continue
		}
		to = append(to, identRow{emailIdent(e), entry})
	}
	return to
}

// identify lets Similar find an entry by its client's name and logins. What a
// crash keeps from being written, openIdents finds again.
func (b *batch) identify(entry int64, name string, emails []string) error {
	b.w.idents = identsOf(b.w.idents, entry, name, emails)
	if len(b.w.idents) < identsMost {
		b.w.waiting.Store(len(b.w.idents) > 0)
		return nil
	}
	return b.writeIdents()
}

// writeIdents writes what waits, in the order of its place in the file, and how
// far that was.
func (b *batch) writeIdents() error {
	slices.SortFunc(b.w.idents, func(x, y identRow) int {
		return cmp.Or(cmp.Compare(x.value, y.value), cmp.Compare(x.entry, y.entry))
	})
	for _, i := range b.w.idents {
		if _, err := b.exec("INSERT OR IGNORE INTO idents (value, entry) VALUES (?, ?)", i.value, i.entry); err != nil {
			return err
		}
	}
	b.w.idents = b.w.idents[:0]
	b.w.waiting.Store(false)
	last, err := b.last()
	if err != nil {
		return err
	}
	_, err = b.exec("INSERT INTO sequence (name, value) VALUES ('idents', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", last)
	return err
}

// settleIdents writes what waits before somebody looks.
func (s *Store) settleIdents(ctx context.Context) error {
	if s.w == nil || !s.w.waiting.Load() {
		return nil
	}
	return s.write(ctx, func(b *batch) (refusal, err error) { return nil, b.writeIdents() })
}

// A queryer is a connection or a database.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// openIdents are those of the entries whose attempts began after the last
// writeIdents: a run that is at it, or that died, has not written them.
func openIdents(ctx context.Context, db queryer) ([]identRow, error) {
	var from int64
	err := db.QueryRowContext(ctx, "SELECT value FROM sequence WHERE name = 'idents'").Scan(&from)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `SELECT id, client_name, primary_email, snapshot FROM entries INDEXED BY entries_by_status
 WHERE status IN (?, ?, ?, ?) AND last > ?`, importer.Created, importer.InDoubt, importer.Rejected, importer.Failed, from)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []identRow
	for rows.Next() {
		var (
			id                    int64
			name, email, snapshot sql.NullString
			c                     importer.Client
		)
		if err := rows.Scan(&id, &name, &email, &snapshot); err != nil {
			return nil, err
		}
		emails := []string{email.String}
		if json.Unmarshal([]byte(snapshot.String), &c) == nil && len(c.Users) > 0 {
			emails = c.UserEmails()
		}
		// The name that was sent, and the one that the server has made of it.
		out = identsOf(out, id, c.Details.Name, emails)
		if importer.Fold(name.String) != importer.Fold(c.Details.Name) {
			out = identsOf(out, id, name.String, nil)
		}
	}
	return out, rows.Err()
}
