package correction

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// format is what the first line of a file says; a program refuses those it does
// not know, since it could not tell what they change.
const format = 1

// A head is the first line of a file.
type head struct {
	Format int    `json:"corrections"`
	Salt   []byte `json:"salt"` // of the old values of secrets
}

// A line is a corrected cell, or what takes a change back.
type line struct {
	Change int `json:"change"`       // lines of one change stand together
	Of     int `json:"of,omitempty"` // how many cells the change has
	Undo   int `json:"undo,omitempty"`

	Key    importer.Key `json:"key,omitempty"`
	Hash   string       `json:"cells,omitempty"`
	Nth    int          `json:"nth,omitempty"` // 0 is 1
	Same   string       `json:"same,omitempty"`
	Place  string       `json:"row,omitempty"`
	Column string       `json:"column,omitempty"`
	Old    string       `json:"old,omitempty"`
	OldMAC string       `json:"old_mac,omitempty"`
	New    string       `json:"new,omitempty"`

	Who  string    `json:"who,omitempty"`
	When time.Time `json:"at"`
}

func (c Correction) line(of int, salt []byte) line {
	l := line{Change: c.Change, Of: of, Key: c.Row.Key, Hash: c.Row.Hash, Same: c.Row.Same, Place: c.Row.Place,
		Column: c.Column, Old: c.Old, New: c.New, Who: c.Who, When: c.When}
	if c.Row.Nth > 1 {
		l.Nth = c.Row.Nth
	}
	switch {
	case c.mac != "": // of this file, whose salt it was made with
		l.OldMAC = c.mac
	case c.Secret:
		l.Old, l.OldMAC = "", macOf(salt, c.Old)
	}
	return l
}

// sound tells whether the line says what it has to.
func (l line) sound() bool { return l.Change > 0 && (l.Undo != 0 || l.Column != "" && l.Hash != "") }

func (l line) correction() Correction {
	return Correction{Row: RowName{l.Key, l.Hash, max(l.Nth, 1), l.Same, l.Place}, Column: l.Column, Old: l.Old, New: l.New,
		Secret: l.OldMAC != "", Who: l.Who, When: l.When, Change: l.Change, mac: l.OldMAC}
}

// A change is what one step of a person did: its cells, or the number of the
// change that it takes back.
type change struct {
	number int
	undo   int // the change that it takes back; 0: none
	cells  []Correction
	whole  bool
}

// parse reads whole lines. What stands behind the last line end was cut by a
// crash and does not count, nor does a last change that lacks some of its cells.
func parse(file string, b []byte) (*Snapshot, error) {
	b = b[:bytes.LastIndexByte(b, '\n')+1]
	s := &Snapshot{Length: int64(len(b))}
	if len(b) == 0 {
		return s, nil
	}
	s.Digest = digestOf(b)
	var changes []change
	for n := 1; len(b) > 0; n++ {
		text, rest, _ := bytes.Cut(b, []byte{'\n'})
		b = rest
		if n == 1 {
			var h head
			if json.Unmarshal(text, &h) != nil || h.Format == 0 {
				return nil, &Error{File: file, Line: n, What: "this is no file of corrections",
					hint: "its name says that it belongs to the sheet beside it: move it elsewhere if it is something of your own"}
			}
			if h.Format > format {
				return nil, &Error{File: file, Line: n, What: fmt.Sprintf("it was written by a newer version (format %d, this program knows %d)",
					h.Format, format),
					hint: "update bulkonboard"}
			}
			s.salt = h.Salt
			continue
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil || !l.sound() {
			return nil, &Error{File: file, Line: n, What: "this line is no correction",
				hint: "repair the line or take it out: a correction that is not understood must not be passed over"}
		}
		changes = gather(changes, l)
		if s.lines++; s.lines > MostCells {
			return nil, tooMany(file)
		}
	}
	s.count(changes)
	s.index()
	return s, nil
}

// gather adds a line to the change that it belongs to.
func gather(all []change, l line) []change {
	if n := len(all); n == 0 || all[n-1].number != l.Change || l.Undo != 0 {
		all = append(all, change{number: l.Change, undo: l.Undo})
	}
	c := &all[len(all)-1]
	if l.Undo == 0 {
		c.cells = append(c.cells, l.correction())
	}
	c.whole = l.Undo != 0 || len(c.cells) == l.Of
	return all
}

// count keeps the cells of changes that are whole and not taken back.
func (s *Snapshot) count(all []change) {
	gone := map[int]bool{}
	// From the newest on: an undo that was itself taken back takes nothing.
	for _, c := range slices.Backward(all) {
		s.last = max(s.last, c.number)
		if c.undo != 0 && !gone[c.number] {
			gone[c.undo] = true
		}
	}
	for _, c := range all {
		if c.whole && !gone[c.number] {
			s.cells = append(s.cells, c.cells...)
		}
	}
}
