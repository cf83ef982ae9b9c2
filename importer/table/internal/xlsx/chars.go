package xlsx

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// What a byte is where it may stand.
const (
	closer = 1 << iota // to be looked at in a text or a value
	inName             // within a name
	toName             // at a name's beginning
)

var class = func() (c [256]byte) {
	for b := range 256 {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b == '_':
			c[b] = inName | toName
		case b >= '0' && b <= '9', b == '-', b == '.':
			c[b] = inName
		case b == '<', b == '&', b == ']', b == '"', b == '\'', b >= 0x80, b < ' ' && b != '\t' && b != '\n':
			c[b] = closer
		}
	}
	return c
}()

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// blank tells whether nothing but blanks stand in b, as they are written.
func blank(b []byte) bool {
	for _, c := range b {
		if !isBlank(c) {
			return false
		}
	}
	return true
}

// legal tells whether XML may have a character.
func legal(r rune) bool {
	return r >= 0x20 && r <= 0xD7FF || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// letterOf reads the character that b begins with, which is none of ASCII's.
func letterOf(b []byte) (r rune, n int, err error) {
	if r, n = utf8.DecodeRune(b); r == utf8.RuneError && n <= 1 {
		return 0, 0, faulty("it has bytes that are no UTF-8")
	}
	if !legal(r) {
		return 0, 0, faulty("it has the character U+%04X, which no XML may have", r)
	}
	return r, n, nil
}

// checkText looks at a text as it is written; special tells that it is not what
// is meant: it has an entity, or a line end that becomes another.
func checkText(b []byte) (special bool, err error) {
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case class[c]&closer == 0, c == '"', c == '\'':
			i++
		case c == '&':
			_, n := entity(b[i:])
			if n == 0 {
				return false, faulty("it has a & that begins no entity which XML knows")
			}
			special = true
			i += n
		case c == ']':
			if bytes.HasPrefix(b[i:], []byte("]]>")) {
				return false, faulty("it has the characters ]]> in a text")
			}
			i++
		case c == '\r':
			special = true
			i++
		case c == '<':
			return false, faulty("it has a < in a value")
		default:
			_, n, err := letterOf(b[i:])
			if err != nil {
				return false, err
			}
			i += n
		}
	}
	return special, nil
}

// checkPlain looks at what is not taken as markup: a comment, a section of plain text.
func checkPlain(b []byte) error {
	for i := 0; i < len(b); {
		if c := b[i]; c >= ' ' && c < 0x80 || isBlank(c) {
			i++
			continue
		}
		_, n, err := letterOf(b[i:])
		if err != nil {
			return err
		}
		i += n
	}
	return nil
}

// entity reads the &…; that b begins with; n is 0 if there is none that XML knows.
func entity(b []byte) (r rune, n int) {
	end := bytes.IndexByte(b[:min(len(b), 14)], ';')
	if end < 2 {
		return 0, 0
	}
	n = end + 1
	switch name := b[1:end]; string(name) {
	case "amp":
		return '&', n
	case "lt":
		return '<', n
	case "gt":
		return '>', n
	case "quot":
		return '"', n
	case "apos":
		return '\'', n
	default:
		if name[0] != '#' || len(name) < 2 {
			return 0, 0
		}
		digits, base := name[1:], 10
		if digits[0] == 'x' {
			digits, base = digits[1:], 16
		}
		// Digits alone: a sign or an underscore is none.
		for _, c := range digits {
			if !(c >= '0' && c <= '9' || base == 16 && (c|0x20 >= 'a' && c|0x20 <= 'f')) {
				return 0, 0
			}
		}
		x, err := strconv.ParseUint(string(digits), base, 32)
		if err != nil || !legal(rune(x)) {
			return 0, 0
		}
		return rune(x), n
	}
}

// appendText adds what a text means that checkText found special; line ends become
// \n, but for a \r that stands there by its number. In an attribute's value a blank
// of any kind becomes a space.
func appendText(to, b []byte, attribute bool) []byte {
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c == '&':
			r, n := entity(b[i:])
			to = utf8.AppendRune(to, r)
			i += n
			continue
		case c == '\r' && i+1 < len(b) && b[i+1] == '\n':
			i++
			continue
		case c == '\r':
			c = '\n'
		}
		if attribute && isBlank(c) {
			c = ' '
		}
		to = append(to, c)
		i++
	}
	return to
}

// nameEnd reads the name that begins at b[i], and where its colon is, if it has one
// (0: none). end is len(b) where it may go on.
func nameEnd(b []byte, i int) (end, colon int, err error) {
	begin := i
	for part := i; ; {
		for i < len(b) && class[b[i]]&inName != 0 {
			if i == part && class[b[i]]&toName == 0 {
				return 0, 0, faulty("it has a name that begins with %q", b[i])
			}
			i++
		}
		switch {
		case i == len(b):
			return i, colon, nil
		case b[i] >= 0x80:
			if !utf8.FullRune(b[i:]) {
				return len(b), colon, nil
			}
			r, n, err := letterOf(b[i:])
			if err != nil {
				return 0, 0, err
			}
			if !nameLetter(r, i == part) {
				return 0, 0, faulty("it has a name with the character %q", r)
			}
			i += n
			continue
		case i == part:
			return 0, 0, faulty("a tag or an attribute has no name")
		case b[i] != ':':
			return i, colon, nil
		case colon > 0:
			return 0, 0, faulty("the name %q has two colons", b[begin:i])
		}
		colon = i
		i++
		part = i
	}
}

// nameLetter tells whether a name may have a character beyond ASCII, after the
// fifth edition of XML 1.0.
func nameLetter(r rune, first bool) bool {
	switch {
	case r >= 0xC0 && r <= 0x2FF && r != 0xD7 && r != 0xF7, r >= 0x370 && r <= 0x1FFF && r != 0x37E,
		r == 0x200C, r == 0x200D, r >= 0x2070 && r <= 0x218F, r >= 0x2C00 && r <= 0x2FEF, r >= 0x3001 && r <= 0xD7FF,
		r >= 0xF900 && r <= 0xFDCF, r >= 0xFDF0 && r <= 0xFFFD, r >= 0x10000 && r <= 0xEFFFF:
		return true
	}
	return !first && (r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040)
}
