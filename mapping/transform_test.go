package mapping_test

import (
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// TestTransforms has a line for each transform, and what it refuses.
func TestTransforms(t *testing.T) {
	for _, c := range []struct{ transform, cell, want, fault string }{
		{"trim", "\u00a0 Acme  Dental ", "Acme  Dental", ""},
		{"lower", "ACME Ö", "acme ö", ""},
		{"upper", "acme ö", "ACME Ö", ""},
		{"title", "acme dental", "Acme Dental", ""},
		{"digits", "No. 12-34", "1234", ""},
		{"{phone: DE}", "0151 23456789", "+4915123456789", ""},
		{"{phone: US}", "+49 151 23456789", "+4915123456789", ""},
		{"{phone: US}", "(415) 555-0132", "+14155550132", ""},
		{"{phone: US}", "call me", "", "letters"},
		{"{phone: US}", "555-0132", "", "7 digits"},
		{"{phone: US}", "+49 (0) 151 / 234 567-89", "+4915123456789", ""},
		{"{phone: DE}", "0049(0)151 23456789", "+4915123456789", ""},
		{"{phone: IT}", "+39 (0)6 1234567", "+39061234567", ""},
		{"{date: {from: DD.MM.YYYY}}", "31.01.2026", "2026-01-31", ""},
		{"{date: {from: MM/DD/YYYY, to: DD.MM.YYYY}}", "01/31/2026", "31.01.2026", ""},
		{"{date: {from: DD.MM.YYYY}}", "31.02.2026", "", "no date"},
		{`{replace: {" GmbH": "", "&": and}}`, "Acme & Co GmbH", "Acme and Co", ""},
	} {
		d, err := mapping.Parse("m.yaml", []byte("version: 1\nrequest: {client_details: {name: {column: A, transform: ["+c.transform+"]}}}"))
		if err != nil {
			t.Fatal(err)
		}
		h := &importer.Header{File: "c.csv", Row: 1, Columns: []string{"A"}}
		m, err := mapping.New([]*importer.Header{h}, mapping.Options{Document: d, Name: "m.yaml"})
		if err != nil {
			t.Fatal(err)
		}
		req, findings := m.Map(importer.Row{Header: h, Number: 2, Cells: []string{c.cell}})
		fault := ""
		for _, f := range findings {
			if f.Severity == importer.Fault && f.Cell.Column == "A" {
				fault = f.Message
			}
		}
		switch {
		case c.fault == "" && (fault != "" || req.Client.Details.Name != c.want):
			t.Errorf("%s of %q is %q, want %q; fault %q", c.transform, c.cell, req.Client.Details.Name, c.want, fault)
		case c.fault != "" && !strings.Contains(fault, c.fault):
			t.Errorf("%s of %q: fault %q, want one that says %q", c.transform, c.cell, fault, c.fault)
		}
	}
}
