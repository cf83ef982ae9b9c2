package display

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/bulkonboard/bulkonboard/mapping/infer"
)

// Proposal tells what a drafted mapping binds, and what is open.
func Proposal(w io.Writer, o *infer.Inference) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range o.Bound {
		fmt.Fprintf(t, "%s\t%s\t%.2f\n", p.Path, cell(strings.Join(p.Columns, " + ")), p.Confidence)
	}
	if o.Filter.Active() {
		fmt.Fprintf(t, "only these rows\t%s: %s\t%.2f\n", cell(o.Filter.Column), cell(strings.Join(o.Filter.In, ", ")), o.Filter.Confidence)
	}
	if g := o.Group; g != nil && g.Confidence >= infer.ConfidenceLine {
		fmt.Fprintf(t, "one client for each\t%s\t%.2f\n", cell(g.Column), g.Confidence)
	}
	fmt.Fprintf(t, "key\t%s\t\n", strings.Join(o.Key, ", "))
	_ = t.Flush()
	var open []string
	for _, p := range o.Missing {
		open = append(open, p+" is required and has no source yet")
	}
	for _, p := range o.Open {
		open = append(open, fmt.Sprintf("%s may come from %q (%.2f)", p.Path, strings.Join(p.Columns, " + "), p.Confidence))
	}
	if f := o.Filter; f != nil && !f.Active() {
		open = append(open, fmt.Sprintf("column %q may tell which rows are customers; all rows are taken", f.Column))
	}
	if g := o.Group; g != nil && g.Confidence < infer.ConfidenceLine {
		open = append(open, fmt.Sprintf("some rows have the same %q; each is taken for a client", g.Column))
	}
	ignored := 0
	for _, l := range o.Left {
		if l.Known {
			ignored++
			continue
		}
		open = append(open, fmt.Sprintf("column %q has no place: %s", l.Column, l.Reason))
	}
	if len(open) > 0 {
		fmt.Fprintln(w, "\nOpen, each a TODO in the file:")
		for _, s := range open {
			fmt.Fprintln(w, "  "+cell(s))
		}
	}
	if ignored > 0 {
		fmt.Fprintf(w, "\nIgnored: %s that the request has no place for.\n", Count(ignored, "column"))
	}
}

// cell keeps a text in its place in a table.
func cell(s string) string {
	return strings.Join(strings.Fields(Clean(s)), " ")
}
