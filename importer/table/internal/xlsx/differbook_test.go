package xlsx

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A refBook is what the small parts of a workbook say.
type refBook struct {
	sheets   []Sheet
	date1904 bool
	formats  []Format // their numbers and codes
	texts    []string
}

// referenceBook reads the small parts.
func referenceBook(p parts) (*refBook, error) {
	b := &refBook{}
	rels, err := referenceRelations(p, p[relsPart])
	if err != nil {
		return nil, err
	}
	one := func(kind string) (string, error) {
		found := ""
		for _, r := range rels {
			if r.kind == kind && r.target != "" && r.target != found {
				if found != "" {
					return "", errReference
				}
				found = r.target
			}
		}
		return found, nil
	}
	styles, err := one("styles")
	if err != nil {
		return nil, err
	}
	texts, err := one("sharedStrings")
	if err != nil {
		return nil, err
	}
	if err := b.list(p, rels); err != nil {
		return nil, err
	}
	if p[styles] != "" {
		if err := b.styles(p[styles]); err != nil {
			return nil, err
		}
	}
	if p[texts] == "" {
		return b, nil
	}
	root, err := referenceRoot(p[texts], "sst")
	if err != nil {
		return nil, err
	}
	all, err := root.elements("si")
	if err != nil {
		return nil, err
	}
	for _, n := range all {
		s, err := n.richText()
		if err != nil {
			return nil, err
		}
		b.texts = append(b.texts, refUnescaped(s))
	}
	return b, nil
}

// referenceRoot reads a part whose root has this name.
func referenceRoot(doc, name string) (*node, error) {
	whole, err := parseTree(doc)
	if err != nil {
		return nil, err
	}
	root, err := ownTree(whole, whole)
	if err != nil || root.name != name {
		return nil, errReference
	}
	return root, nil
}

type refRelation struct{ kind, target string }

