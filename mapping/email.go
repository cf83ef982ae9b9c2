package mapping

import (
	"net/mail"
	"strings"
	"unicode"
)

// addressFault says what is wrong with an e-mail address; "" if nothing is.
// net/mail takes more than an address (names, comments, bare hosts), so what
// it finds must be the whole text.
func addressFault(s string) string {
	at := strings.LastIndexByte(s, '@')
	switch {
	case at < 0:
		return "it has no @"
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
