package job

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/views"
	"github.com/bulkonboard/bulkonboard/importer/seal"
)

// An identity is the file of a private key.
type identity struct {
	path       string
	file       []byte
	passphrase *string // nil: nobody has said it
}

// errNeeded says that a passphrase is needed.
var errNeeded = errors.New("a passphrase is needed")

// identities are the private keys that may open a job's passwords, where they are
// there. A rehearsal has one of its own, unless somebody named another.
func identities(f views.Folder, header importer.JobHeader, path string, named bool) ([]*identity, error) {
	paths := []string{path}
	if header.Target == TargetSandbox && !named {
		paths = []string{f.Path(throwawayName), path}
	}
	var out []*identity
	for _, p := range paths {
		if p == "" {
			continue
		}
		b, err := os.ReadFile(p)
		switch {
		case err == nil:
			out = append(out, &identity{path: p, file: b})
		case !errors.Is(err, fs.ErrNotExist):
			return nil, broken(p, err, "the private key cannot be read")
		}
	}
	if len(out) == 0 {
		return nil, usage(path, "there is no private key, and without one the passwords cannot be opened",
			"name the file that bulkonboard keygen wrote with --identity")
	}
	return out, nil
}

// opener is what opens seals with this key; errNeeded: not without a passphrase.
func (i *identity) opener() (*seal.Opener, error) {
	o, err := seal.Identities(i.file, func() (string, error) {
		if i.passphrase == nil {
			return "", errNeeded
		}
		return *i.passphrase, nil
	})
	switch {
	case errors.Is(err, errNeeded):
		return nil, errNeeded
	case errors.Is(err, seal.ErrPassphrase):
		return nil, usage(i.path, "%v", "nothing was opened: try again", err)
	case err != nil:
		return nil, usage(i.path, "the private key cannot be used: %v", "name the file that bulkonboard keygen wrote with --identity", err)
	}
	return o, nil
}

// opened reads sealed credentials with whichever key fits.
func opened(openers []*seal.Opener, sealed []byte) (importer.Credentials, error) {
	err := errors.New("no key")
	for _, o := range openers {
		var plain []byte
		if plain, err = o.Open(sealed); err != nil {
			continue
		}
		var c importer.Credentials
		if json.Unmarshal(plain, &c) != nil {
			return c, errors.New("what was sealed cannot be read") // and is not shown
		}
		return c, nil
	}
	return importer.Credentials{}, err
}

// anySeal finds an entry with sealed credentials, the newest created one if
// there is one; nil: there is none.
func anySeal(ctx context.Context, s importer.Store) (importer.Entry, []byte, error) {
	for _, status := range []importer.Status{importer.Created, importer.InDoubt} {
		for e, err := range s.Walk(ctx, status, importer.Outline) {
			if err != nil {
				return e, nil, err
			}
			seals, err := s.Seals(ctx, []importer.Key{e.Key})
			if err != nil {
				return e, nil, err
			}
			if len(seals) > 0 {
				return e, seals[0].Sealed, nil
			}
		}
	}
	return importer.Entry{}, nil, nil
}
