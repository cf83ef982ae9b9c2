package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// maxToken bounds a tag or a text of a workbook's XML, in bytes.
	maxToken = 1 << 20
	// maxDepth bounds how deep elements may lie within each other; a workbook's
	// own go down to about a dozen.
	maxDepth = 100
	// maxAttrs bounds the attributes of a tag, maxName a name and a namespace, in
	// bytes, and maxSpaces the namespaces that are declared at once.
	maxAttrs  = 250
	maxName   = 1 << 10
	maxSpaces = 250
	// maxElements bounds the elements of a part that are read tag by tag: a sheet of a
	// million rows and twelve columns has 37 million at most.
	maxElements = 40_000_000
	// window is how much of a part is read ahead, in bytes.
	window = 64 << 10
)

// errFaulty is what a part has to answer for that no spreadsheet program writes.
var errFaulty = errors.New("damaged")

// errTooLong is about a token that is longer than any that a spreadsheet writes.
var errTooLong = errors.New("too long")

func faulty(format string, a ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errFaulty}, a...)...)
}

// A kind is what a token is.
type kind int8

const (
	opened kind = iota + 1 // an element begins
	closed                 // an element ends; for an empty one it comes too
	texted                 // some text: there may be more of it
)

// An attr is an attribute of a tag.
type attr struct {
	name    []byte // as it is written
	colon   int    // where its prefix ends; 0: it has none
	value   []byte // as it is written
	special bool   // value is not what is meant
}

// A markup splits XML into tokens, with bounded memory, and is its strict judge:
// what XML 1.0 and its namespaces do not allow is refused wherever it stands, but
// for document types, which are refused whole. A token's bytes are good until the
// next one.
type markup struct {
	r    io.Reader
	buf  []byte
	pos  int // buf[pos:end] is to be read
	end  int
	err  error // what ended r
	read bool  // its beginning was looked at
	any  int   // elements so far
	void bool  // the element that was opened is empty: its end comes next

	names     []byte // of the open elements, one after the other, as written
	opens     []open // the open elements
	spaces    []space
	hashes    []uint32 // of their prefixes
	own       string   // the namespace of the root
	bare      bool     // a name without a prefix is in it
	bareSpace string

	// The token in hand.
	local []byte // the name of an element, without its prefix
	ours  bool   // it is in the root's namespace
	space string // the one it is in
	attrs []attr
	text  []byte // as it is written
	plain bool   // text is what is meant

	level   int // elements that step has opened
	choices []choice
}

// An open element.
type open struct {
	begin int // of its name in names
	space string
	ours  bool
}

// A space is a namespace, bound to a prefix by an element.
type space struct {
	prefix, uri string
	depth       int // of the element
	ours        bool
}

func newMarkup(r io.Reader) *markup {
	return &markup{r: r, buf: make([]byte, window)}
}

// more reads on, so that more lies in memory than did.
func (m *markup) more() error {
	if m.err != nil {
		return m.err
	}
	have := m.end - m.pos
	if have > maxToken {
		return errTooLong
	}
	if m.pos > 0 {
		copy(m.buf, m.buf[m.pos:m.end])
		m.pos, m.end = 0, have
	}
	if have > len(m.buf)/2 {
		m.buf = append(make([]byte, 0, 2*len(m.buf)), m.buf...)[:2*len(m.buf)]
	}
	for m.end < len(m.buf) && m.err == nil {
		var n int
		n, m.err = m.r.Read(m.buf[m.end:])
		m.end += n
	}
	if m.end == have {
		return m.err
	}
	return nil
}

// depth is how many elements are open.
func (m *markup) depth() int { return len(m.opens) }

// next returns the next token; io.EOF comes when all elements are closed and the
// bytes are at their end.
func (m *markup) next() (kind, error) {
	if m.void {
		m.void = false
		m.pop()
		return closed, nil
	}
	if !m.read {
		m.read = true
		if err := m.begin(); err != nil {
			return 0, err
		}
	}
	for {
		if m.end-m.pos < 2 {
			if err := m.more(); err == io.EOF && m.pos == m.end {
				return 0, m.finish()
			} else if err != nil && err != io.EOF {
				return 0, err
			}
		}
		if m.buf[m.pos] != '<' {
			return m.content()
		}
		if m.end-m.pos < 2 {
			return 0, errCut
		}
		switch m.buf[m.pos+1] {
		case '/':
			return m.endTag()
		case '?':
			if err := m.instruction(); err != nil {
				return 0, err
			}
		case '!':
			if k, err := m.bang(); k != 0 || err != nil {
				return k, err
			}
		default:
			return m.startTag()
		}
	}
}

var errCut = faulty("it is cut off")

