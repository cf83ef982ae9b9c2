package table

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// A numberFormat is how a workbook shows a number, as far as it changes what
// the number means.
type numberFormat struct {
	id         int    // of the format; those below 164 are built in
	code       string // of a format that is not
	date, time bool   // it shows a day, a time of the day
	digits     string // a pattern such as 00000 or +00 000; "" for none
}

// parseFormat reads a format. A code of its own beats a built-in number.
func parseFormat(id int, code string) numberFormat {
	f := numberFormat{id: id, code: code}
	switch {
	case code != "":
		f.read(code)
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		f.date = true
	case id == 22:
		f.date, f.time = true, true
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 55, id == 56, id == 45, id == 47:
		f.time = true
	}
	return f
}

// read finds out what a format's first section shows.
func (f *numberFormat) read(code string) {
	section, literal := plainFormat(code)
	if strings.EqualFold(section, "general") || section == "@" {
		return
	}
	lower := strings.ToLower(section)
	// An m is a month where there is a day or a year, and else a minute; the
	// hours of a duration stand in brackets and are gone.
	switch {
	case strings.ContainsAny(lower, "yd"), strings.Contains(lower, "mmm"):
		f.date, f.time = true, strings.ContainsAny(lower, "hs")
		return
	case strings.ContainsAny(lower, "hs"):
		f.time = true
		return
	case strings.Contains(lower, "m") && !strings.ContainsAny(lower, "0#?"):
		f.date = true
		return
	}
	// What is left are numbers. Those that are written as a pattern of digits
	// are names for something: a postal code, a phone number.
	if strings.ContainsAny(section, ".,%?/EeGg$€£*_@") || !strings.Contains(section, "0") && !strings.Contains(section, "#") {
		return
	}
	if strings.Contains(section, "00") || literal {
		f.digits = section
	}
}

// plainFormat is the first section of a format without colours, conditions and
// locales; its quoted texts stand as escaped letters. A section with a
// condition, or a duration in hours, has no plain form: "".
func plainFormat(code string) (section string, literal bool) {
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			return b.String(), literal
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return "", false
			}
			for _, r := range code[i+1 : i+1+end] {
				b.WriteByte(0) // what follows is a letter as it is
				b.WriteRune(unmistakable(r))
				literal = true
			}
			i += end + 1
		case '\\':
			if i+1 < len(code) {
				i++
				b.WriteByte(0)
				b.WriteByte(byte(unmistakable(rune(code[i]))))
				literal = true
			}
		case '_', '*':
			i++ // a blank as wide as the next letter, or that letter over and over
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return "", false
			}
			inner := strings.ToLower(code[i+1 : i+end])
			if strings.HasPrefix(inner, "<") || strings.HasPrefix(inner, ">") || strings.HasPrefix(inner, "=") || strings.Trim(inner, "hms") == "" {
				return "", false
			}
			if strings.HasPrefix(inner, "$") && !strings.HasPrefix(inner, "$-") {
				b.WriteByte('$') // a currency
			}
			i += end
		default:
			if c == '+' || c == '-' || c == '(' || c == ')' || c == ' ' {
				literal = literal || c == '+'
			}
			b.WriteByte(c)
		}
	}
	return b.String(), literal
}

// unmistakable moves letters out of the way that mean something in a format;
// pattern moves them back.
func unmistakable(r rune) rune {
	if r < 0x80 {
		return r + 0xE000 // private use
	}
	return r
}

// cellCodes are the codes of cells that cannot be delivered.
const (
	codeErrorCell  = "error_cell"
	codeNoValue    = "formula_without_value"
	codeLostDigits = "lost_digits"
	codeBadNumber  = "bad_number"
)

// number words a number as people mean it: days as 2026-01-31, patterns of
// digits as they are shown, everything else in full. ok is false where digits
// were lost before us.
func (f numberFormat) number(v string, date04 bool) (text string, ok bool) {
	x, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return v, false
	}
	if f.date || f.time {
		if s := f.moment(x, date04); s != "" {
			return s, true
		}
	}
	s, ok := decimal(v, x)
	if ok && f.digits != "" && isDigits(s) {
		return f.pattern(s), true
	}
	return s, ok
}

// lastDay is 31 December 9999.
const lastDay = 2_958_465

// moment words a day, a time, or both; "" for what is neither. Seconds are the
// finest that spreadsheets show.
func (f numberFormat) moment(x float64, date04 bool) string {
	if x < 0 || x >= lastDay+1 {
		return ""
	}
	t, err := excelize.ExcelDateToTime(x, date04)
	if err != nil {
		return ""
	}
	t = t.Round(time.Second)
	switch {
	case f.date && f.time:
		return t.Format("2006-01-02 15:04:05")
	case f.date && x >= 1:
		return t.Format(time.DateOnly)
	case f.time && x < 1:
		return t.Format(time.TimeOnly)
	case f.time:
		return t.Format("2006-01-02 15:04:05")
	}
	return ""
}

// decimal writes a number in full, without an exponent, with the 15 digits
// that spreadsheets keep. A whole number of more digits is left as the file
// has it, unless it looks as if a spreadsheet had replaced its last ones.
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

// pattern fills digits into a format from its end.
func (f numberFormat) pattern(digits string) string {
	var out []rune // from the end
	left := []rune(digits)
	rs := []rune(f.digits)
	first := 0 // the place that takes all digits that are left
	for i, r := range rs {
		if (r == '0' || r == '#') && (i == 0 || rs[i-1] != 0) {
			first = i
			break
		}
	}
	for i := len(rs) - 1; i >= 0; i-- {
		r := rs[i]
		switch {
		case r == 0:
		case i > 0 && rs[i-1] == 0:
			if r >= 0xE000 && r < 0xE080 {
				r -= 0xE000
			}
			out = append(out, r)
		case r == '0' || r == '#':
			if n := len(left); n > 0 {
				out, left = append(out, left[n-1]), left[:n-1]
			} else if r == '0' {
				out = append(out, '0')
			}
			for i == first && len(left) > 0 {
				n := len(left)
				out, left = append(out, left[n-1]), left[:n-1]
			}
		default:
			out = append(out, r)
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return strings.TrimFunc(string(out), unicode.IsSpace)
}
