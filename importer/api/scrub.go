package api

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A secret is a text that nothing may repeat, in the forms that it is looked for
// in.
type secret struct{ plain, folded, unescaped string }

func newSecret(s importer.Secret) secret {
	r := reading{b: []byte(s.Reveal())}
	f := secret{plain: s.Reveal(), folded: r.folded().s}
	f.unescaped = f.folded
	if u, changed := r.unescaped(); changed {
		f.unescaped = u.folded().s
	}
	return f
}

// forms are the folded texts that differ.
func (s secret) forms() []string {
	if s.folded == s.unescaped {
		return []string{s.folded}
	}
	return []string{s.folded, s.unescaped}
}

// A scrubber takes secrets out of what a server or a library says. It finds
// them in plain text, in another case, broken over lines, escaped as URLs, JSON
// and pages do it, and as base64 or hexadecimal digits, alone or within a
// longer text, also one over the other. It may take out too much.
type scrubber struct {
	own  []secret // the API key's, the row's
	more *Secrets // of other rows; nil: none
	torn bool     // the text's end is missing, and with it perhaps half a secret
}

// newScrubber knows the key, the passwords of a row, and those of other rows.
func newScrubber(key secret, c importer.Client, more *Secrets) *scrubber {
	s := &scrubber{own: append(make([]secret, 0, 1+len(c.Users)), key), more: more}
	for _, u := range c.Users {
		s.own = append(s.own, newSecret(u.Password))
	}
	return s
}

