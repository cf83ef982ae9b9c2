package paths

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A Heading is a header taken apart.
type Heading struct {
	Words  []string // without case, accents and numbers
	Number int      // of a user, as in "Login 2"; 0 is none
	Phrase string   // the words, run together
}

// ordinals count users in words.
var ordinals = map[string]int{"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
	"erster": 1, "zweiter": 2, "dritter": 3, "zweite": 2, "dritte": 3, "zweites": 2, "drittes": 3,
	"segundo": 2, "tercero": 3, "segunda": 2, "tercer": 3}

// Headed takes a header apart. What is in brackets counts as words.
func Headed(s string) Heading {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = nil
		}
	}
	var before rune
	for _, r := range norm.NFKD.String(plainHeader(s)) {
		switch {
		case unicode.Is(unicode.Mn, r): // an accent
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
		case unicode.IsDigit(r) != unicode.IsDigit(before) && len(word) > 0, unicode.IsUpper(r) && unicode.IsLower(before):
			end()
			fallthrough
		default:
			if r == 'ß' {
				word = append(word, 's')
				r = 's'
			}
			word = append(word, unicode.ToLower(r))
		}
		before = r
	}
	end()
	var h Heading
	for i := 0; i < len(words); i++ {
		w := words[i]
		n, err := strconv.Atoi(w)
		switch {
		case err == nil && i+1 < len(words) && slices.Contains([]string{"st", "nd", "rd", "th"}, words[i+1]):
			i++
			fallthrough
		case err == nil:
			if h.Number == 0 {
				h.Number = n
			}
			continue
		case w == "e" && i+1 < len(words) && strings.HasPrefix(words[i+1], "mail"):
			i++
			w = "e" + words[i]
		}
		if o, ok := ordinals[w]; ok && len(words) > 1 && o > 1 {
			h.Number = o
			continue
		}
		h.Words = append(h.Words, w)
	}
	h.Phrase = strings.Join(h.Words, "")
	return h
}

// plainHeader is a header without what nobody can see in it, and with Latin
// letters in the place of those that only look like them.
func plainHeader(s string) string {
	s = strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, s)
	if latin := latinLetters.Replace(s); latin != s && !strings.ContainsFunc(latin, otherScript) {
		return latin
	}
	return s
}

// OddHeader says what is odd about the characters of a header that is read all
// the same; "" if nothing is.
func OddHeader(s string) string {
	switch plain := plainHeader(s); {
	case plain == s:
		return ""
	case strings.ContainsFunc(s, hidden):
		return fmt.Sprintf("its name holds characters that nobody can see; it is read as %q", plain)
	default:
		return fmt.Sprintf("its name holds letters of another script that look like Latin ones; it is read as %q", plain)
	}
}

// hidden finds what belongs into no header: joiners, marks of the direction of
// writing, soft hyphens.
func hidden(r rune) bool { return unicode.Is(unicode.Cf, r) || r == '\ufe0f' || r == '\u034f' }

func otherScript(r rune) bool {
	return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r)
}

// secretWords head columns whose values are shown to nobody, bound or not, in
// as many languages as we know.
var secretWords = []string{"password", "passwd", "passwort", "kennwort", "contrasen", "clave", "pwd", "passcode", "secret", "geheim",
	"token", "apikey", "credential",
	"zugangsdaten", "credencial", "privatekey", "secreto", "motdepasse", "codesecret", "senha", "palavrapasse",
	"parola", "wachtwoord", "heslo", "haslo", "hasło", "losenord", "adgangskode",
	"passord", "salasana", "sifre", "şifre", "jelszo", "lozinka", "parole", "пароль", "密码", "密碼", "口令", "ハスワート", "暗証", headedPhrase(
		"비밀번호"), headedPhrase("κωδικός"), headedPhrase("סיסמה"), headedPhrase("كلمة المرور"), "matkhau"}

func headedPhrase(s string) string { return Headed(s).Phrase }

// SecretHeader tells columns that may hold passwords. It sees names only: a
// password cannot be known by its looks.
func SecretHeader(column string) bool {
	h := Headed(column)
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(h.Phrase, w) }) ||
		slices.ContainsFunc(h.Words, func(w string) bool {
			return w == "pass" || w == "pw" || w == "pin" || w == "pwd" || w == "mdp" || w == "otp"
		})
}
