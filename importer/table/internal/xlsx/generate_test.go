package xlsx

import (
	"fmt"
	"strings"
)

// Dice are bytes that decide; when they are used up, everything is ordinary.
type dice struct{ b []byte }

// n is a number below k; 0 is the ordinary one.
func (d *dice) n(k int) int {
	if len(d.b) == 0 {
		return 0
	}
	x := d.b[0]
	d.b = d.b[1:]
	return int(x) % k
}

// odd is true once in k times.
func (d *dice) odd(k int) bool { return d.n(k) == k-1 }

func (d *dice) pick(s ...string) string { return s[d.n(len(s))] }

// A maker writes parts that are right but for what the dice make odd.
type maker struct {
	*dice
	strings.Builder
	p string // the prefix of our names
}

func (m *maker) put(format string, a ...any) { fmt.Fprintf(m, format, a...) }

func (m *maker) write(s string) { _, _ = m.WriteString(s) }

// tag opens an element of ours; one that is odd is written so.
func (m *maker) tag(name, attrs string) {
	m.put("<%s%s%s%s>", m.p, name, attrs, m.pick("", "", "", "", "", "", " ", "\n"))
}

func (m *maker) end(name string) {
	if m.odd(250) {
		m.put("</%s%s>", m.p, m.pick("row", "c", "v", name+"x"))
		return
	}
	m.put("</%s%s%s>", m.p, name, m.pick("", "", "", "", "", "", "", " "))
}

// between writes what may stand between elements, mostly nothing.
func (m *maker) between() {
	if !m.odd(12) {
		return
	}
	p := m.p
	switch m.n(21) {
	case 0, 1, 2:
		m.write("\r\n ")
	case 3, 4:
		m.put("<!-- <%srow r=\"1\"/> -->", p)
	case 5:
		m.put("<?mso <row> ?>")
	case 6, 7:
		m.put(`<u:row r="1"><u:c><%sv>9</%sv></u:c></u:row>`, p, p)
	case 8:
		m.put(`<u:a xmlns="urn:x"><row/><c/><v>8</v></u:a>`)
	case 9, 10:
		m.put(`<%sextLst><%sext><%srow/><%sc/><u:x/></%sext></%sextLst>`, p, p, p, p, p, p)
	case 11:
		m.put(`<c xmlns="urn:y"><v>7</v></c>`)
	case 12:
		m.put(`<mc:AlternateContent><mc:Choice Requires="u"><%srow/></mc:Choice></mc:AlternateContent>`, p)
	case 13:
		m.put(`<mc:AlternateContent %s><mc:Choice Requires="%s"/>%s<mc:Fallback/></mc:AlternateContent>`,
			m.pick("", `mc:MustUnderstand="u"`), m.pick("u", "x14", "zz", "x14 u", ""), m.pick("", "", " ", "x", "<u:x/>"))
	case 14:
		m.write(m.pick("x", "&#32;", "<![CDATA[ ]]>", "]]>"))
	case 15:
		m.put(`<%s%s/>`, p, m.pick("x", "row", "c", "v", "t", "sheetData", "is", "cols"))
	case 16:
		m.write(m.pick("<zz:a/>", "<a b='1' b='2'/>", "<u:a u:b='' v:b='' xmlns:v='urn:unknown'/>", "<u:a b=1/>", "<u:a b='<'/>", "<u:>",
			"<u:a:b/>", "<!x>", "<!-- -- -->", "&", "&x;", "\x01", "\xFF", "</x>", "<u:a b=''c=''/>", "<?xml version='1.0'?>", "<u:a>]]></u:a>", "<u:a xmlns:u2=''/>"))
	case 17:
		m.put(`<mc:AlternateContent><mc:Choice Requires="%s">`, m.pick("x14", "u"))
		defer func() { m.put(`</mc:Choice></mc:AlternateContent>`) }()
		m.put(`<%s%s/>`, p, m.pick("row", "c", "f", "x"))
	case 18:
		m.put(`<u:a xmlns:x14="urn:other"/>`)
	case 19:
		m.write(`<c t="n"><v>6</v></c>`) // ours, or not: after the prefix
	}
}

