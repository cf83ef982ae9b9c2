package mapping

import (
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// A Checker looks at rows beside each other: one key twice, one resource for
// two clients. It keeps 64 bits of a hash and a position for each, about 25
// bytes: in one of some thirty million sheets of a million rows two customers
// would be taken for one, and the later of them be told invalid. Not safe for
// concurrent use while rows are added.
type Checker struct {
	seed   maphash.Seed
	sheets []string
	keys   map[int64]place // by Key.Hash
	shared map[uint64]place
}

// A place is a row's position, small.
type place struct {
	sheet  uint16
	number uint32
}

// NewChecker returns a Checker that has seen no row.
func NewChecker() *Checker {
	return &Checker{seed: maphash.MakeSeed(), keys: map[int64]place{}, shared: map[uint64]place{}}
}

// resource is a kind of resource with an id, as a hash takes it.
type resource struct{ kind, id string }

// exclusive are the kinds of resources that belong to one client.
var exclusive = []string{"assistant", "campaign", "phone_number"}

// Check looks at one row beside those before it. It is called once for each
// row, in order, faulty or not, but not for skipped ones, which claim no key.
func (c *Checker) Check(req importer.Request, cell importer.Cell) []importer.Finding {
	var out []importer.Finding
	at := c.place(req.Row)
	if req.Key != "" {
		h := req.Key.Hash()
		if first, twice := c.keys[h]; twice {
			return append(out, DuplicateKey(cell, c.ref(first)))
		}
		c.keys[h] = at
	}
	for _, kind := range exclusive {
		for _, id := range req.Client.Resources[kind] {
			h := maphash.Comparable(c.seed, resource{kind, id})
			if first, twice := c.shared[h]; !twice {
				c.shared[h] = at
			} else if first != at {
				out = append(out, importer.Finding{Severity: importer.Warning, Code: "shared_resource", Cell: cell, Path: paths.Resources + kind,
					Message: fmt.Sprintf("%s %q is given to the client in row %s too", kind, id,
						c.ref(first)), Advice: "make sure that two clients are meant to share it"})
			}
		}
	}
	return out
}

// Finish gives back what only Check needs: First alone may be called from then on.
func (c *Checker) Finish() { c.shared = nil }

// DuplicateKey is the fault of the later of two rows with one key.
func DuplicateKey(cell importer.Cell, first importer.RowRef) importer.Finding {
	return importer.Finding{Severity: importer.Fault, Code: "duplicate_key", Cell: cell,
		Message: fmt.Sprintf("is the same customer as row %s: both have one key", first), Advice: "remove one of the rows, or correct its e-mail"}
}

// First tells where a key stands first. It may be called by several goroutines
// once all rows were checked.
func (c *Checker) First(k importer.Key) (importer.RowRef, bool) { return c.FirstHash(k.Hash()) }

// FirstHash is First by Key.Hash.
func (c *Checker) FirstHash(hash int64) (importer.RowRef, bool) {
	p, ok := c.keys[hash]
	if !ok {
		return importer.RowRef{}, false
	}
	return c.ref(p), true
}

func (c *Checker) place(r importer.RowRef) place {
	i := slices.Index(c.sheets, r.Sheet)
	if i < 0 {
		i = len(c.sheets)
		c.sheets = append(c.sheets, r.Sheet)
	}
	return place{uint16(i), uint32(r.Number)}
}

func (c *Checker) ref(p place) importer.RowRef {
	return importer.RowRef{Sheet: c.sheets[p.sheet], Number: int(p.number)}
}
