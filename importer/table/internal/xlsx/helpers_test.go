package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	mainSpace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	packSpace = "http://schemas.openxmlformats.org/package/2006/relationships"
	mc        = `xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"`
)

// parts are the entries of a workbook, by name; one without content is left out.
type parts map[string]string

const (
	sheetPart  = "xl/worksheets/sheet1.xml"
	bookPart   = "xl/workbook.xml"
	relsPart   = "xl/_rels/workbook.xml.rels"
	stylesPart = "xl/styles.xml"
	textsPart  = "xl/sharedStrings.xml"
)

func relationTo(id, kind, target string) string {
	return fmt.Sprintf(`<Relationship Id="%s" Type="%s/%s" Target="%s"/>`, id, relSpace, kind, target)
}

func relationsOf(rels ...string) string {
	return `<Relationships xmlns="` + packSpace + `">` + strings.Join(rels, "") + `</Relationships>`
}

// worksheet is a sheet of this content, with one cell A1 that has the text "ok".
func worksheet(data string) string {
	return `<worksheet xmlns="` + mainSpace + `" xmlns:r="` + relSpace + `"><sheetData>` + data + `</sheetData></worksheet>`
}

func styleSheet(content string) string {
	return `<styleSheet xmlns="` + mainSpace + `">` + content + `</styleSheet>`
}

func sst(content string) string { return `<sst xmlns="` + mainSpace + `">` + content + `</sst>` }

func bookOf(content string) string {
	return `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relSpace + `">` + content + `</workbook>`
}

// plain is a workbook of one sheet, and of all parts that are read.
func plain(data string) parts {
	return parts{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":         relationsOf(relationTo("rId1", "officeDocument", "xl/workbook.xml")),
		bookPart:              bookOf(`<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>`),
		relsPart: relationsOf(relationTo("rId1", "worksheet", "worksheets/sheet1.xml"),
			relationTo("rId2", "styles", "styles.xml"), relationTo("rId3", "sharedStrings", "sharedStrings.xml")),
		stylesPart: styleSheet(`<numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>`),
		textsPart:  sst(`<si><t>zero</t></si><si><t>one</t></si>`),
		sheetPart:  worksheet(data),
	}
}

func (p parts) with(name, content string) parts {
	q := parts{name: content}
	for n, c := range p {
		if n != name {
			q[n] = c
		}
	}
	return q
}

func (p parts) zip(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	var names []string
	for n, c := range p {
		if c != "" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		w, err := z.Create(n)
		if err == nil {
			_, err = io.WriteString(w, p[n])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll reads a workbook's sheets: "A1=text B2=…", with !code behind a cell that has a
// fault, and sheets that have no part left out.
func readAll(t testing.TB, file []byte) (string, error) {
	t.Helper()
	ctx := context.Background()
	a, err := OpenArchive(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return "", err
	}
	b, err := a.Book(ctx)
	if err != nil {
		return "", err
	}
	dir := t.TempDir()
	texts, err := a.Texts(ctx, b, func() (*os.File, error) { return os.Create(filepath.Join(dir, "texts")) })
	if err != nil {
		return "", err
	}
	defer func() { _ = texts.Close() }()
	var out []string
	for _, s := range b.Sheets {
		if s.part == "" {
			continue
		}
		rows, err := a.Rows(ctx, s)
		if err != nil {
			return "", err
		}
		values := b.Values(texts)
		for {
			row, err := rows.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return "", err
			}
			for i := range row.Cells {
				c := &row.Cells[i]
				v, fault, err := values.Append(nil, rows, c)
				if err != nil {
					return "", err
				}
				s := fmt.Sprintf("%s%d=%s", column(c.Column), row.Number, v)
				if fault != nil {
					s += "!" + fault.Code
				}
				out = append(out, s)
			}
		}
		if err := rows.Close(); err != nil {
			return "", err
		}
	}
	return strings.Join(out, " "), a.Verify(ctx, b, b.Sheets)
}

func column(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

// holds reads a workbook and compares; a want that begins with ! is a piece of the
// refusal.
func holds(t *testing.T, p parts, want string) {
	t.Helper()
	got, err := readAll(t, p.zip(t))
	piece, refused := strings.CutPrefix(want, "!")
	var own *Error
	switch {
	case refused && err == nil:
		t.Errorf("read %q, want a refusal: %s", got, piece)
	case refused && !errors.As(err, &own):
		t.Errorf("%T: %v", err, err)
	case refused && (!strings.Contains(own.Cause, piece) || own.Advice == ""):
		t.Errorf("refused: %s (%s), want %s", own.Cause, own.Advice, piece)
	case !refused && err != nil:
		t.Errorf("refused: %v, want %q", err, want)
	case !refused && got != want:
		t.Errorf("read %q, want %q", got, want)
	}
}
