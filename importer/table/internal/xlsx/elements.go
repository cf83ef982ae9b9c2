package xlsx

import (
	"strings"
)

const (
	compatSpace = "http://schemas.openxmlformats.org/markup-compatibility/2006"
	relSpace    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relStrict   = "http://purl.oclc.org/ooxml/officeDocument/relationships"
)

// understood are the namespaces beside the root's that Excel knows, as far as parts
// that are read have them. Of two forms of the same content it is the one for those
// who know them that Excel shows.
var understood = map[string]bool{
	relSpace: true, relStrict: true, compatSpace: true,
	"http://schemas.openxmlformats.org/spreadsheetml/2006/main":               true,
	"http://purl.oclc.org/ooxml/spreadsheetml/main":                           true,
	"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing":     true,
	"http://schemas.microsoft.com/office/excel/2006/main":                     true,
	"http://schemas.microsoft.com/office/drawing/2010/main":                   true,
	"http://schemas.microsoft.com/office/spreadsheetml/2009/9/main":           true,
	"http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac":             true,
	"http://schemas.microsoft.com/office/spreadsheetml/2010/11/main":          true,
	"http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac":            true,
	"http://schemas.microsoft.com/office/spreadsheetml/2011/1/ac":             true,
	"http://schemas.microsoft.com/office/spreadsheetml/2014/revision":         true,
	"http://schemas.microsoft.com/office/spreadsheetml/2014/11/main":          true,
	"http://schemas.microsoft.com/office/spreadsheetml/2015/02/main":          true,
	"http://schemas.microsoft.com/office/spreadsheetml/2015/revision2":        true,
	"http://schemas.microsoft.com/office/spreadsheetml/2016/revision3":        true,
	"http://schemas.microsoft.com/office/spreadsheetml/2016/revision5":        true,
	"http://schemas.microsoft.com/office/spreadsheetml/2016/revision6":        true,
	"http://schemas.microsoft.com/office/spreadsheetml/2016/revision9":        true,
	"http://schemas.microsoft.com/office/spreadsheetml/2016/revision10":       true,
	"http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray":     true,
	"http://schemas.microsoft.com/office/spreadsheetml/2017/richdata":         true,
	"http://schemas.microsoft.com/office/spreadsheetml/2018/calcfeatures":     true,
	"http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments": true,
}

// A choice is an AlternateContent in which the tokens are.
type choice struct {
	depth  int  // of its own element
	taken  bool // one of its forms was read, or is
	inside bool // the tokens are in that form
	last   bool // the Fallback was there
}

// step returns the next token that counts: the elements of the root's namespace,
// their ends, and the texts in them. It passes over what is in other namespaces and
// over extensions; of content in several forms it gives the first that Excel
// understands, as if it stood there alone.
func (m *markup) step() (kind, error) {
	for {
		k, err := m.next()
		if err != nil {
			return 0, err
		}
		var c *choice
		if n := len(m.choices); n > 0 {
			c = &m.choices[n-1]
		}
		switch k {
		case texted:
			if c == nil || c.inside {
				return k, nil
			}
			if !blank(m.text) {
				return 0, faulty("there is text between forms of the same content")
			}
		case closed:
			switch {
			case c != nil && m.depth() < c.depth:
				m.choices = m.choices[:len(m.choices)-1]
			case c != nil && m.depth() == c.depth:
				c.inside = false
			default:
				m.level--
				return k, nil
			}
		case opened:
			if c != nil && !c.inside {
				if err := m.form(c); err != nil {
					return 0, err
				}
				continue
			}
			counts, err := m.counts()
			if err != nil {
				return 0, err
			}
			if counts {
				m.level++
				return k, nil
			}
		}
	}
}

// counts decides about an element. It passes over one that does not count.
func (m *markup) counts() (bool, error) {
	switch {
	case m.ours && string(m.local) == "extLst":
		return false, m.skip()
	case m.ours:
		return true, m.compat()
	case m.space != compatSpace:
		return false, m.skip()
	case string(m.local) != "AlternateContent":
		return false, faulty("there is a form of content outside of its AlternateContent")
	}
	if err := m.compat(); err != nil {
		return false, err
	}
	m.choices = append(m.choices, choice{depth: m.depth()})
	return false, nil
}

// compat refuses what an element asks of a reader that it cannot do.
func (m *markup) compat() error {
	for i := range m.attrs {
		a := &m.attrs[i]
		if a.colon == 0 {
			continue
		}
		if uri, _ := m.uri(a.name[:a.colon]); uri != compatSpace {
			continue
		}
		switch string(a.name[a.colon+1:]) {
		case "MustUnderstand":
			if !m.allKnown(a.meaning()) {
				return faulty("it asks its readers to understand %q, which is not known here", a.meaning())
			}
		case "ProcessContent":
			return faulty("it asks its readers to look into elements that are not known here")
		}
	}
	return nil
}

// allKnown tells whether all of some prefixes are declared, and known to Excel.
func (m *markup) allKnown(prefixes string) bool {
	for _, p := range strings.Fields(prefixes) {
		uri, ok := m.uri([]byte(p))
		if !ok || uri != m.own && !understood[uri] {
			return false
		}
	}
	return true
}

// form enters the form of some content that is to be read, and passes over the others.
func (m *markup) form(c *choice) error {
	isChoice := string(m.local) == "Choice"
	switch {
	case m.space != compatSpace || !isChoice && string(m.local) != "Fallback":
		return faulty("there is a %q between forms of the same content", m.local)
	case c.last:
		return faulty("there is a form of content behind the last one")
	}
	if err := m.compat(); err != nil {
		return err
	}
	c.last = !isChoice
	take := !c.taken
	if isChoice {
		requires := m.value("Requires")
		if strings.TrimSpace(requires) == "" {
			return faulty("there is a form of content that does not say for whom")
		}
		take = take && m.allKnown(requires)
	}
	if !take {
		return m.skip()
	}
	c.taken, c.inside = true, true
	return nil
}
