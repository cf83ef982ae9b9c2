package table

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
)

// A charset is an encoding with the name by which the flag takes it.
type charset struct {
	name string
	enc  encoding.Encoding // nil: UTF-8, nothing to decode
	wide bool              // UTF-16: zero bytes are part of it
}

var (
	utf8Set    = charset{name: "utf-8"}
	utf16LESet = charset{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), true}
	utf16BESet = charset{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), true}
	// utf16Set is declared without a byte order, which detection adds.
	utf16Set = charset{"utf-16", nil, true}
)

// usual are the names that are offered to those who mistype one.
var usual = []string{
	"utf-8", "utf-16", "utf-16le", "utf-16be",
	"windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255",
	"windows-1256", "windows-1257", "windows-1258", "windows-874",
	"iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7",
	"iso-8859-8", "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16",
	"latin1", "ibm437", "ibm850", "ibm852", "ibm866", "macintosh", "koi8-r", "koi8-u",
	"shift_jis", "euc-jp", "gbk", "gb18030", "big5", "euc-kr",
}

// parseCharset finds a declared encoding; nil means that none was declared.
func parseCharset(name string) (*charset, error) {
	switch n := strings.ToLower(strings.TrimSpace(name)); n {
	case "", "auto":
		return nil, nil
	case "utf-8", "utf8", "utf-8-sig", "utf-8-bom", "ascii", "us-ascii":
		return &utf8Set, nil // plain ASCII is UTF-8
	case "utf-16", "utf16", "unicode":
		return &utf16Set, nil
	case "utf-16le", "utf16le", "utf-16-le":
		return &utf16LESet, nil
	case "utf-16be", "utf16be", "utf-16-be":
		return &utf16BESet, nil
	default:
		if enc, err := htmlindex.Get(n); err == nil && enc != nil {
			// "replacement" and "x-user-defined" are for browsers only.
			if c, err := htmlindex.Name(enc); err == nil && c != "replacement" && c != "x-user-defined" {
				return &charset{name: c, enc: enc}, nil
			}
		}
		if enc, err := ianaindex.IANA.Encoding(n); err == nil && enc != nil {
			return &charset{name: n, enc: enc}, nil
		}
		return nil, &UsageError{Option: "encoding", Value: name, Cause: "no encoding of this name is known", Near: nearest(n)}
	}
}

// A mark is a byte order mark and what it says.
type mark struct {
	bytes string
	set   charset
}

var marks = []mark{{"\xEF\xBB\xBF", utf8Set}, {"\xFF\xFE", utf16LESet}, {"\xFE\xFF", utf16BESet}}

// detect finds the encoding of a file, and how many bytes of byte order mark
// it begins with. declared may be nil. The bytes of a mark make no sense as
// letters in any other encoding, so a mark beats what was declared. told is
// false for UTF-8 that neither a mark nor anybody spoke of.
func (l *look) detect(declared *charset) (set charset, bom int, told bool) {
	for _, m := range marks {
		if bytes.HasPrefix(l.head, []byte(m.bytes)) {
			return m.set, len(m.bytes), true
		}
	}
	wide, isWide := utf16Set, false
	switch utf16Order(l.head) {
	case +1:
		wide, isWide = utf16LESet, true
	case -1:
		wide, isWide = utf16BESet, true
	}
	switch {
	case declared != nil && declared.name == "utf-16" && isWide:
		return wide, 0, true
	case declared != nil && declared.name == "utf-16":
		return utf16LESet, 0, true // as Windows means it
	case declared != nil:
		return *declared, 0, true
	case isWide:
		return wide, 0, true
	default:
		return utf8Set, 0, false
	}
}

// utf16Order tells UTF-16 without a mark by its zero bytes: all ASCII letters,
// delimiters and line ends have one, always on the same side. +1 is little
// endian, -1 big endian, 0 neither.
func utf16Order(head []byte) int {
	var even, odd int
	for i, b := range head {
		switch {
		case b != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	pairs := len(head) / 2
	high := 0 // the byte of a pair that counts 256s
	if odd > even {
		high = 1
	}
	for i := 0; i+1 < len(head); i += 2 {
		// Zero bytes in front of controls are numbers, not letters.
		if c := head[i+1-high]; head[i+high] == 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return 0
		}
	}
	// The other side may have a few: U+4E00, the Chinese one, ends in a zero.
	switch {
	case odd*20 >= pairs && odd > even*10:
		return +1
	case even*20 >= pairs && even > odd*10:
		return -1
	}
	return 0
}

// nearest are the usual names most like a mistyped one, at most three.
func nearest(name string) []string {
	type near struct {
		name string
		d    int
	}
	// cp1252, win1252, 1252 and ansi all mean the same family.
	digits := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz-_ ")
	var all []near
	for _, u := range usual {
		if len(name) > 2*len("windows-1252") {
			break // nobody mistypes that much
		}
		d := distance(name, u)
		if len(digits) >= 2 && strings.HasSuffix(u, digits) {
			d = min(d, 1)
		}
		if name == "ansi" && u == "windows-1252" {
			d = 0
		}
		if d <= max(2, len(u)/4) {
			all = append(all, near{u, d})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(a.d, b.d) })
	var out []string
	for _, n := range all[:min(3, len(all))] {
		out = append(out, n.name)
	}
	if out == nil {
		out = []string{"utf-8", "windows-1252"}
	}
	return out
}

// distance counts the letters to insert, remove or replace between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// undecodable tells a letter that says that bytes had no meaning: U+FFFD, which
// decoders give, and the controls U+0080 to U+009F, which single-byte
// encodings give for bytes that they do not define.
func (c charset) undecodable(r rune) bool {
	return r == utf8.RuneError || !c.wide && r >= 0x80 && r < 0xA0
}
