package xlsx

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// isNumber tells whether XML's word for a number is one.
func isNumber(v string) bool {
	digits, exponent := 0, false
	for i := range len(v) {
		switch c := v[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && !exponent && strings.IndexByte(v[:i], '.') < 0:
		case (c == 'e' || c == 'E') && digits > 0 && !exponent:
			exponent, digits = true, 0
		case (c == '+' || c == '-') && (i == 0 || v[i-1]|0x20 == 'e'):
		default:
			return false
		}
	}
	return digits > 0
}

// number words a number as people mean it: days as 2026-01-31, patterns of digits as
// they are shown, everything else in full. ok is false where digits were lost before
// us, or v is no number.
func (f *Format) number(v string, date1904 bool) (text string, ok bool) {
	x, err := strconv.ParseFloat(v, 64)
	if err != nil || !isNumber(v) {
		return v, false
	}
	s, whole := f.of(x)
	if s == nil {
		return decimal(v, x)
	}
	switch s.shows {
	case showMoment:
		if m := s.moment(x, date1904); m != "" {
			return m, true
		}
	case showSpan:
		return span(x), true
	case showNothing:
		return "", true
	case showRest:
		if x == 0 {
			return "", true
		}
	case showDigits, showWords:
		n, ok := decimal(v, x)
		if !ok {
			return n, false
		}
		minus := ""
		if abs, negative := strings.CutPrefix(n, "-"); negative {
			if n = abs; whole {
				minus = "-"
			}
		}
		if s.shows == showWords {
			return minus + s.words(n), true
		}
		if isDigits(n) {
			return minus + s.pattern(n), true
		}
		return decimal(v, x)
	}
	return decimal(v, x)
}

// decimal writes a number in full, without an exponent, with the 15 digits that
// spreadsheets keep. A whole number of more digits is left as the file has it,
// unless it looks as if a spreadsheet had replaced its last ones.
func decimal(v string, x float64) (string, bool) {
	if isDigits(strings.TrimPrefix(v, "-")) {
		digits := strings.TrimLeft(strings.TrimPrefix(v, "-"), "0")
		if len(digits) > 15 && strings.Trim(digits[15:], "0") == "" {
			return v, false
		}
		if digits == "" {
			digits = "0"
		}
		if strings.HasPrefix(v, "-") && digits != "0" {
			digits = "-" + digits
		}
		return digits, true
	}
	if math.Abs(x) >= 1e15 {
		return v, false
	}
	if y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64); err == nil {
		x = y
	}
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if s == "-0" {
		s = "0"
	}
	return s, true
}

func isDigits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// words are those of a section, with the number in its place.
func (s *section) words(number string) string {
	var out strings.Builder
	for _, p := range s.parts {
		if p.place == 'G' {
			out.WriteString(number)
		}
		out.WriteString(p.text)
	}
	return strings.TrimFunc(out.String(), unicode.IsSpace)
}

// pattern fills digits into the places of a section, from its end; the first place
// takes all that are left.
func (s *section) pattern(digits string) string {
	if digits == "0" {
		digits = ""
	}
	first := 0
	for s.parts[first].place == 0 {
		first++
	}
	out := make([]string, len(s.parts))
	for i := len(s.parts) - 1; i >= 0; i-- {
		p, n := s.parts[i], len(digits)
		switch {
		case p.place == 0:
			out[i] = p.text
		case i == first && n > 0:
			out[i] = digits
		case n > 0:
			out[i], digits = digits[n-1:], digits[:n-1]
		case p.place == '0':
			out[i] = "0"
		}
	}
	return strings.TrimFunc(strings.Join(out, ""), unicode.IsSpace)
}
