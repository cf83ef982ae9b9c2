//go:build unix

package main

import (
	"syscall"
	"testing"
)

// laxUmask lets files be readable to everybody unless the program says
// otherwise.
func laxUmask(t *testing.T) {
	before := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(before) })
}
