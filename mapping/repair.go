package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// repaired is a cell with everything mended that can be mended without a
// doubt; the cell itself if that would make a formula of it.
func (ro *role) repaired(cell string) string {
	s := cell
	for range 8 { // what was hidden by one thing may come to light
		next := ro.mended(s)
		if next == s {
			break
		}
		s = next
	}
	if ro.nothing(s) && !required(ro.path) && ro.purpose != forSecret {
		return ""
	}
	if s == "" || startsFormula(s) && !startsFormula(cell) {
		return cell
	}
	return s
}

func (ro *role) mended(cell string) string {
	s := importer.Trim(cell)
	if !ro.cooked {
		if fixed, ok := unscramble(s); ok {
			s = fixed
		}
	}
	if !ro.cooked && ro.purpose != forSecret {
		s = unweb(s)
	}
	if ro.purpose == forEmail && !ro.cooked && paths.AddressFault(s) != "" {
		s = paths.RepairAddress(s)
	}
	t := tracesOf(s, ro)
	exact := ro.purpose == forEmail || ro.purpose == forID
	if t.marks && (exact || t.override || !t.rightToLeft) {
		if inner := strings.TrimFunc(s, isMark); !t.override || !strings.ContainsFunc(inner, isMark) {
			s = keep(s, func(c rune) bool { return !isMark(c) })
		}
	}
	if !ro.cooked && (t.blank || t.unseen) {
		s = visible(s, ro)
	}
	if t.lineBreak && ro.purpose == forText && !ro.cooked {
		s = strings.Join(strings.FieldsFunc(s, isLineBreak), " ")
	}
	if t.smart && ro.purpose == forID && !ro.cooked {
		s = unquote(s, ro.split)
	}
	return importer.Trim(s)
}

func isLineBreak(c rune) bool {
	return c == '\n' || c == '\r' || c == '\t' || c == '\u2028' || c == '\u2029'
}

// visible makes odd blanks plain ones and takes out what cannot be seen. In
// an id or an address a blank is no part of it either.
func visible(s string, ro *role) string {
	exact := ro.purpose == forEmail || ro.purpose == forID
	var b strings.Builder
	before := rune(0)
	for i, c := range s {
		switch {
		case isBlank(c):
			if !exact {
				b.WriteByte(' ')
			}
		case isUnseen(c) && !joins(before, s[i:], ro):
		default:
			b.WriteRune(c)
		}
		before = c
	}
	return b.String()
}

// unquote takes quotation marks off the ends of ids. Marks within are left:
// nobody knows what stood there.
func unquote(s, split string) string {
	if split == "" {
		return strings.TrimFunc(s, isSmartQuote)
	}
	parts := strings.Split(s, split)
	for i, p := range parts {
		if inner := strings.TrimFunc(importer.Trim(p), isSmartQuote); inner != importer.Trim(p) {
			parts[i] = inner
		}
	}
	return strings.Join(parts, split)
}

// startsFormula tells what a spreadsheet would run. A plus is left out: phone
// numbers begin with it.
func startsFormula(s string) bool {
	return s[0] == '=' || s[0] == '@' || s[0] == '-' || s[0] == '\''
}

// unscramble turns UTF-8 that somebody has read as Windows-1252 back: MÃ¼ller
// is Müller. Each run of letters beyond ASCII must be UTF-8 from end to end
// when it is written in Windows-1252, which real words are not.
func unscramble(s string) (string, bool) {
	out, found := unscrambleOnce(s)
	for range 2 { // it may have happened again
		next, more := unscrambleOnce(out)
		if !more {
			break
		}
		out = next
	}
	return out, found && out != s
}

func unscrambleOnce(s string) (string, bool) {
	if strings.IndexFunc(s, leads) < 0 {
		return s, false
	}
	var b strings.Builder
	found := false
	for i := 0; i < len(s); {
		if s[i] < 0x80 {
			b.WriteByte(s[i])
			i++
			continue
		}
		end := i
		for end < len(s) && s[end] >= 0x80 {
			end++
		}
		run := s[i:end]
		fixed, ok := decodeRun(run)
		// ® behind a word in capitals is a mark, also where it ends in Ã.
		if ok && i > 0 && 'A' <= s[i-1] && s[i-1] <= 'Z' && (run == "Ã®" || run == "Ã™" || run == "Ãª" || run == "Ãº" || run == "Ã°") {
			ok = false
		}
		if ok {
			found = true
			run = fixed
		}
		b.WriteString(run)
		i = end
	}
	return b.String(), found
}

// leads finds what the first byte of a letter in UTF-8 is in Windows-1252.
func leads(c rune) bool { return 0xc2 <= c && c <= 0xf4 }

// decodeRun reads a run as UTF-8 that became Windows-1252.
func decodeRun(run string) (string, bool) {
	raw := make([]byte, 0, len(run))
	for _, c := range run {
		b, ok := charmap.Windows1252.EncodeRune(c)
		switch {
		case ok:
		case c == 0x81 || c == 0x8d || c == 0x8f || c == 0x90 || c == 0x9d: // not in Windows-1252, and passed on
			b = byte(c)
		default:
			return "", false
		}
		raw = append(raw, b)
	}
	if !utf8.Valid(raw) {
		return "", false
	}
	out := string(raw)
	for _, c := range out {
		if c < 0xa0 || c == unicode.ReplacementChar || !unicode.IsPrint(c) && !isBlank(c) && !isUnseen(c) {
			return "", false
		}
	}
	return out, true
}
