package xlsx

import (
	"strconv"
	"strings"
	"unicode"
)

// A Format is how a workbook shows a number, as far as it changes what the number
// means: the package comment says how.
type Format struct {
	ID   int    // of the format; those below 164 are built in
	Code string // of a format that is not

	sections []section // for numbers; none: the number in full
	when     bool      // some have conditions
}

// A section is how a format shows some of the numbers.
type section struct {
	shows show
	date  bool    // of a moment: it shows a day
	time  bool    // and a time of the day
	parts []part  // what is shown, for digits and words
	cond  string  // <, <=, =, <>, >=, >; "" for none
	limit float64 // what cond compares with
}

type show int8

const (
	showNumber  show = iota // the number in full
	showMoment              // a day, a time, or both
	showSpan                // a duration
	showDigits              // the digits, filled into a pattern
	showWords               // words, with the number among them or without
	showNothing             // nothing at all
	showRest                // digits without any zeros: nothing for 0
)

// A part is a piece of what a section shows: a text, a place for digits, or for the
// whole number.
type part struct {
	text  string
	place byte // '0', '#', 'G' for the whole number; 0: none
}

// parseFormat reads a format. A code of its own beats a built-in number.
func parseFormat(id int, code string) *Format {
	f := &Format{ID: id, Code: code}
	one := func(s section) { f.sections = []section{s} }
	switch {
	case code != "":
		f.read(code)
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		one(section{shows: showMoment, date: true})
	case id == 22:
		one(section{shows: showMoment, date: true, time: true})
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 55, id == 56, id == 45, id == 47:
		one(section{shows: showMoment, time: true})
	case id == 46:
		one(section{shows: showSpan})
	}
	return f
}

// read reads the sections of a code. Where all of them are the number in full, or
// nothing, there are none: what hides everything hides it from the screen.
func (f *Format) read(code string) {
	plain := true
	for n := 0; n < 3; n++ {
		s, rest, more := readSection(code)
		if s.shows != showNumber && s.shows != showNothing {
			plain = false
		} else if len(f.sections) > 0 && s.shows != f.sections[0].shows {
			plain = false
		}
		f.sections, f.when = append(f.sections, s), f.when || s.cond != ""
		if code = rest; !more {
			break
		}
	}
	if plain {
		f.sections = nil
	}
}

// of finds the section for a number; whole says that it shows the number with its
// sign.
func (f *Format) of(x float64) (s *section, whole bool) {
	n := len(f.sections)
	switch {
	case n == 0:
		return nil, true
	case f.when:
		for i := range f.sections {
			if s := &f.sections[i]; s.holds(x) {
				return s, true
			}
		}
		return nil, true
	case x < 0 && n > 1:
		return &f.sections[1], false
	case x == 0 && n > 2:
		return &f.sections[2], true
	}
	return &f.sections[0], true
}

func (s *section) holds(x float64) bool {
	switch s.cond {
	case "<":
		return x < s.limit
	case "<=":
		return x <= s.limit
	case "=":
		return x == s.limit
	case "<>":
		return x != s.limit
	case ">=":
		return x >= s.limit
	case ">":
		return x > s.limit
	}
	return true
}

// A sectionReader gathers what a section has.
type sectionReader struct {
	s       section
	letters strings.Builder // those that are neither quoted nor escaped
	literal bool            // a text is quoted or escaped, or is a plus
	span    bool            // a duration: [h]
	number  bool            // it has what only numbers have: points, shares, exponents
	always  bool            // something of it is shown for 0, too
	bracket bool            // it has a colour, a locale, a condition
	seen    strings.Builder // its texts
	zeros   int             // places of the kind 0
	double  bool            // two of them beside each other
	rests   int             // places of the kind #
	general bool
}

// readSection reads the section that a code begins with, and what stands behind it.
func readSection(code string) (s section, rest string, more bool) {
	r := sectionReader{}
	for code != "" {
		c := code[0]
		if c == ';' {
			return r.finish(), code[1:], true
		}
		code = r.next(code)
	}
	return r.finish(), "", false
}

