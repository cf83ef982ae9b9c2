package table

import (
	"bytes"
	"unicode/utf8"
)

// headSize is how much of the beginning is kept to judge a file by.
const headSize = 64 << 10

// A look is what the first reading tells about the bytes of a file.
type look struct {
	head    []byte // the first bytes, at most headSize
	nul     int64  // where the first zero byte is, -1 if there is none
	invalid int64  // where the first byte is that is not UTF-8, -1 if there is none
	beyond  bool   // there are bytes above 0x7F
	lost    bool   // there is U+FFFD in UTF-8: letters were lost before us

	offset int64
	carry  []byte // the beginning of a letter at the end of the bytes before
}

func (l *look) begin() { l.nul, l.invalid = -1, -1 }

// at looks at the next bytes of the file.
func (l *look) at(b []byte) {
	if room := headSize - len(l.head); room > 0 {
		l.head = append(l.head, b[:min(room, len(b))]...)
	}
	if l.nul < 0 {
		if i := bytes.IndexByte(b, 0); i >= 0 {
			l.nul = l.offset + int64(i)
		}
	}
	start := l.offset - int64(len(l.carry))
	l.offset += int64(len(b))
	if l.invalid >= 0 {
		return
	}
	text := b
	if len(l.carry) > 0 {
		text = append(l.carry, b...)
	}
	tail := unfinished(text)
	whole := text[:len(text)-tail]
	if !utf8.Valid(whole) {
		l.invalid = start + int64(firstInvalid(whole))
		return
	}
	if !l.beyond {
		l.beyond = tail > 0 || utf8.RuneCount(whole) < len(whole)
	}
	if !l.lost && l.beyond {
		l.lost = bytes.Contains(whole, []byte("\uFFFD"))
	}
	l.carry = append([]byte(nil), text[len(text)-tail:]...)
}

// end settles a letter that the file ends within.
func (l *look) end() {
	if l.invalid < 0 && len(l.carry) > 0 {
		l.invalid = l.offset - int64(len(l.carry))
	}
	l.carry = nil
}

// unfinished is how many bytes at the end of b are the beginning of a letter
// whose rest may follow.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		tail := b[len(b)-n:]
		if utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}
