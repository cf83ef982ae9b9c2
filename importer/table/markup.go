package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxToken bounds a tag or a text of a workbook's XML, in bytes: a
	// spreadsheet's cell holds 32,767 characters at most.
	maxToken = 1 << 20
	// maxDepth bounds how deep elements may lie within each other; a
	// workbook's own go down to about a dozen.
	maxDepth = 100
)

// errMarkup is what a part of a workbook has to answer for that no spreadsheet
// program writes.
var errMarkup = errors.New("damaged")

func markupError(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errMarkup}, a...)...)
}

// A token is a tag or a text. Its bytes are good until the next one.
type token struct {
	open, end bool   // a start tag, an end tag; an empty element is both
	name      []byte // without its prefix; nil for a text
	rest      []byte // the attributes of a tag, or a text as it is written
	cdata     bool   // rest needs no unescaping
}

// A markup splits XML into tokens with bounded memory. It is no judge of XML:
// what it is strict about is length, depth, and that everything that was
// opened is closed at the end.
type markup struct {
	r     *bufio.Reader
	buf   []byte
	depth int
	text  bool // the next thing is text
	any   bool // there was an element
}

func newMarkup(r io.Reader) *markup {
	m := &markup{r: bufio.NewReaderSize(r, 64<<10), text: true}
	if b, _ := m.r.Peek(3); string(b) == "\xEF\xBB\xBF" {
		_, _ = m.r.Discard(3)
	}
	return m
}

// next returns the next token; io.EOF comes when all elements are closed and
// the bytes are at their end.
func (m *markup) next() (token, error) {
	for {
		if m.text {
			b, err := m.until('<')
			if err != nil && err != io.EOF {
				return token{}, err
			}
			if err == io.EOF {
				switch {
				case m.depth > 0 || !m.any:
					return token{}, markupError("it is cut off")
				case len(bytes.TrimSpace(b)) > 0:
					return token{}, markupError("there is text behind its end")
				}
				return token{}, io.EOF
			}
			m.text = false
			if len(b) > 0 {
				return token{rest: b}, nil
			}
		}
		t, ok, err := m.tag()
		if err == io.EOF {
			err = markupError("it is cut off")
		}
		if err != nil || ok {
			return t, err
		}
	}
}

// ahead is what lies in memory of what comes next, if that is not a tag's inside.
func (m *markup) ahead() []byte {
	if !m.text {
		return nil
	}
	b, _ := m.r.Peek(m.r.Buffered())
	return b
}

// skip passes over elements that lie in memory and were read there, whole.
func (m *markup) skip(n int) {
	_, _ = m.r.Discard(n)
	m.any = true
}

// between reads a text that stands at the beginning of b between these tags; n
// is where they end, or 0 if something else stands there.
func between(b []byte, before, behind string) (text []byte, n int) {
	if len(b) < len(before) || string(b[:len(before)]) != before {
		return nil, 0
	}
	b = b[len(before):]
	end := bytes.IndexByte(b, '<')
	if end < 0 || len(b)-end < len(behind) || string(b[end:end+len(behind)]) != behind {
		return nil, 0
	}
	return b[:end], len(before) + end + len(behind)
}

// until reads up to a byte, which is left out.
func (m *markup) until(delim byte) ([]byte, error) {
	b, err := m.r.ReadSlice(delim)
	if err == nil {
		return b[:len(b)-1], nil
	}
	m.buf = append(m.buf[:0], b...)
	for err == bufio.ErrBufferFull {
		if len(m.buf) > maxToken {
			return nil, errTooLong
		}
		b, err = m.r.ReadSlice(delim)
		m.buf = append(m.buf, b...)
	}
	if err == nil {
		return m.buf[:len(m.buf)-1], nil
	}
	return m.buf, err
}

// tag reads what follows "<"; ok is false for what is of no account.
func (m *markup) tag() (t token, ok bool, err error) {
	lead, err := m.r.Peek(1)
	if err != nil {
		return t, false, err
	}
	switch lead[0] {
	case '?':
		m.text = true
		_, err := m.through("?>")
		return t, false, err
	case '!':
		_, _ = m.r.Discard(1)
		return m.bang()
	}
	b, err := m.attributes()
	if err != nil {
		return t, false, err
	}
	m.text = true
	if len(b) == 0 {
		return t, false, markupError("a tag has no name")
	}
	if b[0] == '/' {
		t.end, b = true, b[1:]
	} else if t.open = true; b[len(b)-1] == '/' {
		t.end, b = true, b[:len(b)-1]
	}
	t.name = b
	for i, c := range b {
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			t.name, t.rest = b[:i], b[i+1:]
			break
		}
	}
	if i := bytes.IndexByte(t.name, ':'); i >= 0 {
		t.name = t.name[i+1:]
	}
	switch {
	case t.open && t.end:
	case t.open:
		m.depth++
	default:
		m.depth--
	}
	m.any = true
	switch {
	case len(t.name) == 0:
		return t, false, markupError("a tag has no name")
	case m.depth > maxDepth:
		return t, false, markupError("its elements lie more than %d deep within each other", maxDepth)
	case m.depth < 0:
		return t, false, markupError("more elements are closed than were opened")
	}
	return t, true, nil
}

