package paths

import (
	"net/mail"
	"strings"
	"unicode"
)

// AddressFault says what is wrong with an e-mail address; "" if nothing is.
// net/mail takes more than an address (names, comments, bare hosts), so what
// it finds must be the whole text.
func AddressFault(s string) string {
	at := strings.LastIndexByte(s, '@')
	switch {
	case at < 0:
		return "it has no @"
	case plainAddress(s[:at], s[at+1:]):
		return ""
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "it holds a blank"
	case strings.ContainsAny(s, ",;"):
		return "it looks like several addresses"
	}
	domain := s[at+1:]
	if !strings.Contains(domain, ".") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, "..") {
		return "its domain is not complete"
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return "it is not of the form name@domain"
	}
	return ""
}

// plainAddress knows the addresses that nearly everybody has (letters, digits,
// dots, dashes, underscores and pluses), for which all the rest is slow.
func plainAddress(local, domain string) bool {
	return plainAtoms(local, "._-+") && plainAtoms(domain, ".-") && strings.IndexByte(domain, '.') >= 0
}

// plainAtoms tells whether dots stand only between runs of letters, digits and
// the other signs.
func plainAtoms(s, signs string) bool {
	last := byte('.')
	for i := range len(s) {
		c := s[i]
		alphanumeric := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alphanumeric && strings.IndexByte(signs, c) < 0 || c == '.' && last == '.' {
			return false
		}
		last = c
	}
	return last != '.'
}
