package table_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		name, content string
		row           int
		columns       []string
		first         string
		warnings      string
	}{
		{"trimmed", "\u00A0A \u200B,\uFEFFB\u200E\t\n1,2\n", 1, []string{"A", "B"}, "2: 1|2", ""},
		{"white space within stays", "A  a\n1\n", 1, []string{"A  a"}, "2: 1", ""},
		{"an apostrophe stays", "'A,B\n1,2\n", 1, []string{"'A", "B"}, "2: 1|2", ""},
		{"no name, with data", "A,,B,\n1,,2,\n1,x,2,y\n", 1, []string{"A", "(column B)", "B", "(column D)"}, "2: 1||2|",
			"unnamed_column unnamed_column"},
		{"no name, no data, at the end", "A,B,,,\n1,2,,,\n1,2\n", 1, []string{"A", "B"}, "2: 1|2", ""},
		{"no name, no data, within", "A,,B\n1,,2\n", 1, []string{"A", "(column B)", "B"}, "2: 1||2", ""},
		{"no name, short rows", "A,,\n1\n1,,x\n", 1, []string{"A", "(column B)", "(column C)"}, "2: 1||", "unnamed_column"},
		{"further down", "\n\n,,\nA,B\n1,2\n", 4, []string{"A", "B"}, "5: 1|2", ""},
		{"missing", "Acme,a@acme.test\nBeta,b@beta.test\n", 1, []string{"Acme", "a@acme.test"}, "2: Beta|b@beta.test", "header_is_data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := open(t, write(t, "clients.csv", c.content), table.Options{})
			h := in.Headers()[0]
			if h.Row != c.row || !slices.Equal(h.Columns, c.columns) {
				t.Errorf("row %d %q", h.Row, h.Columns)
			}
			if got := shown(t, in); got[0] != c.first {
				t.Errorf("first row %q, want %q", got[0], c.first)
			}
			if codes(in) != c.warnings {
				t.Errorf("warnings %q", codes(in))
			}
		})
	}
}

func TestUnnamedColumnWarningHasItsPlace(t *testing.T) {
	in := open(t, write(t, "clients.csv", "\nA,,B\n1,,2\n1,x,2\n"), table.Options{})
	f := in.Warnings()[0]
	if got := f.Cell.String() + ": " + f.Message; got != `clients.csv: row 2, column "(column B)": column B has no name in the header, and data from row 4 on` {
		t.Error(got)
	}
}

func TestHeaderErrors(t *testing.T) {
	for _, c := range []struct{ name, content, cause string }{
		{"empty", "", "the file is empty"},
		{"a mark alone", "\xEF\xBB\xBF", "the file is empty"},
		{"blank lines", "\n\r\n  \n", "no header"},
		{"delimiters only", ",,\n,,\n", "no header"},
		{"sep line only", "sep=;", "no header"},
		{"twice the same", "A,B, A \n1,2,3\n", `A "A" and C "A"`},
		{"twice, other letters, both told", "Mail,B,MAIL,b\n1,2,3,4\n", `A "Mail" and C "MAIL", B "B" and D "b"`},
		{"twice with what nobody sees", "A,\u200BA\n1,2\n", `A "A" and B "A"`},
		{"too wide", strings.Repeat(",", 20_000) + "A\n" + strings.Repeat("1\n", 3), "more than 16384 cells"},
		{"a title", "Our customers\n\nA,B\n1,2\n", "it is not the header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if e := refuse(t, write(t, "clients.csv", c.content), table.Options{}); !strings.Contains(e.Cause, c.cause) {
				t.Errorf("%s, want %q", e, c.cause)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		name, content string
		kind          table.Kind
		first         string
	}{
		{"plain", "A,B\n'=1,''2\n", table.Plain, "2: '=1|''2"},
		{"rejects", "A,_job,_key,_row,_status,_code,_message,_advice\n'=1,''2,k,3,s,c,m,a\n", table.Rejects, "2: =1|'2|k|3|s|c|m|a"},
		{"rejects, reordered", "_row,mine,_key,A,_job\n3,'+,k,x,\n", table.Rejects, "2: 3|+|k|x|"},
		{"not quite rejects", "_row,_key,A\n3,'+,k\n", table.Plain, "2: 3|'+|k"},
		{"results", "row,sheet,key,status,client_id,client_name,primary_email,asset_group_id,http_status,code,message,advice,attempts,finished_at,fingerprint,run,note\n2,,k,created,c,'=x,p,,,,,,,,,,\n", table.Ours, "2: 2||k|created|c|=x|p||||||||||"},
		{"doubt", "key,row,status,client_id,client_name,primary_email,sent_at,code,message,advice\n'=k,2,in_doubt,,'=x,p,,,,\n", table.Ours,
			"2: =k|2|in_doubt||=x|p||||"},
		{"undo", "key,client_id,client_name,primary_email,status,finished_at,fingerprint\nk,1,'@x,p,created,,\n", table.Ours,
			"2: k|1|@x|p|created||"},
		{"a list of settlements", "key,status,client_id\n'k,created,1\n", table.Plain, "2: 'k|created|1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := open(t, write(t, "clients.csv", c.content), table.Options{})
			if in.Kind() != c.kind || shown(t, in)[0] != c.first {
				t.Errorf("%s: %q", in.Kind(), shown(t, in))
			}
		})
	}
}
