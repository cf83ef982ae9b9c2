package xlsx

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

const (
	a1 = `<c r="A1" t="inlineStr"><is><t>ok</t></is></c>`
	r1 = `<row r="1">` + a1 + `</row>`
)

func cells(content string) string { return `<row r="1">` + content + `</row>` }

// inCell is the XML of a cell B2 in a row of its own.
func inCell(attrs, content string) string {
	return r1 + `<row r="2"><c r="B2"` + attrs + `>` + content + `</c></row>`
}

// TestXMLRules: each part is held to the letter, wherever it stands.
func TestXMLRules(t *testing.T) {
	w := func(s string) string { return s + worksheet(r1) }
	in := func(s string) string { return strings.Replace(worksheet(r1), "<sheetData>", s+"<sheetData>", 1) }
	text := func(s string) string {
		return worksheet(cells(`<c r="A1" t="inlineStr"><is><t>` + s + `</t></is></c>`))
	}
	for _, c := range []struct{ name, sheet, want string }{
		{"plain", worksheet(r1), "A1=ok"},
		{"byte order mark", w("\xEF\xBB\xBF"), "A1=ok"},
		{"declaration", w(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n"), "A1=ok"},
		{"declaration in lower case", w(`<?xml version='1.0' encoding='utf-8'?>`), "A1=ok"},
		{"declaration without version", w(`<?xml encoding="UTF-8"?>`), "!declaration"},
		{"declaration in another order", w(`<?xml encoding="UTF-8" version="1.0"?>`), "!declaration"},
		{"version 1.1", w(`<?xml version="1.1"?>`), "!declaration"},
		{"declaration with more", w(`<?xml version="1.0" color="red"?>`), "!declaration"},
		{"declaration twice", w(`<?xml version="1.0"?><?xml version="1.0"?>`), "!instruction"},
		{"declaration behind a blank", w(` <?xml version="1.0"?>`), "!instruction"},
		{"declaration that stands alone or not", w(`<?xml version="1.0" standalone="maybe"?>`), "!declaration"},
		{"declaration without blanks", w(`<?xml version="1.0"encoding="UTF-8"?>`), "!declaration"},
		{"another encoding", w(`<?xml version="1.0" encoding="windows-1252"?>`), "!windows-1252"},
		{"UTF-16 that is none", w(`<?xml version="1.0" encoding="UTF-16"?>`), "!declaration"},
		{"an instruction", w(`<?mso-application progid="Excel.Sheet"?>`), "A1=ok"},
		{"an instruction without a name", w(`<? x?>`), "!no name"},
		{"a comment", in(`<!-- a - b -->`), "A1=ok"},
		{"a comment with --", in(`<!-- a -- b -->`), "!comment"},
		{"a comment with --->", in(`<!-- a --->`), "!comment"},
		{"a comment with a control character", in("<!-- \x01 -->"), "!U+0001"},
		{"a comment without an end", in(`<!-- a`), "!cut off"},
		{"a comment behind the end", worksheet(r1) + `<!-- x -->` + "\n", "A1=ok"},
		{"a document type", w(`<!DOCTYPE worksheet>`), "!document type"},
		{"text before", w(`x`), "!outside"},
		{"text behind", worksheet(r1) + `x`, "!outside"},
		{"an entity behind", worksheet(r1) + `&#32;`, "!outside"},
		{"two roots", worksheet(r1) + worksheet(r1), "!second root"},
		{"cut off", strings.TrimSuffix(worksheet(r1), "</worksheet>"), "!cut off"},
		{"cut off in a tag", strings.TrimSuffix(worksheet(r1), ">"), "!cut off"},
		{"empty", " ", "!cut off"},
		{"closed otherwise", in(`<a><b></a></b>`), "!not closed"},
		{"closed by the beginning of its name", in(`<ab></a>`), "!not closed"},
		{"closed by another prefix", in(`<x:a xmlns:x="u" xmlns:y="u"></y:a>`), "!not closed"},
		{"closed with an attribute", in(`<a></a b="c">`), "!not closed"},
		{"closed with a blank", in("<a></a\n >"), "A1=ok"},
		{"closed without being opened", `</a>`, "!more elements"},
		{"a tag without a name", in(`< a/>`), "!no name"},
		{"a name that begins with a digit", in(`<1a/>`), "!name"},
		{"a name with a character that none has", in(`<a×/>`), "!name"},
		{"a name in another script", in(`<größe/>`), "A1=ok"},
		{"two colons", in(`<a:b:c xmlns:a="u"/>`), "!two colons"},
		{"a prefix without a name", in(`<a: xmlns:a="u"/>`), "!no name"},
		{"a name without its prefix", in(`<:a/>`), "!no name"},
		{"a prefix that nobody declared", in(`<x:a/>`), "!not declared"},
		{"a prefix that was declared elsewhere", in(`<a xmlns:x="u"/><x:b/>`), "!not declared"},
		{"an attribute's prefix that nobody declared", in(`<a x:b="c"/>`), "!not declared"},
		{"xml:space", in(`<a xml:space="preserve"/>`), "A1=ok"},
		{"a prefix that is taken back", in(`<a xmlns:x=""/>`), "!declared as nobody may"},
		{"the prefix xmlns", in(`<a xmlns:xmlns="u"/>`), "!declared as nobody may"},
		{"the prefix xml", in(`<a xmlns:xml="u"/>`), "!declared as nobody may"},
		{"an attribute without a value", in(`<a b/>`), "!no value"},
		{"an attribute without quotation marks", in(`<a b=c/>`), "!quotation marks"},
		{"an attribute in single ones", in(`<a b='">'/>`), "A1=ok"},
		{"an attribute with blanks around its sign", in("<a b = \n'c'/>"), "A1=ok"},
		{"attributes without a blank between", in(`<a b="c"d="e"/>`), "!no blank"},
		{"an attribute twice", in(`<a b="c" b="c"/>`), "!twice"},
		{"an attribute twice by its namespace", in(`<a xmlns:x="u" xmlns:y="u" x:b="" y:b=""/>`), "!twice"},
		{"an attribute with <", in(`<a b="<"/>`), "!<"},
		{"an attribute with ]]>", in(`<a b="]]>"/>`), "A1=ok"},
		{"an attribute with a bare &", in(`<a b="a & b"/>`), "!entity"},
		{"a slash in a tag", in(`<a / >`), "!attribute"},
		{"250 attributes", in("<a" + manyAttrs(250) + "/>"), "A1=ok"},
		{"251 attributes", in("<a" + manyAttrs(251) + "/>"), "!250 attributes"},
		{"98 deep", in(strings.Repeat("<a>", 98) + strings.Repeat("</a>", 98)), "A1=ok"},
		{"100 deep", in(strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)), "!100 deep"},
		{"a long tag", in(`<a b="` + strings.Repeat("x", maxToken+window) + `"/>`), "!1 MiB"},
		{"a long text", in(`<a>` + strings.Repeat("x", maxToken+window) + `</a>`), "!1 MiB"},
		{"a long text in pieces", text(strings.Repeat(strings.Repeat("x", 30_000)+"<!-- -->", 50)), "!1 MiB"},
		{"a bare &", text(`a & b`), "!entity"},
		{"an unknown entity", text(`&nbsp;`), "!entity"},
		{"an entity without an end", text(`&amp`), "!entity"},
		{"the entities", text(`&lt;&gt;&amp;&quot;&apos;&#65;&#x42;`), `A1=<>&"'AB`},
		{"the number of no character", text(`&#0;`), "!entity"},
		{"the number of half a character", text(`&#xD83D;`), "!entity"},
		{"the number of too much", text(`&#x110000;`), "!entity"},
		{"a number with a sign", text(`&#+65;`), "!entity"},
		{"]]>", text(`a ]]> b`), "!]]>"},
		{"a control character", text("a\x01b"), "!U+0001"},
		{"a zero byte", text("a\x00b"), "!U+0000"},
		{"U+FFFE", text("a\uFFFEb"), "!U+FFFE"},
		{"no UTF-8", text("a\xFFb"), "!UTF-8"},
		{"half a surrogate in UTF-8", text("a\xED\xA0\x80b"), "!UTF-8"},
		{"no UTF-8 where nobody reads", in("<a>\xFF</a>"), "!UTF-8"},
		{"a bare & where nobody reads", in("<x:a xmlns:x='u'>&</x:a>"), "!entity"},
		{"line ends", text("a\r\nb\rc&#13;d"), "A1=a\nb\nc\rd"},
		{"plain text", text("<![CDATA[<a> & ]]&#65;\r\n]]>b"), "A1=<a> & ]]&#65;\nb"},
		{"plain text without an end", text("<![CDATA[a"), "!cut off"},
		{"plain text outside", w("<![CDATA[ ]]>"), "!outside"},
		{"UTF-16", wide(worksheet(r1), false), "A1=ok"},
		{"UTF-16, the other way round, declared", wide(`<?xml version="1.0" encoding="UTF-16"?>`+text("ä\U0001F600"), true), "A1=ä\U0001F600"},
		{"UTF-16 that says UTF-8", wide(`<?xml version="1.0" encoding="UTF-8"?>`+worksheet(r1), true), "!declaration"},
		{"half a character of UTF-16", wide(text("x"), false) + "\x3D\xD8", "!UTF-16"},
		{"a byte too many of UTF-16", wide(worksheet(r1), false) + "\x20", "!UTF-16"},
	} {
		t.Run(c.name, func(t *testing.T) { holds(t, plain("").with(sheetPart, c.sheet), c.want) })
	}
	// What is wrong is wrong in every part.
	p := plain(r1)
	for _, part := range []string{relsPart, bookPart, stylesPart, textsPart, "_rels/.rels"} {
		t.Run(part, func(t *testing.T) { holds(t, p.with(part, p[part]+"x"), "!outside") })
	}
}

func manyAttrs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

// noise is text that does not pack well.
func noise(n int) string {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = 'a' + byte(x>>24)%26
	}
	return string(b)
}

