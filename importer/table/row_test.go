package table_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

func TestRows(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          []string
		warnings      string
	}{
		{"plain", "A,B\n1,2\n3,4\n", []string{"2: 1|2", "3: 3|4"}, ""},
		{"no line end at the end", "A,B\n1,2", []string{"2: 1|2"}, ""},
		{"blank lines count", "A,B\n\n1,2\n\n\n3,4\n\n", []string{"3: 1|2", "6: 3|4"}, ""},
		{"blank lines count, CRLF", "A,B\r\n\r\n1,2\r\n\r\n\r\n3,4\r\n", []string{"3: 1|2", "6: 3|4"}, ""},
		{"blank lines count, CR", "A,B\r\r1,2\r\r\r3,4\r", []string{"3: 1|2", "6: 3|4"}, ""},
		{"rows of delimiters count", "A,B\n,\n1,2\n \t, \u00A0\n,,,,\n3,4\n", []string{"3: 1|2", "6: 3|4"}, ""},
		{"blank above the header", "\n,\nA,B\n1,2\n", []string{"4: 1|2"}, ""},
		{"line breaks in cells do not count", "A,B\n\"1\n1\n\n1\",2\n3,\"4\n\n\"\n5,6\n", []string{"2: 1\n1\n\n1|2", "3: 3|4\n\n", "4: 5|6"}, ""},
		{"line breaks in the header do not count", "\"A\nx\",\"B\n\"\n1,2\n", []string{"2: 1|2"}, ""},
		{"CRLF in a cell", "A,B\r\n\"1\r\n1\",2\r\n", []string{"2: 1\n1|2"}, ""},
		{"a CR in a cell of a file with LF", "A,B\n\"1\r1\",2\n3,4\r5,6\n", []string{"2: 1\r1|2", "3: 3|4", "4: 5|6"}, ""},
		{"mixed line ends", "A,B\r\n1,2\n3,4\r5,6\r\r\n7,8", []string{"2: 1|2", "3: 3|4", "4: 5|6", "6: 7|8"}, ""},
		{"cells are not trimmed", "A,B\n 1 ,\t2\u00A0\n", []string{"2:  1 |\t2\u00A0"}, ""},
		{"too short", "A,B,C\n1,2\n3,4,5\n6\n", []string{"2: 1|2| !row_too_short", "3: 3|4|5", "4: 6|| !row_too_short"}, ""},
		{"torn at the end", "A,B,C\n1,2,3\n3,4", []string{"2: 1|2|3", "3: 3|4| !row_too_short"}, ""},
		{"too long", "A,B\n1,2,3\n3,4,,\n5,6, \n", []string{"2: 1|2 !row_too_long", "3: 3|4", "4: 5|6"}, ""},
		{"apostrophes of others stay", "A,B\n'1,''2\n", []string{"2: '1|''2"}, ""},
		{"no rows", "A,B\n\n,\n", nil, "no_rows"},
		{"rows that look eaten", "A,B,C\n1,\"2\n3,4,5\n6,7,8\",9\n1,\"2\n3,4\",5\n", []string{"2: 1||9 !rows_in_cell", "3: 1|2\n3,4|5"}, ""},
		{"a row eaten from cell to cell", "A,B,C\n\"1,x@y.test,2\n3\",4,5\n6,7,8\n", []string{"2: |4|5 !rows_in_cell", "3: 6|7|8"}, ""},
		{"two rows eaten", "A,B,C\n0,\"1,2\n3,4,5\n6,7\",8\n", []string{"2: 0||8 !rows_in_cell"}, ""},
		{"a row eaten where it leaves too few cells", "A,B,C\n1,\"2,p\n3,4,q\"\n6,7,8\n", []string{"2: 1|| !rows_in_cell", "3: 6|7|8"}, ""},
		{"an eaten row of two columns", "A,B\n\"1,x@y.test\n2\",z@y.test\n", []string{"2: |z@y.test !rows_in_cell"}, ""},
		{"a note with commas", "A,B,C\n1,2,\"Called, nobody there\nAgain, on Monday, at ten\"\n",
			[]string{"2: 1|2|Called, nobody there\nAgain, on Monday, at ten"}, ""},
		{"many commas in one line", "A,B\n1,\"" + strings.Repeat(",", 30000) + "\"\n", []string{"2: 1|" + strings.Repeat(",", 30000)}, ""},
		{"a mark of the end from DOS", "A,B\r\n1,2\r\n\x1A", []string{"2: 1|2"}, ""},
		{"the same behind a cell", "A,B\n1,2\x1A\x1A", []string{"2: 1|2"}, ""},
		{"the same in the middle is a letter", "A,B\n1,\x1A\n3,4\n", []string{"2: 1|\x1A", "3: 3|4"}, ""},
		{"blanks before quotation marks", "A, B\n\"1,1\", \"2\"\n 3,  4\n", []string{"2: 1,1|2", "3: 3|4"}, "blanks_before_quotes"},
		{"cut in the last cell", "A,B\n1,Premium\n2,Basic\n3,Premium\n4,Prem",
			[]string{"2: 1|Premium", "3: 2|Basic", "4: 3|Premium", "5: 4|Prem"}, "cut_last_line"},
		{"cut where all others are alike", "A,B\n1,id:123\n2,id:123\n3,id:123\n4,x",
			[]string{"2: 1|id:123", "3: 2|id:123", "4: 3|id:123", "5: 4|x"}, "cut_last_line"},
		{"not cut, only without a line end", "A,B\n1,Basic\n2,Basic plus\n3,Basic plus\n4,Basic",
			[]string{"2: 1|Basic", "3: 2|Basic plus", "4: 3|Basic plus", "5: 4|Basic"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := open(t, write(t, "clients.csv", c.content), table.Options{})
			if got := shown(t, in); !slices.Equal(got, c.want) {
				t.Errorf("\n%q, want\n%q", got, c.want)
			}
			if codes(in) != c.warnings {
				t.Errorf("warnings %q, want %q", codes(in), c.warnings)
			}
		})
	}
}

