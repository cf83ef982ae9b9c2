package paths

import (
	"strings"
	"unicode"
)

// Trim takes white space off both ends, and what looks like it or like
// nothing: non-breaking and zero-width characters, byte order marks.
func Trim(s string) string {
	if s == "" || printed(s[0]) && printed(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\u2060' || r == '\ufeff'
	})
}

func printed(b byte) bool { return ' ' < b && b < 0x7f }
