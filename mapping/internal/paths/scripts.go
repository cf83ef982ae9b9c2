package paths

import (
	"strings"
	"unicode"
)

// lookalikes are letters that most people take for the Latin ones below them.
const (
	lookalikes = "аеорсухіјѕһԁԛԝьвмнктАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανιρυκ"
	latinAlike = "aeopcyxijshdqwbbmhktABEKMHOPCTYXIJSABEZHIKMNOPTYXoavipuk"
)

var latinLetters = func() *strings.Replacer {
	var pairs []string
	latin := []rune(latinAlike)
	for i, r := range []rune(lookalikes) {
		pairs = append(pairs, string(r), string(latin[i]))
	}
	return strings.NewReplacer(pairs...)
}()

// MixedScripts looks at the words of an address, which end at dots and the
// like. A word of Latin letters and look-alikes of them is mixed: letter is
// the first that is not Latin. A word of nothing but look-alikes, in an
// address that is Latin else, is told without being called mixed.
func MixedScripts(address string) (word string, letter rune, mixed bool) {
	latin := false
	var alike string
	for w := range strings.FieldsFuncSeq(address, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) &&
			!unicode.IsMark(c)
	}) {
		var hasLatin, allAlike, first = false, true, rune(0)
		for _, c := range w {
			switch {
			case unicode.IsDigit(c):
			case unicode.Is(unicode.Latin, c):
				hasLatin, allAlike = true, false
			case unicode.In(c, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee):
				if first == 0 {
					first = c
				}
				allAlike = allAlike && strings.ContainsRune(lookalikes, c)
			default:
				allAlike = false
			}
		}
		switch {
		case first != 0 && hasLatin:
			return w, first, true
		case first != 0 && allAlike && len([]rune(w)) > 1:
			alike = w
		}
		latin = latin || hasLatin && first == 0
	}
	if alike != "" && latin {
		return alike, 0, false
	}
	return "", 0, false
}