func (m *markup) finish() error {
	if m.depth() > 0 || m.any == 0 {
		return errCut
	}
	return io.EOF
}

// content reads a text up to the next tag.
func (m *markup) content() (kind, error) {
	n := bytes.IndexByte(m.buf[m.pos:m.end], '<')
	for n < 0 {
		have := m.end - m.pos
		if err := m.more(); err == io.EOF {
			if m.depth() > 0 || m.any == 0 {
				return 0, errCut
			}
			n = have
			break
		} else if err != nil {
			return 0, err
		}
		if n = bytes.IndexByte(m.buf[m.pos+have:m.end], '<'); n >= 0 {
			n += have
		}
	}
	if n > maxToken {
		return 0, errTooLong
	}
	b := m.buf[m.pos : m.pos+n]
	m.pos += n
	special, err := checkText(b)
	if err != nil {
		return 0, err
	}
	if m.depth() == 0 {
		if !blank(b) {
			return 0, faulty("there is text outside of its elements")
		}
		return m.next()
	}
	m.text, m.plain = b, !special
	return texted, nil
}

// appendText adds what the text in hand means.
func (m *markup) appendText(to []byte) []byte {
	if m.plain {
		return append(to, m.text...)
	}
	return appendText(to, m.text, false)
}

// endTag reads a tag that ends an element.
func (m *markup) endTag() (kind, error) {
	if m.depth() == 0 {
		return 0, faulty("more elements are closed than were opened")
	}
	o := m.opens[m.depth()-1]
	name := m.names[o.begin:]
	for m.end-m.pos < len(name)+3 {
		if err := m.more(); err == io.EOF {
			return 0, errCut
		} else if err != nil {
			return 0, err
		}
	}
	b := m.buf[m.pos+2 : m.end]
	if string(b[:len(name)]) != string(name) {
		return 0, faulty("the element %q is not closed where it should be", name)
	}
	i := len(name)
	for b[i] != '>' {
		if !isBlank(b[i]) {
			return 0, faulty("the element %q is not closed where it should be", name)
		}
		if i++; i == len(b) {
			if err := m.more(); err == io.EOF {
				return 0, errCut
			} else if err != nil {
				return 0, err
			}
			b = m.buf[m.pos+2 : m.end]
		}
	}
	m.local, m.space, m.ours = b[bytes.IndexByte(b[:len(name)], ':')+1:len(name)], o.space, o.ours
	m.pos += i + 3
	m.pop()
	return closed, nil
}

// locate finds the namespace of an element by its prefix, which is declared.
func (m *markup) locate(prefix []byte) bool {
	if len(prefix) == 0 {
		m.space, m.ours = m.bareSpace, m.bare
		return true
	}
	if i := m.find(prefix); i >= 0 {
		m.space, m.ours = m.spaces[i].uri, m.spaces[i].ours
		return true
	}
	m.space, m.ours = xmlSpace, false
	return string(prefix) == "xml"
}

// find finds what a prefix stands for; -1 if that is not declared. Hashes first: there
// may be many, and all elements may have one.
func (m *markup) find(prefix []byte) int {
	h := hashOf(prefix)
	for i := len(m.hashes) - 1; i >= 0; i-- {
		if m.hashes[i] == h && m.spaces[i].prefix == string(prefix) {
			return i
		}
	}
	return -1
}

func hashOf(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

// pop leaves the innermost element.
func (m *markup) pop() {
	depth := m.depth()
	m.names, m.opens = m.names[:m.opens[depth-1].begin], m.opens[:depth-1]
	n := len(m.spaces)
	for n > 0 && m.spaces[n-1].depth == depth {
		n--
	}
	if n < len(m.spaces) {
		m.spaces, m.hashes = m.spaces[:n], m.hashes[:n]
		m.defaults()
	}
}

// defaults finds out what a name without a prefix means.
func (m *markup) defaults() {
	m.bareSpace, m.bare = "", m.own == ""
	if i := m.find(nil); i >= 0 {
		m.bareSpace, m.bare = m.spaces[i].uri, m.spaces[i].ours
	}
}

// skip passes over the rest of the element that was opened last, with what lies in it.
func (m *markup) skip() error {
	for to := m.depth() - 1; ; {
		k, err := m.next()
		if err != nil {
			return err
		}
		if k == closed && m.depth() == to {
			return nil
		}
	}
}

// ahead is what lies in memory of what comes next.
func (m *markup) ahead() []byte {
	if m.void {
		return nil
	}
	return m.buf[m.pos:m.end]
}

// pass goes on behind elements that were read in what lies ahead, whole.
func (m *markup) pass(n int) { m.pos += n }
