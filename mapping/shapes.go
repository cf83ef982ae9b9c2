package mapping

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// shape is what values have in common. Phones are "p" and how they begin, "+49",
// "0" or "", then "/" and the number of their digits; ids "i" and how they begin;
// dates "d" and their layout; numbers "n", "0" if they begin with it, "/" and
// the number of their digits, where "s" are those that may be dates; "" is
// anything else.
func (w *watched) shape(v string) string {
	switch w.watch {
	case watchPhone:
		if s := phoneShape(v); s != "" {
			return s
		}
		return idShape(v)
	case watchID:
		if s := numberShape(v); s != "" {
			return s
		}
		return idShape(v)
	default:
		if s := numberShape(v); s != "" {
			return s
		}
		return dateShape(v)
	}
}

func phoneShape(v string) string {
	digits := 0
	var lead [3]byte
	for i, c := range v {
		switch {
		case '0' <= c && c <= '9':
			if digits < len(lead) {
				lead[digits] = byte(c)
			}
			digits++
		case c == '+' && i == 0, c == ' ', c == '-', c == '(', c == ')', c == '/', c == '.', unicode.IsSpace(c):
		default:
			return ""
		}
	}
	switch {
	case digits < 3 || digits > 20:
		return ""
	case v[0] == '+' || lead[0] == '0' && lead[1] == '0':
		code := lead[:2]
		if lead[0] == '0' {
			code = lead[2:]
		} else if lead[0] == '1' || lead[0] == '7' {
			code = lead[:1]
		}
		return fmt.Sprintf("p+%s/%02d", code, digits)
	case lead[0] == '0':
		return fmt.Sprintf("p0/%02d", digits)
	default:
		return fmt.Sprintf("p/%02d", digits)
	}
}

func idShape(v string) string {
	if id, ok := paths.ReadID(v); ok {
		return "i" + id.Type + ":"
	}
	if at := strings.IndexByte(v, '_'); at > 0 && at <= 24 {
		for i := range at {
			if c := v[i] | 0x20; c < 'a' || c > 'z' {
				return ""
			}
		}
		return "i" + v[:at+1]
	}
	if len(v) == 36 && v[8] == '-' && v[13] == '-' && v[18] == '-' && v[23] == '-' {
		return "iuuid"
	}
	return ""
}

func numberShape(v string) string {
	if len(v) > 20 || !isDigits(v) {
		return ""
	}
	switch {
	case v[0] == '0':
		return fmt.Sprintf("n0/%02d", len(v))
	case len(v) == 5 && v >= "20000" && v < "60000":
		return "s/05"
	default:
		return fmt.Sprintf("n/%02d", len(v))
	}
}

// dateShape knows the layouts of dates, without a time or with one.
func dateShape(v string) string {
	if len(v) < 6 || len(v) > 40 {
		return ""
	}
	date := v
	if at := strings.IndexAny(v, " T"); at > 0 {
		date = v[:at]
	}
	for _, sep := range []string{"-", ".", "/"} {
		p := strings.Split(date, sep)
		if len(p) != 3 {
			continue
		}
		for _, e := range p {
			if !isDigits(e) || len(e) > 4 || len(e) == 3 {
				return ""
			}
		}
		switch {
		case len(p[0]) == 4 && len(p[1]) <= 2 && len(p[2]) <= 2:
			return "dYYYY" + sep + "MM" + sep + "DD"
		case len(p[0]) <= 2 && len(p[1]) <= 2 && len(p[2]) == 4:
			return "dDD" + sep + "MM" + sep + "YYYY"
		case len(p[0]) <= 2 && len(p[1]) <= 2 && len(p[2]) == 2:
			return "dDD" + sep + "MM" + sep + "YY"
		}
	}
	return ""
}
