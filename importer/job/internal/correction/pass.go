package correction

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Snapshot is what a file of corrections said at one moment. It does not
// change, and many passes may use it at once. The zero Snapshot holds nothing.
type Snapshot struct {
	// Length and Digest ("sha256:…") are those of the bytes that were read, in
	// whole lines; Digest is empty where there is no file.
	Length int64
	Digest string

	salt   []byte
	last   int // the number of the last change, undone or not
	lines  int // cells on record, undone or not
	cells  []Correction
	byKey  map[importer.Key][]int // places in cells
	byHash map[string][]int
}

// Cells are how many corrections count, if the sheet has their rows.
func (s *Snapshot) Cells() int { return len(s.cells) }

// Corrections are those that count, in the order of the file. The caller must
// not change them.
func (s *Snapshot) Corrections() []Correction { return s.cells }

// LastChange is the number of the newest change, 0 where there is none.
func (s *Snapshot) LastChange() int { return s.last }

// State tells snapshots apart by what they say, whoever wrote it and when; it is
// empty where nothing is corrected.
func (s *Snapshot) State() string {
	if len(s.cells) == 0 {
		return ""
	}
	h := sha256.New()
	for _, c := range s.cells {
		for _, text := range []string{string(c.Row.Key), c.Row.Hash, strconv.Itoa(c.Row.Nth), c.Row.Same, c.Column, c.New} {
			_, _ = fmt.Fprintf(h, "%d:%s", len(text), text)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// With is the snapshot with one more change, which is in no file.
func (s *Snapshot) With(cells ...Correction) *Snapshot {
	if len(cells) == 0 {
		return s
	}
	out := &Snapshot{salt: s.salt, last: s.last + 1, lines: s.lines + len(cells), cells: slices.Concat(s.cells, cells)}
	for i := range cells {
		out.cells[len(s.cells)+i].Change = out.last
	}
	out.index()
	return out
}

// index makes what passes look up.
func (s *Snapshot) index() {
	s.byKey, s.byHash = map[importer.Key][]int{}, map[string][]int{}
	for i, c := range s.cells {
		if c.Row.Key != "" {
			s.byKey[c.Row.Key] = append(s.byKey[c.Row.Key], i)
		}
		s.byHash[c.Row.Hash] = append(s.byHash[c.Row.Hash], i)
	}
}

// A Pass applies a snapshot to the rows of one pass over the sheet. It is used
// by one goroutine.
type Pass struct {
	s     *Snapshot
	hash  func([]string) string
	used  []bool
	borne map[importer.Key]bool // keys that corrections name and that a row had
	alike map[string]int        // rows so far of each hash that corrections name
}

// Pass starts at the sheet's first row. hash tells rows apart by their cells.
func (s *Snapshot) Pass(hash func([]string) string) *Pass {
	return &Pass{s: s, hash: hash, used: make([]bool, len(s.cells)), borne: map[importer.Key]bool{}, alike: map[string]int{}}
}

// Row returns the cells of a row with its corrections in place, and the
// positions of those that are not what the sheet says; nil where none is. key
// is the row's own as the sheet has it, empty where it is not valid; same is
// what RowName.Same would be. named tells whether the corrections name the row by
// a key. The row itself stays as it is.
func (p *Pass) Row(row importer.Row, key importer.Key, same func() string) (cells []string, at []int, named bool) {
	mine := p.meant(row, key, same)
	named = len(mine) > 0 && p.s.cells[mine[0]].Row.Key != ""
	for len(mine) > 0 {
		column := p.s.cells[mine[0]].Column
		var one []int
		mine = slices.DeleteFunc(mine, func(i int) bool {
			if p.s.cells[i].Column == column {
				one = append(one, i)
				return true
			}
			return false
		})
		i := row.Header.Index(column)
		if i < 0 || i >= len(row.Cells) {
			continue
		}
		if now := p.cell(row.Cells[i], one); now != row.Cells[i] {
			if cells == nil {
				cells = slices.Clone(row.Cells)
			}
			cells[i], at = now, append(at, i)
		}
	}
	slices.Sort(at)
	return cells, at, named
}

// meant are the corrections of a row, in the order of the file.
func (p *Pass) meant(row importer.Row, key importer.Key, same func() string) []int {
	if len(p.s.cells) == 0 || row.Header == nil {
		return nil
	}
	var mine []int
	hash := p.hash(row.Cells)
	if all := p.s.byHash[hash]; len(all) > 0 {
		p.alike[hash]++
		for _, i := range all {
			if p.s.cells[i].Row.Nth == p.alike[hash] {
				mine = append(mine, i)
			}
		}
	}
	all := p.s.byKey[key]
	if len(all) == 0 || p.borne[key] {
		return mine
	}
	p.borne[key] = true // whoever comes later under this key has none of its own
	for _, i := range all {
		if n := &p.s.cells[i].Row; n.Hash != hash && (n.Same == "" || n.Same == same()) {
			mine = append(mine, i)
		}
	}
	slices.Sort(mine)
	return mine
}

// cell is what the corrections of one cell make of it. Each builds on the one
// before; those that came to nothing because the sheet itself says by now what
// the last of them says are not unused.
func (p *Pass) cell(now string, all []int) string {
	for _, i := range all {
		switch c := &p.s.cells[i]; {
		case c.fits(now, p.s.salt):
			now, p.used[i] = c.New, true
		case now == c.New:
			p.used[i] = true
		}
	}
	if last := all[len(all)-1]; p.used[last] {
		for _, i := range all {
			p.used[i] = true
		}
	}
	return now
}

// Unused are the corrections that fitted no cell of the rows so far: their row
// is gone, or its cell holds something else by now.
func (p *Pass) Unused() []Correction {
	var out []Correction
	for i, used := range p.used {
		if !used {
			out = append(out, p.s.cells[i])
		}
	}
	return out
}
