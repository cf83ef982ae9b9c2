package place

import (
	"strings"

	"golang.org/x/sys/windows"
)

// fileSystem tells where a folder lies.
func fileSystem(dir string) (name string, r reach) {
	if rest, ok := strings.CutPrefix(dir, `\\`); ok && !strings.HasPrefix(rest, `?\`) && !strings.HasPrefix(rest, `.\`) ||
		strings.HasPrefix(strings.ToUpper(dir), `\\?\UNC\`) {
		return "a share, " + dir, remote
	}
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return "", local
	}
	root := make([]uint16, windows.MAX_LONG_PATH)
	if err := windows.GetVolumePathName(path, &root[0], uint32(len(root))); err != nil {
		return "", local
	}
	kind := make([]uint16, 64)
	if err := windows.GetVolumeInformation(&root[0], nil, 0, nil, nil, nil, &kind[0], uint32(len(kind))); err == nil {
		name = windows.UTF16ToString(kind)
	}
	switch {
	case windows.GetDriveType(&root[0]) == windows.DRIVE_REMOTE:
		return name, remote
	case strings.Contains(strings.ToUpper(name), "FUSE"):
		return name, ofProgram(name)
	}
	return name, local
}
