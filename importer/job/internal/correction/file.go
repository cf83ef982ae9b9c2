package correction

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// Suffix makes the name of a sheet's corrections from its own.
const Suffix = ".corrections.jsonl"

// mostBytes is how large a file of corrections may be.
const mostBytes = 128 << 20

// An Error is why corrections cannot be read or kept.
type Error struct {
	File string
	Line int // 0: the whole file
	What string
	hint string
	Err  error
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s, line %d: %s", e.File, e.Line, e.What)
	}
	return e.File + ": " + e.What
}

// Hint says what to do now; it may be empty.
func (e *Error) Hint() string { return e.hint }

func (e *Error) Unwrap() error { return e.Err }

func tooMany(file string) error {
	return &Error{File: file, What: fmt.Sprintf("more than %d cells are corrected", MostCells),
		hint: "write the corrected sheet to a copy (check --repair), and go on with that"}
}

// A File is the corrections of one input, whether it exists or not. Any number
// of processes may use it at once.
type File struct{ Path string }

// Beside is the file that belongs to a sheet.
func Beside(sheet string) File { return File{sheet + Suffix} }

// Read returns what the file says now. A file that does not exist says nothing.
func (f File) Read() (*Snapshot, error) {
	b, err := f.bytes(mostBytes + 1)
	if err != nil {
		return nil, err
	}
	return f.parse(b)
}

// ReadTo returns what the file said when it was this long and had this digest,
// as a Snapshot has both. A file that is no longer what it was there is an
// error: lines are only ever added.
func (f File) ReadTo(length int64, digest string) (*Snapshot, error) {
	if length == 0 {
		return &Snapshot{}, nil
	}
	b, err := f.bytes(length)
	if err != nil {
		return nil, err
	}
	if int64(len(b)) != length || digestOf(b) != digest {
		return nil, &Error{File: f.Path, What: "these are not the corrections that were read then",
			hint: "run the sheet again: nothing is sent twice"}
	}
	return f.parse(b)
}

func (f File) bytes(most int64) ([]byte, error) {
	file, err := durable.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.broken(err)
	}
	defer func() { _ = file.Close() }()
	b, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return nil, f.broken(err)
	}
	return b, nil
}

func (f File) parse(b []byte) (*Snapshot, error) {
	if len(b) > mostBytes {
		return nil, &Error{File: f.Path, What: fmt.Sprintf("is larger than %d MiB", mostBytes>>20),
			hint: "write the corrected sheet to a copy (check --repair), and go on with that"}
	}
	return parse(f.Path, b)
}

// Append makes one change of all these corrections and returns what the file
// says with it; its number is the snapshot's LastChange. It is durable when
// Append returns. after is the change that the caller last knew of; where there
// is a newer one, Append fails with ErrStale and writes nothing. A negative
// number skips that check.
func (f File) Append(after int, cells ...Correction) (*Snapshot, error) {
	if len(cells) == 0 {
		return f.Read()
	}
	return f.write(after, len(cells), func(b *json.Encoder, salt []byte, change int) error {
		for _, c := range cells {
			c.Change = change
			if err := b.Encode(c.line(len(cells), salt)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Undo takes a change back; the undo of an undo brings it again. It is a change
// itself, and returns what Append does.
func (f File) Undo(after, change int, who string, when time.Time) (*Snapshot, error) {
	return f.write(after, 1, func(b *json.Encoder, _ []byte, number int) error {
		if change < 1 || change >= number {
			return &Error{File: f.Path, What: fmt.Sprintf("there is no change %d to take back", change)}
		}
		return b.Encode(line{Change: number, Undo: change, Who: who, When: when})
	})
}

// ErrStale says that somebody else has changed the corrections meanwhile.
var ErrStale = errors.New("somebody else has corrected this sheet meanwhile")

// write adds the lines of one change, under the file's lock.
func (f File) write(after, cells int, lines func(b *json.Encoder, salt []byte, change int) error) (*Snapshot, error) {
	file, err := durable.Update(f.Path)
	if err != nil {
		return nil, f.broken(err)
	}
	defer func() { _ = file.Close() }()
	l := flock.New(f.lockPath(), flock.SetFlag(os.O_CREATE|os.O_RDWR|durable.Flags), flock.SetPermissions(0o600))
	if err := l.Lock(); err != nil {
		return nil, f.broken(err)
	}
	defer func() { _ = l.Close() }()
	old, err := io.ReadAll(io.LimitReader(file, mostBytes+1))
	if err != nil {
		return nil, f.broken(err)
	}
	s, err := f.parse(old)
	switch {
	case err != nil:
		return nil, err
	case after >= 0 && s.last != after:
		return nil, ErrStale
	case s.lines+cells > MostCells:
		return nil, tooMany(f.Path)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if s.Length == 0 {
		s.salt = make([]byte, 32)
		if _, err := rand.Read(s.salt); err != nil {
			return nil, f.broken(err)
		}
		if err := enc.Encode(head{format, s.salt}); err != nil {
			return nil, f.broken(err)
		}
	}
	if err := lines(enc, s.salt, s.last+1); err != nil {
		return nil, err
	}
	if err := f.add(file, s.Length, b.Bytes()); err != nil {
		return nil, err
	}
	return f.parse(append(old[:s.Length:s.Length], b.Bytes()...))
}

// lockPath is the file itself. On Windows nobody else could read it meanwhile,
// not even this process, hence another one there.
func (f File) lockPath() string {
	if runtime.GOOS == "windows" {
		return f.Path + ".lock"
	}
	return f.Path
}

// add writes behind the last whole line. Where that fails the file is as it was.
func (f File) add(file *os.File, at int64, b []byte) error {
	err := file.Truncate(at) // what a crash left of a line
	if err == nil {
		_, err = file.WriteAt(b, at)
	}
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return f.broken(errors.Join(err, file.Truncate(at)))
	}
	if at == 0 {
		durable.SyncFolder(filepath.Dir(f.Path))
	}
	return nil
}

func (f File) broken(err error) error {
	return &Error{File: f.Path, What: "corrections cannot be read or kept: " + err.Error(), Err: err,
		hint: "corrections stand beside the sheet: check space and permissions there, or go on with a copy of the sheet elsewhere"}
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
