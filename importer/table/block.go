package table

import (
	"io"
)

// verified reads a file from its beginning and hands a block on only when its
// hash is the one taken at first. The first difference ends it for good.
type verified struct {
	file  *file
	at    io.ReaderAt
	size  func() (int64, error)
	close func() error // may be nil

	buf  []byte
	rest []byte // what is left of the block in buf
	next int    // the block to load
	err  error
}

func (v *verified) Read(p []byte) (int, error) {
	for len(v.rest) == 0 {
		if err := v.load(); err != nil {
			return 0, err
		}
	}
	n := copy(p, v.rest)
	v.rest = v.rest[n:]
	return n, nil
}

// load fetches and verifies the next block; io.EOF behind the last one.
func (v *verified) load() error {
	if v.err == nil {
		v.err = v.fetch()
	}
	return v.err
}

func (v *verified) fetch() error {
	f := v.file
	// Each time, so that a file that grows or shrinks is seen at the next
	// block and not only where it ends.
	size, err := v.size()
	if err != nil {
		return f.trouble(err)
	}
	if size != f.size {
		return f.differs("its length is not what it was")
	}
	if v.next == len(f.blocks) {
		return io.EOF
	}
	if v.buf == nil {
		v.buf = make([]byte, min(blockSize, f.size))
	}
	start := int64(v.next) * blockSize
	b := v.buf[:min(blockSize, f.size-start)]
	if err := f.block(v.at, v.next, b); err != nil {
		return err
	}
	v.next++
	v.rest = b
	return nil
}

// block reads a block into b, which is as long as it, and verifies it.
func (f *file) block(at io.ReaderAt, n int, b []byte) error {
	switch got, err := at.ReadAt(b, int64(n)*blockSize); {
	case got == len(b): // io.EOF beside all bytes is no failure
	case err == io.EOF:
		return f.differs("its end is missing")
	default:
		return f.trouble(err)
	}
	if sumOf(b) != f.blocks[n] {
		return f.differs("its content is not what it was")
	}
	return nil
}

func (v *verified) Close() error {
	if v.close == nil {
		return nil
	}
	c := v.close
	v.close = nil
	return c()
}
