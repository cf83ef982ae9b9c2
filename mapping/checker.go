package mapping

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Checker looks at rows beside each other: one key twice, one resource for
// two clients. It keeps the first 128 bits of a hash and a position for each,
// about 40 bytes. Not safe for concurrent use while rows are added.
type Checker struct {
	sheets []string
	keys   map[hash]place
	shared map[hash]place
}

type hash [16]byte

// A place is a row's position, small.
type place struct {
	sheet  uint16
	number uint32
}

// NewChecker returns a Checker that has seen no row.
func NewChecker() *Checker {
	return &Checker{keys: map[hash]place{}, shared: map[hash]place{}}
}

func hashOf(parts ...string) hash {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	var out hash
	copy(out[:], h.Sum(nil))
	return out
}

// keyHash is hashOf for the hot path.
func keyHash(k importer.Key) hash {
	sum := sha256.Sum256([]byte(k))
	return hash(sum[:16])
}

// exclusive are the kinds of resources that belong to one client.
var exclusive = []string{"assistant", "campaign", "phone_number"}

// Check looks at one row beside those before it. It is called once for each
// row, in order, faulty or not, but not for skipped ones, which claim no key.
func (c *Checker) Check(req importer.Request, cell importer.Cell) []importer.Finding {
	var out []importer.Finding
	at := c.place(req.Row)
	if req.Key != "" {
		h := keyHash(req.Key)
		if first, twice := c.keys[h]; twice {
			return append(out, DuplicateKey(cell, c.ref(first)))
		}
		c.keys[h] = at
	}
	for _, kind := range exclusive {
		for _, id := range req.Client.Resources[kind] {
			h := hashOf(kind, id)
			if first, twice := c.shared[h]; !twice {
				c.shared[h] = at
			} else if first != at {
				out = append(out, importer.Finding{Severity: importer.Warning, Code: "shared_resource", Cell: cell, Path: pathResources + kind,
					Message: fmt.Sprintf("%s %q is given to the client in row %s too", kind, id, c.ref(first)), Advice: "make sure that two clients are meant to share it"})
			}
		}
	}
	return out
}

// DuplicateKey is the fault of the later of two rows with one key.
func DuplicateKey(cell importer.Cell, first importer.RowRef) importer.Finding {
	return importer.Finding{Severity: importer.Fault, Code: "duplicate_key", Cell: cell,
		Message: fmt.Sprintf("is the same customer as row %s: both have one key", first), Advice: "remove one of the rows, or correct its e-mail"}
}

// First tells where a key stands first. It may be called by several goroutines
// once all rows were checked.
func (c *Checker) First(k importer.Key) (importer.RowRef, bool) {
	p, ok := c.keys[keyHash(k)]
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