// wide is a text in UTF-16, with its mark.
func wide(s string, big bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\uFEFF" + s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// TestNamespaceRules: elements count by namespace, and in the form for those who
// understand it.
func TestNamespaceRules(t *testing.T) {
	around := func(s string) string {
		return `<worksheet xmlns="` + mainSpace + `" ` + mc + ` xmlns:u="urn:unknown"><sheetData>` + s + `</sheetData></worksheet>`
	}
	row := func(n int, text string) string {
		return fmt.Sprintf(`<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>`, n, n, text)
	}
	form := func(choices string) string { return `<mc:AlternateContent>` + choices + `</mc:AlternateContent>` }
	for _, c := range []struct{ name, sheet, want string }{
		{"without a namespace", `<worksheet><sheetData>` + r1 + `</sheetData></worksheet>`, "A1=ok"},
		{"strict", strings.ReplaceAll(worksheet(r1), mainSpace, "http://purl.oclc.org/ooxml/spreadsheetml/main"), "A1=ok"},
		{"with a prefix", `<x:worksheet xmlns:x="u"><x:sheetData><x:row><x:c t="str"><x:v>ok</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
			"A1=ok"},
		{"with a prefix, and without elsewhere", `<x:worksheet xmlns:x="u"><x:sheetData><row/><x:row><x:c t="str"><x:v>ok</x:v><v>no</v></x:c><c t="str"><v>no</v></c></x:row></x:sheetData></x:worksheet>`, "A1=ok"},
		{"a row of others", around(row(1, "ok") + `<u:row r="2"><u:c/></u:row>`), "A1=ok"},
		{"a cell of others", around(cells(a1 + `<u:c r="B1"><v>1</v></u:c>`)), "A1=ok"},
		{"a value of others", around(cells(`<c r="A1"><u:v>1</u:v><v>2</v></c>`)), "A1=2"},
		{"a cell that leaves the namespace", around(cells(a1 + `<c xmlns="urn:unknown" r="B1"><v>1</v></c>`)), "A1=ok"},
		{"cells behind one that left it", around(cells(a1 + `<c xmlns="urn:unknown" r="B1"/><c r="B1"><v>1</v></c>`)), "A1=ok B1=1"},
		{"a row that leaves the namespace", around(row(1, "ok") + `<row xmlns="urn:unknown" r="2"><c r="A2"><v>1</v></c></row>`), "A1=ok"},
		{"an extension in a cell, a row, a sheet", around(cells(`<c r="A1" t="str"><v>ok</v><extLst><ext><v>1</v></ext></extLst></c><extLst/>`) +
			`<extLst><row/></extLst>`), "A1=ok"},
		{"an attribute of others", around(cells(`<c r="A1" u:t="s" u:r="B7" t="str"><v>ok</v></c>`)), "A1=ok"},
		{"a drawing's row", strings.Replace(around(row(1, "ok")), "</sheetData>", `</sheetData><drawing><u:row>2</u:row></drawing>`, 1), "A1=ok"},

		{"the first form that is understood", around(form(`<mc:Choice Requires="u">` + row(1, "no") + `</mc:Choice><mc:Choice Requires="x14">` +
			row(1, "ok") + `</mc:Choice><mc:Fallback>` + row(1, "no") + `</mc:Fallback>`)), "A1=ok"},
		{"the last form", around(form(`<mc:Choice Requires="u">` + row(1, "no") + `</mc:Choice><mc:Fallback>` + row(1, "ok") + `</mc:Fallback>`)),
			"A1=ok"},
		{"a form for two, one of them unknown", around(form(`<mc:Choice Requires="x14 u">` + row(1, "no") + `</mc:Choice><mc:Fallback>` +
			row(1, "ok") + `</mc:Fallback>`)), "A1=ok"},
		{"a form for one that is not declared", around(form(`<mc:Choice Requires="x15">` + row(1, "no") + `</mc:Choice><mc:Fallback>` +
			row(1, "ok") + `</mc:Fallback>`)), "A1=ok"},
		{"no form", around(row(1, "ok") + form(`<mc:Choice Requires="u">`+row(2, "no")+`</mc:Choice>`)), "A1=ok"},
		{"forms within forms", around(form(`<mc:Choice Requires="x14">` +
			form(`<mc:Choice Requires="u"/><mc:Fallback>`+row(1, "ok")+`</mc:Fallback>`) + row(2, "2") + `</mc:Choice>`)), "A1=ok A2=2"},
		{"forms of a cell", around(cells(form(`<mc:Choice Requires="x14">` + a1 + `</mc:Choice>`))), "A1=ok"},
		{"forms of a value", around(cells(`<c r="A1" t="str">` + form(`<mc:Choice Requires="x14"><v>ok</v></mc:Choice>`) + `</c>`)), "A1=ok"},
		{"a value in two forms", around(cells(`<c r="A1">` + form(`<mc:Choice Requires="x14"><v>1</v></mc:Choice>`) + `<v>2</v></c>`)),
			"!or two"},
		{"text between forms", around(form(`x<mc:Choice Requires="x14"/>`)), "!between forms"},
		{"an element between forms", around(form(`<row/>`)), "!between forms"},
		{"an element of others between forms", around(form(`<u:row/>`)), "!between forms"},
		{"a form behind the last", around(form(`<mc:Fallback/><mc:Choice Requires="x14"/>`)), "!behind the last"},
		{"two last forms", around(form(`<mc:Fallback/><mc:Fallback/>`)), "!behind the last"},
		{"a form for nobody", around(form(`<mc:Choice/>`)), "!for whom"},
		{"a form outside", around(`<mc:Choice Requires="x14"/>`), "!outside"},
		{"must understand", strings.Replace(around(row(1, "ok")), "<worksheet", `<worksheet mc:MustUnderstand="u"`, 1), "!understand"},
		{"must understand what is known", strings.Replace(around(row(1, "ok")), "<worksheet", `<worksheet mc:MustUnderstand="x14"`, 1), "A1=ok"},
		{"look into", strings.Replace(around(row(1, "ok")), "<worksheet", `<worksheet mc:Ignorable="u" mc:ProcessContent="u:row"`, 1),
			"!look into"},
		{"may be ignored", strings.Replace(around(row(1, "ok")), "<worksheet", `<worksheet mc:Ignorable="u"`, 1), "A1=ok"},
	} {
		t.Run(c.name, func(t *testing.T) { holds(t, plain("").with(sheetPart, c.sheet), c.want) })
	}
}

// TestSheetRules: what stands where, how often, and in which order.
func TestSheetRules(t *testing.T) {
	root := func(s string) string { return `<worksheet xmlns="` + mainSpace + `">` + s + `</worksheet>` }
	for _, c := range []struct{ name, sheet, want string }{
		{"another root", strings.ReplaceAll(worksheet(r1), "worksheet", "chartsheet"), "!chartsheet"},
		{"no rows at all", root(``), "!no rows at all"},
		{"two sets of rows", root(`<sheetData>` + r1 + `</sheetData><sheetData/>`), "!two sets"},
		{"a set in the wrong place", root(`<x><sheetData>` + r1 + `</sheetData></x>`), "!wrong place"},
		{"a row outside", root(`<row r="1"/><sheetData/>`), "!outside"},
		{"a row deeper outside", root(`<x><row r="1"/></x><sheetData/>`), "!outside"},
		{"text in a sheet", root(`x<sheetData/>`), "!text"},
		{"text behind the rows", root(`<sheetData/>x`), "!text"},
		{"text in a footer", root(`<sheetData>` + r1 + `</sheetData><headerFooter><oddFooter>&amp;P</oddFooter></headerFooter>`), "A1=ok"},
		{"text between rows", worksheet(r1 + "x"), "!text"},
		{"text between cells", worksheet(cells(a1 + "x")), "!text"},
		{"something else between rows", worksheet(r1 + `<c/>`), "!between its rows"},
		{"something else between cells", worksheet(cells(a1 + `<v>1</v>`)), "!between the cells"},
		{"a row in a row", worksheet(cells(`<row/>`)), "!between the cells"},
		{"rows and cells without names", worksheet(`<row><c><v>1</v></c><c><v>2</v></c></row><row r="7"/><row><c/><c><v>3</v></c></row>`),
			"A1=1 B1=2 B8=3"},
		{"rows backwards", worksheet(`<row r="2"/><row r="1"/>`), "!comes after"},
		{"a row twice", worksheet(`<row r="1"/><row r="1"/>`), "!comes after"},
		{"row 0", worksheet(`<row r="0"/>`), "!no row"},
		{"row 01", worksheet(`<row r="01"/>`), "!no row"},
		{"row +1", worksheet(`<row r="+1"/>`), "!no row"},
		{"the last row", worksheet(`<row r="1048576"><c><v>1</v></c></row>`), "A1048576=1"},
		{"a row behind it", worksheet(`<row r="1048576"/><row/>`), "!no row"},
		{"a row far behind it", worksheet(`<row r="1048577"/>`), "!no row"},
		{"a cell of another row", worksheet(cells(`<c r="A2"/>`)), "!named"},
		{"a cell that has no column", worksheet(cells(`<c r="1"/>`)), "!named"},
		{"a cell that has no row", worksheet(cells(`<c r="A"/>`)), "!named"},
		{"a cell in lower case", worksheet(cells(`<c r="a1"/>`)), "!named"},
		{"the last column", worksheet(cells(`<c r="XFD1"><v>1</v></c>`)), "XFD1=1"},
		{"a column behind it", worksheet(cells(`<c r="XFE1"/>`)), "!named"},
		{"a cell without a name behind it", worksheet(cells(`<c r="XFD1"/><c/>`)), "!more than 16384"},
		{"cells backwards", worksheet(cells(`<c r="B1"/><c r="A1"/>`)), "!wrong place"},
		{"a cell twice", worksheet(cells(`<c r="A1"><v>1</v></c><c r="A1"><v>1</v></c>`)), "!wrong place"},
		{"a cell named twice", worksheet(cells(`<c r="A1" r="A1"><v>1</v></c>`)), "!twice"},
		{"a type twice", worksheet(cells(`<c t="n" t="s"><v>1</v></c>`)), "!twice"},
		{"a type that does not exist", worksheet(cells(`<c t="x"><v>1</v></c>`)), "!does not exist"},
		{"a style that is no number", worksheet(cells(`<c s="-1"><v>1</v></c>`)), "!style"},
		{"a style that is nothing", worksheet(cells(`<c s=""><v>1</v></c>`)), "!style"},
		{"a value twice", worksheet(inCell("", `<v>1</v><v>1</v>`)), "!or two"},
		{"a value twice, once empty", worksheet(inCell("", `<v/><v>1</v>`)), "!or two"},
		{"a formula twice", worksheet(inCell("", `<f>A1</f><f>A1</f><v>1</v>`)), "!or two"},
		{"a text twice", worksheet(inCell(` t="inlineStr"`, `<is/><is/>`)), "!or two"},
		{"a text beside a value", worksheet(inCell(` t="inlineStr"`, `<v>1.0</v><is><t>one</t></is>`)), "A1=ok B2=one"},
		{"a text before a value", worksheet(inCell(` t="inlineStr"`, `<is><t>one</t></is><v>1.0</v>`)), "A1=ok B2=one"},
		{"no text, and a value", worksheet(inCell(` t="inlineStr"`, `<v>1.0</v>`)), "A1=ok B2=1.0!bad_value"},
		{"no text at all", worksheet(inCell(` t="inlineStr"`, ``)), "A1=ok"},
		{"a text in a number", worksheet(inCell(``, `<is><t>one</t></is>`)), "!or two"},
		{"a text in a shared text", worksheet(inCell(` t="s"`, `<v>0</v><is><t>one</t></is>`)), "!or two"},
		{"text in a cell", worksheet(inCell(``, `1`)), "!beside the value"},
		{"text behind a value", worksheet(inCell(``, `<v>1</v>2`)), "!beside the value"},
		{"an element in a value", worksheet(inCell(``, `<v>1<x/>2</v>`)), "!within a text"},
		{"an element of others in a value", worksheet(inCell(``, `<v>1<x xmlns="u"/></v>`)), "!within a text"},
		{"an element in a text", worksheet(inCell(` t="inlineStr"`, `<is><t>a<b/></t></is>`)), "!within a text"},
		{"a comment in a value", worksheet(inCell(``, `<v>1<!-- -->2</v>`)), "A1=ok B2=12"},
		{"runs", worksheet(inCell(` t="inlineStr"`, `<is><r><rPr><t>no</t></rPr><t>a</t></r><r><t xml:space="preserve"> b</t></r><rPh sb="0" eb="1"><t>no</t></rPh><phoneticPr><t>no</t></phoneticPr></is>`)), "A1=ok B2=a b"},
		{"a text, and runs behind it", worksheet(inCell(` t="inlineStr"`, `<is><t>a</t><r><t>b</t></r></is>`)), "A1=ok B2=ab"},
		{"runs, and a text behind them", worksheet(inCell(` t="inlineStr"`, `<is><r><t>b</t></r><t>a</t></is>`)), "!or two"},
		{"two texts in one", worksheet(inCell(` t="inlineStr"`, `<is><t>a</t><t>b</t></is>`)), "!or two"},
		{"two texts in a run", worksheet(inCell(` t="inlineStr"`, `<is><r><t>a</t><t>b</t></r></is>`)), "!or two"},
		{"text beside a text", worksheet(inCell(` t="inlineStr"`, `<is>a<t>b</t></is>`)), "!beside a text"},
		{"text in a run", worksheet(inCell(` t="inlineStr"`, `<is><r>a<t>b</t></r></is>`)), "!beside a text"},
		{"a text too long", worksheet(inCell(` t="str"`, `<v>`+strings.Repeat("x", maxText+1)+`</v>`)), "!32767 characters"},
		{"a text too long, inline", worksheet(inCell(` t="inlineStr"`, `<is><t>`+strings.Repeat("ä", maxText+1)+`</t></is>`)),
			"!32767 characters"},
		{"a text too long for its pairs", worksheet(inCell(` t="str"`, `<v>`+strings.Repeat("\U0001F600", maxText/2+1)+`</v>`)),
			"!32767 characters"},
		{"a row too long", worksheet(`<row>` + strings.Repeat(`<c t="str"><v>`+noise(maxText)+`</v></c>`, 600) + `</row>`), "!16 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) { holds(t, plain("").with(sheetPart, c.sheet), c.want) })
	}
	long := strings.Repeat("ä", maxText)
	holds(t, plain(inCell(` t="str"`, `<v>`+long+`</v>`)), "A1=ok B2="+long)
}

// TestCellRules: what the seven types mean.
func TestCellRules(t *testing.T) {
	for _, c := range []struct{ name, attrs, content, want string }{
		{"a number", ` t="n"`, `<v>1</v>`, "1"}, {"blanks around a number", ``, "<v> 1\n</v>", "1"}, {"an empty number", ``, "<v></v>", ""},
		{"a shared text", ` t="s"`, `<v>1</v>`, "one"}, {"one that is not there", ` t="s"`, `<v>2</v>`, "!not there"}, {"one below all", ` t="s"`,
			`<v>-1</v>`, "!not there"},
		{"one by a word", ` t="s"`, `<v>one</v>`, "!not there"}, {"one with a zero before", ` t="s"`, `<v>01</v>`,
			"!not there"}, {"one with a point", ` t="s"`, `<v>1.0</v>`, "!not there"},
		{"true", ` t="b"`, `<v>1</v>`, "TRUE"}, {"true as a word", ` t="b"`, `<v>true</v>`, "TRUE"}, {"false", ` t="b"`, `<v>0</v>`,
			"FALSE"}, {"false as a word", ` t="b"`, `<v>false</v>`, "FALSE"},
		{"neither", ` t="b"`, `<v>2</v>`, "2!bad_value"}, {"neither, a word", ` t="b"`, `<v>wahr</v>`, "wahr!bad_value"},
		{"an error", ` t="e"`, `<v>#N/A</v>`, "#N/A!error_cell"},
		{"a day", ` t="d"`, `<v>2023-03-15</v>`, "2023-03-15"}, {"a moment", ` t="d"`, `<v>2023-03-15T10:59:59.9999999999984025</v>`,
			"2023-03-15 11:00:00"},
		{"a day that never was", ` t="d"`, `<v>2023-02-30</v>`, "2023-02-30!bad_value"},
		{"a formula", ``, `<f>1+1</f><v>2</v>`, "2"}, {"a formula without a value", ``, `<f>1+1</f>`, "#N/A!formula_without_value"},
		{"a formula with an empty value", ``, `<f>1+1</f><v/>`, "#N/A!formula_without_value"}, {"a formula with an empty text", ` t="str"`,
			`<f>""</f><v/>`, ""},
		{"a date", ` s="1"`, `<v>45000</v>`, "2023-03-15"}, {"a style that is not there", ` s="2"`, `<v>45000</v>`,
			"45000!bad_value"}, {"one of a text", ` s="2" t="s"`, `<v>0</v>`, "zero"},
		{"lost digits", ``, `<v>1234567890123450</v>`, "1234567890123450!lost_digits"}, {"no number", ``, `<v>abc</v>`, "abc!bad_number"},
		{"escaped", ` t="str"`, "<v>a_x000D_\nb_xD83D__xDE00__x005F_x0041_</v>", "a\r\nb\U0001F600_x0041_"},
		{"escaped inline", ` t="inlineStr"`, "<is><t>_x000d_</t></is>", "\r"},
		{"not escaped", ` t="str"`, "<v>_x0041_ _xD83D_ _xDE00__xD83D_ _x00zz_ _X000D_ _x000D</v>",
			"_x0041_ _xD83D_ _xDE00__xD83D_ _x00zz_ _X000D_ _x000D"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if !strings.HasPrefix(want, "!") {
				want = strings.TrimSuffix("A1=ok B2="+want, " B2=")
				if c.name == "a formula with an empty text" {
					want += " B2="
				}
			}
			holds(t, plain(inCell(c.attrs, c.content)), want)
			// The same, tag by tag.
			holds(t, plain(inCell(c.attrs+" ", c.content+"<!-- -->")), want)
		})
	}
}

// TestBookRules: the parts that a workbook lists, and what it needs of them.
func TestBookRules(t *testing.T) {
	sheet := `<sheet name="S" sheetId="1" r:id="rId1"/>`
	date := cells(`<c r="A1" s="1"><v>45000</v></c>`)
	shared := cells(`<c r="A1" t="s"><v>1</v></c>`)
	styles := func(s string) string {
		return strings.Replace(plain("")[stylesPart], "</styleSheet>", s+"</styleSheet>", 1)
	}
	rels := func(s ...string) string {
		return relationsOf(append([]string{relationTo("rId1", "worksheet", "worksheets/sheet1.xml")}, s...)...)
	}
	for _, c := range []struct{ name, data, part, content, want string }{
		{"1904", date, bookPart, bookOf(`<workbookPr date1904="1"/><sheets>` + sheet + `</sheets><extLst><ext><workbookPr/></ext></extLst>`),
			"A1=2027-03-16"},
		{"1904 of others", date, bookPart, bookOf(`<workbookPr/><x:workbookPr xmlns:x="u" date1904="1"/><sheets>` + sheet + `</sheets>`),
			"A1=2023-03-15"},
		{"1904 elsewhere", date, bookPart, bookOf(`<x><workbookPr date1904="1"/></x><sheets>` + sheet + `</sheets>`), "A1=2023-03-15"},
		{"1904 twice", date, bookPart, bookOf(`<workbookPr/><workbookPr date1904="1"/><sheets>` + sheet + `</sheets>`), "!two of settings"},
		{"1904 by another word", date, bookPart, bookOf(`<workbookPr date1904="yes"/><sheets>` + sheet + `</sheets>`), "!counts days"},
		{"no sheets", r1, bookPart, bookOf(`<sheets/>`), "!no sheets"},
		{"sheets elsewhere", r1, bookPart, bookOf(`<x>` + sheet + `</x><sheet name="T" r:id="rId1"/>`), "!no sheets"},
		{"two lists of sheets", r1, bookPart, bookOf(`<sheets>` + sheet + `</sheets><sheets/>`), "!two lists"},
		{"something else among sheets", r1, bookPart, bookOf(`<sheets>` + sheet + `<x/></sheets>`), "!among its sheets"},
		{"a sheet without a part", r1, bookPart, bookOf(`<sheets>` + sheet +
			`<sheet name="Module1" r:id=""/><sheet name="Gone" r:id="rId77"/></sheets>`), "A1=ok"},
		{"a sheet by an id of others", r1, bookPart, bookOf(`<sheets><sheet xmlns:x="u" name="S" id="rId2" x:id="rId3" r:id="rId1"/></sheets>`),
			"A1=ok"},
		{"a sheet twice", r1, bookPart, bookOf(`<sheets>` + sheet + `<sheet name="T" r:id="rId1"/></sheets>`), "!same part"},
		{"two sheets of a name", r1, bookPart, bookOf(`<sheets>` + sheet + `<sheet name="s" r:id="rId9"/></sheets>`), "!two sheets"},
		{"a sheet without a name", r1, bookPart, bookOf(`<sheets><sheet r:id="rId1"/></sheets>`), "!without a name"},
		{"another root", r1, bookPart, `<sst/>`, "!sst"},
		{"no workbook", r1, bookPart, "", "!missing"},

		{"no styles", r1, stylesPart, "", "A1=ok"},
		{"no styles, and a date", date, stylesPart, "", "A1=45000!bad_value"},
		{"a format in a dxf", date, stylesPart, styles(`<dxfs><dxf><numFmt numFmtId="164" formatCode="General"/></dxf></dxfs>`), "A1=2023-03-15"},
		{"a style of styles", date, stylesPart, strings.Replace(styles(``), "<cellXfs>",
			`<cellStyleXfs><xf numFmtId="0"/><xf numFmtId="0"/></cellStyleXfs><cellXfs>`, 1), "A1=2023-03-15"},
		{"a style in a style", date, stylesPart, strings.Replace(styles(``), `<xf numFmtId="0"/>`,
			`<xf numFmtId="0"><x><xf numFmtId="0"/></x></xf>`, 1), "A1=2023-03-15"},
		{"two lists of styles", date, stylesPart, styles(`<cellXfs/>`), "!two lists"},
		{"something else among styles", date, stylesPart, strings.Replace(styles(``), `</cellXfs>`, `<x/></cellXfs>`, 1), "!among its"},
		{"a format twice", date, stylesPart, strings.Replace(styles(``), `</numFmts>`, `<numFmt numFmtId="164" formatCode="0"/></numFmts>`, 1),
			"!two number formats"},
		{"a format twice the same", date, stylesPart, strings.Replace(styles(``), `</numFmts>`,
			`<numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>`, 1), "A1=2023-03-15"},
		{"a format without a number", date, stylesPart, strings.Replace(styles(``), `numFmtId="0"`, `numFmtId="x"`, 1), "!number format"},
		{"65,536 styles", date, stylesPart, strings.Replace(styles(``), `</cellXfs>`, strings.Repeat(`<xf numFmtId="0"/>`, 65_534)+`</cellXfs>`,
			1), "A1=2023-03-15"},
		{"65,537 styles", date, stylesPart, strings.Replace(styles(``), `</cellXfs>`, strings.Repeat(`<xf numFmtId="0"/>`, 65_535)+`</cellXfs>`,
			1), "!65536 styles"},
		{"styles of many MiB", date, stylesPart, styles(`<fonts>` +
			strings.Repeat(`<font><sz val="11"/><color theme="1"/><name val="Calibri"/></font>`, 200_000) + `</fonts>`), "A1=2023-03-15"},

		{"no texts", r1, textsPart, "", "A1=ok"},
		{"no texts, and one used", shared, textsPart, "", "!not there"},
		{"a text", shared, textsPart, sst(`<si/><si><r><t>o</t></r><rPh><t>x</t></rPh><r><t>ne_x000D_</t></r></si>`), "A1=one\r"},
		{"a text beside one", shared, textsPart, sst(`<si><t/></si><si>x<t>a</t></si>`), "!beside a text"},
		{"something else among texts", shared, textsPart, sst(`<si><t/></si><t>a</t>`), "!between its texts"},
		{"text between texts", shared, textsPart, sst(`<si><t/></si>x<si><t>a</t></si>`), "!between its texts"},
		{"a text of others", shared, textsPart, sst(`<si><t/></si><si xmlns="u"><t>x</t></si><si><t>a</t></si>`), "A1=a"},
		{"a shared text too long", r1, textsPart, sst(`<si><t>` + strings.Repeat("x", maxText+1) + `</t></si>`), "!32767"},
		{"texts of another root", r1, textsPart, `<x/>`, "!sst"},
		{"texts for a file", shared, textsPart, sst(`<si><t/></si><si><t>a</t></si>` +
			strings.Repeat(`<si><t>`+strings.Repeat("x", 30_000)+`</t></si>`, 200)), "A1=a"},

		{"styles twice the same", date, relsPart, rels(relationTo("a", "styles", "styles.xml"), relationTo("b", "styles", "/xl/styles.xml")),
			"A1=2023-03-15"},
		{"two styles", date, relsPart, rels(relationTo("a", "styles", "styles.xml"), relationTo("b", "styles", "sharedStrings.xml")),
			"!two parts"},
		{"two texts", date, relsPart, rels(relationTo("a", "sharedStrings", "styles.xml"), relationTo("b", "sharedStrings", "sharedStrings.xml")),
			"!two parts"},
		{"styles of others", date, relsPart, rels(relationTo("a", "styles", "styles.xml"),
			`<Relationship Id="b" Type="http://u/styles" Target="sharedStrings.xml"/>`), "A1=2023-03-15"},
		{"strict names", shared, relsPart, strings.ReplaceAll(rels(relationTo("a", "sharedStrings", "sharedStrings.xml")), relSpace, relStrict),
			"A1=one"},
		{"an id twice", r1, relsPart, rels(relationTo("rId1", "styles", "styles.xml")), "!twice"},
		{"a relation elsewhere", r1, relsPart, rels(`<x>` + relationTo("rId1", "worksheet", "sheet9.xml") + `</x>`), "A1=ok"},
		{"a part outside", r1, relsPart, rels(`<Relationship Id="b" Type="` + relSpace +
			`/sharedStrings" Target="http://x/y" TargetMode="External"/>`), "A1=ok"},
		{"the other stroke", r1, relsPart, relationsOf(relationTo("rId1", "worksheet", `worksheets\Sheet1.xml`)), "A1=ok"},
		{"a chart", r1, relsPart, relationsOf(relationTo("rId1", "chartsheet", "worksheets/sheet1.xml")), "!no sheets"},
		{"no relations", r1, relsPart, "", ""},
		{"no first relations", r1, "_rels/.rels", "", "A1=ok"},
		{"two workbooks", r1, "_rels/.rels", relationsOf(relationTo("a", "officeDocument", "xl/workbook.xml"),
			relationTo("b", "officeDocument", "xl/styles.xml")), "!two parts"},
	} {
		t.Run(c.name, func(t *testing.T) { holds(t, plain(c.data).with(c.part, c.content), c.want) })
	}
	// The texts that went to a file are read back from there.
	many := sst(strings.Repeat(`<si><t>`+strings.Repeat("x", 29_999)+`</t></si>`, 200) + `<si><t>last</t></si>`)
	holds(t, plain(cells(`<c r="A1" t="s"><v>200</v></c><c r="B1" t="s"><v>3</v></c>`)).with(textsPart, many),
		"A1=last B1="+strings.Repeat("x", 29_999))
}
