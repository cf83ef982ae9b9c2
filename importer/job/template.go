package job

import (
	"io"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/report"
)

// WriteTemplate writes a starter workbook with the standard columns.
func WriteTemplate(w io.Writer) error {
	var columns []report.TemplateColumn
	for _, c := range mapping.StandardColumns() {
		t := report.TemplateColumn{Name: c.Name, Required: c.Required, Meaning: c.Meaning, Example: c.Example}
		switch {
		case c.Name == "billing_type":
			t.Values = []string{"STRIPE"}
		case strings.HasPrefix(c.Name, "access_"):
			t.Values = []string{"view_only", "view_and_add"}
		}
		columns = append(columns, t)
	}
	return report.WriteTemplate(w, table.GuideSheet, columns)
}
