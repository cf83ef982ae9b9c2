package report

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
)

// cleaned makes a text fit for a page: what steers a terminal or turns the
// direction of writing is shown as U+FFFD, and what is too long is cut.
func cleaned(s string) string {
	n := 0
	for i := range s {
		if n++; n > pageText {
			s = s[:i] + "…"
			break
		}
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, lineBreaks.Replace(s))
}

// Number groups digits by thousands.
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted writes a number with its noun, "1 row" or "3,200 rows".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Number(n) + " " + noun
}

// words are how people call a status.
var words = map[importer.Status]string{
	importer.Created: "created", importer.InDoubt: "in doubt", importer.Rejected: "rejected", importer.Failed: "failed",
	importer.Invalid: "invalid", importer.Pending: "pending", importer.Skipped: "skipped",
}

// Counts tells the counts that are not zero, "23 created, 1 in doubt".
func Counts(c importer.Counts) string {
	var parts []string
	for _, s := range importer.Statuses {
		if c[s] > 0 {
			parts = append(parts, Number(c[s])+" "+words[s])
		}
	}
	if len(parts) == 0 {
		return "no rows"
	}
	return strings.Join(parts, ", ")
}

// Word is how people call a status.
func Word(s importer.Status) string { return words[s] }

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// moment is a time for people, to the second and in UTC.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006, 15:04:05 UTC")
}

// stamp is a time for programs.
func stamp(t time.Time) string { return instant(t) }

// anchor is the name of a row's place in a page.
func anchor(ref string) string {
	if ref == "" {
		return ""
	}
	return "row-" + strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, ref)
}
