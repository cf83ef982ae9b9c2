package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
)

// Marks are what a customer is recognised by beside the key.
type Marks struct {
	Names  []string `json:"names,omitempty"`  // client names
	Logins []string `json:"logins,omitempty"` // users' e-mails
}

// Marks are those of an entry: the client name that was sent, the one that the
// server made of it, and the logins that were sent, unless NewMarks says
// otherwise. Of an entry that was taken over from a file only its name and its
// e-mail are known.
func (e Entry) Marks() Marks {
	if e.NewMarks != nil {
		return *e.NewMarks
	}
	var c Client
	m := Marks{Logins: []string{e.PrimaryEmail}}
	if json.Unmarshal(e.Snapshot, &c) == nil && len(c.Users) > 0 {
		m.Logins = c.UserEmails()
	}
	if c.Details.Name != "" {
		m.Names = append(m.Names, c.Details.Name)
	}
	if Fold(e.ClientName) != Fold(c.Details.Name) {
		m.Names = append(m.Names, e.ClientName)
	}
	return m
}

// Remark says what becomes of an entry's marks when it is sent again: own is its
// NewMarks from then on, gone are the marks that it loses. What may have created
// a client stays what it is recognised by.
func (e Entry) Remark(a Attempt) (own *Marks, gone []Mark) {
	before, now := e.Marks(), Marks{Names: []string{a.ClientName}, Logins: a.UserEmails}
	gone = slices.DeleteFunc(before.All(), func(m Mark) bool { return slices.Contains(now.All(), m) })
	if len(gone) == 0 || !a.Resend {
		return nil, gone
	}
	return &Marks{Names: slices.Concat(now.Names, before.Names), Logins: slices.Concat(now.Logins, before.Logins)}, nil
}

// All are the marks as stores compare them.
func (m Marks) All() []Mark {
	out := make([]Mark, 0, len(m.Names)+len(m.Logins))
	for _, n := range m.Names {
		if k := NameMark(n); k != 0 {
			out = append(out, k)
		}
	}
	for _, l := range m.Logins {
		if k := LoginMark(l); k != 0 {
			out = append(out, k)
		}
	}
	return out
}

// A Mark is the hash of a name or a login, compared by Fold: a name is never
// taken for a login. 0 is the mark of nothing. Marks stand in journals: another
// hash is another format.
type Mark int64

// SameMarks tells whether both are the same, in whatever order and however often.
// It sorts them.
func SameMarks(a, b []Mark) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// NameMark is the mark of a client name.
func NameMark(name string) Mark { return mark("n", name) }

// LoginMark is the mark of a user's e-mail.
func LoginMark(email string) Mark { return mark("e", email) }

func mark(kind, text string) Mark {
	text = Fold(text)
	if text == "" {
		return 0
	}
	return Mark(hash64(kind + text))
}

// hash64 is the first 64 bits of a SHA-256.
func hash64(s string) int64 {
	sum := sha256.Sum256([]byte(s))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// A Match is an entry that carries a mark.
type Match struct {
	Mark  Mark
	Entry Entry
}

// A Known is what is remembered of a key where most rows are known: enough to
// tell that a row need not be looked up.
type Known struct {
	Key int64 // Key.Hash
	// Fingerprint is that of a created entry's last attempt, as
	// FingerprintHash. 0: there is an entry, and it has to be looked up.
	Fingerprint int64
}

// FingerprintHash is a fingerprint as Known has it; never 0 but for "".
func FingerprintHash(fingerprint string) int64 {
	if fingerprint == "" {
		return 0
	}
	if h := hash64("f" + fingerprint); h != 0 {
		return h
	}
	return 1
}
