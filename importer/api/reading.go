package api

import (
	"bytes"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A span is a part of a text, in bytes.
type span struct{ from, to int }

// A reading is what a text says once it is decoded in some way, byte by byte,
// and where in the text each byte stands.
type reading struct {
	b  []byte
	at []span // nil: the text itself
}

func (r reading) span(i int) span {
	if r.at == nil {
		return span{i, i + 1}
	}
	return r.at[i]
}

// part is a reading's bytes from i to j.
func (r reading) part(i, j int) reading {
	p := reading{b: r.b[i:j], at: make([]span, 0, j-i)}
	for ; i < j; i++ {
		p.at = append(p.at, r.span(i))
	}
	return p
}

func (r *reading) add(b byte, at span) {
	r.b, r.at = append(r.b, b), append(r.at, at)
}

// maxEscapes is how often a text may have been escaped one over the other.
const maxEscapes = 5

// unescaped takes back what URLs, JSON and pages do to letters, however often
// it was done.
func (r reading) unescaped() (out reading, changed bool) {
	for range maxEscapes {
		if !bytes.ContainsAny(r.b, `%\&`) {
			break
		}
		next := reading{b: make([]byte, 0, len(r.b)), at: make([]span, 0, len(r.b))}
		again := false
		for i := 0; i < len(r.b); {
			letter, n := escape(r.b[i:])
			if n == 0 {
				next.add(r.b[i], r.span(i))
				i++
				continue
			}
			at := span{r.span(i).from, r.span(i + n - 1).to}
			for _, c := range []byte(letter) {
				next.add(c, at)
			}
			again = true
			i += n
		}
		if !again {
			break
		}
		r, changed = next, true
	}
	return r, changed
}

// escape reads one escaped letter at the beginning of a text, and how many
// bytes it takes there: 0 if there is none.
func escape(b []byte) (letter string, n int) {
	switch b[0] {
	case '%':
		if v, ok := hexNumber(b[1:], 2); ok {
			return string([]byte{byte(v)}), 3
		}
	case '\\':
		return backslashed(b)
	case '&':
		return entity(b)
	}
	return "", 0
}

func backslashed(b []byte) (letter string, n int) {
	if len(b) < 2 {
		return "", 0
	}
	switch b[1] {
	case '\\':
		return `\`, 2
	case 'n', 'r', 't', 'b', 'f', 'v':
		return " ", 2
	case 'x':
		if v, ok := hexNumber(b[2:], 2); ok {
			return string([]byte{byte(v)}), 4
		}
	case 'u':
		v, ok := hexNumber(b[2:], 4)
		if !ok {
			break
		}
		if len(b) > 7 && b[6] == '\\' && b[7] == 'u' {
			if low, ok := hexNumber(b[8:], 4); ok {
				if c := utf16.DecodeRune(rune(v), rune(low)); c != unicode.ReplacementChar {
					return string(c), 12
				}
			}
		}
		return string(rune(v)), 6
	}
	return "", 1
}

// maxEntity bounds the name of a letter in a page.
const maxEntity = 32

func entity(b []byte) (letter string, n int) {
	if len(b) > 2 && b[1] == '#' {
		base, from := 10, 2
		if b[2] == 'x' || b[2] == 'X' {
			base, from = 16, 3
		}
		to := from
		for to < len(b) && isDigit(b[to], base) {
			to++
		}
		v, err := strconv.ParseInt(string(b[from:to]), base, 32)
		if err != nil {
			return "", 0
		}
		if to < len(b) && b[to] == ';' {
			to++
		}
		return string(rune(v)), to
	}
	end := bytes.IndexByte(b[:min(len(b), maxEntity)], ';')
	if end < 0 {
		return "", 0
	}
	name := string(b[:end+1])
	if letter = html.UnescapeString(name); letter == name {
		return "", 0
	}
	return letter, end + 1
}

func isDigit(c byte, base int) bool {
	return c >= '0' && c <= '9' || base == 16 && (c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F')
}

// hexNumber reads exactly so many digits.
func hexNumber(b []byte, digits int) (uint64, bool) {
	if len(b) < digits {
		return 0, false
	}
	for _, c := range b[:digits] {
		if !isDigit(c, 16) {
			return 0, false
		}
	}
	v, err := strconv.ParseUint(string(b[:digits]), 16, 32)
	return v, err == nil
}

// An alphabet is how bytes are written in letters.
type alphabet struct {
	bits   uint // of a letter
	phases int  // at how many letters of a group it may begin
	value  [256]byte
	spaces string // what may stand between letters, besides white space
}

const notInIt = 0xff

var alphabets = []alphabet{
	newAlphabet(6, 4, "", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "-_"),
	newAlphabet(4, 2, ":", "0123456789abcdef", "ABCDEF"),
}

func newAlphabet(bits uint, phases int, spaces, letters, twins string) alphabet {
	a := alphabet{bits: bits, phases: phases, spaces: spaces}
	for i := range a.value {
		a.value[i] = notInIt
	}
	for i := range len(letters) {
		a.value[letters[i]] = byte(i)
	}
	for i := range len(twins) { // other letters for the last values
		a.value[twins[i]] = byte(len(letters) - len(twins) + i)
	}
	return a
}

// decoded calls f with all that the letters of a reading may be as bytes, from
// wherever they may begin, as far as that is text.
func (a *alphabet) decoded(r reading, f func(reading)) {
	run := make([]int, 0, len(r.b)) // places of letters in the reading
	var out reading
	flush := func() {
		for skip := 0; skip < a.phases && (len(run)-skip)*int(a.bits) >= fewest*8; skip++ {
			out.b, out.at = out.b[:0], out.at[:0]
			a.bytes(r, run[skip:], &out)
			out.texts(f)
		}
		run = run[:0]
	}
	for i, c := range r.b {
		switch {
		case a.value[c] != notInIt:
			run = append(run, i)
		case c > ' ' && c != 0x7f && strings.IndexByte(a.spaces, c) < 0:
			flush()
		}
	}
	flush()
}

// bytes puts letters together.
func (a *alphabet) bytes(r reading, run []int, out *reading) {
	n := len(run) * int(a.bits) / 8
	out.b, out.at = slices.Grow(out.b, n), slices.Grow(out.at, n)
	var acc, have uint
	first := 0
	for k, i := range run {
		acc, have = acc<<a.bits|uint(a.value[r.b[i]]), have+a.bits
		if have >= 8 {
			have -= 8
			out.add(byte(acc>>have), span{r.span(run[first]).from, r.span(i).to})
			first = k
			if have == 0 {
				first = k + 1
			}
		}
	}
}

// texts calls f with the parts of a reading that are text.
func (r reading) texts(f func(reading)) {
	from := 0
	end := func(to int) {
		if to-from >= fewest {
			f(r.part(from, to))
		}
	}
	for i := 0; i < len(r.b); {
		c, n := utf8.DecodeRune(r.b[i:])
		if c == utf8.RuneError && n <= 1 || unicode.IsControl(c) && !unicode.IsSpace(c) {
			end(i)
			from = i + 1
		}
		i += n
	}
	end(len(r.b))
}

// A folded text is one without what a secret may be taken apart by: white space,
// case, what nobody sees, plus signs that are blanks, quotation marks that are
// written twice, one letter for another.
type folded struct {
	s  string
	at []span // of each byte
}

func (r reading) folded() folded {
	var b strings.Builder
	b.Grow(len(r.b))
	at := make([]span, 0, len(r.b))
	for i := 0; i < len(r.b); {
		c, n := rune(r.b[i]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRune(r.b[i:])
		}
		here := span{r.span(i).from, r.span(i + n - 1).to}
		i += n
		if isNoise(c) {
			continue
		}
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			b.WriteByte(byte(c))
			at = append(at, here)
			continue
		}
		for _, c := range norm.NFKD.String(string(c)) {
			k, _ := b.WriteRune(unicode.ToLower(c))
			for range k {
				at = append(at, here)
			}
		}
	}
	return folded{b.String(), at}
}

func isNoise(c rune) bool {
	if c < utf8.RuneSelf {
		return c <= ' ' || c == '+' || c == '\\' || c == '"' || c == '\'' || c == 0x7f
	}
	return unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c)
}
