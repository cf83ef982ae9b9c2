package journal

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bulkonboard/bulkonboard/importer"
)

// identsMost is how many idents are collected to be written in one order. They
// are hashes, so each lies on a page of its own: written with its attempt it
// would cost more than the attempt, and the more the larger the job.
const identsMost = 1 << 16

// identsAtOnce is how many of them one transaction writes: nobody waits long.
const identsAtOnce = 128

// identsInOne is how many one statement writes: a statement costs as much as
// what it does.
const identsInOne = 32

// An identRow says that an entry has a name, a login or a client id: nameIdent,
// emailIdent, clientIdent.
type identRow struct {
	value, entry int64
	client       bool // of a client id
}

// identsOf are those of an entry with this name and these logins.
func identsOf(to []identRow, entry int64, name string, emails []string) []identRow {
	if importer.Fold(name) != "" {
		to = append(to, identRow{value: nameIdent(name), entry: entry})
	}
	for _, e := range emails {
		if e == "" {
			continue
		}
		to = append(to, identRow{value: emailIdent(e), entry: entry})
	}
	return to
}

// identsKnown are those of an entry as it stands: with the name that was sent and
// the one that the server has made of it, and with its client id. The logins
// are those that were sent; of one taken over from a file, which has no
// snapshot, the address is all there is.
func identsKnown(to []identRow, entry int64, name, email, clientID, snapshot string) []identRow {
	var c importer.Client
	emails := []string{importer.Fold(email)}
	if json.Unmarshal([]byte(snapshot), &c) == nil && len(c.Users) > 0 {
		emails = c.UserEmails()
	}
	to = identsOf(to, entry, c.Details.Name, emails)
	if importer.Fold(name) != importer.Fold(c.Details.Name) {
		to = identsOf(to, entry, name, nil)
	}
	if clientID != "" {
		to = append(to, identRow{clientIdent(clientID), entry, true})
	}
	return to
}

// unwritten are the idents on their way to the file.
type unwritten struct {
	new    []identRow // collected
	sorted []identRow // being written, from the front
	// clients are those of client ids within new, and the entries they stand for.
	clients map[int64]int64
	// filed tells that the file may hold some; 0: not known yet, -1: it has none.
	filed int
	// upTo is the attempt that all are of, or of an earlier one, once sorted is
	// written.
	upTo    int64
	waiting atomic.Bool // there are some that no commit has in the file; read by everybody
}

// identify lets Similar and ByClientID find an entry. What a crash keeps from
// being written, openIdents finds again.
func (b *batch) identify(more ...identRow) error {
	u := &b.w.idents
	u.new = append(u.new, more...)
	for _, i := range more {
		if i.client {
			if u.clients == nil {
				u.clients = map[int64]int64{}
			}
			u.clients[i.value] = i.entry
		}
	}
	u.waiting.Store(len(u.new)+len(u.sorted) > 0)
	if len(u.new) < identsMost {
		return nil
	}
	if err := b.writeSorted(len(u.sorted)); err != nil {
		return err
	}
	return b.sortIdents()
}

// sortIdents takes what is collected into the order of its place in the file.
func (b *batch) sortIdents() error {
	last, err := b.last()
	if err != nil {
		return err
	}
	for id := range b.w.open { // their client ids are still to come
		last = min(last, id-1)
	}
	u := &b.w.idents
	u.sorted, u.new, u.upTo = u.new, u.sorted[:0], last
	clear(u.clients)
	slices.SortFunc(u.sorted, func(x, y identRow) int {
		return cmp.Or(cmp.Compare(x.value, y.value), cmp.Compare(x.entry, y.entry))
	})
	return nil
}

// writeSorted writes n of those that are in order, and after the last of them
// how far that was.
func (b *batch) writeSorted(n int) error {
	u := &b.w.idents
	n = min(n, len(u.sorted))
	if n == 0 {
		return nil
	}
	for part := range slices.Chunk(u.sorted[:n], identsInOne) {
		args := make([]any, 0, 2*identsInOne)
		for _, i := range part {
			args = append(args, i.value, i.entry)
		}
		u.filed = 1
		if _, err := b.exec("INSERT OR IGNORE INTO idents (value, entry) VALUES (?, ?)"+strings.Repeat(", (?, ?)", len(part)-1), args...); err != nil {
			return err
		}
	}
	if u.sorted = u.sorted[n:]; len(u.sorted) > 0 {
		return nil
	}
	_, err := b.exec("INSERT INTO sequence (name, value) VALUES ('idents', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", u.upTo)
	return err
}

