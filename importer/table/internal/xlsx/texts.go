package xlsx

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
)

const (
	// maxTexts bounds how many texts cells share: 4 bytes in memory for each.
	maxTexts = 1 << 24
	// textsInMemory is how much of them is held in memory, in bytes; more goes to
	// a file.
	textsInMemory = 4 << 20
	textBlock     = 16 << 10
	textBlocks    = 64
	endsBlock     = 1 << 14
)

// Texts are those that cells share, by number. It may be used by several goroutines.
type Texts struct {
	whole []byte   // of all of them, one after the other, unless there is a file
	file  *os.File // nil: all are in memory
	ends  [][]uint32
	count int
}

// A TempError says that no temporary file could be made, or written.
type TempError struct{ Err error }

func (e *TempError) Error() string { return e.Err.Error() }
func (e *TempError) Unwrap() error { return e.Err }

// Texts reads the shared texts; those that do not fit into memory go to a file that
// temp makes. Close gives it back.
func (a *Archive) Texts(ctx context.Context, b *Book, temp func() (*os.File, error)) (*Texts, error) {
	t := &Texts{}
	if a.parts[b.texts] == nil {
		return t, nil
	}
	w := &spillWriter{t: t, temp: temp}
	err := a.read(ctx, b.texts, func(r io.Reader) error { return t.read(newMarkup(r), w) })
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		_ = t.Close()
		var te *TempError
		if errors.As(err, &te) {
			return nil, te
		}
		return nil, err
	}
	return t, nil
}

// A spillWriter keeps bytes in memory until there are too many.
type spillWriter struct {
	t    *Texts
	temp func() (*os.File, error)
	out  *bufio.Writer
}

func (w *spillWriter) write(b []byte) error {
	if w.out == nil && len(w.t.whole)+len(b) <= textsInMemory {
		w.t.whole = append(w.t.whole, b...)
		return nil
	}
	if w.out == nil {
		f, err := w.temp()
		if err != nil {
			return &TempError{err}
		}
		w.t.file, w.out = f, bufio.NewWriterSize(f, textBlock)
		_, _ = w.out.Write(w.t.whole) // bufio keeps the error
		w.t.whole = nil
	}
	if _, err := w.out.Write(b); err != nil {
		return &TempError{err}
	}
	return nil
}

func (w *spillWriter) flush() error {
	if w.out == nil {
		return nil
	}
	if err := w.out.Flush(); err != nil {
		return &TempError{err}
	}
	return nil
}

// read reads the texts of a part.
func (t *Texts) read(m *markup, w *spillWriter) error {
	var (
		text, decoded []byte
		end           uint32 // a workbook unpacks to less than that can hold
	)
	put := func() error {
		decoded = appendUnescaped(decoded[:0], text)
		if tooMany(text) {
			return faulty("text %d has more than %d characters, which no spreadsheet has", t.count, maxText)
		}
		if t.count == maxTexts {
			return faulty("it has more than %d texts", maxTexts)
		}
		if t.count%endsBlock == 0 {
			t.ends = append(t.ends, make([]uint32, 0, endsBlock))
		}
		end += uint32(len(decoded))
		last := &t.ends[len(t.ends)-1]
		*last = append(*last, end)
		t.count++
		return w.write(decoded)
	}
	for {
		for m.level == 1 && m.bare {
			b, n := between(m.ahead(), "<si><t>", "</t></si>")
			if n == 0 {
				break
			}
			var ok bool
			if text, ok = appendUsual(text[:0], b); !ok {
				break
			}
			m.pass(n)
			if err := put(); err != nil {
				return err
			}
		}
		k, err := m.step()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case k == closed:
		case k == texted:
			if !blank(m.text) {
				return faulty("there is text between its texts")
			}
		case m.level == 1 && string(m.local) != "sst":
			return faulty("it is a %q, not a %q", m.local, "sst")
		case m.level == 1:
		case string(m.local) != "si":
			return faulty("there is a %q between its texts", m.local)
		default:
			if text, err = m.richText(text[:0]); err == nil {
				err = put()
			}
			if err != nil {
				return err
			}
		}
	}
}

// Close gives the file back. It may be called twice.
func (t *Texts) Close() error {
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	return err
}

// span is where a text lies.
func (t *Texts) span(n int) (from, to int64) {
	if n > 0 {
		from = int64(t.ends[(n-1)/endsBlock][(n-1)%endsBlock])
	}
	return from, int64(t.ends[n/endsBlock][n%endsBlock])
}

// A textReader looks texts up through the blocks it read last: a sheet uses most
// texts in the order of their numbers, and the others over and over.
type textReader struct {
	t      *Texts
	blocks [textBlocks]struct {
		number int64 // from 1; 0: nothing yet
		bytes  []byte
	}
}

// append adds the text of a number that is there.
func (r *textReader) append(to []byte, n int) ([]byte, error) {
	from, end := r.t.span(n)
	if r.t.file == nil {
		return append(to, r.t.whole[from:end]...), nil
	}
	for from < end {
		number := from/textBlock + 1
		b := &r.blocks[number%textBlocks]
		if b.number != number {
			if b.bytes == nil {
				b.bytes = make([]byte, textBlock)
			}
			b.number, b.bytes = 0, b.bytes[:textBlock]
			got, err := r.t.file.ReadAt(b.bytes, (number-1)*textBlock)
			if err != nil && err != io.EOF {
				return to, &TempError{err}
			}
			b.number, b.bytes = number, b.bytes[:got]
		}
		at := from - (number-1)*textBlock
		piece := b.bytes[min(at, int64(len(b.bytes))):min(at+end-from, int64(len(b.bytes)))]
		if len(piece) == 0 {
			return to, &TempError{io.ErrUnexpectedEOF}
		}
		to, from = append(to, piece...), from+int64(len(piece))
	}
	return to, nil
}
