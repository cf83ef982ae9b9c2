//go:build !windows

package durable

import (
	"path/filepath"

	"github.com/google/renameio/v2"
)

// newPending starts a file that takes the place of the one at path, or none.
func newPending(path string) (pending, error) {
	return renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o600), renameio.IgnoreUmask())
}
