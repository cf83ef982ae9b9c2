//go:build !linux

package job

// networkFileSystem cannot tell here; SQLite's own locking has to.
func networkFileSystem(string) (name string, network bool) { return "", false }
