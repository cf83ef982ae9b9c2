package table

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

const (
	// maxUnpacked bounds what all entries of a workbook hold, in bytes.
	maxUnpacked = 2 << 30
	// maxRatio bounds how much smaller than its content an entry may be, for
	// entries above bigEntry bytes. A million equal rows come to about 100.
	maxRatio = 300
	bigEntry = 8 << 20
	// maxEntries and maxDirectory bound the list of entries; a workbook with a
	// picture in every row has as many entries as rows.
	maxEntries   = 65_534
	maxDirectory = 16 << 20
	// maxPart bounds, in bytes, the parts that are read as a whole: the list
	// of sheets and the cell formats.
	maxPart = 8 << 20
)

// An archive is a workbook's zip file, over bytes that are verified.
type archive struct {
	file  *file
	at    *verifiedAt
	parts map[string]*zip.File // by lower-case name
}

// damaged is an error about a workbook that is not whole.
func (f *file) damaged(cause string, err error) *Error {
	var te *Error
	if errors.As(err, &te) {
		return te // the file has changed, or cannot be read
	}
	if errors.Is(err, errTooLong) {
		return f.fault(err, cause+fmt.Sprintf(": a cell or a tag has more than %d MiB", maxToken>>20),
			"remove that cell's content: a spreadsheet's cell holds 32,767 characters at most")
	}
	if err != nil {
		cause += ": " + strings.TrimPrefix(err.Error(), errMarkup.Error()+": ")
	}
	return f.fault(err, "this workbook is damaged: "+cause,
		"get the file again from where it came, or open it in Excel, let it be repaired, look that nothing is missing, and save it again")
}

// openArchive opens a workbook's zip file and looks at the list of its entries.
func (f *file) openArchive() (*archive, error) {
	at, err := f.readerAt()
	if err != nil {
		return nil, err
	}
	a := &archive{file: f, at: at, parts: map[string]*zip.File{}}
	if err := a.list(); err != nil {
		_ = at.Close()
		return nil, err
	}
	return a, nil
}

func (a *archive) close() { _ = a.at.Close() }

func (a *archive) list() error {
	f := a.file
	if err := a.directory(); err != nil {
		return err
	}
	z, err := zip.NewReader(a.at, f.size)
	if err != nil {
		return f.damaged("its list of contents cannot be read, as if it were cut off", err)
	}
	var whole uint64
	for _, e := range z.File {
		name := strings.ReplaceAll(e.Name, `\`, "/")
		lower := partName(e.Name)
		switch {
		case strings.HasSuffix(name, "/"):
			continue
		case path.IsAbs(name) && path.Clean(name) != name, hasDots(name), strings.ContainsAny(name, "\x00:"):
			return f.fault(nil, fmt.Sprintf("there is an entry named %q in it, which no spreadsheet program writes", e.Name),
				"do not trust this file; ask for the list anew from where it came")
		case a.parts[lower] != nil:
			return f.fault(nil, fmt.Sprintf("there are two entries named %q in it: nobody could tell which one counts", e.Name),
				"open it in Excel and save it again")
		case e.Flags&1 != 0:
			return f.fault(nil, "it is protected with a password", "open it, remove the password, and save it again")
		case e.Method != zip.Store && e.Method != zip.Deflate:
			return f.damaged(fmt.Sprintf("the entry %q is packed in a way that no spreadsheet program uses", e.Name), nil)
		}
		if e.UncompressedSize64 > bigEntry && e.UncompressedSize64/maxRatio > e.CompressedSize64 {
			return f.fault(nil, fmt.Sprintf("the entry %q unpacks to %d MiB, more than %d times its size: this is a zip bomb, or a sheet full of nothing", e.Name, e.UncompressedSize64>>20, maxRatio),
				"do not trust this file; if it is your own, save the customers alone in a new workbook")
		}
		if whole += e.UncompressedSize64; whole > maxUnpacked || e.UncompressedSize64 > maxUnpacked {
			return f.fault(nil, fmt.Sprintf("it unpacks to more than %d GiB", maxUnpacked>>30), "save the customers alone in a new workbook, or as CSV UTF-8")
		}
		a.parts[lower] = e
	}
	return nil
}

// partName is how parts are told apart.
func partName(entry string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(entry, `\`, "/"), "/"))
}

// open starts to read a sheet.
func (a *archive) open(s *sheet) (io.ReadCloser, error) {
	return a.parts[partName(s.entry.Name)].Open()
}

func hasDots(name string) bool {
	for _, p := range strings.Split(name, "/") {
		if p == ".." {
			return true
		}
	}
	return false
}

// directory looks at the size of the list of entries before it is loaded.
func (a *archive) directory() error {
	f := a.file
	tail := make([]byte, min(f.size, 22+1<<16))
	if _, err := a.at.ReadAt(tail, f.size-int64(len(tail))); err != nil {
		return f.damaged("its end cannot be read", err)
	}
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < 22 {
		return f.damaged("its end is missing, as if it were cut off", nil)
	}
	entries, size := binary.LittleEndian.Uint16(tail[i+10:]), binary.LittleEndian.Uint32(tail[i+12:])
	if entries > maxEntries || size > maxDirectory {
		return f.fault(nil, "it has more entries than any workbook", "save the customers alone in a new workbook")
	}
	return nil
}

// verify reads an entry to its end, which makes archive/zip compare its
// checksum.
func (a *archive) verify(ctx context.Context, e *zip.File, look func(io.Reader) error) error {
	r, err := e.Open()
	if err != nil {
		return a.file.damaged(fmt.Sprintf("the part %q cannot be read", e.Name), err)
	}
	defer func() { _ = r.Close() }()
	var src io.Reader = &patient{ctx: ctx, r: r}
	if look != nil {
		if err := look(src); err != nil {
			return a.partError(ctx, e.Name, err)
		}
	}
	if _, err := io.Copy(io.Discard, src); err != nil {
		return a.partError(ctx, e.Name, err)
	}
	return nil
}

// partError words what is wrong with a part.
func (a *archive) partError(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, zip.ErrChecksum) {
		return a.file.damaged(fmt.Sprintf("the checksum of its part %q is wrong, so something in it has changed since it was saved", name), nil)
	}
	return a.file.damaged(fmt.Sprintf("its part %q", name), err)
}

// part reads a small part as a whole.
func (a *archive) part(ctx context.Context, name string) ([]byte, error) {
	e := a.parts[strings.ToLower(name)]
	if e == nil {
		return nil, nil
	}
	if e.UncompressedSize64 > maxPart {
		return nil, a.file.fault(nil, fmt.Sprintf("its part %q has more than %d MiB", e.Name, maxPart>>20), "copy the customers into a new workbook, without the formats")
	}
	var b []byte
	err := a.verify(ctx, e, func(r io.Reader) (err error) {
		b, err = io.ReadAll(r)
		return err
	})
	return b, err
}

// patient ends when its context does.
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
