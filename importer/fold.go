package importer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Fold is how texts are compared that people write in more than one way: names,
// logins, keys, headers and the values of lookups. White space and what cannot
// be seen is trimmed off the ends, inner runs of white space are one blank,
// case does not count, nor whether an accent is a character of its own
// (Unicode NFC). The domain of an address is the one that DNS is asked for,
// written in letters: xn--bcher-kva.example is bücher.example. As in DNS, ß is
// not ss.
//
// Folding what is folded changes nothing.
func Fold(s string) string {
	if folded(s) {
		return s
	}
	if isASCII(s) {
		s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	} else {
		s = foldLetters(strings.Join(strings.Fields(Trim(s)), " "))
	}
	at := strings.LastIndexByte(s, '@')
	if at <= 0 {
		return finalSigmas.Replace(s)
	}
	return finalSigmas.Replace(s[:at]) + foldDomain(s[at:])
}

// folded knows texts that Fold leaves as they are, most e-mails and ids among
// them, without a copy.
func folded(s string) bool {
	address := false
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c >= 0x7f || 'A' <= c && c <= 'Z':
			return false
		case c == '@':
			address = true
		}
	}
	return !address || !strings.Contains(s, "xn--")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldLetters folds case in a text that is put together, and puts together what
// has become of it. A small i has its dot: more of them, as the Turkish capital
// brings one along, are none.
func foldLetters(s string) string {
	s = strings.ToLower(norm.NFC.String(s))
	for strings.Contains(s, "i\u0307") {
		s = strings.ReplaceAll(s, "i\u0307", "i")
	}
	return norm.NFC.String(s)
}

// finalSigmas are another letter in DNS, and only there.
var finalSigmas = strings.NewReplacer("ς", "σ")

var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// foldDomain folds a domain behind its @. What is none stays as it is.
func foldDomain(domain string) string {
	if isASCII(domain) && !strings.Contains(domain, "xn--") {
		return domain
	}
	letters, err := domains.ToUnicode(domain[1:])
	if err != nil || letters == "" {
		return domain
	}
	return "@" + foldLetters(letters) // what stood between an i and a dot may be gone
}

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
