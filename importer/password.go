package importer

import (
	"bufio"
	_ "embed"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
)

// A PasswordRule says how a first password is made up. Its zero value means 20
// characters of all classes.
type PasswordRule struct {
	Length  int      // characters; 0 is DefaultPasswordLength
	Classes []string // of PasswordClasses, each at least once; nil is all of them
	// AvoidAmbiguous leaves out characters that look like others.
	AvoidAmbiguous bool
	// Words makes a phrase of so many words instead; 0 is none.
	Words int
}

// DefaultPasswordLength is the length of a password unless a rule says
// otherwise.
const DefaultPasswordLength = 20

// PasswordClasses are the kinds of characters that a rule may ask for.
var PasswordClasses = []string{"lower", "upper", "digit", "symbol"}

// Symbols are few: none of those that begin a formula in a spreadsheet, and
// none that needs quoting in CSV, JSON or a shell's double quotes more than
// others.
var passwordAlphabets = map[string]string{
	"lower": "abcdefghijklmnopqrstuvwxyz", "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "digit": "0123456789", "symbol": "!#$%&*_?.:^~",
}

// ambiguous are the characters that look like others in many typefaces.
const ambiguous = "0OoIl1"

// Alphabets are the characters of each of a rule's classes.
func (r PasswordRule) Alphabets() []string {
	classes := r.Classes
	if len(classes) == 0 {
		classes = PasswordClasses
	}
	var out []string
	for _, c := range classes {
		out = append(out, strings.Map(func(c rune) rune {
			if r.AvoidAmbiguous && strings.ContainsRune(ambiguous, c) {
				return -1
			}
			return c
		}, passwordAlphabets[c]))
	}
	return out
}

// Generate makes up a password from random bytes, which crypto/rand.Reader
// gives. Each password that meets the rule is as likely as any other: one that
// misses a class is thrown away as a whole, not patched.
func (r PasswordRule) Generate(random io.Reader) (Secret, error) {
	if r.Words > 0 {
		return r.phrase(random)
	}
	length := r.Length
	if length == 0 {
		length = DefaultPasswordLength
	}
	alphabets := r.Alphabets()
	all := strings.Join(alphabets, "")
	if all == "" || length < len(alphabets) {
		return Secret{}, errors.New("no password can meet this rule")
	}
	b := make([]byte, length)
	for {
		for i := range b {
			n, err := below(random, len(all))
			if err != nil {
				return Secret{}, err
			}
			b[i] = all[n]
		}
		if !slices.ContainsFunc(alphabets, func(class string) bool { return !strings.ContainsAny(string(b), class) }) {
			return NewSecret(string(b)), nil
		}
	}
}

func (r PasswordRule) phrase(random io.Reader) (Secret, error) {
	words := make([]string, r.Words)
	for i := range words {
		n, err := below(random, len(PasswordWords()))
		if err != nil {
			return Secret{}, err
		}
		words[i] = PasswordWords()[n]
	}
	return NewSecret(strings.Join(words, "-")), nil
}

// below draws a number from 0 to n-1, n at most 65536. Draws that would make
// some numbers likelier than others are drawn again.
func below(random io.Reader, n int) (int, error) {
	var b [2]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, err
		}
		v := int(b[0])<<8 | int(b[1])
		if v < 65536-65536%n {
			return v % n, nil
		}
	}
}

//go:embed words.txt
var wordList string

// PasswordWords are the words of phrases: lower case, each once.
var PasswordWords = sync.OnceValue(func() []string {
	var out []string
	for s := bufio.NewScanner(strings.NewReader(wordList)); s.Scan(); {
		if !strings.HasPrefix(s.Text(), "#") {
			out = append(out, strings.Fields(s.Text())...)
		}
	}
	return out
})