// wrapped writes what do writes as a form of some content, now and then.
func (m *maker) wrapped(do func()) {
	if !m.odd(30) {
		do()
		return
	}
	m.put(`<mc:AlternateContent>`)
	if m.odd(2) {
		m.put(`<mc:Choice Requires="u"><%srow r="1"/></mc:Choice>`, m.p)
	}
	form := m.pick(`Choice Requires="x14"`, `Fallback`, `Choice Requires="u"`, `Choice Requires="x14 x14"`)
	m.put("<mc:%s>", form)
	do()
	m.put("</mc:%s>", strings.Fields(form)[0])
	if m.odd(3) {
		m.put(`<mc:Fallback><%sc/></mc:Fallback>`, m.p)
	}
	m.put(`</mc:AlternateContent>`)
}

// attrs writes attributes, in some order and some form.
func (m *maker) attrs(pairs ...string) string {
	out := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		if value == "-" {
			continue
		}
		one := fmt.Sprintf(` %s="%s"`, name, value)
		if m.odd(20) {
			one = m.pick(fmt.Sprintf(" %s='%s'", name, value), fmt.Sprintf(` %s = "%s"`, name, value), fmt.Sprintf("\t%s=\"%s\"", name, value),
				one+one,
				one+fmt.Sprintf(` u:%s="9"`, name), fmt.Sprintf(` x14:%s="%s"`, name, value), one+` foo="bar"`, one+` `+name+`='1'`)
		}
		if m.odd(3) {
			out = one + out
		} else {
			out += one
		}
	}
	return out
}

// text writes a text's content.
func (m *maker) text() string {
	return m.pick("a", "", "ab", " x ", "0", "1", "2", "1.5", "x&amp;y", "&lt;b&gt;", "ä€", "\U0001F600", "a\r\nb", "a&#13;b", "_x000D_",
		"_x0041_", "_xD83D__xDE00_", "_x005F_x000D_",
		"_xD83D_", "1<u:b>5</u:b>2", "<![CDATA[<v>]]>", "a<!-- b -->c", "TRUE", "true", "2023-03-15", "1e3", "-1", "&#x1F600;", "]]", "\n", "99")
}

func (m *maker) shared(name string) {
	switch {
	case m.odd(5):
		m.tag(name, "")
		for range 1 + m.n(2) {
			m.tag("r", "")
			if m.odd(2) {
				m.put("<%srPr><%sb/>%s</%srPr>", m.p, m.p, m.pick("", "<t>no</t>", "<u:t/>"), m.p)
			}
			m.between()
			m.tag("t", m.pick("", ` xml:space="preserve"`))
			m.put("%s", m.text())
			m.end("t")
			m.end("r")
		}
		if m.odd(3) {
			m.put("<%srPh sb=\"0\" eb=\"1\"><%st>no</%st></%srPh>", m.p, m.p, m.p, m.p)
		}
		m.end(name)
	case m.odd(12):
		m.put("<%s%s/>", m.p, name)
	default:
		m.tag(name, "")
		m.tag("t", "")
		m.put("%s", m.text())
		m.end("t")
		m.between()
		if m.odd(25) {
			m.put("<%st>%s</%st>", m.p, m.text(), m.p)
		}
		m.end(name)
	}
}

func (m *maker) element(name, content string) {
	if content == "" && m.odd(2) {
		m.put("<%s%s/>", m.p, name)
		return
	}
	m.tag(name, "")
	m.put("%s", content)
	m.end(name)
}

func (m *maker) cell(row, column int) {
	kind := m.pick("-", "s", "inlineStr", "str", "n", "b", "e", "d")
	if m.odd(60) {
		kind = m.pick("x", "", "S")
	}
	ref := fmt.Sprintf("%s%d", columnName(column), row)
	if m.odd(15) {
		ref = m.pick("-", ref, fmt.Sprintf("%s%d", columnName(column), row+1), "A1", strings.ToLower(ref), "$"+ref, "XFD"+fmt.Sprint(row), "XFE1",
			"A", "A01")
	}
	style := m.pick("-", "1", "0", "2")
	if m.odd(60) {
		style = m.pick("", "-1", "01", "99999999999", "x")
	}
	a := m.attrs("r", ref, "s", style, "t", kind)
	if m.odd(20) {
		m.put("<%sc%s/>", m.p, a)
		return
	}
	m.tag("c", a)
	m.between()
	if m.odd(6) {
		m.element("f", m.text())
	}
	if kind == "inlineStr" && !m.odd(15) || m.odd(80) {
		m.shared("is")
	}
	m.between()
	if kind != "inlineStr" && !m.odd(20) || m.odd(12) {
		m.wrapped(func() { m.element("v", m.text()) })
	}
	if m.odd(40) {
		m.element(m.pick("v", "f", "is", "x"), "")
	}
	m.between()
	m.end("c")
}

