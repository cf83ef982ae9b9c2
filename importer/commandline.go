package importer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CommandLine writes a command line as one can paste it into a shell: what comes
// from a sheet, or is the name of a file, is a word of it and no more. All advice
// that names a command is written by it. An argument with characters that steer a
// terminal is written with their numbers, as bash and zsh read it.
func CommandLine(argv ...string) string {
	quoted := make([]string, len(argv))
	for i, a := range argv {
		if a == "" || a[0] == '~' || a[0] == '=' || strings.ContainsFunc(a, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./:=@%+,~", r)
		}) {
			a = quote(a)
		}
		quoted[i] = a
	}
	return strings.Join(quoted, " ")
}

// quote makes one word of any text.
func quote(a string) string {
	steers := func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError
	}
	if !strings.ContainsFunc(a, steers) {
		return "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for i, r := range a {
		switch _, n := utf8.DecodeRuneInString(a[i:]); {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case steers(r): // byte by byte: so every shell means the same
			for _, c := range []byte(a[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + "'"
}
