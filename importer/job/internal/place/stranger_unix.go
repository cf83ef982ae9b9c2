//go:build !windows

package place

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// stranger tells why a folder is not this user's alone, and what to do about
// it; "" if it is. The superuser is no exception: whoever owns a folder could
// lead him anywhere.
func stranger(info fs.FileInfo) (what, advice string) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() {
		return "this job folder belongs to another user (number " + strconv.Itoa(int(s.Uid)) + "), and what it says is not believed",
			"run as its owner, or make a copy of your own"
	}
	if info.Mode().Perm()&0o022 != 0 {
		return "others may write to this job folder, and what it says is not believed", "if nobody did, make it yours alone (chmod go-w)"
	}
	return "", ""
}
