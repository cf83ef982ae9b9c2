package table_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// looksFor is a Fit for sheets with a column "Company": the header is where it
// stands, a list is where it is the first.
func looksFor(rows [][]string) table.Fit {
	for i, r := range rows {
		if at := slices.Index(r, "Company"); at >= 0 {
			list := 1
			if at == 0 {
				list = 2
			}
			return table.Fit{Header: i, List: list}
		}
	}
	return table.Fit{}
}

func TestTheHeaderRowIsFound(t *testing.T) {
	for _, c := range []struct {
		text string
		row  int
		said string // the warning
		read string // the columns
	}{
		{"Company,E-mail\nAcme,a@acme.test\n", 1, "", "Company,E-mail"},
		{"Customers,,\n,,\nas of July,,\nCompany,E-mail,\nAcme,a@acme.test,\n", 4, "from row 4; rows 1 to 3 are left out", "Company,E-mail"},
		{"\n\nCustomers\nCompany;E-mail\nAcme;a@acme.test\n", 4, "from row 4; row 3 is left out", "Company,E-mail"},
		{"Client,,Login,\nCompany,E-mail,E-mail,Password\n" +
			"Acme,o@acme.test,j@acme.test,Secret-1\n", 2, "row 1 is left out", "Company,Client E-mail,Login E-mail,Password"},
		{"Firm,E-mail\nAcme,a@acme.test\n", 1, "", "Firm,E-mail"}, // nothing fits: the first
	} {
		path := write(t, "c.csv", c.text)
		in, err := table.Open(t.Context(), path, table.Options{Fit: looksFor})
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		h := in.Headers()[0]
		if got := strings.Join(h.Columns, ","); h.Row != c.row || got != c.read || in.Rows() != 1 {
			t.Errorf("%q: row %d, columns %s, %d rows", c.text, h.Row, got, in.Rows())
		}
		said := ""
		for _, f := range in.Warnings() {
			if f.Code == "header_row" {
				said = f.Message
			}
		}
		if (c.said == "") != (said == "") || !strings.Contains(said, c.said) {
			t.Errorf("%q: it says %q, want %q", c.text, said, c.said)
		}
		// Said again, it is the same, and needs no word.
		again, err := table.Open(t.Context(), path, table.Options{HeaderRow: h.Row, Fit: looksFor})
		if err != nil || !slices.Equal(again.Headers()[0].Columns, h.Columns) ||
			slices.ContainsFunc(again.Warnings(), func(f importer.Finding) bool { return f.Code == "header_row" }) {
			t.Errorf("%q with the row said: %v", c.text, err)
		}
		_, _ = in.Close(), again.Close()
	}
}

func TestTheSheetIsFound(t *testing.T) {
	list := func(first string) [][]any {
		return [][]any{{first, "E-mail"}, {"Acme", "a@acme.test"}}
	}
	for _, c := range []struct {
		sheets map[string][][]any
		order  []string
		asked  []string
		read   string // sheets
		fault  string
	}{
		{map[string][][]any{"Dashboard": {{"Total", 12}}, "Kunden": list("Company")}, []string{"Dashboard", "Kunden"}, nil, "Kunden", ""},
		{map[string][][]any{"A": list("Company"), "B": list("Company")}, []string{"A", "B"}, nil, "", `several sheets look like a list of customers: "A", "B"`},
		{map[string][][]any{"A": list("Topic"), "B": list("Firm")}, []string{"A", "B"}, nil, "", `no sheet looks like a list of customers: there are "A", "B"`},
		{map[string][][]any{"A": list("Topic"), "B": list("Firm")}, []string{"A", "B"}, []string{"B"}, "B", ""},
		{map[string][][]any{"Notes": {{"a"}, {"b", "c", "d"}}, "B": list("Company")}, []string{"Notes", "B"}, []string{"all"}, "B", ""},
		{map[string][][]any{"Only": list("Firm")}, []string{"Only"}, nil, "Only", ""},
	} {
		path := workbook(t, func(f *excelize.File) {
			for i, name := range c.order {
				if i == 0 {
					_ = f.SetSheetName("Sheet1", name)
				} else if _, err := f.NewSheet(name); err != nil {
					t.Fatal(err)
				}
				set(t, f, name, c.sheets[name]...)
			}
		})
		in, err := table.Open(t.Context(), path, table.Options{Sheets: c.asked, Fit: looksFor})
		if c.fault != "" {
			var e *table.SheetsError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.fault) || e.Exit() != importer.ExitUsage {
				t.Errorf("%v: %v, want %q", c.order, err, c.fault)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", c.order, err)
			continue
		}
		if got := strings.Join(in.Sheets(), ","); got != c.read {
			t.Errorf("%v: %s is read, want %s", c.order, got, c.read)
		}
		_ = in.Close()
	}
}
