package paths

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// IsAddress tells what is an address at first sight: somebody's name, an @ and
// something with a dot. Rows are known by such addresses, also where they
// could never get a mail.
func IsAddress(s string) bool { return roughFault(s) == "" }

// AddressFault says what is wrong with an e-mail address; "" if nothing is. It
// may have what DNS and RFC 5321 allow, letters of all scripts among it.
func AddressFault(s string) string {
	if why := roughFault(s); why != "" {
		return why
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at+1:]
	switch {
	case local[0] == '\'':
		return "it begins with an apostrophe"
	case local[0] == '=':
		return "it begins with an equals sign"
	case len(local) > 64:
		return "the part before the @ is longer than the 64 characters that it may have"
	case len(s) > 254:
		return "it is longer than the 254 characters that an address may have"
	case escaped(local):
		return "it has characters that are written as %61 is, as in web addresses"
	}
	return domainFault(domain)
}

func escaped(s string) bool {
	_, ok := Unescape(s)
	return ok
}

// roughFault finds what is no address at all. net/mail takes more than an
// address (names, comments, bare hosts), so what it finds must be the whole
// text.
func roughFault(s string) string {
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
	case strings.IndexByte(s, '@') < at:
		return "it has more than one @"
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
		if !isAlphanumeric(c) && strings.IndexByte(signs, c) < 0 || c == '.' && last == '.' {
			return false
		}
		last = c
	}
	return last != '.'
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// inDNS is how a domain is asked for.
var inDNS = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// domainFault says what is wrong with a domain that has a dot within.
func domainFault(domain string) string {
	for i := range len(domain) {
		if domain[i] >= utf8.RuneSelf {
			ascii, err := inDNS.ToASCII(domain)
			if err != nil {
				return "its domain is none that DNS knows in any spelling"
			}
			domain = ascii
			break
		}
	}
	if len(domain) > 253 {
		return "its domain is longer than the 253 characters that one may have"
	}
	last := ""
	for label := range strings.SplitSeq(domain, ".") {
		switch {
		case len(label) > 63:
			return "a part of its domain is longer than the 63 characters that one may have"
		case label[0] == '-' || label[len(label)-1] == '-':
			return "a part of its domain begins or ends with a dash"
		}
		for i := range len(label) {
			if c := label[i]; !isAlphanumeric(c) && c != '-' {
				return "its domain holds " + quoteByte(c) + ", which no domain has"
			}
		}
		last = label
	}
	if len(last) < 2 || strings.Trim(last, "0123456789") == "" {
		return "its domain ends in " + last + ", which is no top-level domain"
	}
	return ""
}

func quoteByte(c byte) string { return "a " + string(rune(c)) }

// reserved are the top-level domains that are nobody's, for tests and examples.
var reserved = []string{"test", "example", "invalid", "localhost", "local"}

// common are those that people mean, and mistype.
var common = []string{"com", "net", "org", "info", "biz", "edu", "gov"}

// UnknownTLD is the top-level domain of an address that is none, as far as the
// public list says, and the one that may be meant.
func UnknownTLD(address string) (tld, near string) {
	tld = strings.ToLower(address[strings.LastIndexByte(address, '.')+1:])
	for _, list := range [][]string{common, reserved} {
		for _, known := range list {
			if tld == known {
				return "", ""
			}
		}
	}
	if ascii, err := inDNS.ToASCII(tld); err == nil {
		// Of a domain that it does not know, the list says that anybody may have it.
		if suffix, listed := publicsuffix.PublicSuffix("x." + ascii); listed || suffix != ascii {
			return "", ""
		}
	}
	return tld, Nearest(tld, 2, common)
}
