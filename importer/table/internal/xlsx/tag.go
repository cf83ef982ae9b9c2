package xlsx

import (
	"bytes"
	"io"
)

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// startTag reads a tag that begins an element.
func (m *markup) startTag() (kind, error) {
	var (
		n   int
		t   tagShape
		err error
	)
	for {
		if t, err = m.parse(m.buf[m.pos:m.end]); err != nil {
			return 0, err
		}
		if n = t.size; n > 0 {
			break
		}
		if err := m.more(); err == io.EOF {
			return 0, errCut
		} else if err != nil {
			return 0, err
		}
	}
	if n > maxToken {
		return 0, errTooLong
	}
	if m.depth() == 0 && m.any > 0 {
		return 0, faulty("it has a second root")
	}
	if m.depth() == maxDepth {
		return 0, faulty("its elements lie more than %d deep within each other", maxDepth)
	}
	name := m.buf[m.pos+1 : m.pos+t.name]
	if len(name) > maxName {
		return 0, faulty("it has a name of more than %d bytes", maxName)
	}
	m.opens = append(m.opens, open{begin: len(m.names)})
	m.names = append(m.names, name...)
	m.pos += n
	if t.declares {
		if err := m.declare(); err != nil {
			return 0, err
		}
	}
	prefix := name[:max(t.colon-1, 0)]
	m.local = name[max(t.colon, 0):]
	if !m.locate(prefix) {
		return 0, faulty("the prefix %q is not declared", prefix)
	}
	if m.any++; m.any == 1 {
		m.root()
	} else if m.any > maxElements {
		return 0, faulty("it has more than %d elements", maxElements)
	}
	o := &m.opens[m.depth()-1]
	o.space, o.ours = m.space, m.ours
	if t.prefixed {
		if err := m.checkPrefixes(); err != nil {
			return 0, err
		}
	}
	m.void = t.empty
	return opened, nil
}

// root settles what "ours" is: the namespace of the first element.
func (m *markup) root() {
	m.own, m.ours = m.space, true
	for i := range m.spaces {
		m.spaces[i].ours = m.spaces[i].uri == m.own
	}
	m.defaults()
}

// A tagShape is where the pieces of a tag are.
type tagShape struct {
	size     int // of the whole tag; 0: it does not lie in memory yet
	name     int // where its name ends
	colon    int // where its local name begins, counted from the name's begin; 0: it has no prefix
	empty    bool
	declares bool // an attribute declares a namespace
	prefixed bool // an attribute has a prefix
}

// parse reads a tag from b, which begins with its <, and its attributes.
func (m *markup) parse(b []byte) (t tagShape, err error) {
	m.attrs = m.attrs[:0]
	i, colon, err := nameEnd(b, 1)
	if err != nil {
		return t, err
	}
	if t.name = i; colon > 0 {
		t.colon = colon
	}
	for {
		from := i
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		switch {
		case i+1 >= len(b) && (i >= len(b) || b[i] != '>'):
			return tagShape{}, nil
		case b[i] == '>':
			t.size = i + 1
			return t, nil
		case b[i] == '/' && b[i+1] == '>':
			t.size, t.empty = i+2, true
			return t, nil
		case i == from:
			return t, faulty("a tag has no blank before its attribute, or a character that it may not have")
		}
		var a attr
		if i, err = m.attribute(b, i, &a); i == 0 || err != nil {
			return tagShape{}, err
		}
		if a.colon > 0 {
			t.prefixed = true
		}
		if len(a.name) >= 5 && string(a.name[:5]) == "xmlns" && (len(a.name) == 5 || a.colon == 5) {
			t.declares = true
		}
	}
}

