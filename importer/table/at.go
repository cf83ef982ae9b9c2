package table

import (
	"io"
	"os"
	"sync"
)

// A verifiedAt reads a file from anywhere in it and hands bytes on only when
// the block they stand in has the hash that was taken at first. It is safe for
// concurrent use.
type verifiedAt struct {
	file *file
	at   io.ReaderAt
	src  *os.File // to be closed; nil for a spool

	mu    sync.Mutex
	block int // the one in buf, from 1; 0 is none
	buf   []byte
}

// readerAt opens the file for verified random access.
func (f *file) readerAt() (*verifiedAt, error) {
	f.mu.Lock()
	spool := f.spool
	f.mu.Unlock()
	if spool != nil {
		return &verifiedAt{file: f, at: spool}, nil
	}
	src, _, err := f.reopen()
	if err != nil {
		return nil, err
	}
	return &verifiedAt{file: f, at: src, src: src}, nil
}

func (v *verifiedAt) ReadAt(p []byte, off int64) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for n < len(p) {
		if off < 0 || off >= v.file.size {
			return n, io.EOF
		}
		if err := v.load(int(off / blockSize)); err != nil {
			return n, err
		}
		m := copy(p[n:], v.buf[off%blockSize:])
		n, off = n+m, off+int64(m)
	}
	return n, nil
}

func (v *verifiedAt) load(block int) error {
	if v.block == block+1 {
		return nil
	}
	v.block = 0
	start := int64(block) * blockSize
	if v.buf == nil {
		v.buf = make([]byte, 0, min(blockSize, v.file.size))
	}
	v.buf = v.buf[:min(blockSize, v.file.size-start)]
	if err := v.file.block(v.at, block, v.buf); err != nil {
		return err
	}
	v.block = block + 1
	return nil
}

func (v *verifiedAt) Close() error {
	if v.src == nil {
		return nil
	}
	src := v.src
	v.src = nil
	return src.Close()
}
