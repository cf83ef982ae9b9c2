package paths

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bulkonboard/bulkonboard/importer"
)

var (
	// atWords and dotWords stand for @ and dot where people hide addresses from
	// machines.
	atWords  = regexp.MustCompile(`(?i)\s*[\[({<]\s*at\s*[\])}>]\s*`)
	dotWords = regexp.MustCompile(`(?i)\s*[\[({<]\s*(dot|punkt|punto)\s*[\])}>]\s*`)
	// inAngles is the address of "Anna <anna@acme.example>".
	inAngles = regexp.MustCompile(`^[^<>@]*<([^<>]+)>[^<>@]*$`)
	// remarks stand in brackets behind or before an address.
	remarks = regexp.MustCompile(`^\s*(?:[\[(][^\[\]()@]*[\])]\s*)*([^\[\]()\s]+)(?:\s*[\[(][^\[\]()@]*[\])])*\s*$`)
)

// What copying leaves at the ends of an address. A dot in front may be what is
// left of a name, and is no rubbish.
const rubbishBefore, rubbishAfter = " \t\r\n'\"`´‘’“”„«»‹›<>()[]{},;:=*|", rubbishBefore + "."

// RepairAddress takes what is no part of it off an address that has a fault,
// where nobody can doubt what is left. It returns the text itself where there
// is no such thing.
func RepairAddress(s string) string {
	fixed := dotWords.ReplaceAllString(atWords.ReplaceAllString(s, "@"), ".")
	if strings.Count(fixed, "@") != 1 {
		return s
	}
	for _, r := range []*regexp.Regexp{inAngles, remarks} {
		if m := r.FindStringSubmatch(fixed); m != nil {
			fixed = m[1]
		}
	}
	fixed = strings.TrimRight(strings.TrimLeft(importer.Trim(fixed), rubbishBefore), rubbishAfter)
	if len(fixed) > 7 && strings.EqualFold(fixed[:7], "mailto:") {
		fixed = fixed[7:]
	}
	if u, ok := Unescape(fixed); ok {
		fixed = u
	}
	if AddressFault(fixed) != "" {
		return s
	}
	return fixed
}

// Unescape reads a text that is written as web addresses are, %C3%BC for ü; ok
// is false if it is none.
func Unescape(s string) (text string, ok bool) {
	if !strings.Contains(s, "%") {
		return s, false
	}
	text, err := url.PathUnescape(s)
	if err != nil || text == s || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return s, false
	}
	return text, true
}