func TestPhysicalLines(t *testing.T) {
	in := open(t, write(t, "clients.csv", "\nA,B\n\n\"1\n1\",2\r\n3,4\n5,\"\n\"\n7,8\n"), table.Options{})
	rows, _ := all(t, in)
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%d@%d", r.Number, r.Line))
	}
	if want := "4@4 5@6 6@7 7@9"; strings.Join(got, " ") != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRowErrorsSayWhatAndWhatNow(t *testing.T) {
	in := open(t, write(t, "clients.csv", "Company;E-mail;City\nAcme;a@acme.test\nBeta;b@beta.test;Rome;Italy\n"), table.Options{})
	_, spoiled := all(t, in)
	short, long := spoiled[2], spoiled[3]
	if got, want := short.Error(), `clients.csv: row 2: the row has 2 cells, the header has 3: it ends in column "E-mail"`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got, want := long.Error(), `clients.csv: row 3: the row has 4 cells, the header has 3: it goes on behind the last column, "City"`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for _, e := range spoiled {
		if !strings.Contains(e.Advice, "semicolon") || !strings.Contains(e.Advice, "quotation mark") {
			t.Errorf("advice %q", e.Advice)
		}
	}
}

func TestQuotationMarks(t *testing.T) {
	for _, c := range []struct {
		name, content string
		line          int
		cause         []string
	}{
		{"unclosed to the end", lines("A,B", "1,2", `3,"4`, "5,6", "7,8"), 3, []string{"column B", "(row 3)", "runs on to line 5"}},
		{"unclosed up to another", lines("A,B", "1,2", `3,"4`, "5,6", `7,"8"`), 3, []string{"column B", "(row 3)", "runs on to line 5"}},
		{"unclosed behind a cell with lines", lines("A,B", "\"x\ny\nz\",\"2", "3,4"), 4, []string{"column B", "(row 2)"}},
		{"unclosed in the last line", "A,B\n1,\"2", 2, []string{"column B", "(row 2)"}},
		{"text behind the closing one", lines("A,B", `"1"x,2`), 2, []string{"column A", "not closed where the cell ends"}},
		{"in the middle", lines("A,B", "", `1,5" pipe`, "3,4"), 3, []string{"within the cell in column B", "(row 3)"}},
		{"in the middle, several", lines("A,B", `1,5" pipe`, "3,4", `1,6" pipe`, `1,7" pipe`), 2, []string{"the same on line 4, 5"}},
		{"in the header", lines(`A,B"`, "1,2"), 1, []string{"column B", "(row 1)"}},
		{"CR only", "A,B\r1,2\r3,5\" pipe\r4,5\r", 3, []string{"column B", "(row 3)"}},
		{"behind a sep line", "sep=,\nA,B\n1,\"2", 3, []string{"(row 2)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := refuse(t, write(t, "clients.csv", c.content), table.Options{})
			if e.Line != c.line || !strings.Contains(e.Advice, "quotation mark") {
				t.Errorf("line %d, want %d: %s", e.Line, c.line, e)
			}
			for _, s := range c.cause {
				if !strings.Contains(e.Cause, s) {
					t.Errorf("%q lacks %q", e.Cause, s)
				}
			}
		})
	}
}

