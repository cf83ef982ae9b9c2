package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Begin implements importer.Journal.
func (s *Store) Begin(ctx context.Context, a importer.Attempt) (importer.AttemptID, error) {
	var id int64
	err := s.write(ctx, func(b *batch) (refusal, err error) {
		id, err = b.next()
		if err != nil {
			return nil, err
		}
		run, err := b.run()
		if err != nil {
			return nil, err
		}
		res, err := b.exec(`INSERT INTO entries (key, status, open, last, sheet, row, client_name, attempts, begun_at, snapshot, fingerprint, secrets_mac, run, resend)
 VALUES (?, ?, 1, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
			a.Key, importer.InDoubt, id, orNull(a.Row.Sheet), a.Row.Number, orNull(a.ClientName), micros(a.BegunAt), string(a.Snapshot), a.Fingerprint, orNull(a.SecretsMAC), run, a.Resend)
		if err != nil {
			return nil, err
		}
		isNew, err := res.RowsAffected()
		if err != nil {
			return nil, err
		}
		entry, err := res.LastInsertId()
		if err != nil {
			return nil, err
		}
		if isNew == 0 {
			if entry, refusal, err = b.again(a, id, run); refusal != nil || err != nil {
				return refusal, err
			}
		}
		b.w.open[id] = openAttempt{entry: entry, run: run, begun: a.BegunAt.UnixMicro(), resend: a.Resend}
		if err := b.identify(identsOf(nil, entry, a.ClientName, a.UserEmails)...); err != nil {
			return nil, err
		}
		if a.Seal == nil {
			return nil, nil
		}
		_, err = b.exec("INSERT INTO seals (attempt, entry, begun_at, sealed) VALUES (?, ?, ?, ?)", id, entry, a.BegunAt.UnixMicro(), a.Seal)
		return nil, err
	})
	if err != nil {
		return 0, err
	}
	return importer.AttemptID(id), nil
}

// again begins an attempt for an entry that is there.
func (b *batch) again(a importer.Attempt, id, run int64) (entry int64, refusal, err error) {
	var (
		status   importer.Status
		attempts int
		open     bool
	)
	if err := b.row("SELECT id, status, open, attempts FROM entries WHERE key = ?", a.Key).Scan(&entry, &status, &open, &attempts); err != nil {
		return 0, nil, err
	}
	if open || status == importer.Created || status == importer.InDoubt && !a.Resend {
		return 0, importer.ErrKeyTaken, nil
	}
	_, err = b.exec(`UPDATE entries SET status = ?, open = 1, last = ?, sheet = ?, row = ?, client_id = NULL, client_name = ?, primary_email = NULL,
 asset_group_id = NULL, http_status = NULL, code = NULL, message = NULL, advice = NULL, attempts = ?, begun_at = ?, finished_at = NULL,
 snapshot = ?, fingerprint = ?, secrets_mac = ?, run = ?, resend = ? WHERE id = ?`,
		importer.InDoubt, id, orNull(a.Row.Sheet), a.Row.Number, orNull(a.ClientName), attempts+1, micros(a.BegunAt),
		string(a.Snapshot), a.Fingerprint, orNull(a.SecretsMAC), run, a.Resend, entry)
	return entry, nil, err
}

// next returns the number of an attempt or a decision: the later, the greater.
func (b *batch) next() (int64, error) {
	last, err := b.last()
	if err != nil {
		return 0, err
	}
	b.w.last = last + 1
	return b.w.last, nil
}

// last is the number that was given last.
func (b *batch) last() (int64, error) {
	if b.w.last < 0 {
		if err := b.row("SELECT value FROM sequence WHERE name = 'last'").Scan(&b.w.saved); err != nil {
			return 0, err
		}
		b.w.last = b.w.saved
	}
	return b.w.last, nil
}

// run is the number of the latest run; 0 before the first.
func (b *batch) run() (int64, error) {
	if b.w.run < 0 {
		var n sql.NullInt64
		if err := b.row("SELECT max(id) FROM runs").Scan(&n); err != nil {
			return 0, err
		}
		b.w.run = n.Int64
	}
	return b.w.run, nil
}

// attempt finds one that is not finished; a refusal if there is none.
func (b *batch) attempt(id int64) (a openAttempt, refusal, err error) {
	if a, ok := b.w.open[id]; ok {
		return a, nil, nil
	}
	var done int
	if err := b.row("SELECT count(*) FROM attempts WHERE id = ?", id).Scan(&done); err != nil {
		return a, nil, err
	}
	if done > 0 {
		return a, fmt.Errorf("attempt %d is finished already", id), nil
	}
	err = b.row("SELECT id, run, begun_at, resend FROM entries WHERE status = ? AND last = ? AND open", importer.InDoubt, id).Scan(&a.entry, &a.run, &a.begun, &a.resend)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("no attempt %d", id), nil
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
		a, refusal, err := b.attempt(int64(id))
		if refusal != nil || err != nil {
			return refusal, err
		}
		if o.Status == importer.Created {
			if holder, err := b.holder(o.Receipt.ClientID, a.entry); holder != "" || err != nil {
				return &importer.ClientTakenError{ClientID: o.Receipt.ClientID, Holder: holder}, err
			}
		}
		delete(b.w.open, int64(id))
		if err := b.finished(int64(id), a, finishedAt(o), o); err != nil {
			return nil, err
		}
		if o.Status == importer.Rejected || o.Status == importer.Failed {
			// No client has this password.
			if _, err := b.exec("DELETE FROM seals WHERE attempt = ?", int64(id)); err != nil {
				return nil, err
			}
		}
		status := o.Status
		if a.resend && status != importer.Created {
			status = importer.InDoubt // only a client id clears a doubt
		}
		r := o.Receipt
		_, err = b.exec(`UPDATE entries SET status = ?, open = 0, finished_at = ?, client_id = ?, client_name = coalesce(?, client_name), primary_email = ?,
 asset_group_id = ?, http_status = ?, code = ?, message = ?, advice = ? WHERE id = ?`,
			status, finishedAt(o), orNull(r.ClientID), orNull(r.ClientName), orNull(r.PrimaryEmail), orNull(r.AssetGroupID),
			o.HTTPStatus, orNull(o.Code), orNull(o.Message), orNull(o.Advice), a.entry)
		if err != nil || r.ClientID == "" {
			return nil, err
		}
		return nil, b.identify(identRow{clientIdent(r.ClientID), a.entry, true})
	})
}

// finishedAt is never NULL: that means an attempt is open.
func finishedAt(o importer.Outcome) int64 {
	if o.FinishedAt.IsZero() {
		return time.Now().UnixMicro()
	}
	return o.FinishedAt.UnixMicro()
}

// finished puts an attempt into the history.
func (b *batch) finished(id int64, a openAttempt, at int64, o importer.Outcome) error {
	_, err := b.exec("INSERT INTO attempts (id, entry, run, resend, begun_at, finished_at, status, http_status, code, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		id, a.entry, a.run, a.resend, a.begun, at, o.Status, o.HTTPStatus, orNull(o.Code), orNull(o.Message))
	return err
}

// Recover implements importer.Store. It looks at the entries in doubt, which
// are few.
func (s *Store) Recover(ctx context.Context) (int, error) {
	n := 0
	err := s.write(ctx, func(b *batch) (refusal, err error) {
		rows, err := b.w.conn.QueryContext(b.ctx, "SELECT last, id, run, begun_at, resend FROM entries INDEXED BY entries_by_status WHERE status = ? AND open", importer.InDoubt)
		if err != nil {
			return nil, err
		}
		type open struct {
			id int64
			openAttempt
		}
		var all []open
		for rows.Next() {
			var o open
			if err := rows.Scan(&o.id, &o.entry, &o.run, &o.begun, &o.resend); err != nil {
				_ = rows.Close()
				return nil, err
			}
			all = append(all, o)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
		for _, o := range all {
			message := importer.CrashedMessage(time.UnixMicro(o.begun))
			delete(b.w.open, o.id)
			if err := b.finished(o.id, o.openAttempt, o.begun, importer.Outcome{Status: importer.InDoubt, Code: "crashed", Message: message}); err != nil {
				return nil, err
			}
			if _, err := b.exec("UPDATE entries SET status = ?, open = 0, finished_at = begun_at, code = 'crashed', message = ?, advice = ? WHERE id = ?",
				importer.InDoubt, message, importer.CrashedAdvice, o.entry); err != nil {
				return nil, err
			}
		}
		n = len(all)
		return nil, nil
	})
	return n, err
}

// write hands an operation to the writer.
func (s *Store) write(ctx context.Context, do func(*batch) (refusal, err error)) error {
	return s.queue(ctx, nil, do)
}

// queue is write, and calls queued, unless it is nil, once the operation stands
// before all that are handed over later.
func (s *Store) queue(ctx context.Context, queued func(), do func(*batch) (refusal, err error)) error {
	if s.readOnly {
		return importer.ErrReadOnly
	}
	return s.w.submit(ctx, queued, do)
}
