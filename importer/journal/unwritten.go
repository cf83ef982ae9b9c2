package journal

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A hashRow says that an entry is found by a hash: of its key, of its client id,
// of a mark.
type hashRow struct {
	hash, entry int64
	fingerprint int64 // of a key: importer.Known.Fingerprint
	before      int32 // the row before it with this hash, from 1; 0: none
}

// byHash is rows in memory, to be found by hash.
type byHash struct {
	rows   []hashRow
	newest map[int64]int32 // the last row with a hash, from 1
}

// add appends a row, or makes the newest one with its hash what it says where
// that is the same entry's.
func (s *byHash) add(r hashRow) {
	if s.newest == nil {
		s.newest = map[int64]int32{}
	}
	r.before = s.newest[r.hash]
	if r.before > 0 && s.rows[r.before-1].entry == r.entry {
		s.rows[r.before-1].fingerprint = r.fingerprint
		return
	}
	s.rows = append(s.rows, r)
	s.newest[r.hash] = int32(len(s.rows))
}

// entries appends those that are found by a hash, newest first.
func (s *byHash) entries(to []int64, hash int64) []int64 {
	for i := s.newest[hash]; i > 0; i = s.rows[i-1].before {
		to = append(to, s.rows[i-1].entry)
	}
	return to
}

// sorted are the rows in the order of their place in the file.
func (s *byHash) sorted() []hashRow {
	out := slices.Clone(s.rows)
	slices.SortFunc(out, func(x, y hashRow) int {
		return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.entry, y.entry))
	})
	return out
}

// A table is the rows of keys, of clients or of marks that the file may lack.
type table struct {
	name string
	new  byHash // collected
	old  byHash // on their way to the file
	// rest are those of old that are still to be written, in order.
	rest []hashRow
	// filter has every hash, in memory and in the file, once the writer made it.
	filter filter
	asked  int64 // how often the file was asked
}

func (t *table) add(r hashRow) {
	t.new.add(r)
	t.filter.add(r.hash)
}

// flush makes all that is collected what is on its way.
func (t *table) flush() {
	for _, r := range t.new.rows {
		t.old.add(r)
	}
	t.rest = slices.Concat(t.rest, t.new.sorted())
	t.new = byHash{}
}

// unwritten are the hashes of entries that the file may lack. The writer fills
// it; a Store that only reads gleans it from the entries. It is safe for
// concurrent use.
type unwritten struct {
	mu                   sync.RWMutex
	keys, clients, marks table
	// upTo is the attempt that all collected before the last turn are of, or of
	// an earlier one.
	upTo int64
	some atomic.Bool // there is anything
}

func (u *unwritten) tables() []*table { return []*table{&u.keys, &u.clients, &u.marks} }

func (u *unwritten) addKey(hash, entry, fingerprint int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.keys.add(hashRow{hash: hash, entry: entry, fingerprint: fingerprint})
	u.some.Store(true)
}

func (u *unwritten) addClient(id string, entry int64) {
	if id == "" {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.clients.add(hashRow{hash: clientHash(id), entry: entry})
	u.some.Store(true)
}

func (u *unwritten) addMarks(entry int64, marks ...importer.Mark) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, m := range marks {
		u.marks.add(hashRow{hash: int64(m), entry: entry})
	}
	u.some.Store(true)
}

// waiting is how many rows of the fullest table are collected.
func (u *unwritten) waiting() int {
	return max(len(u.keys.new.rows), len(u.clients.new.rows), len(u.marks.new.rows))
}

// left is how many rows are on their way.
func (u *unwritten) left() int { return len(u.keys.rest) + len(u.clients.rest) + len(u.marks.rest) }

// turn starts to write what is collected. Nothing is on its way.
func (u *unwritten) turn(upTo int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, t := range u.tables() {
		t.rest, t.old, t.new = t.new.sorted(), t.new, byHash{}
	}
	u.upTo = upTo
}

// flush is turn for those who cannot wait until nothing is on its way.
func (u *unwritten) flush(upTo int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, t := range u.tables() {
		t.flush()
	}
	u.upTo = upTo
}

// written forgets what is in the file for good.
func (u *unwritten) written() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, t := range u.tables() {
		t.old = byHash{}
	}
	u.some.Store(u.waiting() > 0)
}

// entriesOf are those that are found by these hashes.
func (u *unwritten) entriesOf(t *table, hashes ...int64) []int64 {
	out := []int64{}
	if !u.some.Load() {
		return out
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	for _, h := range hashes {
		out = t.new.entries(out, h)
		out = t.old.entries(out, h)
	}
	return out
}

// fingerprints are the keys' rows that the file may lack, by entry.
func (u *unwritten) fingerprints() map[int64]hashRow {
	u.mu.RLock()
	defer u.mu.RUnlock()
	out := map[int64]hashRow{}
	for _, s := range []*byHash{&u.keys.old, &u.keys.new} {
		for _, r := range s.rows {
			out[r.entry] = r
		}
	}
	return out
}
