package table

import (
	"archive/zip"
	"bufio"
	"bytes"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// sharedTexts are a workbook's texts that cells share, by number. They lie in a
// file in the temporary folder; what stands in memory is where each one ends.
type sharedTexts struct {
	file *os.File
	ends []uint32 // a workbook unpacks to 2 GiB at most
}

// unpackTexts writes the texts of a part to a file without a name.
func unpackTexts(e *zip.File, name string) (_ *sharedTexts, err error) {
	r, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	t := &sharedTexts{file: f}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	w := bufio.NewWriterSize(f, textBlock)
	if err := t.parse(newMarkup(r), w); err != nil {
		return nil, err
	}
	return t, w.Flush()
}

// parse reads the texts of a part. Of a text in several runs, all runs count;
// what tells how to say it does not.
func (t *sharedTexts) parse(m *markup, w io.Writer) error {
	var (
		text   []byte
		end    uint32
		inText bool
		aside  int
	)
	put := func() error {
		b := text
		if hasEscape(text) {
			b = []byte(unescapeText(string(text)))
		}
		end += uint32(len(b))
		t.ends = append(t.ends, end)
		_, err := w.Write(b)
		return err
	}
	for {
		if b, n := plainText(m); n > 0 {
			text = token{rest: b}.append(text[:0])
			m.skip(n)
			if err := put(); err != nil {
				return err
			}
			continue
		}
		tok, err := m.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case tok.isText():
			if inText && aside == 0 {
				if text = tok.append(text); len(text) > maxToken {
					return errTooLong
				}
			}
		case string(tok.name) == "si" && tok.open:
			if text = text[:0]; tok.end {
				t.ends = append(t.ends, end)
			}
		case string(tok.name) == "si":
			if err := put(); err != nil {
				return err
			}
		case string(tok.name) == "rPh" && tok.open && !tok.end && aside == 0:
			aside = m.depth
		case tok.open:
			inText = !tok.end && string(tok.name) == "t"
		default:
			if inText = false; m.depth < aside {
				aside = 0
			}
		}
	}
}

// plainText is the next text of a part as most are written, where it lies in
// memory; n is how much it takes, or 0 if it is to be read tag by tag.
func plainText(m *markup) (text []byte, n int) {
	if m.depth != 1 {
		return nil, 0
	}
	return between(m.ahead(), "<si><t>", "</t></si>")
}

func (t *sharedTexts) close() error { return t.file.Close() }

const (
	textBlock  = 16 << 10
	textBlocks = 64
)

// A textReader looks texts up through the blocks it read last: a sheet uses
// most texts in the order of their numbers, and the others over and over.
type textReader struct {
	t      *sharedTexts
	blocks [textBlocks]struct {
		number int64 // from 1; 0: nothing yet
		bytes  []byte
	}
}

// append adds the text of a number that is there.
func (r *textReader) append(to []byte, n int) ([]byte, error) {
	from, end := int64(0), int64(r.t.ends[n])
	if n > 0 {
		from = int64(r.t.ends[n-1])
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
				return to, err
			}
			b.number, b.bytes = number, b.bytes[:got]
		}
		at := from - (number-1)*textBlock
		piece := b.bytes[min(at, int64(len(b.bytes))):min(at+end-from, int64(len(b.bytes)))]
		if len(piece) == 0 {
			return to, io.ErrUnexpectedEOF
		}
		to, from = append(to, piece...), from+int64(len(piece))
	}
	return to, nil
}

// escaped is how spreadsheets write a letter that XML cannot: _x000D_.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func hasEscape(b []byte) bool { return bytes.Contains(b, []byte("_x")) }

// unescapeText puts the letters in place.
func unescapeText(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, func(e string) string {
		n, err := strconv.ParseUint(e[2:6], 16, 16)
		if err != nil || n >= 0xD800 && n < 0xE000 {
			return "" // half a letter is none
		}
		return string(rune(n))
	})
}

func (r *textReader) count() int {
	if r.t == nil {
		return 0
	}
	return len(r.t.ends)
}
