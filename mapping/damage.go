package mapping

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// Bytes by what they may be a sign of.
const (
	signControl uint8 = 1 << iota
	signHigh          // part of a letter beyond ASCII
	signDigit
	signE
	signPlus
	signHash
	signWeb // what web pages write in the place of characters has one
	signEquals
)

var signs = func() (t [256]uint8) {
	for b := range t {
		switch {
		case b < 0x20 || b == 0x7f:
			t[b] = signControl
		case b >= 0x80:
			t[b] = signHigh
		case '0' <= b && b <= '9':
			t[b] = signDigit
		}
	}
	t['E'], t['e'], t['+'], t['#'] = signE, signE, signPlus, signHash
	t['&'], t['<'], t['%'], t['\\'], t['='] = signWeb, signWeb, signWeb, signWeb, signEquals
	return t
}()

const signsOfRounding = signDigit | signE | signPlus

// sound is the quick look that almost every cell passes: nothing in it can be
// damage.
func sound(cell string) bool {
	if cell == "" {
		return true
	}
	var seen uint8
	for i := range len(cell) {
		seen |= signs[cell[i]]
	}
	if seen&(signControl|signHigh|signHash|signWeb) != 0 || seen&signsOfRounding == signsOfRounding || cell[0] == ' ' ||
		cell[len(cell)-1] == ' ' {
		return false
	}
	if seen&signEquals != 0 && strings.Contains(strings.TrimRight(cell, "="), "=") {
		return false // not only at the end, where ids have it
	}
	if startsNothing[cell[0]] && len(cell) <= longestNothing {
		is, _ := nothing(cell)
		return !is && !errorValue(cell)
	}
	return true
}

// damage looks for what spreadsheets, copying and wrong encodings do to cells.
func (r *renderer) damage() {
	for i, cell := range r.row.Cells {
		if ro := &r.plan.roles[i]; ro.purpose != forNone && (!sound(cell) || ro.split != "" && strings.Contains(cell, ro.split)) {
			d := damaged{r: r, role: ro, at: i, cell: cell, text: importer.Trim(cell)}
			d.look()
		}
	}
}

// A damaged is one cell that deserves a second look.
type damaged struct {
	r    *renderer
	role *role
	at   int
	cell string
	text string // the cell without what is trimmed
	// repair is made once for all findings of the cell; nil if there is none.
	repair *importer.Repair
}

func (d *damaged) secret() bool { return d.role.purpose == forSecret }

// shown is a text as a finding quotes it: what cannot be seen is written out.
// A secret is never quoted, nor what may be one, in a column that is not used.
func (d *damaged) shown(s string) string {
	switch d.role.purpose {
	case forSecret:
		return "the password"
	case forNobody:
		return "the value"
	}
	return shown(s)
}

// mostShown is how many characters of a cell a finding quotes.
const mostShown = 60

func shown(s string) string {
	n := 0
	for i := range s {
		if n++; n > mostShown {
			return fmt.Sprintf("%q…", s[:i])
		}
	}
	return fmt.Sprintf("%q", s)
}

func (d *damaged) add(sev importer.Severity, code, message, advice string, repairable bool) {
	f := importer.Finding{Severity: sev, Code: code, Cell: d.r.row.Cell(d.at), Path: d.role.path, Message: message, Advice: advice}
	if repairable && !d.secret() {
		if d.repair == nil {
			d.repair = &importer.Repair{Old: d.cell, New: d.role.repaired(d.cell)}
		}
		if d.repair.New != d.repair.Old {
			f.Repair = d.repair
		}
	}
	d.r.findings = append(d.r.findings, f)
	if sev == importer.Fault {
		d.r.spoilt = append(d.r.spoilt, d.at)
	}
}

// severity is a fault where a damaged value would reach the request, as one
// that has to be exact.
func (d *damaged) severity() importer.Severity {
	switch {
	case d.role.purpose == forNobody:
		return importer.Note
	case d.role.purpose == forEmail, d.role.purpose == forID && !d.role.unseen:
		return importer.Fault
	default:
		return importer.Warning
	}
}

func (d *damaged) look() {
	if d.text == "" {
		return // blanks only: absent
	}
	if d.whole() {
		return
	}
	if d.role.purpose == forNobody {
		return
	}
	if d.text != d.cell {
		d.edges()
	}
	d.characters()
}

// elements are the values of a cell.
func (d *damaged) elements(yield func(string) bool) {
	if d.role.split == "" {
		yield(d.text)
		return
	}
	for part := range strings.SplitSeq(d.text, d.role.split) {
		if part = importer.Trim(part); part != "" && !yield(part) {
			return
		}
	}
}

