package xlsx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The reference reads parts in the plainest way there is: into a tree, with
// encoding/xml for the tokens, and rule by rule from there. It is slow, needs much
// memory, and shares nothing with the reader.

// errReference says that the reference refuses.
var errReference = errors.New("refused")

// A node is an element, or a text if it has no name.
type node struct {
	space, name string
	attrs       []refAttr
	scope       map[string]string // the namespaces of prefixes
	kids        []*node
	text        string
}

type refAttr struct{ space, name, value string }

func (n *node) attr(name string) (string, bool) {
	for _, a := range n.attrs {
		if a.space == "" && a.name == name {
			return a.value, true
		}
	}
	return "", false
}

var (
	refName  = `[\pL_][\pL\pN_.·-]*(?::[\pL_][\pL\pN_.·-]*)?`
	refShape = regexp.MustCompile(`(?s)\A\x{FEFF}?(?:<\?xml(?:\s+[a-z]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*\?>)?` +
		`(?:[^<]|<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|</` + refName + `\s*>|<` + refName +
		`(?:\s+` + refName + `\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*/?>)*\z`)
)

// parseTree reads a part into a tree.
func parseTree(doc string) (*node, error) {
	if !utf8.ValidString(doc) || !refShape.MatchString(doc) {
		return nil, errReference
	}
	doc = strings.TrimPrefix(doc, "\uFEFF")
	d := xml.NewDecoder(strings.NewReader(doc))
	top := &node{}
	open := []*node{top}
	names := []xml.Name{{}}
	scopes := []map[string]string{{"xml": "http://www.w3.org/XML/1998/namespace"}}
	for {
		at := d.InputOffset()
		t, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errReference
		}
		here := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			scope := map[string]string{}
			for k, v := range scopes[len(scopes)-1] {
				scope[k] = v
			}
			for _, a := range t.Attr {
				if a.Name.Space == "xmlns" {
					if a.Value == "" || a.Name.Local == "xmlns" || a.Name.Local == "xml" {
						return nil, errReference
					}
					scope[a.Name.Local] = a.Value
				} else if a.Name.Space == "" && a.Name.Local == "xmlns" {
					scope[""] = a.Value
				}
			}
			n := &node{name: t.Name.Local, scope: scope}
			if n.space, err = lookUp(scope, t.Name.Space); err != nil {
				return nil, err
			}
			seen := map[refAttr]bool{}
			for _, a := range t.Attr {
				b := refAttr{name: a.Name.Local, value: a.Value}
				switch {
				case a.Name.Space == "xmlns":
					b.space = "xmlns"
				case a.Name.Space != "":
					if b.space, err = lookUp(scope, a.Name.Space); err != nil {
						return nil, err
					}
				}
				if key := (refAttr{b.space, b.name, ""}); seen[key] {
					return nil, errReference
				} else {
					seen[key] = true
				}
				n.attrs = append(n.attrs, b)
			}
			here.kids = append(here.kids, n)
			open, names, scopes = append(open, n), append(names, t.Name), append(scopes, scope)
			if len(open) > 101 {
				return nil, errReference
			}
		case xml.EndElement:
			if len(open) == 1 || names[len(names)-1] != t.Name {
				return nil, errReference
			}
			open, names, scopes = open[:len(open)-1], names[:len(names)-1], scopes[:len(scopes)-1]
		case xml.CharData:
			if len(open) == 1 && strings.Trim(doc[at:d.InputOffset()], " \t\r\n") != "" {
				return nil, errReference
			}
			here.kids = append(here.kids, &node{text: string(t)})
		case xml.Directive:
			return nil, errReference
		case xml.ProcInst:
			if strings.EqualFold(t.Target, "xml") && at != 0 {
				return nil, errReference
			}
		}
	}
	top.kids = slices.DeleteFunc(top.kids, func(n *node) bool { return n.name == "" })
	if len(open) != 1 || len(top.kids) != 1 {
		return nil, errReference
	}
	return top.kids[0], nil
}

func lookUp(scope map[string]string, prefix string) (string, error) {
	uri, ok := scope[prefix]
	if !ok && prefix != "" {
		return "", errReference
	}
	return uri, nil
}

const refCompat = "http://schemas.openxmlformats.org/markup-compatibility/2006"

// ownTree leaves of a tree what counts: elements of the root's namespace, and of
// content in several forms the one that is understood.
func ownTree(root, n *node) (*node, error) {
	out := &node{space: n.space, name: n.name, attrs: n.attrs}
	for _, a := range n.attrs {
		if a.space == refCompat && (a.name == "ProcessContent" || a.name == "MustUnderstand" && !refKnown(root, n, a.value)) {
			return nil, errReference
		}
	}
	switch n.name {
	case "v", "t", "f": // nothing may be passed over there
		out.kids = n.kids
		return out, nil
	case "rPh", "rPr", "phoneticPr": // nobody looks there
		return out, nil
	}
	for _, k := range n.kids {
		switch {
		case k.name == "":
			out.kids = append(out.kids, k)
		case k.space == root.space && k.name == "extLst":
		case k.space == root.space:
			o, err := ownTree(root, k)
			if err != nil {
				return nil, err
			}
			out.kids = append(out.kids, o)
		case k.space == refCompat:
			o, err := refForm(root, k)
			if err != nil {
				return nil, err
			}
			out.kids = append(out.kids, o...)
		}
	}
	return out, nil
}

