package seal

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Sealer seals to its recipients. It is an importer.Sealer, safe for
// concurrent use.
type Sealer struct{ recipients []age.Recipient }

var _ importer.Sealer = (*Sealer)(nil)

// New makes a Sealer for public keys ("age1…"), each counted once. The error
// names the one that is none; a private key is not repeated.
func New(keys []string) (*Sealer, error) {
	s := &Sealer{}
	seen := map[string]bool{}
	for _, k := range keys {
		k = strings.TrimSpace(k)
		if private(k) {
			return nil, fmt.Errorf("this is a private key, which must stay where it is: name the public one, which begins with age1")
		}
		r, err := age.ParseX25519Recipient(k)
		if err != nil {
			return nil, fmt.Errorf("%q is no public key of age: it begins with age1, as `bulkonboard keygen` prints it", k)
		}
		if !seen[r.String()] {
			seen[r.String()] = true
			s.recipients = append(s.recipients, r)
		}
	}
	return s, nil
}

func private(s string) bool { return strings.HasPrefix(strings.ToUpper(s), "AGE-SECRET-KEY-") }

// Keys is how many different keys open what is sealed.
func (s *Sealer) Keys() int { return len(s.recipients) }

// Seal implements importer.Sealer.
func (s *Sealer) Seal(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, s.recipients...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// An Opener opens what was sealed to one of its identities.
type Opener struct{ identities []age.Identity }

// Open returns what was sealed. The error does not hold any of it.
func (o *Opener) Open(sealed []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), o.identities...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
