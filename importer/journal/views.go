package journal

import (
	"context"
	"database/sql"
	"errors"

	"github.com/bulkonboard/bulkonboard/importer"
)

// AddAlias implements importer.Store.
func (s *Store) AddAlias(ctx context.Context, a importer.Alias) error {
	s.aliased.Store(true)
	return s.write(ctx, func(b *batch) (error, error) {
		b.changed()
		_, err := b.exec(`INSERT INTO aliases (old, cells, new, run) VALUES (?, ?, ?, ?)
 ON CONFLICT (old, cells) DO UPDATE SET new = excluded.new, run = excluded.run`,
			a.Old, a.Cells, a.New, a.Run)
		return nil, err
	})
}

// Aliases implements importer.Store.
func (s *Store) Aliases(ctx context.Context, keys []importer.Key) ([]importer.Alias, error) {
	if !s.aliased.Load() {
		return nil, nil
	}
	asked, err := list(keys)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, "SELECT old, cells, new, run FROM aliases WHERE old IN (SELECT value FROM json_each(?))", asked)
	out, err := all(rows, err, scanAlias)
	return out, s.explain(err)
}

// scanAlias reads old, cells, new and run.
func scanAlias(rows *sql.Rows, a *importer.Alias) error {
	return rows.Scan(&a.Old, &a.Cells, &a.New, &a.Run)
}

// ViewDigest implements importer.Store.
func (s *Store) ViewDigest(ctx context.Context, name string) (string, error) {
	var d string
	err := s.db.QueryRowContext(ctx, "SELECT digest FROM views WHERE name = ?", name).Scan(&d)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return d, s.explain(err)
}

// SetViewDigest implements importer.Store.
func (s *Store) SetViewDigest(ctx context.Context, name, digest string) error {
	return s.write(ctx, func(b *batch) (error, error) {
		_, err := b.exec("INSERT INTO views (name, digest) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET digest = excluded.digest", name, digest)
		return nil, err
	})
}
