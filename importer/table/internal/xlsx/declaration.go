package xlsx

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// begin reads what stands before the first tag: a byte order mark, and a
// declaration, which must be true.
func (m *markup) begin() error {
	for m.end-m.pos < 4 {
		if err := m.more(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	b := m.ahead()
	wide := false
	switch {
	case bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")):
		m.pos += 3
	case bytes.HasPrefix(b, []byte("\xFF\xFE")), bytes.HasPrefix(b, []byte("\xFE\xFF")):
		wide = true
		m.widen(b[0] == 0xFE, 2)
	case bytes.HasPrefix(b, []byte("<\x00")), bytes.HasPrefix(b, []byte("\x00<")):
		wide = true
		m.widen(b[0] == 0, 0)
	}
	for m.end-m.pos < 6 {
		if err := m.more(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	if b := m.ahead(); len(b) < 6 || string(b[:5]) != "<?xml" || !isBlank(b[5]) {
		return nil
	}
	b, err := m.through(2, "?>")
	if err != nil {
		return err
	}
	return m.declaration(b[3:], wide)
}

// declaration judges what stands between <?xml and ?>.
func (m *markup) declaration(b []byte, wide bool) error {
	untrue := faulty("its XML declaration is not a true one")
	if err := checkPlain(b); err != nil {
		return err
	}
	m.attrs = m.attrs[:0]
	b = append(bytes.Clone(b), '?')
	for i := 0; ; {
		from := i
		for isBlank(b[i]) {
			i++
		}
		if i == len(b)-1 {
			break
		}
		var a attr
		end, err := m.attribute(b, i, &a)
		if i == from || end == 0 || err != nil {
			return untrue
		}
		i = end
	}
	order := []string{"version", "encoding", "standalone"}
	for i := range m.attrs {
		for len(order) > 0 && order[0] != string(m.attrs[i].name) {
			order = order[1:]
		}
		if len(order) == 0 {
			return untrue
		}
		order = order[1:]
	}
	if m.value("version") != "1.0" {
		return untrue
	}
	if a := m.attr("standalone"); a != nil && string(a.value) != "yes" && string(a.value) != "no" {
		return untrue
	}
	a := m.attr("encoding")
	if a == nil {
		return nil
	}
	switch set := strings.ToUpper(string(a.value)); {
	case !wide && (set == "UTF-8" || set == "UTF8" || set == "US-ASCII"), wide && strings.HasPrefix(set, "UTF-16"):
		return nil
	case strings.HasPrefix(set, "UTF"), wide:
		return untrue
	default:
		return faulty("it is written in the encoding %q, which no spreadsheet program uses", a.value)
	}
}

// through reads up to and with an ending that is looked for behind skip bytes, and
// returns what stands between.
func (m *markup) through(skip int, end string) ([]byte, error) {
	for from := skip; ; {
		if b := m.ahead(); len(b) > from {
			if i := bytes.Index(b[from:], []byte(end)); i >= 0 {
				m.pos += from + i + len(end)
				return b[skip : from+i], nil
			}
			from = max(skip, len(b)-len(end)+1)
		}
		if err := m.more(); err == io.EOF {
			return nil, errCut
		} else if err != nil {
			return nil, err
		}
	}
}

// instruction passes over what is meant for another program.
func (m *markup) instruction() error {
	b, err := m.through(2, "?>")
	if err != nil {
		return err
	}
	n, colon, err := nameEnd(b, 0)
	if err != nil {
		return err
	}
	if colon > 0 || strings.EqualFold(string(b[:n]), "xml") || n < len(b) && !isBlank(b[n]) {
		return faulty("it has a processing instruction that is none")
	}
	return checkPlain(b)
}

// bang reads a comment, which is passed over, or a section of plain text.
func (m *markup) bang() (kind, error) {
	for m.end-m.pos < len("<![CDATA[") {
		if err := m.more(); err == io.EOF {
			break
		} else if err != nil {
			return 0, err
		}
	}
	switch b := m.ahead(); {
	case bytes.HasPrefix(b, []byte("<!--")):
		b, err := m.through(4, "--")
		if err == nil {
			err = checkPlain(b)
		}
		if err != nil {
			return 0, err
		}
		if m.pos == m.end {
			if err := m.more(); err == io.EOF {
				return 0, errCut
			} else if err != nil {
				return 0, err
			}
		}
		if m.buf[m.pos] != '>' {
			return 0, faulty("it has a comment with -- in it")
		}
		m.pos++
		return 0, nil
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		if m.depth() == 0 {
			return 0, faulty("there is text outside of its elements")
		}
		b, err := m.through(9, "]]>")
		if err != nil {
			return 0, err
		}
		if err := checkPlain(b); err != nil {
			return 0, err
		}
		m.text, m.plain = b, true
		if bytes.IndexByte(b, '\r') >= 0 {
			m.text = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		}
		return texted, nil
	case bytes.HasPrefix([]byte("<![CDATA["), b), bytes.HasPrefix([]byte("<!--"), b):
		return 0, errCut
	}
	return 0, faulty("it declares entities or a document type, which no spreadsheet program does")
}

// widen takes the bytes from now on for UTF-16.
func (m *markup) widen(big bool, mark int) {
	rest := bytes.Clone(m.buf[m.pos+mark : m.end])
	m.r = &wideReader{r: io.MultiReader(bytes.NewReader(rest), m.r), big: big}
	m.pos, m.end, m.err = 0, 0, nil
}

// A wideReader makes UTF-8 of UTF-16, and fails where it is none.
type wideReader struct {
	r    io.Reader
	big  bool
	in   [8 << 10]byte
	have int    // bytes in in that are half a character
	out  []byte // what was made and not handed out
	buf  []byte
	err  error
}

func (w *wideReader) Read(p []byte) (int, error) {
	for len(w.out) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		w.fill()
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}

func (w *wideReader) fill() {
	n, err := w.r.Read(w.in[w.have:])
	b := w.in[:w.have+n]
	w.buf = w.buf[:0]
	unit := func(i int) rune {
		if w.big {
			return rune(b[i])<<8 | rune(b[i+1])
		}
		return rune(b[i+1])<<8 | rune(b[i])
	}
	i := 0
	for ; i+1 < len(b); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			if i+3 >= len(b) {
				break
			}
			if r = utf16.DecodeRune(r, unit(i+2)); r == utf8.RuneError {
				w.err = faulty("it has bytes that are no UTF-16")
				return
			}
			i += 2
		}
		w.buf = utf8.AppendRune(w.buf, r)
	}
	w.have = copy(w.in[:], b[i:])
	if w.out = w.buf; err == io.EOF && w.have > 0 {
		err = faulty("it has bytes that are no UTF-16")
	}
	w.err = err
}