func referenceRelations(p parts, doc string) (map[string]refRelation, error) {
	out := map[string]refRelation{}
	if doc == "" {
		return out, nil
	}
	root, err := referenceRoot(doc, "Relationships")
	if err != nil {
		return nil, err
	}
	for _, n := range root.kids {
		if n.name != "Relationship" {
			continue
		}
		id, _ := n.attr("Id")
		kind, _ := n.attr("Type")
		target, _ := n.attr("Target")
		if _, twice := out[id]; twice {
			return nil, errReference
		}
		mode, _ := n.attr("TargetMode")
		r := refRelation{}
		for _, space := range []string{relSpace, relStrict} {
			if rest, ok := strings.CutPrefix(kind, space+"/"); ok {
				r.kind = rest
			}
		}
		if mode != "External" {
			if target = strings.ReplaceAll(target, `\`, "/"); !strings.HasPrefix(target, "/") {
				target = "/xl/" + target
			}
			for part := range p {
				if strings.EqualFold("/"+part, path.Clean(target)) {
					r.target = part
				}
			}
			if r.target == "" {
				r.target = strings.ToLower(path.Clean(target))
			}
		}
		out[id] = r
	}
	return out, nil
}

func (b *refBook) list(p parts, rels map[string]refRelation) error {
	root, err := referenceRoot(p[bookPart], "workbook")
	if err != nil {
		return err
	}
	seen := map[string]int{}
	for _, n := range root.kids {
		if seen[n.name]++; (n.name == "sheets" || n.name == "workbookPr") && seen[n.name] > 1 {
			return errReference
		}
		switch n.name {
		case "workbookPr":
			v, _ := n.attr("date1904")
			if b.date1904 = v == "1" || v == "true"; !b.date1904 && v != "" && v != "0" && v != "false" {
				return errReference
			}
		case "sheets":
			for _, s := range n.kids {
				if s.name == "" {
					continue
				}
				name, _ := s.attr("name")
				state, _ := s.attr("state")
				if s.name != "sheet" || name == "" || seen["sheet "+strings.ToLower(name)] > 0 {
					return errReference
				}
				seen["sheet "+strings.ToLower(name)]++
				id := ""
				for _, a := range s.attrs {
					if (a.space == relSpace || a.space == relStrict) && a.name == "id" {
						id = a.value
					}
				}
				r := rels[id]
				if r.kind != "worksheet" && r.target != "" {
					continue
				}
				if p[r.target] == "" {
					r.target = ""
				}
				if seen["part "+r.target]++; r.target != "" && seen["part "+r.target] > 1 {
					return errReference
				}
				b.sheets = append(b.sheets, Sheet{Name: name, Hidden: state == "hidden" || state == "veryHidden", part: strings.ToLower(r.target)})
			}
		}
	}
	if len(b.sheets) == 0 {
		return errReference
	}
	return nil
}

func (b *refBook) styles(doc string) error {
	root, err := referenceRoot(doc, "styleSheet")
	if err != nil {
		return err
	}
	codes, seen := map[int]string{}, map[string]bool{}
	for _, list := range root.kids {
		if list.name != "numFmts" && list.name != "cellXfs" {
			continue
		}
		if seen[list.name] {
			return errReference
		}
		seen[list.name] = true
		for _, n := range list.kids {
			if n.name == "" {
				continue
			}
			v, ok := n.attr("numFmtId")
			id := refLoose(v)
			if v == "" && list.name == "cellXfs" {
				id = 0
			}
			if _ = ok; id < 0 || n.name != map[string]string{"numFmts": "numFmt", "cellXfs": "xf"}[list.name] {
				return errReference
			}
			if list.name == "cellXfs" {
				b.formats = append(b.formats, Format{ID: id})
				continue
			}
			code, _ := n.attr("formatCode")
			if old, twice := codes[id]; twice && old != code {
				return errReference
			}
			codes[id] = code
		}
	}
	for i := range b.formats {
		b.formats[i].Code = codes[b.formats[i].ID]
	}
	return nil
}

// refLoose reads a number that may begin with zeros.
func refLoose(s string) int {
	if t := strings.TrimLeft(s, "0"); t != "" || s == "" {
		return refNumber(t)
	}
	return 0
}

// makeBook writes the parts of a workbook as the bytes decide.
func makeBook(b []byte) parts {
	d := &dice{b}
	p := plain(r1).with("xl/worksheets/sheet2.xml", worksheet(r1))
	fresh := func() *maker { return &maker{dice: d} }
	if d.odd(3) {
		m := fresh()
		p[bookPart] = m.part("workbook", mainSpace, func() {
			m.between()
			for range d.n(3) {
				m.put("<%sworkbookPr%s/>", m.p, m.attrs("date1904", d.pick("1", "true", "0", "false", "-", "", "x", "yes")))
				if !d.odd(9) {
					break
				}
			}
			m.write(d.pick("", "", `<u:workbookPr date1904="1"/>`, `<u:sheets/>`))
			m.between()
			m.wrapped(func() {
				m.tag("sheets", "")
				for i := range 1 + d.n(3) {
					m.between()
					m.put("<%ssheet%s/>", m.p, m.attrs("name", d.pick(fmt.Sprint("T", i), "T0", "", "t0", "&amp;"), "state",
						d.pick("-", "hidden", "veryHidden", "visible"),
						d.pick("r:id", "r:id", "r:id", "id", "u:id"), d.pick(fmt.Sprint("rId", 1+4*i), "rId1", "", "rId9", "rId2")))
				}
				m.end("sheets")
			})
			m.write(d.pick("", "", "", fmt.Sprintf("<%sx><%ssheet name='q'/></%sx>", m.p, m.p, m.p), "<u:sheet/>"))
			m.between()
		})
	}
	if d.odd(3) {
		m := fresh()
		p[relsPart] = m.part("Relationships", packSpace, func() {
			one := func(id, kind, target string) {
				m.between()
				m.wrapped(func() {
					m.put("<%sRelationship%s/>", m.p, m.attrs("Id", id, "Type", d.pick(relSpace, relSpace, relSpace, relStrict, "urn:x")+"/"+kind,
						"Target", d.pick(target, target, target, "/xl/"+target, "./"+target, strings.ReplaceAll(target, "/", `\`),
							"gone.xml"), "TargetMode", d.pick("-", "-", "-", "-", "Internal", "External")))
				})
			}
			one("rId1", "worksheet", "worksheets/sheet1.xml")
			one(d.pick("rId5", "rId5", "rId1"), d.pick("worksheet", "worksheet", "chartsheet"),
				d.pick("worksheets/sheet2.xml", "worksheets/sheet1.xml"))
			one("rId2", "styles", "styles.xml")
			if d.odd(6) {
				one("rId7", d.pick("styles", "sharedStrings"), d.pick("styles.xml", "sharedStrings.xml", "gone.xml"))
			}
			one("rId3", "sharedStrings", "sharedStrings.xml")
		})
	}
	if d.odd(3) {
		m := fresh()
		p[stylesPart] = m.part("styleSheet", mainSpace, func() {
			m.tag("numFmts", "")
			for i := range d.n(4) {
				m.between()
				m.put("<%snumFmt%s/>", m.p, m.attrs("numFmtId", d.pick(fmt.Sprint(164+i), fmt.Sprint(164+i), "14", "164", "x", "-1", ""), "formatCode",
					d.pick("yyyy-mm-dd", "0&quot; x&quot;", "", "00000")))
			}
			m.end("numFmts")
			m.between()
			m.write(d.pick("", fmt.Sprintf(`<%scellStyleXfs><%sxf numFmtId="9"/></%scellStyleXfs>`, m.p, m.p, m.p),
				"<u:cellXfs><u:xf/></u:cellXfs>"))
			m.tag("cellXfs", "")
			for i := range d.n(5) {
				m.between()
				m.wrapped(func() {
					m.put("<%sxf%s>", m.p, m.attrs("numFmtId", d.pick("0", "14", fmt.Sprint(164+i), "-", "x", "")))
					m.write(d.pick("", "", "<u:xf/>", fmt.Sprintf("<%sxf/>", m.p)))
					m.end("xf")
				})
			}
			m.end("cellXfs")
			m.write(d.pick("", fmt.Sprintf(`<%sdxfs><%sdxf><%snumFmt numFmtId="164" formatCode="General"/></%sdxf></%sdxfs>`, m.p, m.p, m.p, m.p,
				m.p)))
			if d.odd(20) {
				m.put("<%scellXfs/>", m.p)
			}
		})
	}
	if d.odd(3) {
		m := fresh()
		p[textsPart] = m.part("sst", mainSpace, func() {
			for range d.n(6) {
				m.between()
				m.wrapped(func() { m.shared("si") })
			}
		})
	}
	return p
}

// readBook reads the small parts with the reader.
func readBook(t testing.TB, p parts, temp string) (*refBook, error) {
	file := p.zip(t)
	a, err := OpenArchive(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	b, err := a.Book(ctx)
	if err != nil {
		return nil, err
	}
	texts, err := a.Texts(ctx, b, func() (*os.File, error) { return os.Create(filepath.Join(temp, "texts")) })
	if err != nil {
		return nil, err
	}
	defer func() { _ = texts.Close() }()
	out := &refBook{date1904: b.Date1904}
	for _, s := range b.Sheets {
		out.sheets = append(out.sheets, Sheet{Name: s.Name, Hidden: s.Hidden, part: s.part})
	}
	for _, f := range b.formats {
		out.formats = append(out.formats, Format{ID: f.ID, Code: f.Code})
	}
	r := textReader{t: texts}
	for n := range texts.count {
		s, err := r.append(nil, n)
		if err != nil {
			return nil, err
		}
		out.texts = append(out.texts, string(s))
	}
	return out, nil
}

func differBook(t testing.TB, p parts, temp string) (accepted bool, err error) {
	got, err := readBook(t, p, temp)
	if err != nil {
		return false, nil
	}
	want, err := referenceBook(p)
	if err != nil {
		return true, fmt.Errorf("the reference refuses it")
	}
	if g, w := fmt.Sprintf("%+v", *got), fmt.Sprintf("%+v", *want); g != w {
		return true, fmt.Errorf("got %s\nwant %s", g, w)
	}
	return true, nil
}

func (p parts) String() string {
	var out []string
	for n, c := range p {
		out = append(out, n+": "+c)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestBooksDiffer is TestSheetsDiffer for the small parts of a workbook.
func TestBooksDiffer(t *testing.T) {
	more, seed := quiet(t, 600)
	r := rand.New(rand.NewPCG(seed, 1))
	temp, made, accepted := t.TempDir(), 0, 0
	for more() {
		p := makeBook(diceOf(r))
		ok, err := differBook(t, p, temp)
		if err != nil {
			t.Fatalf("workbook %d: %v\n%s", made, err, p)
		}
		if made++; ok {
			accepted++
		}
	}
	t.Logf("%d workbooks, %d %% accepted", made, 100*accepted/made)
	if accepted*100 < made*30 {
		t.Errorf("only %d of %d were accepted", accepted, made)
	}
}

// FuzzBook is TestBooksDiffer for Go's fuzzer.
func FuzzBook(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1, 2, 3, 4, 5}, 50))
	temp := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		p := makeBook(b)
		if _, err := differBook(t, p, temp); err != nil {
			t.Fatalf("%v\n%s", err, p)
		}
	})
}
