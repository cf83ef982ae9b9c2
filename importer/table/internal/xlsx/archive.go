package xlsx

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

const (
	// maxUnpacked bounds what all entries of a workbook hold, in bytes; a large one
	// may hold unpackedTimes its own size, up to mostUnpacked: texts are found by
	// numbers of 32 bits.
	maxUnpacked   = 1 << 30
	unpackedTimes = 10
	mostUnpacked  = 4<<30 - 1
	// maxRatio bounds how much smaller than its content an entry may be, for
	// entries above bigEntry bytes. A million equal rows come to about 100.
	maxRatio = 300
	bigEntry = 8 << 20
	// maxEntries and maxDirectory bound the list of entries; a workbook with a
	// picture in every row has as many entries as rows.
	maxEntries   = 65_534
	maxDirectory = 16 << 20
)

// An Archive is a workbook's zip file. It is used by one goroutine.
type Archive struct {
	src   *watched
	parts map[string]*zip.File // by partName
}

// A watched reader keeps the first thing that went wrong with it, which is to be
// told as it is: what archive/zip makes of it is about something else.
type watched struct {
	at  io.ReaderAt
	err error
}

func (w *watched) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.at.ReadAt(p, off)
	if err != nil && err != io.EOF && w.err == nil {
		w.err = err
	}
	return n, err
}

// OpenArchive looks at the list of a zip file's entries.
func OpenArchive(at io.ReaderAt, size int64) (*Archive, error) {
	a := &Archive{src: &watched{at: at}}
	if err := directory(a.src, size); err != nil {
		return nil, cmp.Or(a.src.err, err)
	}
	z, err := zip.NewReader(a.src, size)
	if err != nil {
		return nil, cmp.Or(a.src.err, damaged("its list of contents cannot be read, as if it were cut off", err))
	}
	a.parts = make(map[string]*zip.File, len(z.File))
	var whole uint64
	most := uint64(min(max(maxUnpacked, unpackedTimes*size), mostUnpacked))
	for _, e := range z.File {
		if strings.HasSuffix(strings.ReplaceAll(e.Name, `\`, "/"), "/") {
			continue
		}
		if err := a.entry(e); err != nil {
			return nil, err
		}
		if whole += e.UncompressedSize64; whole > most || e.UncompressedSize64 > most {
			return nil, refused(adviceAnew, "it unpacks to more than %d MiB, with the entry %.100q", most>>20, e.Name)
		}
	}
	return a, nil
}

// entry looks at one entry, and lists it.
func (a *Archive) entry(e *zip.File) error {
	name, lower := strings.ReplaceAll(e.Name, `\`, "/"), partName(e.Name)
	switch {
	case path.IsAbs(name) && path.Clean(name) != name, hasDots(name), strings.ContainsAny(name, "\x00:"):
		return refused("do not trust this file; ask for the list anew from where it came",
			"there is an entry named %.100q in it, which no spreadsheet program writes", e.Name)
	case a.parts[lower] != nil:
		return refused("open it in Excel and save it again",
			"there are two entries named %.100q in it: nobody could tell which one counts", e.Name)
	case e.Flags&1 != 0:
		return refused("open it, remove the password, and save it again", "it is protected with a password")
	case e.Method != zip.Store && e.Method != zip.Deflate:
		return damaged(fmt.Sprintf("the entry %.100q is packed in a way that no spreadsheet program uses", e.Name), nil)
	case e.UncompressedSize64 > bigEntry && e.UncompressedSize64/maxRatio > e.CompressedSize64:
		return refused("do not trust this file; if it is your own, save the customers alone in a new workbook",
			"the entry %.100q unpacks to %d MiB, more than %d times its size: this is a zip bomb, or a sheet full of nothing",
			e.Name, e.UncompressedSize64>>20, maxRatio)
	}
	a.parts[lower] = e
	return nil
}

// partName is how parts are told apart.
func partName(entry string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(entry, `\`, "/"), "/"))
}

func hasDots(name string) bool {
	for p := range strings.SplitSeq(name, "/") {
		if p == ".." {
			return true
		}
	}
	return false
}

// directory looks at the size of the list of entries before it is loaded.
func directory(at io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 22+1<<16))
	if _, err := at.ReadAt(tail, size-int64(len(tail))); err != nil {
		return damaged("its end cannot be read", err)
	}
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < 22 {
		return damaged("its end is missing, as if it were cut off", nil)
	}
	entries, length := binary.LittleEndian.Uint16(tail[i+10:]), binary.LittleEndian.Uint32(tail[i+12:])
	if entries > maxEntries || length > maxDirectory {
		return refused("save the customers alone in a new workbook", "it has more entries than any workbook")
	}
	return nil
}

// read gives a part to look, and reads it to its end, which makes archive/zip
// compare its checksum.
func (a *Archive) read(ctx context.Context, name string, look func(io.Reader) error) error {
	e := a.parts[name]
	r, err := e.Open()
	if err != nil {
		return a.partError(ctx, fmt.Sprintf("its part %q", e.Name), err)
	}
	defer func() { _ = r.Close() }()
	src := &patient{ctx: ctx, r: r}
	if look != nil {
		err = look(src)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, src)
	}
	return a.partError(ctx, fmt.Sprintf("its part %q", e.Name), err)
}

// each gives every element of a small part that counts to do, with its level; the
// root's is 1.
func (a *Archive) each(ctx context.Context, name, root string, do func(m *markup) error) error {
	return a.read(ctx, name, func(r io.Reader) error {
		m := newMarkup(r)
		for {
			k, err := m.step()
			if err == io.EOF {
				return nil
			}
			if err == nil && k == opened {
				if m.level == 1 && string(m.local) != root {
					return faulty("it is a %q, not a %q", m.local, root)
				}
				err = do(m)
			}
			if err != nil {
				return err
			}
		}
	})
}

// partError words what is wrong with a part; what the file's reader said stays as
// it is.
func (a *Archive) partError(ctx context.Context, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case a.src.err != nil:
		return a.src.err
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, zip.ErrChecksum):
		return damaged("the checksum of "+name+" is wrong, so something in it has changed since it was saved", nil)
	}
	return damaged(name, err)
}

// A patient reader ends when its context does.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}
