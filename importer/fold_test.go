package importer

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"acme dental", "ACME  Dental", " Acme\u00a0Dental\u200b", "\ufeffAcme\nDental"},
		{"café müller", "Café Müller", "Cafe\u0301 Mu\u0308ller", "CAFÉ MÜLLER"},
		{"istanbul", "İstanbul", "I\u0307stanbul", "ISTANBUL"},
		{"νίκοσ", "Νίκος", "ΝΊΚΟΣ"},
		{"straße", "STRAẞE"},
		{"strasse", "STRASSE"},
		{"ångström", "\u212bngström", "A\u030angstro\u0308m"},
		{"한국", norm.NFD.String("한국")},
		{"anna@bücher.example", "Anna@xn--bcher-kva.example", "anna@BÜCHER.example", "ANNA@XN--BCHER-KVA.EXAMPLE", "anna@bu\u0308cher.example"},
		{"anna@straße.example", "anna@xn--strae-oqa.example"},
		{"anna@strasse.example"},
		{"anna@νίκος.example"},
		{"anna@νίκοσ.example", "anna@ΝΊΚΟΣ.example"},
		{"νίκοσ@example.com", "ΝΊΚΟΣ@example.com"},
		{"jörg@bücher.example", "Jo\u0308rg@xn--bcher-kva.example"},
		{"anna@xn--a.example"},                 // no name in any letters
		{"beratung @ büro", "Beratung @ Büro"}, // no address
		{"@xn--bcher-kva", "@XN--BCHER-KVA"},
		{"", " \u200b\ufeff"},
	} {
		for _, s := range same {
			if got := Fold(s); got != same[0] {
				t.Errorf("%q is %q, want %q", s, got, same[0])
			}
		}
	}
}

// foldOfTheFirstEdition is how keys stand in journals of the first edition.
func foldOfTheFirstEdition(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

// TestFoldingOnceIsEnough wants a folded text to stay as it is, whichever way
// it was composed before, and the folding of the first edition to lose nothing
// that this one needs: its keys are found again.
func TestFoldingOnceIsEnough(t *testing.T) {
	check := func(t rapid.TB, s string) {
		want := Fold(s)
		for name, in := range map[string]string{"folded": want, "composed": norm.NFC.String(s), "taken apart": norm.NFD.String(s),
			"of the first edition": foldOfTheFirstEdition(s)} {
			if got := Fold(in); got != want {
				t.Errorf("%q (%+q) is %+q, and %s %+q", s, s, want, name, got)
			}
		}
		if key := MakeKey(s, "a|b"); key != "" && ParseKey(string(key)) != key {
			t.Errorf("the key %q is read as %q", key, ParseKey(string(key)))
		}
	}
	for r := range rune(unicode.MaxRune + 1) {
		if utf8.ValidRune(r) && (unicode.ToLower(r) != r || unicode.In(r, unicode.M, unicode.Z, unicode.C) ||
			!norm.NFD.IsNormalString(string(r)) || !norm.NFC.IsNormalString(string(r))) && r < 0xe0000 {
			check(t, "a"+string(r)+"b")
		}
	}
	check(t, "i\u0307\u0307")
	letters := rapid.SampledFrom([]rune("aAiIİıßẞſςσΣéÉe\u0301\u0307\u0308\u030cKJÅ한글ﬁǅ@.|\\ \u00a0\u200bü-xn1"))
	rapid.Check(t, func(t *rapid.T) {
		check(t, string(rapid.SliceOfN(letters, 0, 8).Draw(t, "text")))
	})
}

// TestParseKey wants each part of a key to be folded by itself, and the
// separators that belong to a value to stay there.
func TestParseKey(t *testing.T) {
	for in, want := range map[string]Key{
		" Anna@XN--bcher-kva.example | Acme ": "anna@bücher.example|acme",
		`A\|B|C\\|D`:                          `a\|b|c\\|d`,
		"":                                    "",
	} {
		if got := ParseKey(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{"folded": "office@acme.example", "ASCII": "Acme Dental Ltd", "letters": "Café Müller",
		"domain": "anna@bücher.example"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(s)
			}
		})
	}
}