// next takes what code begins with, and returns the rest of it.
func (r *sectionReader) next(code string) string {
	if len(code) >= 7 && strings.EqualFold(code[:7], "general") {
		r.general = true
		r.s.parts = append(r.s.parts, part{place: 'G'})
		return code[7:]
	}
	first := []rune(code[:min(len(code), 4)])[0]
	rest := code[len(string(first)):]
	switch first {
	case '"':
		text, rest, _ := strings.Cut(rest, `"`)
		r.text(text)
		return rest
	case '\\':
		for _, escaped := range rest {
			r.text(string(escaped))
			return rest[len(string(escaped)):]
		}
	case '_', '*': // a blank as wide as the next character, or that one over and over
		for _, next := range rest {
			return rest[len(string(next)):]
		}
	case '[':
		inner, rest, _ := strings.Cut(rest, "]")
		r.brackets(inner)
		return rest
	case '0':
		if n := len(r.s.parts); n > 0 && r.s.parts[n-1].place == '0' {
			r.double = true
		}
		r.zeros++
		r.s.parts = append(r.s.parts, part{place: '0'})
	case '#':
		r.rests++
		r.s.parts = append(r.s.parts, part{place: '#'})
	case ',': // between digits it groups them, behind them it divides
		r.number = true
	case '.', '%', '?', '/', 'E', 'e', '$', '€', '£', '@':
		r.number, r.always = true, true
	default:
		r.literal = r.literal || first == '+'
		r.letters.WriteRune(first)
		r.seen.WriteRune(first)
		r.s.parts = append(r.s.parts, part{text: string(first)})
	}
	return rest
}

// text takes a text that is shown as it is.
func (r *sectionReader) text(text string) {
	r.literal = r.literal || text != ""
	r.seen.WriteString(text)
	r.s.parts = append(r.s.parts, part{text: text})
}

// brackets takes a condition, a duration, a currency; colours and locales are passed
// over.
func (r *sectionReader) brackets(inner string) {
	lower := strings.ToLower(inner)
	r.bracket = true
	switch {
	case inner == "":
	case strings.Trim(lower, "h") == "", strings.Trim(lower, "m") == "", strings.Trim(lower, "s") == "":
		r.span = true
	case inner[0] == '<' || inner[0] == '>' || inner[0] == '=':
		n := 1
		if len(inner) > 1 && (inner[1] == '=' || inner[1] == '>') {
			n = 2
		}
		if limit, err := strconv.ParseFloat(strings.TrimSpace(inner[n:]), 64); err == nil {
			r.s.cond, r.s.limit = inner[:n], limit
		}
	case inner[0] == '$':
		if symbol, _, _ := strings.Cut(inner[1:], "-"); symbol != "" {
			r.number, r.always = true, true
		}
	}
}

// finish decides what the section shows.
func (r *sectionReader) finish() section {
	s := r.s
	lower, seen := strings.ToLower(r.letters.String()), r.seen.String()
	digits := r.zeros + r.rests
	words := strings.IndexFunc(seen, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) >= 0
	switch {
	case r.span:
		s.shows = showSpan
	case r.general:
		if words {
			s.shows = showWords
		}
	// An m is a month where there is a day or a year, and else a minute.
	case strings.ContainsAny(lower, "yd"), strings.Contains(lower, "mmm"):
		s.shows, s.date, s.time = showMoment, true, strings.ContainsAny(lower, "hs")
	case strings.ContainsAny(lower, "hs"):
		s.shows, s.time = showMoment, true
	case strings.Contains(lower, "m") && digits == 0:
		s.shows, s.date = showMoment, true
	case digits == 0 && !r.number && words:
		s.shows = showWords
	case digits == 0 && !r.number && !r.bracket && strings.TrimSpace(seen) == "":
		s.shows = showNothing
	case !r.number && digits > 0 && (r.double || r.literal):
		// Numbers that are written as a pattern of digits are names for something: a
		// postal code, a phone number.
		s.shows = showDigits
	case r.zeros == 0 && r.rests > 0 && !r.always && strings.TrimSpace(seen) == "":
		s.shows = showRest
	}
	if s.shows != showDigits && s.shows != showWords {
		s.parts = nil
	}
	return s
}
