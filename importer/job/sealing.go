package job

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/importer/seal"
)

// throwawayName is the private key of a rehearsal whose passwords nobody else
// is to open.
const throwawayName = "rehearsal-identity.txt"

// PublicSuffix is what the name of a private key's file gets for the file of
// its public key.
const PublicSuffix = ".pub"

// recipients finds those who can open this run's passwords: those that are
// named, the mapping's, and where there are neither, keygen's.
func (r *runner) recipients() error {
	var keys []string
	for _, k := range r.o.Recipients {
		keys = append(keys, strings.FieldsFunc(k, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' })...)
	}
	if r.in.Mapping.Doc != nil {
		keys = append(keys, r.in.Mapping.Doc.Recipients...)
	}
	if len(keys) == 0 && r.o.Identity != "" {
		b, err := os.ReadFile(r.o.Identity + PublicSuffix)
		switch {
		case err == nil:
			keys = append(keys, strings.TrimSpace(string(b)))
		case !errors.Is(err, fs.ErrNotExist):
			return broken(r.o.Identity+PublicSuffix, err, "it is the public key that passwords are sealed to")
		}
	}
	generates := r.result.Survey.Generated > 0
	switch {
	case len(keys) > 0:
		s, err := seal.New(keys)
		if err != nil {
			return usage("recipients", "%v", "correct --recipient, or the recipients of the mapping: bulkonboard keygen prints the public key", err)
		}
		r.sealer, r.keys = s, s.Keys()
	case generates && r.o.Rehearsal:
		r.throwaway, r.keys = true, 1
	case generates:
		return usage("", "passwords are to be generated, and there is no key that could open them: they would be lost",
			"make one with `bulkonboard keygen` and run again, or name somebody's public key with --recipient")
	}
	return nil
}

// sealing makes a rehearsal's throw-away pair once its folder is there.
func (r *runner) sealing() error {
	if !r.throwaway {
		return nil
	}
	path := r.folder().Path(throwawayName)
	b, err := durable.ReadFile(path + PublicSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		public, kerr := keygen(path, "")
		b, err = []byte(public), kerr
	}
	if err != nil {
		return broken(path, err, "the rehearsal's key cannot be kept, and nothing was sent")
	}
	s, err := seal.New([]string{string(b)})
	if err != nil {
		return broken(path+PublicSuffix, err, "remove it and "+throwawayName+" to rehearse with a new key")
	}
	r.sealer = s
	r.o.Notice("this rehearsal's passwords are sealed to a throw-away key, kept in " + path)
	return nil
}

// seals is the sealer as the engine takes it: nil if there is none.
func (r *runner) seals() importer.Sealer {
	if r.sealer == nil {
		return nil
	}
	return r.sealer
}

// A Keypair is what Keygen has made.
type Keypair struct {
	Path      string // of the private key
	Recipient string // the public key, which is also kept beside Path
}

// Keygen makes a pair of keys. The private one is kept in a file that only its
// owner can read, under a passphrase if there is one; a file that is there is
// never touched.
func Keygen(path, passphrase string) (Keypair, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Keypair{}, broken(path, err, "")
	}
	public, err := keygen(path, passphrase)
	switch {
	case errors.Is(err, fs.ErrExist):
		if _, lerr := os.Lstat(path); lerr != nil {
			return Keypair{}, usage(path+PublicSuffix, "runs seal to this public key, whose private one is not beside it",
				"put the private one back where it was; if it is lost, remove this file to make a new pair, or name another file with --out")
		}
		if info, lerr := os.Lstat(path); lerr == nil && info.IsDir() {
			return Keypair{}, usage(path, "is a folder, and the key is a file",
				"name the file with --out, for instance "+filepath.Join(path, "key.txt"))
		}
		return Keypair{}, usage(path, "there is a key already, and it may be the only one that opens passwords sealed so far",
			"keep it and use it; to make another one name another file with --out")
	case err != nil:
		return Keypair{}, broken(path, err, "the key cannot be kept: check space and permissions, or name another file with --out")
	}
	return Keypair{path, public}, nil
}

func keygen(path, passphrase string) (public string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	for _, p := range []string{path, path + PublicSuffix} {
		if _, err := os.Lstat(p); err == nil {
			return "", fmt.Errorf("%s: %w", p, fs.ErrExist)
		}
	}
	id, err := seal.NewIdentity(passphrase, time.Now())
	if err != nil {
		return "", err
	}
	if err := durable.Create(path, durable.Bytes(id.File)); err != nil {
		return "", err
	}
	if err := durable.Create(path+PublicSuffix, durable.Bytes([]byte(id.Recipient+"\n"))); err != nil {
		return "", errors.Join(err, os.Remove(path)) // nothing was sealed to it yet
	}
	return id.Recipient, nil
}
