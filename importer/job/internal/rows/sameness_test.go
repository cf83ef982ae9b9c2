package rows

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
)

var update = flag.Bool("update", false, "write samples/clients.xlsx anew")

// requests are what a file makes of its rows, passwords included.
func requests(t *testing.T, path string, o table.Options) []string {
	t.Helper()
	in, err := OpenTable(context.Background(), path, o)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	defer func() { _ = in.Close() }()
	m, err := mapping.New(in.Headers(), mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	src, err := in.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	var out []string
	for {
		row, err := src.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		req, fs := m.Map(row)
		if f, bad := importer.FirstFault(fs); bad {
			t.Fatalf("%s: %s: %s", filepath.Base(path), f.Cell, f.Message)
		}
		text := string(req.Key) + " " + string(req.Client.Snapshot())
		for _, u := range req.Client.Users {
			text += " " + u.Password.Reveal()
		}
		out = append(out, text)
	}
}

// asWorkbook writes lines as a workbook of texts.
func asWorkbook(t *testing.T, path string, lines [][]string) {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := f.SetSheetName("Sheet1", "Customers"); err != nil {
		t.Fatal(err)
	}
	for r, line := range lines {
		for c, v := range line {
			at, _ := excelize.CoordinatesToCellName(c+1, r+1)
			if v == "" {
				continue
			}
			if err := f.SetCellStr("Customers", at, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
}

// TestSameInAllFormats: one set of 20 customers makes the same requests, byte
// for byte, whatever file they come in.
func TestSameInAllFormats(t *testing.T) {
	lines := [][]string{{"client_name", "client_email", "user_email", "user_password", "tenant_voice_provider_id", "asset_group_name", "resource_phone_number"}}
	for i := range 20 {
		// Letters that windows-1252, windows-1250 and ISO-8859-2 share.
		name := fmt.Sprintf("Müller & Söhne %d, \"Ärzte\"", i)
		if i%5 == 0 {
			name = fmt.Sprintf("Zwei\nZeilen; é | %d", i)
		}
		lines = append(lines, []string{name, fmt.Sprintf("c%d@firma.test", i), fmt.Sprintf("u%d@firma.test", i), fmt.Sprintf("pä;ss,%d\"x|", i),
			"TenantVoiceProvider:1", fmt.Sprintf("%05d", i), fmt.Sprintf("0049170%05d;+491701234%d", i, i)})
	}
	dir := t.TempDir()
	text := func(delimiter rune, lineEnd string) string {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma = delimiter
		if err := w.WriteAll(lines); err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(b.String(), "\n", lineEnd)
	}
	n := 0
	file := func(ext, content string, enc encoding.Encoding) string {
		if enc != nil {
			var err error
			if content, err = enc.NewEncoder().String(content); err != nil {
				t.Fatal(err)
			}
		}
		n++
		path := filepath.Join(dir, fmt.Sprintf("%d.%s", n, ext))
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want := requests(t, file("csv", text(',', "\n"), nil), table.Options{})
	if len(want) != 20 {
		t.Fatalf("%d requests", len(want))
	}
	check := func(what, path string, o table.Options) {
		t.Helper()
		if got := requests(t, path, o); !slices.Equal(got, want) {
			t.Errorf("%s: the requests differ:\n%s\n%s", what, got[0], want[0])
		}
	}
	for _, end := range []string{"\n", "\r\n", "\r"} {
		for _, d := range []rune{',', ';', '\t', '|'} {
			what := fmt.Sprintf("delimiter %q, line end %q", d, end)
			s := text(d, end)
			check(what+", utf-8", file("csv", s, nil), table.Options{})
			check(what+", utf-8 with a mark", file("csv", "\uFEFF"+s, nil), table.Options{})
			check(what+", utf-16le", file("csv", s, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)), table.Options{})
			check(what+", utf-16be", file("csv", s, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)), table.Options{})
			check(what+", utf-16le without a mark", file("csv", s, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), table.Options{})
			for name, enc := range map[string]encoding.Encoding{"windows-1252": charmap.Windows1252, "windows-1250": charmap.Windows1250,
				"iso-8859-1": charmap.ISO8859_1, "iso-8859-2": charmap.ISO8859_2, "iso-8859-15": charmap.ISO8859_15} {
				check(what+", "+name, file("csv", s, enc), table.Options{Encoding: name})
			}
		}
	}
	path := filepath.Join(dir, "a.xlsx")
	asWorkbook(t, path, lines)
	check("xlsx", path, table.Options{})
}

// TestCyrillic: an encoding that cannot be told apart is declared.
func TestCyrillic(t *testing.T) {
	const s = "client_name,user_email,user_password,tenant_voice_provider_id\nБыстрый старт,a@b.test,Пароль-1,TenantVoiceProvider:1\n"
	dir := t.TempDir()
	plain, coded := filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")
	b, err := charmap.Windows1251.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{plain: s, coded: b} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := requests(t, coded, table.Options{Encoding: "windows-1251"}), requests(t, plain, table.Options{}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := OpenTable(t.Context(), coded, table.Options{}); importer.ExitOf(err) != importer.ExitFailed {
		t.Errorf("an encoding nobody declared: %v", err)
	}
}

// TestSampleWorkbook holds samples/clients.xlsx to samples/clients.csv.
func TestSampleWorkbook(t *testing.T) {
	const sheet, book = "../../../../samples/clients.csv", "../../../../samples/clients.xlsx"
	if *update {
		b, err := os.ReadFile(sheet)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		asWorkbook(t, book, lines)
	}
	if got, want := requests(t, book, table.Options{}), requests(t, sheet, table.Options{}); !slices.Equal(got, want) {
		t.Errorf("%d requests that are not the %d of %s; write the workbook anew with -update", len(got), len(want), sheet)
	}
}