// text has none of the secrets.
func (s *scrubber) text(t string) string {
	if t == "" {
		return ""
	}
	found := s.find(reading{b: []byte(t)}, maxCodes)
	if len(found) == 0 {
		return t
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	done, masked := 0, false
	for _, f := range found {
		if !masked || f.from > done {
			b.WriteString(t[done:f.from])
			b.WriteString(importer.NewSecret("").String())
			masked = true
		}
		done = max(done, f.to)
	}
	b.WriteString(t[done:])
	return b.String()
}

// line is a text as it may be kept: one short line without secrets. It is cut
// last, since half a secret would not be recognised, and scrubbed once more
// when what hid a secret is gone.
func (s *scrubber) line(t string) string {
	t = s.text(t)
	if line := oneLine(t); line != t {
		t = s.text(line)
	}
	if r := []rune(t); len(r) > maxMessage {
		t = string(r[:maxMessage]) + "…"
	}
	return t
}

// clean takes the secrets out of an error.
func (s *scrubber) clean(e *importer.Error) *importer.Error {
	e.Message = s.line(e.Message)
	return e
}

// receipt is what an answer says of a client, without secrets. What was sent as
// a name or an address may come back, whatever the passwords are; the id is
// what everything hangs on, and stays as it is.
func (s *scrubber) receipt(r importer.Receipt, sent importer.Client) importer.Receipt {
	if r.ClientName != sent.Details.Name {
		r.ClientName = s.line(r.ClientName)
	}
	if r.PrimaryEmail != sent.Details.Email && !slices.Contains(sent.UserEmails(), importer.Fold(r.PrimaryEmail)) {
		r.PrimaryEmail = s.line(r.PrimaryEmail)
	}
	r.AssetGroupID = s.line(r.AssetGroupID)
	return r
}

// readback is what an answer says of a client that is read back, without
// secrets.
func (s *scrubber) readback(b importer.Readback) importer.Readback {
	b.Name, b.PrimaryEmail = s.line(b.Name), s.line(b.PrimaryEmail)
	for i, e := range b.UserEmails {
		b.UserEmails[i] = s.line(e)
	}
	return b
}

// maxCodes is how many codes (base64, hexadecimal) may lie one over the other.
const maxCodes = 2

// find tells where in the text of a reading secrets stand.
func (s *scrubber) find(r reading, codes int) []span {
	found := s.match(r.folded())
	for _, own := range s.own {
		// What is nothing once it is folded is looked for as it is.
		if own.folded == "" && own.plain != "" {
			found = append(found, indexes(string(r.b), own.plain, r.span)...)
		}
	}
	u, changed := r.unescaped()
	if changed {
		found = append(found, s.match(u.folded())...)
	}
	if codes == 0 {
		return found
	}
	for i := range alphabets {
		alphabets[i].decoded(u, func(text reading) {
			found = append(found, s.find(text, codes-1)...)
		})
	}
	return found
}

// indexes are all the places of a text in another.
func indexes(in, what string, at func(int) span) []span {
	var out []span
	for from := 0; ; {
		i := strings.Index(in[from:], what)
		if i < 0 {
			return out
		}
		i += from
		out = append(out, span{at(i).from, at(i + len(what) - 1).to})
		from = i + 1
	}
}

func (s *scrubber) match(f folded) []span {
	var found []span
	at := func(i int) span { return f.at[i] }
	for _, own := range s.own {
		for _, form := range own.forms() {
			if form == "" {
				continue
			}
			found = append(found, indexes(f.s, form, at)...)
			if k := half(f.s, form); s.torn && k > 0 {
				found = append(found, span{at(len(f.s) - k).from, at(len(f.s) - 1).to})
			}
		}
	}
	if s.more != nil {
		found = append(found, s.more.match(f)...)
	}
	return found
}

// fewest letters are enough to be half a secret, or one of another row.
const fewest = 4

// half is how much of a secret stands at the end of a text.
func half(text, secret string) int {
	for k := min(len(secret)-1, len(text)); k >= fewest; k-- {
		if strings.HasSuffix(text, secret[:k]) {
			return k
		}
	}
	return 0
}

// Secrets are passwords that no answer may repeat, of which there may be very
// many: of each only a hash is kept, some 20 bytes. One of fewer than four
// letters is not looked for, since it stands in many a word. They are safe for
// concurrent use; nil has none and takes none.
type Secrets struct {
	seed    maphash.Seed
	mu      sync.RWMutex
	known   map[uint64]struct{}
	lengths []int                // that there are, the longest first
	starts  [1 << 16 / 64]uint64 // which of 65,536 beginnings there are
}

// NewSecrets knows none yet.
func NewSecrets() *Secrets {
	return &Secrets{seed: maphash.MakeSeed(), known: map[uint64]struct{}{}}
}

func (c *Secrets) start(s string) (word int, bit uint64) {
	h := maphash.String(c.seed, s[:fewest]) & 0xffff
	return int(h / 64), 1 << (h % 64)
}

// Add makes passwords known.
func (c *Secrets) Add(passwords ...importer.Secret) {
	if c == nil {
		return
	}
	for _, p := range passwords {
		c.add(newSecret(p))
	}
}

func (c *Secrets) add(s secret) {
	forms := s.forms()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, form := range forms {
		if len(form) < fewest {
			continue // it stands in many a word
		}
		c.known[maphash.String(c.seed, form)] = struct{}{}
		word, bit := c.start(form)
		c.starts[word] |= bit
		if at, found := slices.BinarySearchFunc(c.lengths, len(form), func(a, b int) int { return b - a }); !found {
			c.lengths = slices.Insert(c.lengths, at, len(form))
		}
	}
}

// match finds them in a text.
func (c *Secrets) match(f folded) []span {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if len(c.known) == 0 {
		return nil
	}
	var found []span
	for i := 0; i+fewest <= len(f.s); i++ {
		if word, bit := c.start(f.s[i:]); c.starts[word]&bit == 0 {
			continue
		}
		for _, n := range c.lengths {
			if i+n > len(f.s) {
				continue
			}
			if _, is := c.known[maphash.String(c.seed, f.s[i:i+n])]; is {
				found = append(found, span{f.at[i].from, f.at[i+n-1].to})
				break
			}
		}
	}
	return found
}
