package journal

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// hashesMost is how many rows of one table are collected to be written in
// one order. They are hashes, so each lies on a page of its own: written with
// its attempt it would cost more than the attempt, and the more the larger the job.
var hashesMost = 1 << 16

// hashesAtOnce is how many of each one transaction writes: nobody waits long.
var hashesAtOnce = 128

// hashesInOne is how many one statement writes: a statement costs as much as
// what it does.
const hashesInOne = 32

// clientHash is how an entry is found by its client id. It stands in the file:
// another hash is another format.
func clientHash(id string) int64 {
	sum := sha256.Sum256([]byte("c" + id))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// knownFingerprint is a key's, as importer.Known has it.
func knownFingerprint(s importer.Status, fingerprint string) int64 {
	if s != importer.Created {
		return 0
	}
	return importer.FingerprintHash(fingerprint)
}

// writeHashes writes some of what is on its way, and begins anew once all is
// written and enough is collected.
func (b *batch) writeHashes() error {
	u := &b.w.hashes
	n := hashesAtOnce
	if u.waiting() > hashesMost {
		n = math.MaxInt // the next ones wait already
	}
	return b.writeRest(n)
}

// writeAll writes all that was ever collected.
func (b *batch) writeAll() error {
	b.w.hashes.flush(b.settled())
	return b.writeRest(math.MaxInt)
}

// writeRest writes n rows of each table, and after the last of them how far
// that was.
func (b *batch) writeRest(n int) error {
	u := &b.w.hashes
	if u.left() == 0 {
		return nil
	}
	err := b.insertHashes(&u.keys, n, 3, "INSERT INTO keys (hash, entry, fingerprint) VALUES ",
		" ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint")
	if err == nil {
		err = b.insertHashes(&u.clients, n, 2, "INSERT OR IGNORE INTO clients (hash, entry) VALUES ", "")
	}
	if err == nil {
		err = b.insertHashes(&u.marks, n, 2, "INSERT OR IGNORE INTO marks (hash, entry) VALUES ", "")
	}
	if err == nil && u.left() == 0 {
		b.w.state.hashed = max(b.w.state.hashed, u.upTo)
		b.written = true
	}
	return err
}

func (b *batch) insertHashes(t *table, n, columns int, insert, conflict string) error {
	n = min(n, len(t.rest))
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	for part := range slices.Chunk(t.rest[:n], hashesInOne) {
		args := make([]any, 0, columns*hashesInOne)
		for _, r := range part {
			args = append(args, []any{r.hash, r.entry, r.fingerprint}[:columns]...)
		}
		if _, err := b.exec(insert+row+strings.Repeat(", "+row, len(part)-1)+conflict, args...); err != nil {
			return err
		}
	}
	t.rest = t.rest[n:]
	return nil
}

// filterEvery is how many rows of a table are worth one question to it: so many
// are read in the time of one.
const filterEvery = 16

// lacks tells of most new hashes, without asking the file, that they are new. To
// know that it reads the table once, when a run has so many new ones that it pays.
func (b *batch) lacks(t *table, hash int64) (bool, error) {
	if t.filter != nil {
		return t.filter.lacks(hash), nil
	}
	if t.asked++; t.asked*filterEvery < b.w.entries {
		return false, nil
	}
	hashes, err := b.integers("SELECT hash FROM " + t.name)
	if err != nil {
		return false, err
	}
	f := make(filter, filterBits/64)
	for _, h := range hashes {
		f.add(h)
	}
	for _, some := range []byHash{t.old, t.new} {
		for _, r := range some.rows {
			f.add(r.hash)
		}
	}
	t.filter = f
	return f.lacks(hash), nil
}

// holder is the key of another entry that holds a client id; "" if none does.
// It is asked for every client that is created.
func (b *batch) holder(clientID string, entry int64) (key importer.Key, err error) {
	if clientID == "" {
		return "", nil
	}
	hash := clientHash(clientID)
	t := &b.w.hashes.clients
	if lacks, err := b.lacks(t, hash); lacks || err != nil {
		return "", err
	}
	const is = " e.client_id = ? AND e.id <> ? LIMIT 1"
	for _, id := range b.w.hashes.entriesOf(t, hash) {
		err := b.row("SELECT e.key FROM entries e WHERE e.id = ? AND"+is, id, clientID, entry).Scan(&key)
		if key != "" || err != nil && !errors.Is(err, sql.ErrNoRows) {
			return key, err
		}
	}
	err = b.row("SELECT e.key FROM clients c JOIN entries e ON e.id = c.entry WHERE c.hash = ? AND"+is, hash, clientID, entry).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return key, err
}

// settled is the last attempt or decision that nothing is to come for, nor for
// one before. The hashes of the operation at work may be still to come.
func (b *batch) settled() int64 {
	last := b.before
	for id := range b.w.open { // their client ids are still to come
		last = min(last, id-1)
	}
	return last
}

// turnHashes begins to write what is collected, if it is much. The commit is
// done: who looks for what was on its way finds it in the file.
func (w *writer) turnHashes(b *batch) {
	u := &w.hashes
	if b.written {
		u.written()
	}
	if u.left() == 0 && u.waiting() >= hashesMost {
		u.turn(b.settled())
	}
}

// forgetMarks makes an entry no more to be found by these marks.
func (b *batch) forgetMarks(entry int64, marks []importer.Mark) error {
	if len(marks) == 0 {
		return nil
	}
	if err := b.writeAll(); err != nil { // what waits may be of this entry
		return err
	}
	for _, m := range marks {
		if _, err := b.exec("DELETE FROM marks WHERE hash = ? AND entry = ?", int64(m), entry); err != nil {
			return err
		}
	}
	return nil
}