// attributes reads a tag up to its end, which is not a ">" within quotation marks.
func (m *markup) attributes() ([]byte, error) {
	b, err := m.until('>')
	if err != nil {
		return nil, err
	}
	for whole := false; ; {
		if bytes.IndexByte(b, '<') >= 0 {
			return nil, markupError("a tag is not closed")
		}
		if quoteClosed(b) {
			return b, nil
		}
		if !whole {
			m.buf, whole = append(m.buf[:0], b...), true
		}
		more, err := m.r.ReadSlice('>')
		if m.buf = append(append(m.buf, '>'), more...); err != nil && err != bufio.ErrBufferFull {
			return nil, err
		}
		for err == bufio.ErrBufferFull && len(m.buf) <= maxToken {
			more, err = m.r.ReadSlice('>')
			m.buf = append(m.buf, more...)
		}
		if len(m.buf) > maxToken {
			return nil, errTooLong
		}
		if err != nil {
			return nil, err
		}
		b = m.buf[:len(m.buf)-1]
		m.buf = b
	}
}

// quoteClosed tells whether all quotation marks of a tag are closed.
func quoteClosed(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '"')
		if j := bytes.IndexByte(b, '\''); j >= 0 && (i < 0 || j < i) {
			i = j
		}
		if i < 0 {
			return true
		}
		end := bytes.IndexByte(b[i+1:], b[i])
		if end < 0 {
			return false
		}
		b = b[i+end+2:]
	}
}

// bang reads a comment, a section of plain text, or a declaration.
func (m *markup) bang() (t token, ok bool, err error) {
	lead, err := m.r.Peek(2)
	if err != nil {
		return t, false, err
	}
	m.text = true
	switch {
	case string(lead) == "--":
		_, _ = m.r.Discard(2)
		_, err := m.through("-->")
		return t, false, err
	case lead[0] == '[':
		if lead, _ := m.r.Peek(7); string(lead) != "[CDATA[" {
			return t, false, markupError("a tag is not closed")
		}
		_, _ = m.r.Discard(7)
		b, err := m.through("]]>")
		return token{rest: b, cdata: true}, len(b) > 0, err
	}
	return t, false, markupError("it declares entities or a document type, which no spreadsheet program does")
}

// through reads up to and with an ending, which is left out.
func (m *markup) through(end string) ([]byte, error) {
	m.buf = m.buf[:0]
	for {
		c, err := m.r.ReadByte()
		if err != nil {
			return nil, err
		}
		if m.buf = append(m.buf, c); len(m.buf) > maxToken {
			return nil, errTooLong
		}
		if c == end[len(end)-1] && bytes.HasSuffix(m.buf, []byte(end)) {
			return m.buf[:len(m.buf)-len(end)], nil
		}
	}
}

// attr finds an attribute of a tag by its name without prefix, as it is
// written; nil if there is none.
func (t token) attr(name string) []byte {
	for rest := t.rest; ; {
		var key, value []byte
		if key, value, rest = nextAttr(rest); key == nil {
			return nil
		}
		if string(key) == name {
			return value
		}
	}
}

// nextAttr takes the first of some attributes, its name without prefix; a nil
// key means that there is none.
func nextAttr(b []byte) (key, value, rest []byte) {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	eq := bytes.IndexByte(b, '=')
	if eq < 0 {
		return nil, nil, nil
	}
	key, b = b[:eq:eq], b[eq+1:]
	for len(key) > 0 && key[len(key)-1] <= ' ' {
		key = key[:len(key)-1]
	}
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
		return nil, nil, nil
	}
	end := bytes.IndexByte(b[1:], b[0])
	if end < 0 {
		return nil, nil, nil
	}
	if i := bytes.IndexByte(key, ':'); i >= 0 {
		key = key[i+1:]
	}
	return key, b[1 : 1+end : 1+end], b[end+2:]
}

// append adds the content of a token that is no tag; line ends become \n.
func (t token) append(to []byte) []byte {
	start := len(to)
	if t.cdata || bytes.IndexByte(t.rest, '&') < 0 {
		to = append(to, t.rest...)
		return to[:start+len(newlines(to[start:]))]
	}
	// Before its number is read: a carriage return that stands there by its
	// number is meant.
	return append(to, unescape(newlines(bytes.Clone(t.rest)))...)
}

// newlines makes \r\n and \r into \n, in place, as XML wants it.
func newlines(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	out := b[:0]
	for i, c := range b {
		if c == '\r' {
			if i+1 < len(b) && b[i+1] == '\n' {
				continue
			}
			c = '\n'
		}
		out = append(out, c)
	}
	return out
}

func (t token) isText() bool { return t.name == nil }

// yes tells whether an attribute is set to true.
func (t token) yes(name string) bool {
	v := t.attr(name)
	return string(v) == "1" || string(v) == "true"
}

// unescape replaces XML's own entities; there are no others here.
func unescape(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	var out strings.Builder
	for len(b) > 0 {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			break
		}
		out.Write(b[:i])
		b = b[i:]
		end := bytes.IndexByte(b, ';')
		r := entity(b, end)
		if r < 0 {
			out.WriteByte('&')
			b = b[1:]
			continue
		}
		out.WriteRune(r)
		b = b[end+1:]
	}
	out.Write(b)
	return out.String()
}

// entity reads "&…;" at the beginning of b; -1 if there is none.
func entity(b []byte, end int) rune {
	if end < 2 || end > 12 {
		return -1
	}
	name := string(b[1:end])
	switch name {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	if name[0] != '#' {
		return -1
	}
	digits, base := name[1:], 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return -1
	}
	return rune(n)
}
