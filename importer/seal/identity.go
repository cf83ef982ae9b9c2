package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// An Identity is a new pair of keys.
type Identity struct {
	File      []byte // the private key's file, as age-keygen writes it; with a passphrase, encrypted
	Recipient string // the public key
}

// NewIdentity makes a pair of keys. With a passphrase the file is encrypted
// under it, as `age --passphrase --armor` does.
func NewIdentity(passphrase string, at time.Time) (Identity, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return Identity{}, err
	}
	public := id.Recipient().String()
	text := fmt.Sprintf("# created: %s\n# public key: %s\n%s\n", at.UTC().Format(time.RFC3339), public, id)
	if passphrase == "" {
		return Identity{File: []byte(text), Recipient: public}, nil
	}
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return Identity{}, err
	}
	var b bytes.Buffer
	a := armor.NewWriter(&b)
	w, err := age.Encrypt(a, r)
	if err != nil {
		return Identity{}, err
	}
	_, err = io.WriteString(w, text)
	if err := errors.Join(err, w.Close(), a.Close()); err != nil {
		return Identity{}, err
	}
	return Identity{File: b.Bytes(), Recipient: public}, nil
}

// ErrPassphrase is what Identities answers to a wrong passphrase.
var ErrPassphrase = errors.New("the passphrase is wrong")

// maxIdentities bounds a file of identities, in bytes.
const maxIdentities = 1 << 20

// Identities reads the file of one or more private keys. passphrase is asked
// only for a file that is encrypted. No error holds anything of the file.
func Identities(file []byte, passphrase func() (string, error)) (*Opener, error) {
	if len(file) > maxIdentities {
		return nil, errors.New("it is too long for a file of private keys")
	}
	var in io.Reader = bytes.NewReader(file)
	switch head := strings.TrimSpace(string(file)); {
	case strings.HasPrefix(head, armor.Header):
		in = armor.NewReader(strings.NewReader(head))
		fallthrough
	case strings.HasPrefix(head, "age-encryption.org/"):
		p, err := passphrase()
		if err != nil {
			return nil, err
		}
		id, err := age.NewScryptIdentity(p)
		if err != nil {
			return nil, ErrPassphrase
		}
		plain, err := age.Decrypt(in, id)
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, ErrPassphrase
		}
		if err != nil {
			return nil, errors.New("it is damaged")
		}
		if in, err = whole(plain); err != nil {
			return nil, errors.New("it is damaged")
		}
	}
	ids, err := age.ParseIdentities(in)
	if err != nil {
		return nil, errors.New("it holds no private key of age")
	}
	return &Opener{identities: ids}, nil
}

func whole(r io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(r)
	return bytes.NewReader(b), err
}
