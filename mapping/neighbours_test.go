package mapping_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// times repeats a value with a number in it.
func times(n int, format string) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(format, i))
	}
	return out
}

func TestNeighbours(t *testing.T) {
	for _, c := range []struct {
		name, column string
		cells        []string
		want         string // "code: cell" of each
	}{
		{"a plus is gone", "Phone", append(times(12, "+49 30 55501%02d"), "493055501"), "phone_prefix: 493055501"},
		{"a zero is gone", "Telefon", append(times(12, "030/55501%02d"), "305550199"), "phone_prefix: 305550199"},
		{"digits are gone", "Mobile", append(times(12, "(555) 123-45%02d"), "(555) 123-4"), "phone_short: (555) 123-4"},
		{"digits are gone behind a plus", "Phone", append(times(12, "+1 555 123 45%02d"), "+1 555 123"), "phone_short: +1 555 123"},
		{"numbers to be handed out", "resource_phone_number", append(times(12, "+155512345%02d"), "15551234599;pn_1"),
			"phone_prefix: 15551234599"},
		{"another country", "Phone", append(times(12, "+4930555%04d"), "+3545551234", "+15551234567"), ""},
		{"numbers as Germans have them", "Phone", []string{"+49301234", "+4930123456", "+498912345678", "+4915112345678", "+49301234567",
			"+4940123456", "+49221123456", "+497112345", "+493012345678", "+49891234567"}, ""},
		{"an extension", "Phone", append(times(12, "555-123-45%02d"), "555-123-4567 ext. 12"), ""},
		{"too few neighbours", "Phone", append(times(7, "+49305550%03d"), "4930555"), ""},
		{"no clear majority", "Phone", append(times(12, "+4930555%04d"), times(6, "4930555%04d")...), ""},
		{"another prefix", "resource_assistant", append(times(20, "asst_%d"), "sst_9"), "odd_id: sst_9"},
		{"no prefix", "resource_assistant", append(times(20, "asst_%d;asst_x%[1]d"), "asst_5;17"), "odd_id: 17"},
		{"two kinds on purpose", "resource_assistant", append(times(20, "asst_%d"), times(4, "agent_%d")...), ""},
		{"free ids", "resource_assistant", append(times(20, "x%d"), "asst_1"), ""},
		{"a kind nobody has seen", "resource_knowledge_base", append(times(20, "kb_%d"), "b_1"), ""},
		{"names", "client_name", append(times(20, "asst_%d"), "sst_9"), ""},
		{"a serial date", "Customer since", append(times(12, "2024-01-%02d"), "45383", "99999"), "serial_date: 45383"},
		{"another layout", "Since", append(times(12, "2024-01-%02d 10:00"), "14.03.2024"), "date_layout: 14.03.2024"},
		{"numbers that may be dates", "Turnover", append(times(12, "45%03d"), "2024-01-01"), ""},
		{"dates and words", "Since", append(times(8, "2024-01-%02d"), "soon", "later", "2023", "45383"), ""},
		{"a zero of a code", "Postcode", append(times(12, "01%03d"), "1067"), "lost_zero: 1067"},
		{"codes with and without a zero", "Postcode", append(times(12, "01%03d"), "99084"), ""},
		{"on purpose left out", "_job", append(times(12, "2024-01-%02d"), "45383"), ""},
		{"passwords", "Password 3", append(times(12, "01%03d"), "1067"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, base := header(valid(c.column, "")...)
			at := slices.Index(h.Columns, c.column)
			m, err := mapping.New([]*importer.Header{h}, mapping.Options{})
			if err != nil {
				t.Fatal(err)
			}
			n := m.Neighbours()
			row := func(i int) importer.Row {
				cells := slices.Clone(base)
				cells[at] = c.cells[i]
				return importer.Row{Header: h, Number: i + 2, Cells: cells}
			}
			for i := range c.cells {
				n.Add(row(i))
			}
			var got []string
			for i := range c.cells {
				for _, f := range n.Check(row(i)) {
					if f.Severity != importer.Warning || f.Cell.Row != i+2 || f.Cell.Column != c.column {
						t.Errorf("%+v", f)
					}
					value := c.cells[i]
					if quoted, ok := strings.CutPrefix(f.Message, `"`); ok {
						value, _, _ = strings.Cut(quoted, `"`)
					} else if strings.Contains(f.Message, value) {
						t.Errorf("a value of a column that nobody knows is shown: %s", f.Message)
					}
					got = append(got, f.Code+": "+value)
				}
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("found %q, want %q", s, c.want)
			}
			rows := 0
			for _, tally := range n.Findings() {
				rows += tally.Rows
				if tally.Cell.Row == 0 || !strings.Contains(c.want, tally.Code) {
					t.Errorf("%+v", tally)
				}
			}
			if rows != len(got) {
				t.Errorf("%d rows are counted, %d found", rows, len(got))
			}
		})
	}
}

// TestNeighboursAgree: what is counted is what is found, whatever stands there.
func TestNeighboursAgree(t *testing.T) {
	value := rapid.OneOf(rapid.SampledFrom([]string{"+4930123456", "030123456", "30123456", "asst_1", "sst_1", "2024-01-02", "1.2.2024",
		"45383", "01067", "1067", "", "\xff", "+", "0"}), damagedText())
	rapid.Check(t, func(t *rapid.T) {
		column := rapid.SampledFrom([]string{"Phone", "resource_assistant", "resource_phone_number", "Since"}).Draw(t, "column")
		h := &importer.Header{File: "f.csv", Columns: []string{"client_name", column}}
		m, err := mapping.New([]*importer.Header{h}, mapping.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := m.Neighbours()
		usual := value.Draw(t, "usual")
		cells := append(times(12, usual+"%.0d"), rapid.SliceOfN(value, 0, 4).Draw(t, "others")...)
		for i, c := range cells {
			n.Add(importer.Row{Header: h, Number: i + 2, Cells: []string{"x", c}})
		}
		counted, found := map[string]int{}, map[string]int{}
		for _, tally := range n.Findings() {
			counted[tally.Code] += tally.Rows
		}
		for i, c := range cells {
			seen := map[string]bool{}
			for _, f := range n.Check(importer.Row{Header: h, Number: i + 2, Cells: []string{"x", c}}) {
				if !seen[f.Code] {
					found[f.Code]++
				}
				seen[f.Code] = true
			}
		}
		for code, rows := range found {
			if counted[code] < rows {
				t.Fatalf("%s: %d rows found, %d counted in %q", code, rows, counted[code], cells)
			}
		}
		if len(found) != len(counted) {
			t.Fatalf("found %v, counted %v", found, counted)
		}
	})
}

func BenchmarkNeighbours(b *testing.B) {
	h, cells := header(valid("Phone", "+49 30 5550123", "Since", "2024-01-02", "resource_assistant", "asst_1;asst_2")...)
	m, err := mapping.New([]*importer.Header{h}, mapping.Options{})
	if err != nil {
		b.Fatal(err)
	}
	n := m.Neighbours()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		n.Add(importer.Row{Header: h, Number: i + 2, Cells: cells})
	}
}
