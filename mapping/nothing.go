package mapping

import "strings"

// machineWords are what programs write where they have no value, folded.
var machineWords = wordSet(`\n null (null) <null> [null] nil <nil> nan undefined (none) <none> [none]
 (blank) [blank] <blank> (empty) [empty] <empty> (leer) [leer] #null`)

// peoplesWords are what people write there.
var peoplesWords = wordSet(`n/a n.a. n.a none - -- --- – — _ . .. ... … ? ?? ??? / tbd tba t.b.d. t.b.a. todo xxx xxxx test@test
 k.a. keine kein n.n. leer ohne unbekannt unknown blank empty ninguno ninguna vacío vacio s/d aucun aucune néant neant vide
 geen onbekend nessuno nessuna
 nenhum nenhuma brak`, "to do", "keine angabe", "k. a.", "sin datos", "not available", "not applicable", "non renseigné")

// A words is a set of them, in lower case.
type words map[string]bool

// has finds a word in any case. Most cells come here, so it makes no copy of
// those that are ASCII.
func (w words) has(s string) bool {
	var lower [longestNothing]byte
	if len(s) > len(lower) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 {
			return w[strings.ToLower(s)]
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	return w[string(lower[:len(s)])]
}

func wordSet(list string, more ...string) words {
	m := words{}
	for _, w := range append(strings.Fields(list), more...) {
		m[w] = true
	}
	return m
}

// longestNothing bounds such words, in bytes.
const longestNothing = 16

// nothing tells whether a text stands for a value that is not there, and
// whether only a program would write it so: "none" may be a level of access.
func nothing(s string) (is, byMachine bool) {
	if len(s) > longestNothing {
		return false, false
	}
	byMachine = machineWords.has(s)
	return byMachine || peoplesWords.has(s), byMachine
}

// startsNothing tells the first bytes of such words, and of Err:502.
var startsNothing = func() (t [256]bool) {
	for _, m := range []words{machineWords, peoplesWords} {
		for w := range m {
			t[w[0]] = true
			t[strings.ToUpper(w)[0]] = true
		}
	}
	return t
}()

// nothing tells a word for nothing in a column that is used.
func (ro *role) nothing(v string) bool {
	is, byMachine := nothing(v)
	return is && ro.purpose != forNobody && (byMachine || ro.purpose != forWord)
}
