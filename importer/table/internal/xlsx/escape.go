package xlsx

import (
	"bytes"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// appendUnescaped adds a text with the characters in place that XML cannot have and
// spreadsheets write as _x000D_: control characters, halves of a pair beside each
// other, and _x005F_ for the underscore before what would else be one of these.
// Others stay as they are: some programs write what people typed without escaping
// it, and no spreadsheet escapes what XML can have.
func appendUnescaped(to, b []byte) []byte {
	for {
		i := bytes.Index(b, []byte("_x"))
		if i < 0 {
			return append(to, b...)
		}
		to, b = append(to, b[:i]...), b[i:]
		r, n := escape(b), 7
		if utf16.IsSurrogate(r) {
			if r = utf16.DecodeRune(r, escape(b[7:])); r != utf8.RuneError {
				n = 14
			} else {
				r = -1
			}
		} else if r != '_' && !unicode.IsControl(r) {
			r = -1
		}
		if r < 0 {
			to, b = append(to, b[0]), b[1:]
			continue
		}
		to, b = utf8.AppendRune(to, r), b[n:]
	}
}

// escape reads _xHHHH_; -1 if b does not begin with one.
func escape(b []byte) rune {
	if len(b) < 7 || b[0] != '_' || b[1] != 'x' || b[6] != '_' {
		return -1
	}
	r := rune(0)
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}
