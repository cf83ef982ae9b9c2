package table_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

// The same sheet in every dialect must give the same rows.
func TestDialects(t *testing.T) {
	cells := [][]string{
		{"Company", "E-mail", "Straße"},
		{"Müller & Söhne", "m@mueller.test", "Am Platz 1,\nHof; links"},
		{"O'Brien|Co", "o@brien.test", `the "best"`},
		{"Café", "c@cafe.test", "007\t"},
	}
	want := []string{
		"2: Müller & Söhne|m@mueller.test|Am Platz 1,\nHof; links",
		"3: O'Brien|Co|o@brien.test|the \"best\"",
		"4: Café|c@cafe.test|007\t",
	}
	utf16le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf16be := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	for _, enc := range []struct {
		name, bom, declared, detected string
		enc                           encoding.Encoding
	}{
		{"utf-8", "", "", "utf-8", nil},
		{"utf-8 declared", "", "UTF8", "utf-8", nil},
		{"utf-8 with mark", "\xEF\xBB\xBF", "", "utf-8", nil},
		{"utf-8 with two marks", "\xEF\xBB\xBF\xEF\xBB\xBF", "", "utf-8", nil},
		{"utf-16le with mark", "\xFF\xFE", "", "utf-16le", utf16le},
		{"utf-16be with mark", "\xFE\xFF", "", "utf-16be", utf16be},
		{"utf-16le", "", "", "utf-16le", utf16le},
		{"utf-16be", "", "", "utf-16be", utf16be},
		{"utf-16 declared", "", "utf-16", "utf-16be", utf16be},
		{"windows-1252", "", "windows-1252", "windows-1252", charmap.Windows1252},
		{"latin1", "", "ISO-8859-1", "windows-1252", charmap.Windows1252},
		{"iso-8859-15", "", "iso-8859-15", "iso-8859-15", charmap.ISO8859_15},
		{"ibm850", "", "ibm850", "ibm850", charmap.CodePage850},
	} {
		for end, endName := range map[string]string{"\n": "LF", "\r\n": "CRLF", "\r": "CR"} {
			for _, delimiter := range []string{",", ";", "\t", "|"} {
				for _, quoteAll := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s %s %q %t", enc.name, endName, delimiter, quoteAll), func(t *testing.T) {
						text := strings.ReplaceAll(dialect(cells, delimiter, quoteAll), "\n", end)
						if enc.enc != nil {
							var err error
							if text, err = enc.enc.NewEncoder().String(text); err != nil {
								t.Fatal(err)
							}
						}
						in := open(t, write(t, "clients.csv", enc.bom+text), table.Options{Encoding: enc.declared})
						if got := shown(t, in); !slices.Equal(got, want) {
							t.Errorf("rows\n%q, want\n%q", got, want)
						}
						if h := in.Headers()[0]; !slices.Equal(h.Columns, cells[0]) || h.Row != 1 || h.File != "clients.csv" {
							t.Errorf("header %+v", h)
						}
						name := delimiter
						if name == "\t" {
							name = "tab"
						}
						warnings := ""
						if enc.declared == enc.detected || enc.detected == "windows-1252" || enc.detected == "iso-8859-15" {
							warnings = "encoding_sample" // what it reads as is told where somebody had to say it
						}
						if in.Encoding() != enc.detected || in.Delimiter() != name || codes(in) != warnings {
							t.Errorf("encoding %q, delimiter %q, warnings %q", in.Encoding(), in.Delimiter(), codes(in))
						}
						// What was detected can be declared, with the same rows.
						again := open(t, write(t, "clients.csv", enc.bom+text), table.Options{Encoding: in.Encoding(), Delimiter: in.Delimiter()})
						if got := shown(t, again); !slices.Equal(got, want) {
							t.Errorf("declared, the rows are %q", got)
						}
						if again.Digest() != in.Digest() {
							t.Error("the digest depends on the options")
						}
					})
				}
			}
		}
	}
}

