//go:build !windows

package durable

import "golang.org/x/sys/unix"

// Flags keep an opening from following a link and from waiting for the other
// end of a pipe; for those who must open a file themselves, after Check.
const Flags = unix.O_NOFOLLOW | unix.O_NONBLOCK