func TestLongCells(t *testing.T) {
	path := write(t, "clients.csv", "A,B\n1,"+strings.Repeat("x", 1<<20+1)+"\n3,4\n")
	if got := shown(t, open(t, path, table.Options{})); len(got) != 2 || !strings.HasSuffix(got[0], "!cell_too_long") || got[1] != "3: 3|4" {
		t.Errorf("%d rows, the last is %.100q", len(got), got[len(got)-1])
	}
	path = write(t, "clients.csv", "A,B\n\n1,\""+strings.Repeat("x,y\n", 5<<20))
	if e := refuse(t, path, table.Options{}); e.Line != 2 && e.Line != 3 || !strings.Contains(e.Cause, "longer than 16 MiB") {
		t.Errorf("%v", e)
	}
}

// Excel leaves delimiters out at the end of blocks of 16 rows.
func TestExcelBlocks(t *testing.T) {
	full, short := "a,b,c,d\n", "a,b\n"
	rows := func(s string, n int) string { return strings.Repeat(s, n) }
	for _, c := range []struct {
		name, content string
		spoiled       int
		warnings      string
	}{
		{"a block", "A,B,C,D\n" + rows(full, 15) + rows(short, 16) + rows(full, 16), 0, "short_blocks"},
		{"two blocks, one at the end", "A,B,C,D\n" + rows(full, 15) + rows(short, 16) + rows("a\n", 3), 0, "short_blocks"},
		{"in the header's block", "A,B,C,D\n" + rows(short, 15) + rows(full, 16), 15, ""},
		{"a block that is not whole", "A,B,C,D\n" + rows(full, 15) + rows(short, 15) + rows(full, 16), 15, ""},
		{"a block that is shifted", "A,B,C,D\n" + rows(full, 16) + rows(short, 16) + rows(full, 16), 16, ""},
		{"one row at the end", "A,B,C,D\n" + rows(full, 15) + short, 1, ""},
		{"torn at the end", "A,B,C,D\n" + rows(full, 15) + short + "a,b", 2, ""},
		{"nothing in the last column", "A,B,C,D\n" + rows(full, 15) + rows("a,b,\n", 16), 16, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := open(t, write(t, "clients.csv", c.content), table.Options{})
			all, spoiled := all(t, in)
			if len(spoiled) != c.spoiled || codes(in) != c.warnings {
				t.Errorf("%d of %d rows are spoiled, want %d; warnings %q", len(spoiled), len(all), c.spoiled, codes(in))
			}
		})
	}
}
