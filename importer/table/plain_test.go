package table

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// someSheet draws the XML of a sheet as programs write it, with at most one
// place where something is wrong.
func someSheet(t *rapid.T) string {
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{
		`<worksheet><sheetData>`,
		`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n" + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cols><col min="1" max="2"/></cols><sheetData>`,
	}).Draw(t, "head"))
	row := 0
	for range rapid.IntRange(0, 12).Draw(t, "rows") {
		row += rapid.SampledFrom([]int{1, 1, 1, 2, 5}).Draw(t, "step")
		b.WriteString(rapid.SampledFrom([]string{
			fmt.Sprintf(`<row r="%d">`, row), fmt.Sprintf(`<row r="%d" spans="1:3">`, row), fmt.Sprintf(`<row spans="1:3" r="%d">`, row),
		}).Draw(t, "row"))
		for column := range 4 {
			ref := fmt.Sprintf(`%c%d`, 'A'+column, row)
			b.WriteString(rapid.SampledFrom([]string{
				"", fmt.Sprintf(`<c r="%s"/>`, ref), fmt.Sprintf(`<c r="%s" s="1"><v>17</v></c>`, ref), fmt.Sprintf(`<c r="%s" t="str"><v>a b</v></c>`, ref),
				fmt.Sprintf(`<c r="%s" s="2" t="inlineStr"><is><t>x &amp; y</t></is></c>`, ref), fmt.Sprintf(`<c t="n" r="%s" ><v>1</v></c>`, ref),
				fmt.Sprintf(`<c r="%s" t="inlineStr"><is><r><t>x</t></r><r><t>y</t></r></is></c>`, ref), fmt.Sprintf(`<c r="%s" t="str"><f>A1</f><v>9</v></c>`, ref),
			}).Draw(t, "cell"))
		}
		b.WriteString("</row>")
	}
	b.WriteString(`</sheetData><pageMargins left="0.7"/></worksheet>`)
	sheet := b.String()
	at := rapid.IntRange(0, len(sheet)).Draw(t, "at")
	end := min(at+rapid.SampledFrom([]int{0, 0, 1, 2, 4, 12}).Draw(t, "lost"), len(sheet))
	put := rapid.SampledFrom([]string{"", "", "<", ">", `"`, "&", "</v>", "</x>", "<c>", "</c>", "<row>", "</row>", "<row/>", "</sheetData>", "\xFF", "7"}).Draw(t, "put")
	return sheet[:at] + put + sheet[end:]
}

// scanned is what the scanner makes of a sheet.
func scanned(r io.Reader) (rows []string, err error) {
	s := newSheetScan(r)
	for {
		row, err := s.next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		for _, c := range row.cells {
			rows = append(rows, fmt.Sprintf("%d: %+v", row.number, c))
		}
	}
}

// A cell that is read at once is the one that is read tag by tag.
func TestPlainCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sheet := someSheet(t)
		got, err := scanned(strings.NewReader(sheet))
		want, wantErr := scanned(iotest.OneByteReader(strings.NewReader(sheet)))
		if !slices.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("%s\nat once: %q, %v\ntag by tag: %q, %v", sheet, got, err, want, wantErr)
		}
	})
}

// The same of the shared texts.
func TestPlainTexts(t *testing.T) {
	const texts = `<sst><si><t>a</t></si><si><t xml:space="preserve"> b </t></si><si><t>c &amp; _x0041_&#10;</t></si><si/><si><t></t></si>` +
		`<si><r><t>d</t></r><rPh sb="0" eb="1"><t>x</t></rPh><si><t>e</t></si><t>f</t></si><si><t>g</t></si></sst>`
	read := func(r io.Reader) string {
		var b bytes.Buffer
		var s sharedTexts
		err := s.parse(newMarkup(r), &b)
		return fmt.Sprintf("%q %v %v", b.String(), s.ends, err)
	}
	if got, want := read(strings.NewReader(texts)), read(iotest.OneByteReader(strings.NewReader(texts))); got != want {
		t.Errorf("at once: %s\ntag by tag: %s", got, want)
	}
}