// attribute reads an attribute that begins at b[i], and returns where it ends; 0 if
// it does not lie in memory yet.
func (m *markup) attribute(b []byte, i int, a *attr) (end int, err error) {
	from := i
	i, colon, err := nameEnd(b, i)
	if err != nil {
		return 0, err
	}
	if a.name = b[from:i]; colon > 0 {
		a.colon = colon - from
	}
	for i < len(b) && isBlank(b[i]) {
		i++
	}
	if i >= len(b) {
		return 0, nil
	}
	if b[i] != '=' {
		return 0, faulty("the attribute %q has no value", a.name)
	}
	for i++; i < len(b) && isBlank(b[i]); {
		i++
	}
	if i >= len(b) {
		return 0, nil
	}
	quote := b[i]
	if quote != '"' && quote != '\'' {
		return 0, faulty("the value of the attribute %q has no quotation marks", a.name)
	}
	i++
	n := i
	for n < len(b) && class[b[n]]&closer == 0 && b[n] != '\n' && b[n] != '\t' {
		n++
	}
	if n < len(b) && b[n] != quote { // something to look at closer
		k := bytes.IndexByte(b[n:], quote)
		if k < 0 {
			return 0, nil
		}
		n += k
		if a.special, err = checkValue(b[i:n]); err != nil {
			return 0, err
		}
	}
	if n >= len(b) {
		return 0, nil
	}
	a.value = b[i:n]
	for k := range m.attrs {
		if string(m.attrs[k].name) == string(a.name) {
			return 0, faulty("a tag has the attribute %q twice", a.name)
		}
	}
	if len(m.attrs) == maxAttrs {
		return 0, faulty("a tag has more than %d attributes", maxAttrs)
	}
	m.attrs = append(m.attrs, *a)
	return n + 1, nil
}

// checkValue looks at an attribute's value. It may have ]]>, which a text may not.
func checkValue(b []byte) (special bool, err error) {
	for i := 0; i < len(b); {
		n := len(b) - i
		if k := bytes.IndexByte(b[i:], ']'); k >= 0 {
			n = k
		}
		s, err := checkText(b[i : i+n])
		if err != nil {
			return false, err
		}
		special = special || s
		i += n + 1
	}
	return special || bytes.ContainsAny(b, "\n\t"), nil
}

// declare binds the namespaces that the tag in hand declares.
func (m *markup) declare() error {
	for i := range m.attrs {
		a := &m.attrs[i]
		prefix := ""
		switch {
		case a.colon == 5 && string(a.name[:5]) == "xmlns":
			prefix = string(a.name[6:])
		case string(a.name) != "xmlns":
			continue
		}
		uri := a.meaning()
		switch {
		case prefix == "xmlns", uri == xmlnsSpace, (prefix == "xml") != (uri == xmlSpace), prefix != "" && uri == "":
			return faulty("the prefix %q is declared as nobody may", prefix)
		case len(uri) > maxName || len(prefix) > maxName:
			return faulty("it has a namespace of more than %d bytes", maxName)
		case len(m.spaces) == maxSpaces:
			return faulty("it declares more than %d namespaces", maxSpaces)
		}
		m.hashes = append(m.hashes, hashOf([]byte(prefix)))
		m.spaces = append(m.spaces, space{prefix, uri, m.depth(), m.any > 0 && uri == m.own})
	}
	m.defaults()
	return nil
}

// checkPrefixes looks whether the prefixes of the attributes are declared, and
// whether two of them mean the same.
func (m *markup) checkPrefixes() error {
	for i := range m.attrs {
		a := &m.attrs[i]
		if a.colon == 0 || string(a.name[:a.colon]) == "xmlns" {
			continue
		}
		uri, ok := m.uri(a.name[:a.colon])
		if !ok {
			return faulty("the prefix %q is not declared", a.name[:a.colon])
		}
		for k := range i {
			b := &m.attrs[k]
			if b.colon == 0 || string(b.name[b.colon:]) != string(a.name[a.colon:]) {
				continue
			}
			if other, _ := m.uri(b.name[:b.colon]); other == uri {
				return faulty("a tag has the attribute %q twice", a.name)
			}
		}
	}
	return nil
}

// uri is the namespace of a prefix.
func (m *markup) uri(prefix []byte) (uri string, ok bool) {
	if i := m.find(prefix); i >= 0 {
		return m.spaces[i].uri, true
	}
	return xmlSpace, string(prefix) == "xml"
}

// meaning is the value of an attribute.
func (a *attr) meaning() string {
	if a.special {
		return string(appendText(nil, a.value, true))
	}
	return string(a.value)
}

// attr finds an attribute without a prefix; nil if there is none.
func (m *markup) attr(name string) *attr {
	for i := range m.attrs {
		if a := &m.attrs[i]; a.colon == 0 && string(a.name) == name {
			return a
		}
	}
	return nil
}

// value is the value of an attribute without a prefix; "" if there is none.
func (m *markup) value(name string) string {
	if a := m.attr(name); a != nil {
		return a.meaning()
	}
	return ""
}

// yes tells whether an attribute is set to true.
func (m *markup) yes(name string) bool {
	v := m.value(name)
	return v == "1" || v == "true"
}
