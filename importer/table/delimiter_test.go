package table_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

func TestDelimiter(t *testing.T) {
	for _, c := range []struct {
		name, file, content, declared string
		want                          string
		columns                       []string
		warnings                      string
	}{
		{"comma", "c.csv", "A,B\n1,2\n", "", ",", []string{"A", "B"}, ""},
		{"decimal commas", "c.csv", "Name;Price\nx;1,5\ny;2,5\n", "", ";", []string{"Name", "Price"}, ""},
		{"a comma in the header and in every price", "c.csv", "Name;Price, EUR;City\nx;1,5;y\ny;2,5;z\n", "", ";",
			[]string{"Name", "Price, EUR", "City"}, ""},
		{"commas in one column's name", "c.csv", "Name;Notes (a, b, c, d)\nAcme;hello\n", "", ";", []string{"Name", "Notes (a, b, c, d)"}, ""},
		{"quoted delimiters", "c.csv", "\"a;b;c;d\",\"e;f\"\n1,2\n", "", ",", []string{"a;b;c;d", "e;f"}, ""},
		{"a bar in a name", "c.csv", "a|b,c\n1,2\n", "", ",", []string{"a|b", "c"}, ""},
		{"a faulty row", "c.csv", "A;B;C, D\n1;2;3\n1;2\n1;2;4\n1;2;5\n1;2;6\n", "", ";", []string{"A", "B", "C, D"}, ""},
		{"one column", "c.csv", "Email\na@b.test\n", "", ",", []string{"Email"}, ""},
		{"one column of a tsv", "c.tsv", "Email\na@b.test\n", "", "tab", []string{"Email"}, ""},
		{"a tsv with commas", "c.tsv", "Last, first\tE, mail\n1, 2\t3, 4\n", "", "tab", []string{"Last, first", "E, mail"}, ""},
		{"a tsv that is none", "c.tsv", "A;B\n1;2\n", "", ";", []string{"A", "B"}, ""},
		{"declared", "c.csv", "A;B,C\n1;2,3\n", ",", ",", []string{"A;B", "C"}, ""},
		{"declared tab", "c.csv", "A\tB\n1\t2\n", "tab", "tab", []string{"A", "B"}, ""},
		{"declared backslash t", "c.csv", "A\tB\n1\t2\n", `\t`, "tab", []string{"A", "B"}, ""},
		{"declared odd one", "c.csv", "A^B\n1^2\n", "^", "^", []string{"A", "B"}, ""},
		{"declared wrongly", "c.csv", "A,B,C\n1,2,3\n", ";", ";", []string{"A,B,C"}, "delimiter"},
		{"sep line", "c.csv", "sep=;\r\nA,a;B\r\n1;2\r\n", "", ";", []string{"A,a", "B"}, ""},
		{"sep line with an odd one", "c.csv", "SEP=^\nA^B\n1^2\n", "", "^", []string{"A", "B"}, ""},
		{"sep line with tab", "c.csv", "sep=\t\nA\tB\n1\t2\n", "", "tab", []string{"A", "B"}, ""},
		{"quoted sep line", "c.csv", "\"sep=,\"\nA;a,B\n1,2\n", "", ",", []string{"A;a", "B"}, ""},
		{"sep line behind a mark, CR", "c.csv", "\xEF\xBB\xBFsep=;\rA;B\r1;2\r", "", ";", []string{"A", "B"}, ""},
		{"declared beats sep", "c.csv", "sep=;\nA,B\n1,2\n", ",", ",", []string{"A", "B"}, ""},
		{"no sep line", "c.csv", "sep=long,B\n1,2\n", "", ",", []string{"sep=long", "B"}, ""},
		{"blank lines above", "c.csv", "\n\n;;\nA;B\n1;2\n", "", ";", []string{"A", "B"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := open(t, write(t, c.file, c.content), table.Options{Delimiter: c.declared})
			if in.Delimiter() != c.want || !slices.Equal(in.Headers()[0].Columns, c.columns) {
				t.Errorf("delimiter %q, columns %q", in.Delimiter(), in.Headers()[0].Columns)
			}
			if codes(in) != c.warnings {
				t.Errorf("warnings %q", codes(in))
			}
		})
	}
}

// Excel hides the line "sep=;", so it has no row number; it is a line, though.
func TestSepLineHasNoNumber(t *testing.T) {
	in := open(t, write(t, "clients.csv", "sep=;\nA;B\n1;2\n\n3;4\n"), table.Options{})
	if got, want := shown(t, in), []string{"2: 1|2", "4: 3|4"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	rows, _ := all(t, in)
	if rows[1].Line != 5 {
		t.Errorf("line %d, want 5", rows[1].Line)
	}
}

// The beginning that is looked at may end within a quoted cell.
func TestDelimiterOfAFileThatBeginsWithALongCell(t *testing.T) {
	long := strings.Repeat("a line, of many; words\n", 5000)
	in := open(t, write(t, "clients.csv", "A;B\n1;\""+long+"\"\n2;x\n"), table.Options{})
	if got := shown(t, in); in.Delimiter() != ";" || len(got) != 2 || got[1] != "3: 2|x" {
		t.Errorf("delimiter %q, %d rows", in.Delimiter(), len(got))
	}
}