func dialect(rows [][]string, delimiter string, quoteAll bool) string {
	var b strings.Builder
	for _, cells := range rows {
		for i, c := range cells {
			if i > 0 {
				b.WriteString(delimiter)
			}
			if quoteAll || strings.ContainsAny(c, delimiter+"\"\n") {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			b.WriteString(c)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestEncodingErrors(t *testing.T) {
	for _, c := range []struct {
		name, content, encoding string
		line                    int
		cause, advice           string
	}{
		{"latin letters", "A,B\r\n1,2\r\n3,M\xFCller\r\n", "", 3, "letter 4 (byte 0xFC) is not UTF-8, and nothing says",
			"--encoding windows-1252"},
		{"latin letters behind a mark", "\xEF\xBB\xBFA,B\n1,\xFC\n", "", 2, "letter 3 (byte 0xFC) is not UTF-8", "--encoding"},
		{"declared UTF-8", "A,B\n\xFC,2\n", "utf-8", 2, "letter 1 (byte 0xFC) is not UTF-8", "--encoding"},
		{"cut within a letter", "A,B\n1,M\xC3", "", 2, "ends in the middle of a letter", "whole file"},
		{"a byte that windows-1252 lacks", "A,B\n1,\xFC\n1,2\x81\n", "windows-1252", 3, "letter 4 is not windows-1252", "macintosh"},
		{"a windows letter in latin-9", "A,B\n1,\x80\n", "iso-8859-15", 2, "letter 3 is not iso-8859-15", "windows-1252"},
		{"half a letter in Shift-JIS", "A,B\n1,\x82\xA0\n1,\x82\n", "shift_jis", 3, "letter 3 is not shift_jis", "UTF-8"},
		{"half a pair in UTF-16", "\xFF\xFEA\x00,\x00B\x00\n\x001\x00,\x00\x00\xD8\n\x00", "", 2, "letter 3 is not utf-16le", "UTF-8"},
		{"an odd byte in UTF-16", "\xFF\xFEA\x00,\x00B\x00\n\x001\x00,\x001", "", 2, "is not utf-16le", "UTF-8"},
		{"zero bytes", "A,B\n1,\x00\n" + strings.Repeat("1,2\n", 100), "", 0, "not text", "CSV"},
		{"zero letters in UTF-16", "\xFF\xFEA\x00,\x00B\x00\n\x00\x00\x00\n\x00", "", 0, "not text", "CSV"},
		{"UTF-32", "\xFF\xFE\x00\x00A\x00\x00\x00,\x00\x00\x00B\x00\x00\x00", "", 0, "not text", "CSV"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := refuse(t, write(t, "clients.csv", c.content), table.Options{Encoding: c.encoding})
			if e.Line != c.line || !strings.Contains(e.Cause, c.cause) || !strings.Contains(e.Advice, c.advice) {
				t.Errorf("line %d, want %d: %s\n%s", e.Line, c.line, e, e.Advice)
			}
		})
	}
}

// A letter that lies across two blocks must be found in its line all the same.
func TestEncodingErrorFarDown(t *testing.T) {
	const row = "1,Müller\n"
	for shift := range 12 {
		head := "A,B" + strings.Repeat(" ", shift) + "\n"
		n := 600_000 / len(row)
		good := head + strings.Repeat(row, n)
		open(t, write(t, "clients.csv", good), table.Options{})
		e := refuse(t, write(t, "clients.csv", good+"1,\xFC\n"), table.Options{})
		if e.Line != n+2 || !strings.Contains(e.Cause, "letter 3 (byte 0xFC)") {
			t.Fatalf("line %d, want %d: %s", e.Line, n+2, e)
		}
	}
}

func TestEncodingWarnings(t *testing.T) {
	for _, c := range []struct{ name, content, encoding, codes, cell string }{
		{"UTF-8 read as something else", "A,B\n1,Müller\n", "windows-1252", "encoding", "1|MÃ¼ller"},
		{"ASCII read as something else", "A,B\n1,Muller\n", "windows-1252", "", "1|Muller"},
		{"a mark beats the flag", "\xEF\xBB\xBFA,B\n1,Müller\n", "windows-1252", "encoding", "1|Müller"},
		{"letters lost earlier", "A,B\n1,M\uFFFDller\n2,\uFFFD\n", "", "lost_letters", "1|M\uFFFDller"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := open(t, write(t, "clients.csv", c.content), table.Options{Encoding: c.encoding})
			if got := codes(in); got != c.codes {
				t.Errorf("warnings %q, want %q", got, c.codes)
			}
			if got := shown(t, in); got[0] != "2: "+c.cell {
				t.Errorf("row %q", got[0])
			}
		})
	}
}

func TestUsageErrors(t *testing.T) {
	path := write(t, "clients.csv", "A,B\n1,2\n")
	for _, c := range []struct {
		o    table.Options
		text string
	}{
		{table.Options{Encoding: "windows1253x"}, `did you mean "windows-1253"`},
		{table.Options{Encoding: "utf-9"}, `did you mean "utf-8"`},
		{table.Options{Encoding: "ansi"}, `did you mean "windows-1252"`},
		{table.Options{Encoding: "win-1250"}, `did you mean "windows-1250"`},
		{table.Options{Encoding: "klingon"}, `no encoding of this name`},
		{table.Options{Encoding: "replacement"}, `no encoding of this name`},
		{table.Options{Encoding: "utf-7"}, `no encoding of this name`},
		{table.Options{Delimiter: ";;"}, `takes one character, or "tab"`},
		{table.Options{Delimiter: `"`}, `cannot stand between cells`},
		{table.Options{Delimiter: "\n"}, `cannot stand between cells`},
		{table.Options{Delimiter: "a"}, `cannot stand between cells`},
		{table.Options{Delimiter: "\xFF"}, `cannot stand between cells`},
	} {
		_, err := table.Open(t.Context(), path, c.o)
		var ue *table.UsageError
		if !errors.As(err, &ue) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%+v: %T %v, want %q", c.o, err, err, c.text)
		}
	}
}
