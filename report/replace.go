package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Replaced tells how a view was replaced.
type Replaced struct {
	Digest string // of what stands there now: "sha256:" and hexadecimal digits
	KeptAs string // where the file before was kept, because somebody had edited it
}

// A pending file is written beside the one it will take the place of.
type pending interface {
	io.Writer
	CloseAtomicallyReplace() error
	Cleanup() error
}

// Replace puts what write writes in the place of the file at path: the old
// file or the new one stands there at every instant, also after a power cut.
// The file is for its owner only (0600).
//
// lastDigest is what Replace answered the last time. A file that has another
// one was edited by somebody, and is first renamed to
// NAME.edited-<time>.EXT beside it.
func Replace(path, lastDigest string, now time.Time, write func(io.Writer) error) (Replaced, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return Replaced{}, fmt.Errorf("%s is a folder", path)
	}
	t, err := newPending(path)
	if err != nil {
		return Replaced{}, err
	}
	defer func() { _ = t.Cleanup() }()
	h := sha256.New()
	w := bufio.NewWriter(io.MultiWriter(t, h))
	if err := errors.Join(write(w), w.Flush()); err != nil {
		return Replaced{}, err
	}
	out := Replaced{Digest: "sha256:" + hex.EncodeToString(h.Sum(nil))}
	switch standing, err := digestOf(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return Replaced{}, err
	case standing != lastDigest && standing != out.Digest:
		if out.KeptAs, err = keep(path, now); err != nil {
			return Replaced{}, err
		}
	}
	if err := t.CloseAtomicallyReplace(); err != nil {
		return Replaced{}, err
	}
	return out, syncFolder(filepath.Dir(path))
}

// keep renames an edited file to a name that is free.
func keep(path string, now time.Time) (string, error) {
	ext := filepath.Ext(path)
	stem := strings.TrimSuffix(path, ext) + ".edited-" + now.UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		as := stem + ext
		if n > 1 {
			as = fmt.Sprintf("%s-%d%s", stem, n, ext)
		}
		if _, err := os.Lstat(as); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		return as, os.Rename(path, as)
	}
}

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// syncFolder makes a rename durable, which renameio leaves out. Where folders
// cannot be synced the rename is all there is.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer func() { _ = d.Close() }()
	_ = d.Sync()
	return nil
}
