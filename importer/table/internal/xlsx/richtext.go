package xlsx

import "unicode/utf8"

// words adds the text of an element that has nothing else, up to its end.
func (m *markup) words(to []byte) ([]byte, error) {
	for from := len(to); ; {
		k, err := m.next()
		switch {
		case err != nil:
			return to, err
		case k == closed:
			m.level--
			return to, nil
		case k == opened:
			return to, faulty("there is a %q within a text", m.local)
		}
		if to = m.appendText(to); len(to)-from > maxToken {
			return to, errTooLong
		}
	}
}

// richText adds the text of an element that may have it in several runs, up to its
// end; how it looks and how it is read aloud is passed over.
func (m *markup) richText(to []byte) ([]byte, error) {
	plain, runs := false, false
	for from := len(to); ; {
		k, err := m.step()
		switch {
		case err != nil:
			return to, err
		case k == closed:
			return to, nil
		case k == texted && !blank(m.text):
			return to, faulty("there is text beside a text")
		case k == texted:
			continue
		}
		switch name := string(m.local); {
		case name == "t" && !plain && !runs:
			plain = true
			to, err = m.words(to)
		case name == "r":
			runs = true
			to, err = m.run(to)
		case name == "rPh", name == "phoneticPr":
			m.level--
			err = m.skip()
		default:
			err = faulty("there is a %q in a text, or two", name)
		}
		if err == nil && len(to)-from > maxToken {
			err = errTooLong
		}
		if err != nil {
			return to, err
		}
	}
}

// run adds the text of a run, up to its end.
func (m *markup) run(to []byte) ([]byte, error) {
	plain := false
	for {
		k, err := m.step()
		switch {
		case err != nil:
			return to, err
		case k == closed:
			return to, nil
		case k == texted && !blank(m.text):
			return to, faulty("there is text beside a text")
		case k == texted:
			continue
		}
		switch name := string(m.local); {
		case name == "t" && !plain:
			plain = true
			to, err = m.words(to)
		case name == "rPr":
			m.level--
			err = m.skip()
		default:
			err = faulty("there is a %q in a run of a text, or two", name)
		}
		if err != nil {
			return to, err
		}
	}
}

// tooMany tells a text of more characters than a cell has.
func tooMany(b []byte) bool {
	if len(b) <= maxText {
		return false
	}
	b = appendUnescaped(nil, b)
	n := utf8.RuneCount(b)
	for _, c := range b {
		if c >= 0xF0 { // it begins a character that counts twice
			n++
		}
	}
	return n > maxText
}
