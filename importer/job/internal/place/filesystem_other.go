//go:build !linux && !darwin && !windows

package place

// fileSystem cannot tell here; SQLite's own locking has to.
func fileSystem(string) (name string, r reach) { return "", local }
