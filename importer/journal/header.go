package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// The names of a header's values.
const (
	headerJobID   = "job_id"
	headerTarget  = "target"
	headerCreated = "created_at"
	headerKeyDef  = "key_definition"
	headerKey     = "key_fingerprint"
	headerMapping = "mapping"
	headerMovedTo = "moved_to"
)

type execer interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

// writeHeader writes all of a header, or what may change in it.
func writeHeader(ctx context.Context, db execer, h importer.JobHeader, all bool) error {
	def, err := json.Marshal(h.KeyDefinition)
	if err != nil {
		return err
	}
	mapping, err := json.Marshal(h.Mapping)
	if err != nil {
		return err
	}
	values := map[string]string{headerKeyDef: string(def), headerKey: h.KeyFingerprint, headerMapping: string(mapping),
		headerMovedTo: h.MovedTo}
	if all {
		values[headerJobID], values[headerTarget] = h.JobID, h.Target
		values[headerCreated] = h.CreatedAt.UTC().Format(time.RFC3339Nano)
	}
	for name, v := range values {
		const put = "INSERT INTO header (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
		if _, err := db.ExecContext(ctx, put, name, v); err != nil {
			return err
		}
	}
	return nil
}

// Header implements importer.Store.
func (s *Store) Header(ctx context.Context) (importer.JobHeader, error) {
	var h importer.JobHeader
	rows, err := s.db.QueryContext(ctx, "SELECT name, value FROM header")
	err = each(rows, err, func(rows *sql.Rows) error {
		var name, v string
		err := rows.Scan(&name, &v)
		if err != nil {
			return err
		}
		switch name {
		case headerJobID:
			h.JobID = v
		case headerTarget:
			h.Target = v
		case headerKey:
			h.KeyFingerprint = v
		case headerMovedTo:
			h.MovedTo = v
		case headerCreated:
			h.CreatedAt, err = time.Parse(time.RFC3339Nano, v)
		case headerKeyDef:
			err = json.Unmarshal([]byte(v), &h.KeyDefinition)
		case headerMapping:
			err = json.Unmarshal([]byte(v), &h.Mapping)
		}
		if err != nil {
			return damaged(s.path, "its header cannot be read: "+name)
		}
		return nil
	})
	return h, s.explain(err)
}

// SetHeader implements importer.Store.
func (s *Store) SetHeader(ctx context.Context, h importer.JobHeader) error {
	return s.write(ctx, func(b *batch) (error, error) { return nil, writeHeader(b.ctx, b.w.conn, h, false) })
}

// StartRun implements importer.Store.
func (s *Store) StartRun(ctx context.Context, r importer.Run) (int64, error) {
	record, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	var id int64
	err = s.write(ctx, func(b *batch) (error, error) {
		b.w.state.run++
		b.w.state.runOpen = true
		id = b.w.state.run
		_, err := b.exec("INSERT INTO runs (id, record) VALUES (?, ?)", id, string(record))
		return nil, err
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// UpdateRun implements importer.Store.
func (s *Store) UpdateRun(ctx context.Context, r importer.Run) error {
	record, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.write(ctx, func(b *batch) (error, error) {
		res, err := b.exec("UPDATE runs SET record = ? WHERE id = ?", string(record), r.ID)
		if err != nil {
			return nil, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("no run %d", r.ID), err
		}
		if r.ID == b.w.state.run {
			b.w.state.runOpen = r.EndedAt.IsZero()
		}
		return nil, nil
	})
}

// Runs implements importer.Store.
func (s *Store) Runs(ctx context.Context, limit int) ([]importer.Run, error) {
	if limit <= 0 {
		limit = -1
	}
	rows, err := s.db.QueryContext(ctx, "SELECT id, record FROM runs ORDER BY id DESC LIMIT ?", limit)
	out, err := all(rows, err, func(rows *sql.Rows, r *importer.Run) error {
		var id int64
		var record string
		if err := rows.Scan(&id, &record); err != nil {
			return err
		}
		if json.Unmarshal([]byte(record), r) != nil {
			return damaged(s.path, fmt.Sprintf("run %d cannot be read", id))
		}
		r.ID = id
		return nil
	})
	return out, s.explain(err)
}
