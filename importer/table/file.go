package table

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

const (
	// blockSize is how much is verified, and held, at a time.
	blockSize = 256 << 10
	// young is how old a file must be for its time stamp to be trusted: a
	// write within the clock's grain would leave the stamp as it is. FAT
	// counts in steps of two seconds.
	young = 3 * time.Second
)

// A sum tells one block's bytes from any others of this file, within this
// process: the hash has a key that nobody knows, so not even somebody who edits
// the file on purpose can keep it.
type sum uint64

var sumKey = maphash.MakeSeed()

func sumOf(b []byte) sum { return sum(maphash.Bytes(sumKey, b)) }

// A file is bytes that do not change: those at a path, or a copy of standard
// input.
type file struct {
	path string // as it was named
	name string // as people call it
	size int64
	// digest and blocks are of the bytes there were at first.
	digest string
	blocks []sum
	look   look

	mu    sync.Mutex
	info  fs.FileInfo // of the moment when the bytes were last compared
	sure  bool        // info's time stamp was old enough by then to be trusted
	spool *os.File    // the copy of standard input, if this is one
	gone  string      // its path, where it could not be unlinked while open
}

func openFile(ctx context.Context, path string) (*file, error) {
	f := &file{path: path, name: filepath.Base(path)}
	src, info, err := f.reopen()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	sure := time.Since(info.ModTime()) > young
	if err := f.take(ctx, src); err != nil {
		return nil, err
	}
	// A file that somebody is writing to has no digest that means anything.
	after, err := src.Stat()
	if err != nil {
		return nil, f.trouble(err)
	}
	if after.Size() != f.size || !after.ModTime().Equal(info.ModTime()) {
		e := f.differs("it is being written to at this moment")
		e.Advice = "wait until the file is saved, then try again"
		return nil, e
	}
	f.info, f.sure = info, sure
	return f, nil
}

// reopen opens the path, provided that it is a regular file.
func (f *file) reopen() (*os.File, fs.FileInfo, error) {
	// Opening a named pipe would wait for its writer, hence Stat first.
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, nil, f.trouble(err)
	}
	switch {
	case info.IsDir():
		return nil, nil, f.fault(errors.New("is a folder"), "this is a folder, not a file", "name a file in it")
	case !info.Mode().IsRegular():
		return nil, nil, f.fault(errors.New("is not a regular file"), "this is a device or a pipe, which cannot be read twice",
			`to read from a pipe, use "-" as the input`)
	}
	src, err := os.Open(f.path)
	if err != nil {
		return nil, nil, f.trouble(err)
	}
	if info, err = src.Stat(); err != nil {
		src.Close()
		return nil, nil, f.trouble(err)
	}
	return src, info, nil
}

// take reads all of src: digest, blocks, and a first look.
func (f *file) take(ctx context.Context, src io.Reader) error {
	whole := sha256.New()
	buf := make([]byte, blockSize)
	f.look.begin()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(src, buf)
		if n > 0 {
			b := buf[:n]
			whole.Write(b)
			f.blocks = append(f.blocks, sumOf(b))
			f.look.at(b)
			f.size += int64(n)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return f.trouble(err)
		}
	}
	f.look.end()
	f.digest = "sha256:" + hex.EncodeToString(whole.Sum(nil))
	return nil
}

// changed compares the path with what was digested.
func (f *file) changed(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.info == nil { // standard input
		return nil
	}
	info, err := os.Stat(f.path)
	switch {
	case err != nil:
		e := f.differs("it cannot be found any more")
		e.Err = errors.Join(e.Err, err)
		return e
	case info.Size() != f.size:
		return f.differs(fmt.Sprintf("it had %d bytes and now has %d", f.size, info.Size()))
	case f.sure && os.SameFile(info, f.info) && info.ModTime().Equal(f.info.ModTime()):
		return nil
	}
	src, info, err := f.reopen()
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.Err = errors.Join(importer.ErrInputChanged, e.Err)
		}
		return err
	}
	sure := time.Since(info.ModTime()) > young
	r := &verified{file: f, at: src, size: func() (int64, error) { return sizeOf(src) }, close: src.Close}
	defer r.Close()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.load(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	f.info, f.sure = info, sure
	return nil
}

// bytes starts a verified reading of the file.
func (f *file) bytes() (*verified, error) {
	f.mu.Lock()
	spool := f.spool
	f.mu.Unlock()
	if spool != nil {
		return &verified{file: f, at: spool, size: func() (int64, error) { return sizeOf(spool) }}, nil
	}
	src, _, err := f.reopen()
	if err != nil {
		return nil, err
	}
	return &verified{file: f, at: src, size: func() (int64, error) { return sizeOf(src) }, close: src.Close}, nil
}

func sizeOf(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// trouble words what the system said.
func (f *file) trouble(err error) *Error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.fault(err, "there is no such file", "check the spelling, and the folder you are in")
	case errors.Is(err, fs.ErrPermission):
		return f.fault(err, "the file may not be read", "allow your user to read it")
	}
	cause := err.Error()
	var pe *fs.PathError
	if errors.As(err, &pe) { // the path stands in front already
		cause = pe.Err.Error()
	}
	advice := "try again; if it stays, copy the file to a local disk"
	if runtime.GOOS == "windows" {
		advice = "close the file in Excel and other programs, then try again"
	}
	return f.fault(err, "the file cannot be read: "+cause, advice)
}
