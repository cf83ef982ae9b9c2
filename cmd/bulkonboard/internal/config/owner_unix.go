//go:build !windows

package config

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// distrust tells why a settings file may be somebody else's word, and what to do
// about it; "" if it is the user's or the administrator's alone.
func distrust(info fs.FileInfo) (why, hint string) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() && s.Uid != 0 {
		return fmt.Sprintf("this file belongs to another user (number %d)", s.Uid), "make a copy of your own, or give it as a flag"
	}
	if info.Mode().Perm()&0o022 != 0 {
		return "others may write to this file", "if nobody did, make it yours alone (chmod go-w), or give it as a flag"
	}
	return "", ""
}