func refKnown(root, n *node, prefixes string) bool {
	for _, p := range strings.Fields(prefixes) {
		if uri, ok := n.scope[p]; !ok || uri != root.space && uri != refCompat && uri != relSpace && uri != mainSpace &&
			uri != "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" && uri != "http://purl.oclc.org/ooxml/spreadsheetml/main" {
			return false
		}
	}
	return true
}

// refForm is what counts of an AlternateContent.
func refForm(root, n *node) ([]*node, error) {
	if n.name != "AlternateContent" {
		return nil, errReference
	}
	if _, err := ownTree(root, &node{attrs: n.attrs, scope: n.scope}); err != nil {
		return nil, err
	}
	var taken *node
	last := false
	for _, k := range n.kids {
		if k.name == "" && strings.Trim(k.text, " \t\r\n") == "" {
			continue
		}
		if k.space != refCompat || last || k.name != "Choice" && k.name != "Fallback" {
			return nil, errReference
		}
		if _, err := ownTree(root, &node{attrs: k.attrs, scope: k.scope}); err != nil {
			return nil, err
		}
		last = k.name == "Fallback"
		requires, _ := k.attr("Requires")
		if !last && strings.TrimSpace(requires) == "" {
			return nil, errReference
		}
		if taken == nil && (last || refKnown(root, k, requires)) {
			taken = k
		}
	}
	if taken == nil {
		return nil, nil
	}
	o, err := ownTree(root, &node{kids: taken.kids})
	if err != nil {
		return nil, err
	}
	return o.kids, nil
}

func isBlankText(s string) bool { return strings.Trim(s, " \t\r\n") == "" }

// elements are the elements in a node, which may have only these, and no text.
func (n *node) elements(names ...string) ([]*node, error) {
	var out []*node
	for _, k := range n.kids {
		switch {
		case k.name == "" && isBlankText(k.text):
		case k.name == "" || len(names) > 0 && !slices.Contains(names, k.name):
			return nil, errReference
		default:
			out = append(out, k)
		}
	}
	return out, nil
}

// words is the text of a node that has nothing else.
func (n *node) words() (string, error) {
	s := ""
	for _, k := range n.kids {
		if k.name != "" {
			return "", errReference
		}
		s += k.text
	}
	return s, nil
}

// A refCell is a cell as the reference has it.
type refCell struct {
	row, column     int
	hidden          bool
	kind            string
	style           int
	value           string
	valued, formula bool
}

// A refSheet is what the reference knows of a sheet.
type refSheet struct {
	cells  []refCell
	hidden []Span
	merged []Area
}

// referenceSheet reads a sheet.
func referenceSheet(doc string) (*refSheet, error) {
	whole, err := parseTree(doc)
	if err != nil {
		return nil, err
	}
	root, err := ownTree(whole, whole)
	if err != nil {
		return nil, err
	}
	if root.name != "worksheet" {
		return nil, errReference
	}
	top, err := root.elements()
	if err != nil {
		return nil, err
	}
	s, sets := &refSheet{}, 0
	for _, n := range top {
		if n.name == "sheetData" {
			if sets++; sets > 1 {
				return nil, errReference
			}
			if err := s.rows(n); err != nil {
				return nil, err
			}
			continue
		}
		if n.contains("row") || n.contains("sheetData") {
			return nil, errReference
		}
		for _, k := range n.kids {
			if v, _ := k.attr("hidden"); n.name == "cols" && k.name == "col" && (v == "1" || v == "true") {
				from, _ := k.attr("min")
				to, _ := k.attr("max")
				if a, b := refNumber(from), refNumber(to); a > 0 && b >= a {
					s.hidden = append(s.hidden, Span{a, min(b, 16384)})
				}
			}
			if ref, _ := k.attr("ref"); n.name == "mergeCells" && k.name == "mergeCell" {
				a, b, _ := strings.Cut(ref, ":")
				c1, r1 := refPlace(a)
				c2, r2 := refPlace(b)
				if c1 > 0 && c1 <= c2 && r1 <= r2 {
					s.merged = append(s.merged, Area{c1, r1, c2, r2})
				}
			}
		}
	}
	if sets == 0 {
		return nil, errReference
	}
	return s, nil
}

func (n *node) contains(name string) bool {
	if n.name == name {
		return true
	}
	for _, k := range n.kids {
		if k.contains(name) {
			return true
		}
	}
	return false
}

var (
	refDigits = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)
	refAt     = regexp.MustCompile(`^([A-Z]{1,3})([1-9][0-9]{0,8})$`)
)