// holder is the key of another entry that holds a client id; "" if none does.
// It is asked for every client that is created, hence not of the file where that
// cannot have one.
func (b *batch) holder(clientID string, entry int64) (importer.Key, error) {
	u, value := &b.w.idents, clientIdent(clientID)
	var suspects []int64
	if other, ok := u.clients[value]; ok {
		suspects = append(suspects, other)
	}
	at, _ := slices.BinarySearchFunc(u.sorted, value, func(i identRow, v int64) int { return cmp.Compare(i.value, v) })
	for ; at < len(u.sorted) && u.sorted[at].value == value; at++ {
		suspects = append(suspects, u.sorted[at].entry)
	}
	if u.filed == 0 {
		if err := b.row("SELECT 2 * EXISTS (SELECT 1 FROM idents) - 1").Scan(&u.filed); err != nil {
			return "", err
		}
	}
	for _, s := range suspects {
		key, err := b.held("SELECT key FROM entries WHERE id = ? AND client_id = ? AND id <> ?", s, clientID, entry)
		if key != "" || err != nil {
			return key, err
		}
	}
	if u.filed < 0 {
		return "", nil
	}
	return b.held("SELECT e.key FROM idents i JOIN entries e ON e.id = i.entry WHERE i.value = ? AND e.client_id = ? AND e.id <> ? LIMIT 1", value, clientID, entry)
}

// held is the key that a query finds; "" if it finds none.
func (b *batch) held(query string, args ...any) (key importer.Key, err error) {
	if err = b.row(query, args...).Scan(&key); errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return key, err
}

// writeIdents writes all that wait.
func (b *batch) writeIdents() error {
	if err := b.writeSorted(len(b.w.idents.sorted)); err != nil {
		return err
	}
	if err := b.sortIdents(); err != nil {
		return err
	}
	return b.writeSorted(len(b.w.idents.sorted))
}

// settleIdents writes what waits before somebody looks.
func (s *Store) settleIdents(ctx context.Context) error {
	if s.w == nil || !s.w.idents.waiting.Load() {
		return nil
	}
	return s.write(ctx, func(b *batch) (refusal, err error) { return nil, b.writeIdents() })
}

// A queryer is a connection or a database.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A gleaned is what a reader knows of the idents that a run beside it has not
// written yet. It is safe for concurrent use.
type gleaned struct {
	mu   sync.Mutex
	by   map[int64][]int64 // entries
	upTo int64             // the attempt that all are of, or of an earlier one
}

// entries are those with one of these idents, as far as the file lacks them.
func (g *gleaned) entries(ctx context.Context, db queryer, values []int64) ([]int64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	idents, upTo, err := openIdents(ctx, db, g.upTo)
	if err != nil {
		return nil, err
	}
	for _, i := range idents {
		if !slices.Contains(g.by[i.value], i.entry) {
			g.by[i.value] = append(g.by[i.value], i.entry)
		}
	}
	g.upTo = upTo
	out := []int64{}
	for _, v := range values {
		out = append(out, g.by[v]...)
	}
	return out, nil
}

// openIdents are those of the entries whose attempts began after the last
// writeIdents, and after the attempt from: a run that is at it, or that died, has
// not written them. upTo is the attempt up to which nothing more will come.
func openIdents(ctx context.Context, db queryer, from int64) (out []identRow, upTo int64, err error) {
	var written int64
	err = db.QueryRowContext(ctx, "SELECT value FROM sequence WHERE name = 'idents'").Scan(&written)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, from, err
	}
	from = max(from, written)
	upTo, flying := from, int64(math.MaxInt64)
	rows, err := db.QueryContext(ctx, `SELECT id, last, open, client_name, primary_email, client_id, snapshot FROM entries INDEXED BY entries_by_status
 WHERE status IN (?, ?, ?, ?) AND last > ?`, importer.Created, importer.InDoubt, importer.Rejected, importer.Failed, from)
	if err != nil {
		return nil, from, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var (
			id, last                      int64
			open                          bool
			name, email, client, snapshot sql.NullString
		)
		if err := rows.Scan(&id, &last, &open, &name, &email, &client, &snapshot); err != nil {
			return nil, from, err
		}
		if upTo = max(upTo, last); open {
			flying = min(flying, last)
		}
		out = identsKnown(out, id, name.String, email.String, client.String, snapshot.String)
	}
	return out, min(upTo, flying-1), rows.Err()
}
