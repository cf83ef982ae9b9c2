package place

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Marks are what a job's journal must at least contain: the numbers of its last
// begun run and attempt. They are kept outside the journal and written after
// its own commit, so that they are never ahead of one that was not put back.
// They say nothing of times and outcomes.
type Marks struct {
	Run     int64
	Attempt int64
	Open    bool // the run has begun and not come to its end
}

// Max is the newer of both.
func (m Marks) Max(o Marks) Marks {
	out := Marks{Run: max(m.Run, o.Run), Attempt: max(m.Attempt, o.Attempt)}
	out.Open = m.Run == out.Run && m.Open || o.Run == out.Run && o.Open
	return out
}

// Behind tells whether a journal that ends with these numbers lacks something
// that the marks know.
func (m Marks) Behind(run, attempt int64) bool { return m.Run > run || m.Attempt > attempt }

// markText has one length for all numbers, so that it is written over in place,
// in one write.
const markText = "run %019d attempt %019d %-6s\n"

// A MarkFile keeps the marks of one job in the user's own folder. It is used by
// the one process that holds the job.
type MarkFile struct {
	Path string
	file *os.File
	last Marks
}

// Read returns the marks; a file that does not exist has none.
func (m *MarkFile) Read() (Marks, error) {
	b, err := os.ReadFile(m.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return Marks{}, nil
	}
	if err != nil {
		return Marks{}, err
	}
	var out Marks
	var state string
	if _, err := fmt.Sscanf(string(b), "run %d attempt %d %s", &out.Run, &out.Attempt, &state); err != nil {
		return Marks{}, fmt.Errorf("%s: %w", m.Path, err)
	}
	out.Open = state == "open"
	return out, nil
}

// Write replaces the marks. They reach the kernel, and outlive this process; a
// power cut may lose them, which leaves them behind the journal.
func (m *MarkFile) Write(v Marks) error {
	if m.file == nil {
		if err := os.MkdirAll(filepath.Dir(m.Path), 0o700); err != nil {
			return err
		}
		f, err := os.OpenFile(m.Path, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		m.file = f
	}
	state := "ended"
	if v.Open {
		state = "open"
	}
	m.last = v
	_, err := fmt.Fprintf(offset{m.file}, markText, v.Run, v.Attempt, state)
	return err
}

// Begun notes an attempt of the run that is open.
func (m *MarkFile) Begun(attempt int64) error {
	v := m.last
	v.Attempt = max(v.Attempt, attempt)
	return m.Write(v)
}

// Close lets go of the file.
func (m *MarkFile) Close() error {
	if m.file == nil {
		return nil
	}
	f := m.file
	m.file = nil
	return f.Close()
}

// offset writes at the file's beginning.
type offset struct{ f *os.File }

func (o offset) Write(b []byte) (int, error) { return o.f.WriteAt(b, 0) }

// tail is how much of a log's end is read at first: attempts are numbered in
// rising order, so that its last lines have the highest.
const tail = 256 << 10

// LogMarks are those that a log of attempts knows: the highest run and attempt
// of its lines. A log that does not exist knows none; lines that are no JSON,
// as a crash leaves them, are passed over.
func LogMarks(path string) (Marks, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Marks{}, nil
	}
	if err != nil {
		return Marks{}, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return Marks{}, err
	}
	for from := max(0, info.Size()-tail); ; from = 0 {
		b, err := io.ReadAll(io.NewSectionReader(f, from, info.Size()-from))
		if err != nil {
			return Marks{}, err
		}
		if m := marksIn(b); m.Run > 0 || from == 0 {
			return m, nil
		}
	}
}

func marksIn(b []byte) Marks {
	var m Marks
	for line := range bytes.Lines(b) {
		var l struct {
			Run     int64 `json:"run"`
			Attempt int64 `json:"attempt"`
		}
		if json.Unmarshal(line, &l) == nil {
			m = m.Max(Marks{Run: l.Run, Attempt: l.Attempt})
		}
	}
	return m
}
