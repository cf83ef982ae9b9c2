package table

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A tongue is an encoding with the letters that its words are made of, and
// where it is in use.
type tongue struct {
	name  string
	where string
	enc   encoding.Encoding
	// letters are the usual ones beyond ASCII; those of an alphabet of its own
	// (alphabet) in the order of how often they come. "" for those that usual
	// knows.
	letters  string
	alphabet bool
	usual    func(lead, trail byte, r rune) bool
}

// tongues are those that are offered; of two that fit equally well, the first.
var tongues = []tongue{
	{name: "windows-1252", where: "Excel in Western Europe and America", enc: charmap.Windows1252, letters: western},
	{name: "windows-1250", where: "Central Europe", enc: charmap.Windows1250, letters: "ąćęłńśźżáčďéěíňóřšťúůýžőűăâîşţđäöüß"},
	{name: "windows-1251", where: "Cyrillic", enc: charmap.Windows1251, alphabet: true, letters: "оеаинтсрвлкмдпуяыьгзбчйхжшюіїєцщэфъёґ"},
	{name: "macintosh", where: "Excel on older Macs", enc: charmap.Macintosh, letters: western},
	{name: "windows-1253", where: "Greek", enc: charmap.Windows1253, alphabet: true, letters: "αοιετνσηρπκμλςυωάίδγέόχθφήβύξώζψϊϋ"},
	{name: "windows-1254", where: "Turkish", enc: charmap.Windows1254, letters: "ğışçöüâî"},
	{name: "windows-1255", where: "Hebrew", enc: charmap.Windows1255, alphabet: true, letters: "יוהלארמתבשנםדקעחפכגטסןצךזץף"},
	{name: "windows-1256", where: "Arabic", enc: charmap.Windows1256, alphabet: true, letters: "اليمنورتبدعفهسكقحجشةصخطضذثزغظىءأإآؤئپچژگ"},
	{name: "windows-1257", where: "Baltic", enc: charmap.Windows1257, letters: "āčēģīķļņšūžąęėįųõäöü"},
	{name: "euc-kr", where: "Korean", enc: korean.EUCKR, usual: func(_, _ byte, r rune) bool { return unicode.Is(unicode.Hangul, r) }},
	{name: "gbk", where: "Chinese, simplified", enc: simplifiedchinese.GBK, usual: func(lead, trail byte, _ rune) bool {
		return lead >= 0xB0 && lead <= 0xD7 && trail >= 0xA1 // the first level of GB 2312, by sound
	}},
	{name: "big5", where: "Chinese, traditional", enc: traditionalchinese.Big5, usual: func(lead, _ byte, _ rune) bool {
		return lead >= 0xA4 && lead <= 0xC6 // its first level, by strokes
	}},
	{name: "shift_jis", where: "Japanese", enc: japanese.ShiftJIS, usual: func(lead, _ byte, r rune) bool {
		return unicode.In(r, unicode.Hiragana, unicode.Katakana) && r < 0xFF00 || r == 'ー' || lead >= 0x88 && lead <= 0x97
	}},
}

// western are the letters of Western European words, and the quotation mark
// that Word puts into them.
const western = "äöüßéèêëàâáãåæçìíîïñòóôõøœùúûýÿ’"

// A fit is how well a piece of a file reads in one encoding.
type fit struct {
	tongue
	score   float64 // the share of letters beyond ASCII that are usual, 0 to 1
	samples []string
}

// fits are the encodings in which a piece of a file can be decoded, the best
// first. A score under half is no words of that tongue.
func fits(piece []byte) []fit {
	var out []fit
	for _, t := range tongues {
		if f, ok := t.read(piece); ok {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b fit) int { return cmp.Compare(b.score, a.score) })
	return out
}

// read decodes a piece. It fails where some bytes mean nothing.
func (t tongue) read(piece []byte) (fit, bool) {
	text, err := t.enc.NewDecoder().Bytes(piece)
	if err != nil {
		return fit{}, false
	}
	for _, r := range string(text) {
		if (charset{}).undecodable(r) {
			return fit{}, false
		}
	}
	f := fit{tongue: t}
	if t.usual != nil {
		f.score = t.pairs(piece)
	} else {
		f.score = t.words(string(text))
	}
	f.samples = decodedCells(string(text))
	return f, true
}

// words scores single letters: usual ones within or beside words are right,
// signs within words and capitals behind small letters are not.
func (t tongue) words(text string) float64 {
	good, all := 0.0, 0
	var before rune
	for i, r := range text {
		if r < utf8.RuneSelf {
			before = r
			continue
		}
		all++
		after, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		good += t.letter(before, r, after)
		before = r
	}
	if all == 0 {
		return 0
	}
	return max(0, good/float64(all))
}

