// Package display makes the texts that people read on a terminal.
package display

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/report"
)

// Problem tells an error: where, what, and what now.
func Problem(w io.Writer, p *job.Problem) {
	fmt.Fprintln(w, "error: "+Clean(p.Error()))
	if p.Hint != "" {
		fmt.Fprintln(w, "hint: "+Clean(p.Hint))
	}
}

// Clean takes what could steer a terminal out of a text: it may come from a
// cell or from a server. Line breaks stay.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// Count writes a number with its noun, "1 client" or "3,200 clients".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Number(n) + " " + noun
}

// Number groups digits by thousands.
func Number(n int) string { return report.Number(n) }

// Counts tells the counts that are not zero, "23 created, 1 in doubt".
func Counts(c importer.Counts) string { return report.Counts(c) }

// Duration rounds a time to what people care about.
func Duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return "under a second"
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < time.Hour:
		return strings.TrimSuffix(d.Round(time.Second).String(), "0s")
	default:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
}

// Short shortens a path to one relative to the working folder, if that is
// shorter.
func Short(path string) string {
	wd, err := filepath.Abs(".")
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// Name is a path for people: short, and harmless.
func Name(path string) string { return Clean(Short(path)) }

// CleanWriter is w behind Clean, for lines that others make.
func CleanWriter(w io.Writer) io.Writer { return cleanWriter{w} }

type cleanWriter struct{ io.Writer }

func (c cleanWriter) Write(p []byte) (int, error) {
	if _, err := io.WriteString(c.Writer, Clean(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Command writes a command line as one can paste it into a shell.
func Command(argv []string) string { return importer.CommandLine(argv...) }

// Finding is one line about a cell, with its advice below.
func Finding(w io.Writer, f importer.Finding) {
	place := f.Cell.String()
	if place != "" {
		place += ": "
	}
	fmt.Fprintf(w, "%-7s %s%s\n", f.Severity, Clean(place), Clean(f.Message))
	if f.Advice != "" {
		fmt.Fprintf(w, "        %s\n", Clean(f.Advice))
	}
}

// Group is one line about a kind of finding.
func Group(w io.Writer, g job.Group) {
	f := g.Finding
	switch {
	case g.Everywhere:
		f.Cell.Row, f.Cell.Line = 0, 0
		f.Message = fmt.Sprintf("in every row: %s", f.Message)
	case g.Rows > 1:
		f.Message = fmt.Sprintf("%s (and %s more)", f.Message, Count(g.Rows-1, "row"))
	}
	Finding(w, f)
}
