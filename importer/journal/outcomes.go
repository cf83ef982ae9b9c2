package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// openOf finds an attempt that is not finished; a refusal if there is none.
func (b *batch) openOf(id int64) (a openAttempt, refusal, err error) {
	if a, ok := b.w.open[id]; ok {
		return a, nil, nil
	}
	var (
		key         importer.Key
		open        bool
		name, marks sql.NullString
	)
	err = b.row(`SELECT id, key, open, run, begun_at, resend, coalesce(fingerprint, ''), client_name, marks
 FROM entries INDEXED BY entries_by_status WHERE status IN (?, ?, ?, ?) AND last = ? AND attempt = last`,
		importer.InDoubt, importer.Created, importer.Rejected, importer.Failed, id).
		Scan(&a.entry, &key, &open, &a.run, &a.begun, &a.resend, &a.fingerprint, &name, &marks)
	if errors.Is(err, sql.ErrNoRows) {
		if err = b.row("SELECT run FROM attempts WHERE id = ?", id).Scan(&a.run); errors.Is(err, sql.ErrNoRows) {
			return a, fmt.Errorf("no attempt %d", id), nil
		}
		open = false
	}
	if err != nil {
		return a, nil, err
	}
	if !open {
		return a, fmt.Errorf("attempt %d is finished already", id), nil
	}
	a.key, a.name = key.Hash(), name.String
	if marks.Valid {
		err = json.Unmarshal([]byte(marks.String), &a.marks)
	}
	return a, nil, err
}

// Finish implements importer.Journal.
func (s *Store) Finish(ctx context.Context, id importer.AttemptID, o importer.Outcome, queued func()) error {
	switch o.Status {
	case importer.Created, importer.InDoubt, importer.Rejected, importer.Failed:
	default:
		return fmt.Errorf("an attempt cannot end %s", o.Status)
	}
	return s.queue(ctx, queued, func(b *batch) (refusal, err error) {
		a, refusal, err := b.openOf(int64(id))
		if refusal != nil || err != nil {
			return refusal, err
		}
		if o.Status == importer.Created {
			if holder, err := b.holder(o.Receipt.ClientID, a.entry); holder != "" || err != nil {
				return &importer.ClientTakenError{ClientID: o.Receipt.ClientID, Holder: holder}, err
			}
		}
		delete(b.w.open, int64(id))
		if o.Status == importer.Rejected || o.Status == importer.Failed {
			// No client has this password.
			if _, err := b.exec("DELETE FROM seals WHERE attempt = ?", int64(id)); err != nil {
				return nil, err
			}
		}
		b.tally(a).finished(o)
		b.changed()
		return nil, b.finish(int64(id), a, o)
	})
}

// finish makes an entry what its attempt has come to.
func (b *batch) finish(id int64, a openAttempt, o importer.Outcome) error {
	status, told := o.Status, &id
	if a.resend && status != importer.Created {
		status = importer.InDoubt // only a client id clears a doubt
	}
	if status != o.Status {
		told = nil
		if _, err := b.exec(`INSERT INTO attempts (id, entry, run, resend, begun_at, finished_at, status, http_status, code, message)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			id, a.entry, a.run, a.resend, a.begun, finishedAt(o), o.Status, o.HTTPStatus, orNull(o.Code), orNull(o.Message)); err != nil {
			return err
		}
	}
	var r importer.Receipt
	if o.Status == importer.Created {
		r = o.Receipt
	}
	_, err := b.exec(`UPDATE entries SET status = ?, open = 0, attempt = ?, finished_at = ?, client_id = ?,
 client_name = coalesce(?, client_name), primary_email = ?, asset_group_id = ?, http_status = ?, code = ?,
 message = ?, advice = ? WHERE id = ?`,
		status, told, finishedAt(o), orNull(r.ClientID), orNull(r.ClientName), orNull(r.PrimaryEmail), orNull(r.AssetGroupID),
		o.HTTPStatus, orNull(o.Code), orNull(o.Message), orNull(o.Advice), a.entry)
	if err != nil {
		return err
	}
	if status == importer.Created {
		b.w.hashes.addKey(a.key, a.entry, knownFingerprint(status, a.fingerprint))
	}
	b.w.hashes.addClient(r.ClientID, a.entry)
	m := importer.NameMark(r.ClientName)
	if m == 0 || m == importer.NameMark(a.name) {
		return nil
	}
	b.w.hashes.addMarks(a.entry, m)
	if a.marks == nil {
		return nil
	}
	a.marks.Names = append(a.marks.Names, r.ClientName)
	own, err := marksText(a.marks)
	if err == nil {
		_, err = b.exec("UPDATE entries SET marks = ? WHERE id = ?", own, a.entry)
	}
	return err
}

// finishedAt is never NULL: that means an attempt is open.
func finishedAt(o importer.Outcome) int64 {
	if o.FinishedAt.IsZero() {
		return time.Now().UnixMicro()
	}
	return o.FinishedAt.UnixMicro()
}

// Recover implements importer.Store.
func (s *Store) Recover(ctx context.Context) (int, error) {
	n := 0
	err := s.write(ctx, func(b *batch) (refusal, err error) {
		for id, a := range b.w.open {
			delete(b.w.open, id)
			n++
			if _, err := b.exec("UPDATE entries SET open = 0, finished_at = begun_at, code = 'crashed', message = ?, advice = ? WHERE id = ?",
				importer.CrashedMessage(time.UnixMicro(a.begun)), importer.CrashedAdvice, a.entry); err != nil {
				return nil, err
			}
			b.changed()
		}
		return nil, nil
	})
	return n, err
}

// remember finds the attempts that a run left open when it died.
func (b *batch) remember() error {
	open, err := b.integers("SELECT last FROM entries INDEXED BY entries_by_status WHERE status = ? AND open", importer.InDoubt)
	if err != nil {
		return err
	}
	for _, id := range open {
		a, refusal, err := b.openOf(id)
		if err := errors.Join(refusal, err); err != nil {
			return err
		}
		b.w.open[id] = a
	}
	return nil
}

// Reclassify implements importer.Journal.
func (s *Store) Reclassify(ctx context.Context, keys []importer.Key, to importer.Status, advice string) error {
	either := func(s importer.Status) bool { return s == importer.Rejected || s == importer.Failed }
	if !either(to) {
		return fmt.Errorf("an entry is not reclassified %s", to)
	}
	return s.write(ctx, func(b *batch) (refusal, err error) {
		// All are looked at before the first is written: a refusal does not
		// undo the transaction, which is shared with others.
		var ids []int64
		for _, k := range keys {
			e, err := b.find(k, k.Hash())
			if err != nil {
				return nil, err
			}
			if !either(e.status) {
				return fmt.Errorf("%q is not rejected or failed", k), nil
			}
			ids = append(ids, e.id)
		}
		for _, id := range ids {
			if _, err := b.exec("UPDATE entries SET status = ?, advice = ? WHERE id = ?", to, orNull(advice), id); err != nil {
				return nil, err
			}
		}
		b.changed()
		return nil, nil
	})
}