// letter scores one letter between its neighbours, 1 at best.
func (t tongue) letter(before, r, after rune) float64 {
	ascii := func(r rune) bool { return r < utf8.RuneSelf && unicode.IsLetter(r) }
	at := strings.Index(t.letters, string(unicode.ToLower(r)))
	switch {
	case !unicode.IsLetter(r) && r != '’':
		if unicode.IsLetter(before) && unicode.IsLetter(after) {
			return -0.5 // a sign within a word
		}
		if strings.ContainsRune("€£§°–—„“”…«»№", r) {
			return 0.5
		}
		return 0
	case unicode.IsUpper(r) && unicode.IsLower(before), t.alphabet && (ascii(before) || ascii(after)):
		return -0.5
	case !t.alphabet && unicode.IsLetter(before) && unicode.IsLetter(after) && !ascii(before) && !ascii(after):
		return 0 // Latin words have few of these beside each other
	case at < 0:
		return 0.2
	case t.alphabet:
		return 1 - 0.6*float64(at)/float64(len(t.letters))
	}
	return 1
}

// pairs scores letters of two bytes.
func (t tongue) pairs(piece []byte) float64 {
	good, all := 0, 0
	for i := 0; i < len(piece); i++ {
		if piece[i] < 0x81 {
			continue
		}
		if t.name == "shift_jis" && piece[i] >= 0xA1 && piece[i] <= 0xDF {
			all++ // half-width, as other encodings' bytes come out
			continue
		}
		if i+1 == len(piece) {
			break
		}
		r, _ := utf8.DecodeRune(must(t.enc.NewDecoder().Bytes(piece[i : i+2])))
		all++
		if t.usual(piece[i], piece[i+1], r) {
			good++
		}
		i++
	}
	if all == 0 {
		return 0
	}
	return float64(good) / float64(all)
}

func must(b []byte, err error) []byte {
	if err != nil {
		return nil
	}
	return b
}

// decodedCells are up to three cells that have letters beyond ASCII, to judge an
// encoding by. Only what reads as a name is taken: a password may stand
// anywhere.
func decodedCells(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		for _, cell := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(",;\t|\"\r\n", r) }) {
			cell = strings.TrimSpace(cell)
			if len(out) < 3 && readsAsName(cell) && !slices.Contains(out, cell) {
				out = append(out, cell)
			}
		}
	}
	return out
}

func readsAsName(s string) bool {
	beyond := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) && r >= utf8.RuneSelf:
			beyond++
		case unicode.IsLetter(r) || unicode.IsMark(r) || strings.ContainsRune(" .&-'’()", r):
		default:
			return false
		}
	}
	return beyond > 0 && utf8.RuneCountInString(s) <= 60 && utf8.RuneCountInString(s) > 1
}

// piece is a part of the file around a byte, in whole lines where it has them.
func (f *file) piece(at int64) []byte {
	v, err := f.bytes()
	if err != nil {
		return nil
	}
	defer v.Close()
	const around = 32 << 10
	from := max(0, at-around)
	if _, err := io.CopyN(io.Discard, v, from); err != nil {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(v, 2*around))
	if err != nil {
		return nil
	}
	if from > 0 {
		_, b, _ = bytes.Cut(b, []byte{'\n'})
	}
	if i := bytes.LastIndexByte(b, '\n'); i >= 0 && len(b) == 2*around {
		b = b[:i+1]
	}
	return b
}

// encodingAdvice names the encodings in which a piece of the file reads best,
// each with words to judge by. tried is one that was asked for and does not fit.
func encodingAdvice(piece []byte, tried string) string {
	advice := "save the file as CSV UTF-8, or name its encoding"
	all := slices.DeleteFunc(fits(piece), func(f fit) bool { return f.name == tried })
	if len(all) == 0 {
		return advice + " with --encoding"
	}
	best := all[0].score
	for i, f := range all {
		if i == 4 || i > 0 && f.score < best/2 {
			break
		}
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		advice += fmt.Sprintf("%s--encoding %s (%s%s)", sep, f.name, f.where, reading(f.samples))
	}
	return advice
}

func reading(samples []string) string {
	if len(samples) == 0 {
		return ""
	}
	return fmt.Sprintf(": reads %q", samples[0])
}

// showDecoded tells what some cells read as in the encoding that was asked for:
// a wrong one gives a wrong name, and nothing else would tell.
func (c *csvFile) showDecoded() {
	at := c.file.look.invalid
	if at < 0 {
		at = 0
	}
	text, err := c.set.enc.NewDecoder().Bytes(c.file.piece(at))
	if err != nil {
		return
	}
	samples := decodedCells(string(text))
	if len(samples) == 0 {
		return
	}
	quoted := make([]string, len(samples))
	for i, s := range samples {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	c.warn(importer.Finding{Severity: importer.Note, Code: "encoding_sample", Cell: c.cell(),
		Message: fmt.Sprintf("read as %s it says, for example, %s", c.set.name, strings.Join(quoted, ", "))})
}