func (m *maker) row(number int, ref string) {
	a := m.attrs("r", ref, "spans", m.pick("-", "1:3"), "hidden", m.pick("-", "-", "-", "1", "true", "0"))
	if m.odd(15) {
		m.put("<%srow%s/>", m.p, a)
		return
	}
	m.tag("row", a)
	column := 0
	for range m.n(5) {
		column += 1 + m.n(3)
		m.between()
		m.wrapped(func() { m.cell(number, column) })
	}
	m.between()
	m.end("row")
}

func columnName(n int) string { return column(n) }

// part begins a part with its root and ends it behind content.
func (m *maker) part(root, space string, content func()) string {
	space = m.pick(space, space, space, "http://purl.oclc.org/ooxml/spreadsheetml/main", "")
	ns := ""
	if m.odd(8) && space != "" {
		m.p = "x:"
		ns = fmt.Sprintf(` xmlns:x="%s"`, space)
	} else if space != "" {
		ns = fmt.Sprintf(` xmlns="%s"`, space)
	}
	if m.odd(8) {
		m.write(m.pick("\xEF\xBB\xBF", "", " "))
	}
	if m.odd(3) {
		m.write(m.pick(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\r\n", `<?xml version='1.0'?>`, "<!-- x -->",
			`<?xml version="1.0" encoding="utf-8"?>`))
	}
	must := m.pick("", "", "", "", "", "", "", "", "", "", ` mc:Ignorable="u"`, ` mc:MustUnderstand="x14"`, ` mc:MustUnderstand="u"`,
		` mc:ProcessContent="u:a"`)
	m.put(`<%s%s%s %s xmlns:u="urn:unknown" xmlns:r="%s"%s>`, m.p, root, ns, mc, relSpace, must)
	content()
	m.end(root)
	if m.odd(20) {
		m.write(m.pick("\n", "<!-- -->", "x", "<x/>", "\x00"))
	}
	return m.damaged()
}

// damaged is what was written, with a few bytes otherwise now and then.
func (m *maker) damaged() string {
	s := m.String()
	for m.odd(25) && len(s) > 4 {
		at := (m.n(256)<<8 | m.n(256)) % (len(s) - 2)
		switch m.n(4) {
		case 0:
			s = s[:at] + s[at+1:]
		case 1:
			s = s[:at] + m.pick("<", ">", "/", "\"", "'", "&", " ", "=", "x", "\x00", ":", "]", "!", "-", "1", "\xC3") + s[at:]
		case 2:
			n := min(m.n(40), len(s)-at)
			s = s[:at] + s[at+n:]
		case 3:
			n := min(m.n(40), len(s)-at)
			s = s[:at+n] + s[at:]
		}
	}
	return s
}

// makeSheet writes a sheet as the bytes decide.
func makeSheet(b []byte) string {
	m := &maker{dice: &dice{b}}
	return m.part("worksheet", mainSpace, func() {
		if m.odd(4) {
			m.put(`<%scols><%scol min="%d" max="%d" hidden="1"/></%scols>`, m.p, m.p, 1+m.n(3), 3+m.n(9), m.p)
		}
		m.between()
		m.tag("sheetData", "")
		number := 0
		for range 1 + m.n(5) {
			m.between()
			number += 1 + m.n(3)
			ref := fmt.Sprint(number)
			if m.odd(20) {
				ref = m.pick("-", "0", "1", "01", "1048576", "1048577", "x", "-1")
			}
			m.wrapped(func() { m.row(number, ref) })
		}
		m.end("sheetData")
		m.between()
		if m.odd(4) {
			m.put(`<%smergeCells><%smergeCell ref="A1:B%d"/></%smergeCells>`, m.p, m.p, 1+m.n(4), m.p)
		}
		if m.odd(10) {
			m.put(`<%sdrawing><u:row>1</u:row></%sdrawing>`, m.p, m.p)
		}
		if m.odd(60) {
			m.put(`<%ssheetData/>`, m.p)
		}
	})
}
