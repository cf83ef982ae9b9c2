package durable

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Replaced tells how a file was replaced.
type Replaced struct {
	Digest string // of what stands there now: "sha256:" and hexadecimal digits
	KeptAs string // where the file before was kept, because somebody had edited it
}

// A pending file is written beside the one it will take the place of.
type pending interface {
	io.Writer
	Sync() error
	CloseAtomicallyReplace() error
	Cleanup() error
}

// Replace puts what write writes in the place of the file at path: the old
// file or the new one stands there at every instant, also after a power cut. If
// Replace fails, the old file is as it was, and nothing is left beside it. An
// error of write comes back as it is.
func Replace(path string, write func(io.Writer) error) error {
	_, err := replace(path, write, func(string) (string, func(), error) { return "", func() {}, nil })
	return err
}

// Supersede is Replace for files that people edit. lastDigest is what Supersede
// answered the last time, "" if it never did. A file that has another one was
// edited by somebody, and is kept beside it as NAME.edited-<now>.EXT, unless it
// is the same as what is written now.
func Supersede(path, lastDigest string, now time.Time, write func(io.Writer) error) (Replaced, error) {
	return replace(path, write, func(digest string) (string, func(), error) {
		switch standing, err := digestOf(path); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", nil, err
		case standing != lastDigest && standing != digest:
			return keep(path, now)
		}
		return "", func() {}, nil
	})
}

// replace asks save what to keep of the old file once the new one is whole.
func replace(path string, write func(io.Writer) error, save func(digest string) (as string, takeBack func(), err error)) (Replaced, error) {
	// A device would be replaced as readily as a file, and be gone.
	if err := Check(path); err != nil {
		return Replaced{}, err
	}
	t, err := newPending(path)
	if err != nil {
		// The name of a temporary file would tell people nothing.
		if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
			err = pe.Err
		}
		return Replaced{}, fmt.Errorf("no file can be made in %s: %w", filepath.Dir(path), err)
	}
	defer func() { _ = t.Cleanup() }()
	h := sha256.New()
	w := bufio.NewWriter(io.MultiWriter(t, h))
	if err := write(w); err != nil {
		return Replaced{}, err
	}
	if err := w.Flush(); err != nil {
		return Replaced{}, err
	}
	// Whatever can fail comes before the old file is touched.
	if err := t.Sync(); err != nil {
		return Replaced{}, err
	}
	out := Replaced{Digest: digest(h)}
	var takeBack func()
	if out.KeptAs, takeBack, err = save(out.Digest); err != nil {
		return Replaced{}, err
	}
	if err := t.CloseAtomicallyReplace(); err != nil {
		takeBack()
		return Replaced{}, err
	}
	SyncFolder(filepath.Dir(path))
	return out, nil
}

// Retire takes a view away that says nothing any more. One that somebody has
// edited since lastDigest is kept under another name, as with Supersede; where
// there is none, nothing happens.
func Retire(path, lastDigest string, now time.Time) (keptAs string, err error) {
	standing, err := digestOf(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	takeBack := func() {}
	if standing != lastDigest {
		if keptAs, takeBack, err = keep(path, now); err != nil {
			return "", err
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		takeBack()
		return "", err
	}
	SyncFolder(filepath.Dir(path))
	return keptAs, nil
}

// keep gives an edited file a second name, one that is free, so that it stands
// at path until it is replaced. A file system without second names (FAT, some
// shares) has it renamed: there path is empty until the new file comes.
func keep(path string, now time.Time) (as string, takeBack func(), err error) {
	ext := filepath.Ext(path)
	stem := strings.TrimSuffix(path, ext) + ".edited-" + now.UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		as := stem + ext
		if n > 1 {
			as = fmt.Sprintf("%s-%d%s", stem, n, ext)
		}
		err := os.Link(path, as)
		if err == nil {
			return as, func() { _ = os.Remove(as) }, nil
		}
		if _, err := os.Lstat(as); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", nil, err
		}
		if err := os.Rename(path, as); err != nil {
			return "", nil, err
		}
		return as, func() { _ = os.Rename(as, path) }, nil
	}
}

// Standing looks at the file at path: its digest, "" if there is none, and
// whether it begins with a mark.
func Standing(path, mark string) (digest string, marked bool, err error) {
	f, err := Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	} else if err != nil {
		return "", false, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, len(mark))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", false, err
	}
	digest, err = digestOf(path)
	return digest, string(head[:n]) == mark, err
}

func digestOf(path string) (string, error) {
	f, err := Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return digest(h), nil
}

func digest(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// Sweep removes what processes that were killed have left beside a file that
// they were replacing. The caller holds a lock, so that nobody is at it now.
func Sweep(path string) {
	others, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, o := range others {
		rest, ok := strings.CutPrefix(o.Name(), "."+filepath.Base(path))
		rest = strings.TrimPrefix(rest, "-")
		if ok && rest != "" && strings.Trim(rest, "0123456789") == "" && o.Type().IsRegular() {
			_ = os.Remove(filepath.Join(filepath.Dir(path), o.Name()))
		}
	}
}
