package place

import (
	"strings"

	"golang.org/x/sys/unix"
)

// fileSystem tells where a folder lies.
func fileSystem(dir string) (name string, r reach) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "", local
	}
	name = unix.ByteSliceToString(s.Fstypename[:])
	switch {
	case s.Flags&unix.MNT_LOCAL == 0:
		return name, remote
	case strings.Contains(strings.ToLower(name), "fuse"):
		return name, ofProgram(unix.ByteSliceToString(s.Mntfromname[:]))
	}
	return name, local
}