// whole looks for cells that hold no value at all.
func (d *damaged) whole() bool {
	if d.role.purpose == forWord && !d.role.sent {
		return false // a lookup says what it does not know
	}
	for v := range d.elements {
		sev := d.severity()
		switch {
		case errorValue(v):
			if d.role.purpose != forNobody {
				sev = importer.Fault
			}
			what := fmt.Sprintf("%s is what a spreadsheet shows when a formula fails", shown(v))
			if d.secret() {
				what = "the password is what a spreadsheet shows when a formula fails"
			}
			d.add(sev, "error_value", what, "correct the formula, or type the value", false)
		case rounded(v) && d.role.purpose != forEmail:
			d.add(sev, "scientific_number", fmt.Sprintf("%s is a long number that a spreadsheet has shortened: its last digits are gone",
				d.shown(v)),
				"format the column as Text, and enter the number again from where it came", false)
		case d.role.nothing(v):
			d.absent(sev, v)
		default:
			continue
		}
		return true
	}
	return false
}

// absent tells of a word for nothing. Where a value may be missing, the cell is
// as good as empty.
func (d *damaged) absent(sev importer.Severity, v string) {
	advice := "enter the value, or clear the cell"
	if required(d.role.path) || d.secret() {
		sev, advice = importer.Fault, "enter the value"
	}
	d.add(sev, "placeholder", d.shown(v)+" stands for a value that is not there", advice, true)
}

// edges tells of blanks that are not sent.
func (d *damaged) edges() {
	where := "begins and ends with blanks, which are not sent"
	switch {
	case strings.HasPrefix(d.cell, d.text):
		where = "ends with a blank, which is not sent"
	case strings.HasSuffix(d.cell, d.text):
		where = "begins with a blank, which is not sent"
	}
	if d.secret() {
		d.add(importer.Warning, "outer_space", "the password "+where, "if it belongs to the password, choose another one; else delete it", false)
		return
	}
	d.add(importer.Note, "outer_space", shown(d.cell)+" "+where, "", true)
}

// traces are kinds of characters that damage leaves behind.
type traces struct {
	control, lineBreak, blank, unseen, marks, override, smart, lost bool
	rightToLeft                                                     bool
}

// characters looks at each character of the value. In a password it says only
// what cannot be typed.
func (d *damaged) characters() {
	t := tracesOf(d.text, d.role)
	sev, exact := d.severity(), d.role.purpose == forEmail || d.role.purpose == forID
	if t.control {
		s := importer.Warning
		if d.role.sent {
			s = importer.Fault
		}
		d.add(s, "control_character", d.shown(d.text)+" holds control characters", "type the value anew", false)
		if s == importer.Fault {
			return
		}
	}
	if d.secret() {
		if t.blank || t.unseen || t.marks || t.lineBreak {
			d.add(importer.Warning, "hidden_character", "the password holds characters that nobody can see or type", "choose another password",
				false)
		}
		return
	}
	if t.marks {
		d.direction(t, sev, exact)
	}
	if t.lost {
		d.add(sev, "lost_letter", d.shown(d.text)+" has a replacement character (U+FFFD): a letter was lost when the file was saved",
			"type the letter, or export the file again", false)
	}
	if d.role.cooked {
		return
	}
	if fixed, ok := unscramble(d.text); ok {
		d.add(sev, "mojibake", fmt.Sprintf("%s is %s, read in a wrong encoding on its way into the sheet", shown(d.text), shown(fixed)),
			"export the sheet again as UTF-8, or correct the cell", true)
	} else if fixed := unweb(d.text); fixed != d.text {
		d.add(sev, "web_damage", fmt.Sprintf("%s is %s, as web pages, mails or programs write it", shown(d.text), shown(fixed)),
			"write it as it is read", true)
	} else if t.blank || t.unseen {
		d.add(sev, "hidden_character", d.shown(d.text)+" holds blanks or characters that nobody can see, and they are sent",
			"copy the value without them", true)
	}
	switch {
	case t.lineBreak && d.role.purpose == forText:
		d.add(importer.Warning, "line_break", d.shown(d.text)+" runs over several lines, and is sent so", "write it in one line", true)
	case t.lineBreak && d.role.purpose == forID && d.role.split == "":
		d.add(sev, "line_break", d.shown(d.text)+" runs over several lines", "keep one id in the cell", false)
	}
	if t.smart && d.role.purpose == forID {
		d.add(sev, "smart_character", d.shown(d.text)+" has quotation marks or dashes that a word processor has put in the place of plain ones",
			"copy the id from where it came", true)
	}
	if d.role.purpose == forEmail {
		d.scripts()
	}
}

// direction tells of marks that turn the direction of writing: leftovers of
// copying at the ends, and a trick within.
func (d *damaged) direction(t traces, sev importer.Severity, exact bool) {
	inner := strings.TrimFunc(d.text, isMark)
	within := strings.ContainsFunc(inner, isMark)
	switch {
	case !exact && !t.override && t.rightToLeft:
		return // marks belong into Hebrew and Arabic
	case within && t.override:
		d.add(sev, "direction_mark", d.shown(d.text)+" holds marks that turn the direction of writing: what it looks like is not what it is",
			"type the value anew", false)
	default:
		d.add(sev, "direction_mark", d.shown(d.text)+" holds marks of the direction of writing, which nobody can see, and they are sent",
			"copy the value without them", true)
	}
}

