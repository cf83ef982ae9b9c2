package rows

import (
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A keyDefinition says which fields of a client make up its key: request paths.
type keyDefinition []string

func (d keyDefinition) has(path string) bool { return slices.Contains(d, path) }

// byAddress tells whether a key is an address and nothing else, so that an entry
// is found by one.
func (d keyDefinition) byAddress() bool { return len(d) == 1 && isAddress(d[0]) }

func isAddress(path string) bool {
	return path == "client_details.email" || strings.HasPrefix(path, "client_users.")
}

// addresses are the addresses in a key, as logins.
func (d keyDefinition) addresses(k importer.Key) (out []importer.Mark) {
	parts := k.Parts()
	for i, path := range d {
		if isAddress(path) && i < len(parts) {
			out = append(out, importer.LoginMark(parts[i]))
		}
	}
	return out
}

// A customer is a created or in-doubt entry as rows are held against it: by its
// marks without the fields that make up its key.
type customer struct {
	key       int64 // Key.Hash
	names     []importer.Mark
	logins    []importer.Mark
	addresses []importer.Mark // those in its key
	keyLogin  bool            // one of its logins is in its key
	// guessed: the entry was taken over from a file, and nobody knows its
	// logins. Its e-mail is among them, which may be one.
	guessed bool
}

func (d keyDefinition) customer(e importer.Entry) customer {
	c := customer{key: e.Key.Hash(), addresses: d.addresses(e.Key), guessed: e.NewMarks == nil && len(e.Snapshot) == 0}
	m := e.Marks()
	if !d.has("client_details.name") {
		c.names = importer.Marks{Names: m.Names}.All()
	}
	for _, l := range (importer.Marks{Logins: m.Logins}).All() {
		if slices.Contains(c.addresses, l) {
			c.keyLogin = !c.guessed
		} else {
			c.logins = append(c.logins, l)
		}
	}
	return c
}

func (c customer) has(m importer.Mark) bool {
	return slices.Contains(c.names, m) || slices.Contains(c.logins, m)
}

// oneClient tells whether two entries are of one client, because somebody said
// so.
func oneClient(a, b importer.Entry) bool {
	return a.SameAs == b.Key || b.SameAs == a.Key || a.SameAs != "" && a.SameAs == b.SameAs ||
		a.ClientID != "" && a.ClientID == b.ClientID
}

// shares tells whether a row, as it is or as it stands in the sheet, has anything
// of a customer's beside the key.
func (it *Item) shares(e importer.Entry) bool {
	has := e.Marks().All()
	return slices.ContainsFunc(slices.Concat(it.Marks().All(), it.sheetMarks.All()),
		func(m importer.Mark) bool { return slices.Contains(has, m) })
}

// A bearer is a row with its marks.
type bearer struct {
	*Item
	names  []importer.Mark
	logins []importer.Mark
	// ownLogin: the first login stands in a column of its own, and is not just
	// the row's key once more.
	ownLogin bool
}

func newBearer(in *Input, it *Item) bearer {
	m := it.Marks()
	return bearer{Item: it, names: importer.Marks{Names: m.Names}.All(), logins: importer.Marks{Logins: m.Logins}.All(),
		ownLogin: len(it.members) < 2 && in.Mapper.OwnLogin(it.Row)}
}

func (b bearer) marks() []importer.Mark { return slices.Concat(b.names, b.logins) }

// as tells whether a row says of a customer just what is known.
func (b bearer) as(e importer.Entry) bool { return importer.SameMarks(e.Marks().All(), b.marks()) }
