package rows

import (
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// evidence is what a survey has seen of marks: enough to say whose row each row
// is. It holds hashes, and nothing of rows that say of their customer just what
// is known. Customers are told apart by Key.Hash.
type evidence struct {
	marks     map[importer.Mark]sighting // of those that one customer alone has
	addresses map[importer.Mark]sighting // logins of rows that are the address in a customer's key
	// loose are the customers whose rows have other marks than theirs, and
	// whether they have one of theirs at least.
	loose map[int64]bool
	// aside are the customers who have a row that claims no key, because the
	// filter leaves it out or a correction stands in for it, and whether it has
	// all of their marks.
	aside    map[int64]bool
	suspects []suspect
	// first tells where the row with a customer's key stands.
	first func(int64) (importer.RowRef, bool)
}

func newEvidence(first func(int64) (importer.RowRef, bool)) *evidence {
	return &evidence{marks: map[importer.Mark]sighting{}, addresses: map[importer.Mark]sighting{},
		loose: map[int64]bool{}, aside: map[int64]bool{}, first: first}
}

// A sighting is where a customer's mark was seen.
type sighting struct {
	of, twin int64           // whose it is; twin: the same client under another key
	at       importer.RowRef // a row that is not the customer's own; zero: none
	rows     uint8           // of the input that have it, many at most
	own      bool            // the customer's own row has it
	login    bool
}

// many rows with one login: it tells nobody apart, being an agency's own.
const many = 3

// saw notes that a row has the mark; own, that it is the customer's.
func (s sighting) saw(ref importer.RowRef, own bool) sighting {
	s.rows = min(s.rows+1, many)
	s.own = s.own || own
	if !own && s.at.Number == 0 {
		s.at = ref
	}
	return s
}

func (s sighting) agency() bool { return s.login && s.rows >= many }

// A suspect is a row that does not just say what is known of its customer.
type suspect struct {
	ref     importer.RowRef
	carries []importer.Mark // all its marks
	logins  []importer.Mark // of these, those that may be an address in a key
	joins   []int64         // customers it belongs to unless they have a row of their own

	// Of a row that has the key of a customer:
	known     bool
	own       int64           // the customer
	names     []importer.Mark // which nobody else has
	ownLogins []importer.Mark // which nobody else has
	kept      bool            // the row has a mark of the customer's that is the key once more
	faint     bool            // it has something of the customer's that others have, too
	lostLogin bool            // the customer's login is the key, and not one of the row's
}

// A ruling says whose row a suspect is.
type ruling struct {
	what     verdict
	customer int64
	at       importer.RowRef // where a mark of the customer, or the row with the key, stands; zero: nowhere
}

type verdict uint8

const (
	joined            verdict = iota + 1 // the customer's, under another key
	possibleDuplicate                    // perhaps the customer's
	keyMoved                             // nobody's: it has this customer's key
)

// rule says whose rows the suspects are that are not just new, or what they
// were. changed is how many rows lack a mark of the customer whose key they have.
func (e *evidence) rule() (rulings map[importer.RowRef]ruling, changed int) {
	rulings = map[importer.RowRef]ruling{}
	taken, left := map[int64]bool{}, map[int64]bool{}
	join := func(s suspect) bool {
		for _, c := range s.joins {
			if !taken[c] && (left[c] || !e.here(c)) {
				taken[c], rulings[s.ref] = true, ruling{what: joined, customer: c}
				return true
			}
		}
		return false
	}
	for _, s := range e.suspects {
		if !s.known {
			continue
		}
		at, moved, lost := e.moved(s)
		if lost {
			changed++
		}
		switch {
		case moved && join(s):
			left[s.own] = true
		case moved:
			rulings[s.ref] = ruling{what: keyMoved, customer: s.own, at: at}
		}
	}
	for _, s := range e.suspects {
		if s.known || join(s) {
			continue
		}
		if c, yes := e.duplicate(s); yes {
			at, _ := e.first(c)
			rulings[s.ref] = ruling{what: possibleDuplicate, customer: c, at: at}
		}
	}
	return rulings, changed
}

// moved tells whether a row with the key of a customer is perhaps somebody
// else's, and where a mark of that customer stands then. lost tells that it
// lacks one of them.
func (e *evidence) moved(s suspect) (at importer.RowRef, moved, lost bool) {
	kept, faint, login := s.kept, s.faint, s.lostLogin
	for i, m := range slices.Concat(s.names, s.ownLogins) {
		sg, carried := e.marks[m], slices.Contains(s.carries, m)
		switch {
		case sg.agency():
			faint = faint || carried
		case carried:
			kept = true
		default:
			lost = true
			login = login || i >= len(s.names)
			if at.Number == 0 {
				at = sg.at
			}
		}
	}
	lost = lost || s.lostLogin
	if kept {
		return importer.RowRef{}, false, lost
	}
	moved = at.Number > 0 || login && !faint && len(s.carries) > 0 || slices.ContainsFunc(s.carries, func(m importer.Mark) bool {
		sg, seen := e.marks[m]
		return seen && !sg.agency() && sg.of != s.own && sg.twin != s.own
	})
	return at, moved, lost
}

// duplicate finds the customer that a row with a new key may be: the first
// whose mark it has, and better one whose own row is not here.
func (e *evidence) duplicate(s suspect) (customer int64, yes bool) {
	found := func(c int64) {
		if !yes || !e.here(c) && e.here(customer) {
			customer, yes = c, true
		}
	}
	for _, m := range s.carries {
		if sg, seen := e.marks[m]; seen && !sg.agency() && !sg.own && !e.intact(sg.of) && !(sg.twin != 0 && e.intact(sg.twin)) {
			found(sg.of)
		}
	}
	for _, m := range s.logins {
		if sg, seen := e.addresses[m]; seen && !sg.agency() && !e.intact(sg.of) && !e.loose[sg.of] {
			found(sg.of)
		}
	}
	return customer, yes
}

// here tells whether a row with the customer's key is in the input.
func (e *evidence) here(customer int64) bool {
	_, here := e.first(customer)
	_, aside := e.aside[customer]
	return here || aside
}

// intact tells whether a row with the customer's key has all their marks.
func (e *evidence) intact(customer int64) bool {
	if e.aside[customer] {
		return true
	}
	_, here := e.first(customer)
	_, loose := e.loose[customer]
	return here && !loose
}
