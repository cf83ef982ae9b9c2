package xlsx

import "bytes"

// usual reads a cell that is written as programs write most of them, and lies in
// memory, at once: tag by tag it takes several times as long. It does not pass over
// it; n is where it ends, or 0 if it is to be read tag by tag, which also judges
// what is wrong with it. A name without prefix must be one of ours.
func (s *Rows) usual(last int) (c Cell, n int) {
	b := s.m.ahead()
	if len(b) < 3 || b[0] != '<' || b[1] != 'c' || b[2] != ' ' {
		return c, 0
	}
	row := &s.row
	c, n = Cell{Column: last + 1, from: len(row.values), to: len(row.values)}, 3
	for seen := byte(0); ; n++ {
		if n+3 > len(b) || b[n+1] != '=' || b[n+2] != '"' {
			return c, 0
		}
		end := bytes.IndexByte(b[n+3:min(len(b), n+20)], '"')
		if end < 0 {
			return c, 0
		}
		value, bit, known := b[n+3:n+3+end], byte(0), false
		switch b[n] {
		case 'r':
			var at int
			c.Column, at, known = reference(value)
			known, bit = known && at == row.Number, 1
		case 's':
			c.Style = number(value)
			known, bit = c.Style >= 0, 2
		case 't':
			c.Type, known = typeOf(value)
			bit = 4
		}
		if !known || seen&bit != 0 {
			return c, 0
		}
		seen |= bit
		if n += end + 4; n < len(b) && b[n] != ' ' {
			break
		}
	}
	if c.Column <= last || c.Column > LastColumn || n+2 > len(b) {
		return c, 0
	}
	if b[n] == '/' && b[n+1] == '>' {
		return c, n + 2
	}
	var text []byte
	end := 0
	if c.Type == InlineText {
		if text, end = between(b[n:], "><is><t>", "</t></is></c>"); end == 0 {
			text, end = between(b[n:], `><is><t xml:space="preserve">`, "</t></is></c>")
		}
	} else {
		text, end = between(b[n:], "><v>", "</v></c>")
		c.Valued = true
	}
	if end == 0 {
		return c, 0
	}
	var ok bool
	if row.values, ok = appendUsual(row.values, text); !ok {
		return c, 0
	}
	c.to = len(row.values)
	return c, n + end
}

// appendUsual adds a text that is right and not too long; ok is false if it must be
// looked at closer.
func appendUsual(to, text []byte) (_ []byte, ok bool) {
	if len(text) > maxText {
		return to, false
	}
	special, err := checkText(text)
	if err != nil {
		return to, false
	}
	if special {
		return appendText(to, text, false), true
	}
	return append(to, text...), true
}

// between reads a text that stands at the beginning of b between these tags; n is
// where they end, or 0 if something else stands there.
func between(b []byte, before, behind string) (text []byte, n int) {
	if len(b) < len(before) || string(b[:len(before)]) != before {
		return nil, 0
	}
	b = b[len(before):]
	end := bytes.IndexByte(b, '<')
	if end < 0 || len(b)-end < len(behind) || string(b[end:end+len(behind)]) != behind {
		return nil, 0
	}
	return b[:end], len(before) + end + len(behind)
}
