package mapping

import (
	"html"
	"mime"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// What web pages, their addresses, mails and programs write in the place of
// characters, and leave behind when a value is copied out of them.
var (
	entities  = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)
	escapes   = regexp.MustCompile(`(?:\\u[0-9a-fA-F]{4})+`)
	slashes   = regexp.MustCompile(`\\(['"])`)
	percents  = regexp.MustCompile(`(?:%[0-9a-fA-F]{2})+`)
	printable = regexp.MustCompile(`(?:=[0-9A-F]{2})+`)
	mimeWords = regexp.MustCompile(`=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=(?:\s+=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)*`)
	breakTags = regexp.MustCompile(`(?i)<(?:/?(?:p|div|li|ul|ol|tr|td|th|h[1-6])|br)(?:\s[^<>]*)?/?>`)
	inTags    = regexp.MustCompile(`(?i)</?(?:b|i|u|s|em|strong|span|a|font|small|big|sub|sup|code|mark|o:p)(?:\s[^<>]*)?/?>`)
)

// unweb reads a text that the web has been at: M&uuml;ller, M\u00fcller,
// M%C3%BCller, <b>Müller</b>, =?UTF-8?Q?M=C3=BCller?= and M=C3=BCller are all
// Müller. It is the text itself where there is no such thing.
func unweb(s string) string {
	if !strings.ContainsAny(s, `&<%\=`) {
		return s
	}
	// An ampersand alone is the most frequent of these, and a regular expression
	// costs a microsecond: each is asked only where it may find something.
	out := s
	if strings.Contains(out, "=?") {
		out = mimeWords.ReplaceAllStringFunc(out, func(m string) string {
			if text, err := new(mime.WordDecoder).DecodeHeader(m); err == nil {
				return text
			}
			return m
		})
	}
	if strings.Contains(out, "<") {
		out = inTags.ReplaceAllString(breakTags.ReplaceAllString(out, " "), "")
	}
	if strings.Contains(out, "&") && strings.Contains(out, ";") {
		out = entities.ReplaceAllStringFunc(out, html.UnescapeString)
	}
	if strings.Contains(out, `\`) {
		out = slashes.ReplaceAllString(escapes.ReplaceAllStringFunc(out, unescape), "$1")
	}
	if strings.Contains(strings.TrimRight(out, "="), "=") {
		out = printable.ReplaceAllStringFunc(out, func(m string) string { return letters(strings.ReplaceAll(m, "=", "%"), m) })
	}
	if strings.Contains(out, "%") {
		if whole, ok := paths.Unescape(out); ok && !strings.ContainsFunc(out, unicode.IsSpace) && strings.Contains(out, "%20") {
			out = whole // it stood in an address of the web
		}
		out = percents.ReplaceAllStringFunc(out, func(m string) string { return letters(m, m) })
	}
	if out == s || strings.ContainsFunc(out, func(c rune) bool {
		return (unicode.IsControl(c) || c == utf8.RuneError) &&
			!strings.ContainsRune(s, c)
	}) {
		return s // nobody knows what that was
	}
	return strings.TrimSpace(out)
}

// letters reads %C3%BC; what is none beyond ASCII stays as it was.
func letters(percent, was string) string {
	text, err := url.PathUnescape(percent)
	if err != nil || !utf8.ValidString(text) {
		return was
	}
	for _, c := range text {
		if c < 0xa0 || !unicode.IsPrint(c) && !unicode.IsSpace(c) {
			return was
		}
	}
	return text
}

// unescape reads \u00fc, and pairs that make one character.
func unescape(s string) string {
	var units []uint16
	for u := range strings.SplitSeq(s[2:], `\u`) {
		n, err := strconv.ParseUint(u, 16, 16)
		if err != nil {
			return s
		}
		units = append(units, uint16(n))
	}
	text := string(utf16.Decode(units))
	if strings.ContainsRune(text, utf8.RuneError) {
		return s
	}
	return text
}
