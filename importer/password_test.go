package importer_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

// TestPasswordsAreEven draws from a fixed stream of random bytes, so that the
// verdict on bias is the same each time.
func TestPasswordsAreEven(t *testing.T) {
	for _, rule := range []importer.PasswordRule{{}, {AvoidAmbiguous: true}, {Length: 12, Classes: []string{"lower", "digit"}}} {
		random := rand.NewChaCha8([32]byte{7})
		alphabet := strings.Join(rule.Alphabets(), "")
		seen, counts, total := map[string]bool{}, map[rune]int{}, 0
		for range 1000 {
			s, err := rule.Generate(random)
			if err != nil {
				t.Fatal(err)
			}
			p := s.Reveal()
			if seen[p] {
				t.Errorf("%+v: one password twice", rule)
			}
			seen[p] = true
			if want := max(rule.Length, 12); len(p) < want {
				t.Errorf("%+v: %d characters", rule, len(p))
			}
			for _, class := range rule.Alphabets() {
				if !strings.ContainsAny(p, class) {
					t.Errorf("%+v: a password without any of %s", rule, class)
				}
			}
			if strings.ContainsAny(p[:1], "=+-@\t\r'") {
				t.Errorf("%+v: a password begins like a formula", rule)
			}
			for _, c := range p {
				counts[c]++
				total++
			}
		}
		// Demanding each class moves the expectation a little: a character of a
		// small class comes oftener. So each class is judged by itself.
		for _, class := range rule.Alphabets() {
			sum := 0
			for _, c := range class {
				sum += counts[c]
			}
			expected, chi := float64(sum)/float64(len(class)), 0.0
			for _, c := range class {
				d := float64(counts[c]) - expected
				chi += d * d / expected
			}
			// Five standard deviations of the statistic above its mean.
			if df := float64(len(class) - 1); chi > df+5*math.Sqrt(2*df) {
				t.Errorf("%+v: chi-square over %q is %.1f", rule, class, chi)
			}
		}
		for c := range counts {
			if !strings.ContainsRune(alphabet, c) {
				t.Errorf("%+v: a character %q", rule, c)
			}
		}
	}
}

func TestPhrases(t *testing.T) {
	words := importer.PasswordWords()
	known := map[string]bool{}
	for _, w := range words {
		if known[w] || w != strings.ToLower(w) || len(w) < 3 {
			t.Errorf("the word %q", w)
		}
		known[w] = true
	}
	if len(words) < 1024 {
		t.Errorf("%d words", len(words))
	}
	s, err := importer.PasswordRule{Words: 5}.Generate(rand.NewChaCha8([32]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(s.Reveal(), "-")
	if len(parts) != 5 {
		t.Errorf("%d words", len(parts))
	}
	for _, w := range parts {
		if !known[w] {
			t.Errorf("%q is not in the list", w)
		}
	}
}