// refNumber is -1 for what is no number.
func refNumber(s string) int {
	if !refDigits.MatchString(s) {
		return -1
	}
	n, _ := strconv.Atoi(s)
	return n
}

// refPlace is 0, 0 for what is no place.
func refPlace(s string) (column, row int) {
	m := refAt.FindStringSubmatch(s)
	if m == nil {
		return 0, 0
	}
	for _, c := range m[1] {
		column = column*26 + int(c-'A') + 1
	}
	if row, _ = strconv.Atoi(m[2]); column > 16384 || row > 1048576 {
		return 0, 0
	}
	return column, row
}

func (s *refSheet) rows(data *node) error {
	rows, err := data.elements("row")
	if err != nil {
		return err
	}
	last := 0
	for _, r := range rows {
		number := last + 1
		if v, ok := r.attr("r"); ok {
			number = refNumber(v)
		}
		if number <= last || number > 1048576 {
			return errReference
		}
		last = number
		h, _ := r.attr("hidden")
		cells, err := r.elements("c")
		if err != nil {
			return err
		}
		column := 0
		for _, c := range cells {
			cell, err := refCellOf(c, number, column)
			if err != nil {
				return err
			}
			column = cell.column
			cell.hidden = h == "1" || h == "true"
			if cell.formula || cell.value != "" {
				s.cells = append(s.cells, *cell)
			}
		}
	}
	return nil
}

func refCellOf(c *node, row, last int) (*refCell, error) {
	cell := &refCell{row: row, column: last + 1, kind: "n"}
	if v, ok := c.attr("r"); ok {
		column, at := refPlace(v)
		if at != row || column <= last {
			return nil, errReference
		}
		cell.column = column
	}
	if v, ok := c.attr("t"); ok {
		cell.kind = v
	}
	if v, ok := c.attr("s"); ok {
		cell.style = refNumber(v)
	}
	if cell.column > 16384 || cell.style < 0 || !slices.Contains([]string{"n", "s", "str", "inlineStr", "b", "e", "d"}, cell.kind) {
		return nil, errReference
	}
	parts, err := c.elements("f", "v", "is")
	if err != nil {
		return nil, err
	}
	seen := map[string]string{}
	for _, p := range parts {
		if _, twice := seen[p.name]; twice || p.name == "is" && cell.kind != "inlineStr" {
			return nil, errReference
		}
		read := p.words
		if p.name == "is" {
			read = p.richText
		}
		if seen[p.name], err = read(); err != nil {
			return nil, err
		}
	}
	_, cell.formula = seen["f"]
	cell.value, cell.valued = seen["v"]
	if text, ok := seen["is"]; ok {
		cell.value = text
	} else if cell.kind == "inlineStr" && cell.valued {
		cell.kind = "lost"
	}
	if len(utf16.Encode([]rune(cell.value))) > 32767 {
		return nil, errReference
	}
	return cell, nil
}

func (n *node) richText() (string, error) {
	kids, err := n.elements("t", "r", "rPh", "phoneticPr")
	if err != nil {
		return "", err
	}
	out, texts, runs := "", 0, 0
	for _, k := range kids {
		s := ""
		switch k.name {
		case "t":
			if texts++; texts > 1 || runs > 0 {
				return "", errReference
			}
			s, err = k.words()
		case "r":
			runs++
			s, err = k.run()
		}
		if err != nil {
			return "", err
		}
		out += s
	}
	return out, nil
}

func (n *node) run() (string, error) {
	kids, err := n.elements("t", "rPr")
	out, texts := "", 0
	for _, k := range kids {
		if k.name == "rPr" {
			continue
		}
		if texts++; texts > 1 {
			return "", errReference
		}
		s, err := k.words()
		if err != nil {
			return "", err
		}
		out += s
	}
	return out, err
}

var refEscaped = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_(?:_x([0-9A-Fa-f]{4})_)?`)

// refUnescaped decodes what a text may have escaped.
func refUnescaped(s string) string {
	var out bytes.Buffer
	for i := 0; i < len(s); {
		m := regexp.MustCompile(`^_x([0-9A-Fa-f]{4})_`).FindStringSubmatch(s[i:])
		if m == nil {
			out.WriteByte(s[i])
			i++
			continue
		}
		n, _ := strconv.ParseUint(m[1], 16, 16)
		r := rune(n)
		if pair := refEscaped.FindStringSubmatch(s[i:]); utf16.IsSurrogate(r) && pair != nil && pair[2] != "" &&
			strings.HasPrefix(s[i:], pair[0]) {
			low, _ := strconv.ParseUint(pair[2], 16, 16)
			if d := utf16.DecodeRune(r, rune(low)); d != utf8.RuneError {
				out.WriteRune(d)
				i += 14
				continue
			}
		}
		if r < 0x20 || r >= 0x7F && r < 0xA0 || r == '_' {
			out.WriteRune(r)
			i += 7
			continue
		}
		out.WriteByte(s[i])
		i++
	}
	return out.String()
}
