package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
)

// An openAttempt is one that is begun and not finished.
type openAttempt struct {
	entry       int64
	key         int64 // importer.Key.Hash
	run         int64
	begun       int64 // in microseconds
	resend      bool
	fingerprint string
	name        string          // that was sent
	marks       *importer.Marks // importer.Entry.NewMarks
}

// A standing is how an entry stands before its next attempt.
type standing struct {
	id          int64 // 0: there is none
	status      importer.Status
	open        bool
	attempts    int
	fingerprint string
	marked      bool // it has marks of its own
}

// Begin implements importer.Journal.
func (s *Store) Begin(ctx context.Context, a importer.Attempt) (importer.AttemptID, error) {
	var id int64
	hash := a.Key.Hash()
	marks := importer.Marks{Names: []string{a.ClientName}, Logins: a.UserEmails}.All()
	err := s.write(ctx, func(b *batch) (refusal, err error) {
		e, err := b.find(a.Key, hash)
		if err != nil {
			return nil, err
		}
		if e.open || e.status == importer.Created || e.status == importer.InDoubt && !a.Resend {
			return importer.ErrKeyTaken, nil
		}
		id = b.next()
		open := openAttempt{entry: e.id, key: hash, run: b.w.state.run, begun: a.BegunAt.UnixMicro(), resend: a.Resend,
			fingerprint: a.Fingerprint, name: a.ClientName}
		if e.id == 0 {
			open.entry, err = b.first(a, hash, id)
		} else {
			open.marks, err = b.again(e, a, id)
		}
		if err != nil {
			return nil, err
		}
		b.w.open[id] = open
		b.w.hashes.addMarks(open.entry, marks...)
		b.tally(open).begun++
		b.changed()
		if a.Seal == nil {
			return nil, nil
		}
		_, err = b.exec("INSERT INTO seals (attempt, entry, begun_at, sealed) VALUES (?, ?, ?, ?)", id, open.entry, open.begun, a.Seal)
		return nil, err
	})
	if err != nil {
		return 0, err
	}
	return importer.AttemptID(id), nil
}

// find looks for a key's entry, in memory and in the file.
func (b *batch) find(key importer.Key, hash int64) (e standing, err error) {
	if lacks, err := b.lacks(&b.w.hashes.keys, hash); lacks || err != nil {
		return e, err
	}
	const columns = "SELECT e.id, e.status, e.open, e.attempts, coalesce(e.fingerprint, ''), e.marks IS NOT NULL FROM "
	scan := func(row *sql.Row) error {
		err := row.Scan(&e.id, &e.status, &e.open, &e.attempts, &e.fingerprint, &e.marked)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	}
	for _, id := range b.w.hashes.entriesOf(&b.w.hashes.keys, hash) {
		if err := scan(b.row(columns+"entries e WHERE e.id = ? AND e.key = ?", id, key)); err != nil || e.id != 0 {
			return e, err
		}
	}
	err = scan(b.row(columns+"keys k JOIN entries e ON e.id = k.entry WHERE k.hash = ? AND e.key = ?", hash, key))
	return e, err
}

// first makes the entry of a key's first attempt.
func (b *batch) first(a importer.Attempt, hash, id int64) (entry int64, err error) {
	res, err := b.exec(`INSERT INTO entries (key, status, open, last, attempt, sheet, row, client_name, attempts, begun_at,
 fingerprint, secrets_mac, run, resend, snapshot)
 VALUES (?, ?, 1, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)`,
		a.Key, importer.InDoubt, id, id, orNull(a.Row.Sheet), a.Row.Number, orNull(a.ClientName), micros(a.BegunAt),
		a.Fingerprint, orNull(a.SecretsMAC), b.w.state.run, a.Resend, string(a.Snapshot))
	if err != nil {
		return 0, err
	}
	if entry, err = res.LastInsertId(); err == nil {
		b.w.hashes.addKey(hash, entry, 0)
	}
	return entry, err
}

// again begins an attempt for an entry that is there. It returns the marks that
// the entry has of its own from now on.
func (b *batch) again(e standing, a importer.Attempt, id int64) (*importer.Marks, error) {
	marks, err := b.remark(e, a)
	if err != nil {
		return nil, err
	}
	if err := b.keepAttempt(e.id); err != nil {
		return nil, err
	}
	if e.status != importer.InDoubt { // the first answer will say
		b.w.hashes.addKey(a.Key.Hash(), e.id, 0)
	}
	own, err := marksText(marks)
	if err != nil {
		return nil, err
	}
	_, err = b.exec(`UPDATE entries SET status = ?, open = 1, last = ?, attempt = ?, sheet = ?, row = ?, client_id = NULL, client_name = ?,
 primary_email = NULL, asset_group_id = NULL, http_status = NULL, code = NULL, message = NULL, advice = NULL,
 attempts = ?, begun_at = ?, finished_at = NULL, fingerprint = ?, secrets_mac = ?, run = ?,
 resend = ?, marks = ?, same_as = NULL, snapshot = ? WHERE id = ?`,
		importer.InDoubt, id, id, orNull(a.Row.Sheet), a.Row.Number, orNull(a.ClientName), e.attempts+1, micros(a.BegunAt),
		a.Fingerprint, orNull(a.SecretsMAC), b.w.state.run, a.Resend, own, string(a.Snapshot), e.id)
	return marks, err
}

// remark lets go of the marks that an attempt before had and this one has not,
// unless that one may have created a client: then the entry keeps both.
func (b *batch) remark(e standing, a importer.Attempt) (*importer.Marks, error) {
	if e.fingerprint == a.Fingerprint && !e.marked {
		return nil, nil
	}
	was, err := b.entry(e.id)
	if err != nil {
		return nil, err
	}
	own, gone := was.Remark(a)
	return own, b.forgetMarks(e.id, gone)
}

// entry reads an entry whole.
func (b *batch) entry(id int64) (e importer.Entry, err error) {
	st, err := b.stmt(wholeSQL + " WHERE id = ?")
	if err != nil {
		return e, err
	}
	rows, err := st.QueryContext(b.ctx, id)
	if err != nil {
		return e, err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return e, errors.Join(rows.Err(), fmt.Errorf("no entry %d", id))
	}
	return scanPart(importer.Whole).scan(rows)
}

// keepAttempt gives the attempt that an entry tells of a row of its own, before
// the entry tells of something else.
func (b *batch) keepAttempt(entry int64) error {
	_, err := b.exec(`INSERT INTO attempts (id, entry, run, resend, begun_at, finished_at, status, http_status, code, message)
 SELECT attempt, id, run, coalesce(resend, 0), begun_at, finished_at, status, http_status, code, message
 FROM entries WHERE id = ? AND attempt IS NOT NULL`, entry)
	return err
}

// next returns the number of an attempt or a decision: the later, the greater.
func (b *batch) next() int64 {
	b.w.state.last++
	return b.w.state.last
}
