package place

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// RehearsalKey is the key under which a rehearsal compares passwords from one run to
// the next: another for each job, made of a secret that lies with the list of the
// user's jobs and not with the job. So whoever gets the job's folder cannot try
// passwords out on it. "" where there is no such place: nothing is compared then.
func (l List) RehearsalKey(jobID string) string {
	if l == "" || jobID == "" {
		return ""
	}
	path := filepath.Join(filepath.Dir(string(l)), "rehearsal.key")
	secret, err := durable.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret, err = newSecret(path)
	}
	if err != nil || len(secret) < 32 {
		return ""
	}
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(jobID))
	return hex.EncodeToString(m.Sum(nil))
}

func newSecret(path string) ([]byte, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = durable.Create(path, durable.Bytes(secret))
	}
	if errors.Is(err, fs.ErrExist) { // another rehearsal was faster
		return durable.ReadFile(path)
	}
	return secret, err
}