// scripts finds letters of another script that look like Latin ones.
func (d *damaged) scripts() {
	if word, letter, mixed := paths.MixedScripts(d.text); mixed {
		d.add(importer.Fault, "mixed_scripts", fmt.Sprintf("%s: in %q, the letter %q (U+%04X) only looks like a Latin one", shown(d.text), word,
			letter, letter),
			"type the address anew on a Latin keyboard", false)
	} else if word != "" {
		d.add(importer.Warning, "mixed_scripts", fmt.Sprintf("%s: all of %q are letters of another script that look like Latin ones",
			shown(d.text), word),
			"make sure that this is the address that is meant", false)
	}
}

func tracesOf(text string, ro *role) (t traces) {
	before := rune(0)
	for i, c := range text {
		switch {
		case c < 0x80:
			switch {
			case c == '\n' || c == '\r' || c == '\t':
				t.lineBreak = true
			case c < 0x20 || c == 0x7f:
				t.control = true
			}
		case c == unicode.ReplacementChar:
			t.lost = true
		case c == '\u2028' || c == '\u2029':
			t.lineBreak = true
		case c < 0xa0:
			t.control = true
		case isMark(c):
			t.marks = true
			t.override = t.override || c >= 0x202a
		case isBlank(c):
			t.blank = true
		case isUnseen(c):
			t.unseen = t.unseen || !joins(before, text[i:], ro)
		case isSmart(c):
			t.smart = true
		case unicode.In(c, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana):
			t.rightToLeft = true
		}
		before = c
	}
	return t
}

// joins tells a joiner that belongs where it stands, into the words of some
// scripts and into emoji, from one that got lost. It is the first rune of rest.
func joins(before rune, rest string, ro *role) bool {
	c, size := utf8.DecodeRuneInString(rest)
	next, _ := utf8.DecodeRuneInString(rest[size:])
	return (c == '\u200c' || c == '\u200d') && ro.purpose == forText && before >= 0x250 && next >= 0x250
}

// isMark finds what sets the direction of writing.
func isMark(c rune) bool {
	return c == 0x61c || c == 0x200e || c == 0x200f || 0x202a <= c && c <= 0x202e || 0x2066 <= c && c <= 0x2069
}

// isBlank finds blanks other than the plain one; the wide one of East Asia
// belongs into names.
func isBlank(c rune) bool {
	return c == 0xa0 || 0x2000 <= c && c <= 0x200a || c == 0x202f || c == 0x205f
}

func isUnseen(c rune) bool {
	return c == 0xad || 0x200b <= c && c <= 0x200d || c == 0x2060 || c == 0xfeff
}

func isSmart(c rune) bool {
	return isSmartQuote(c) || 0x2010 <= c && c <= 0x2015 || c == 0x2212
}

func isSmartQuote(c rune) bool {
	return 0x2018 <= c && c <= 0x201f || c == 0xab || c == 0xbb || c == 0x2039 || c == 0x203a || c == 0x2032 || c == 0x2033
}

// errorValue knows what spreadsheets show in place of a value, in the
// languages of the people we know.
func errorValue(s string) bool {
	if len(s) < 3 || len(s) > 20 {
		return false
	}
	if code, ok := strings.CutPrefix(s, "Err:"); ok {
		return len(code) == 3 && code[0] == '5' && isDigits(code)
	}
	if s[0] != '#' {
		return false
	}
	switch s {
	case "#REF!", "#N/A", "#N/A!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#ERROR!",
		"#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#GETTING_DATA",
		"#BEZUG!", "#NV", "#WERT!", "#ZAHL!", "#ÜBERLAUF!",
		"#N/D", "#¡REF!", "#¡VALOR!", "#¿NOMBRE?", "#¡DIV/0!", "#¡NUM!", "#¡NULO!", "#VALOR!", "#NOME?":
		return true
	}
	return false
}

// rounded knows 1.23E+10, a long number as a narrow column shows it.
func rounded(s string) bool {
	s = strings.TrimPrefix(s, "-")
	mantissa, exponent, ok := strings.Cut(s, "E+")
	if !ok {
		mantissa, exponent, ok = strings.Cut(s, "e+")
	}
	if !ok || exponent == "" || len(exponent) > 3 || !isDigits(exponent) || mantissa == "" || mantissa[0] < '1' || mantissa[0] > '9' {
		return false
	}
	rest := mantissa[1:]
	return rest == "" || (rest[0] == '.' || rest[0] == ',') && len(rest) > 1 && isDigits(rest[1:])
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
