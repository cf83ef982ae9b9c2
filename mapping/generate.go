package mapping

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/bulkonboard/bulkonboard/importer"
)

// The bounds of generated passwords. The shortest of them still cannot be
// guessed; the longest fit where people paste them.
const (
	leastLength, mostLength = 12, 128
	leastWords, mostWords   = 4, 12
)

// generate reads how a password is made up.
func (p *parser) generate(n *yaml.Node) *importer.PasswordRule {
	r := &importer.PasswordRule{}
	seen := p.object(n, "generate", generateFields(r))
	if r.Words > 0 && (seen["length"] || seen["classes"] || seen["avoid"]) {
		p.Fault(n, "generate: words make a phrase, to which length, classes and avoid do not apply")
	}
	return r
}

// generateFields are the keys of a generated password's rule.
func generateFields(r *importer.PasswordRule) []field {
	return []field{
		{"length", "characters, 20 by default", func(p *parser, n *yaml.Node) { r.Length = p.Number(n, leastLength, mostLength) },
			wholeNumber(leastLength, mostLength)},
		{"classes", "kinds of characters, each at least once; all by default",
			func(p *parser, n *yaml.Node) { r.Classes = p.classes(n, "generate") }, classesShape()},
		{"avoid", "ambiguous: no characters that look like others", func(p *parser, n *yaml.Node) {
			if v := p.Text(n); v != "ambiguous" {
				p.Fault(n, "generate: avoid is ambiguous or left out, not %q", v)
			}
			r.AvoidAmbiguous = true
		}, shape{"const": "ambiguous"}},
		{"words", "a phrase of so many words instead; 0 is none", func(p *parser, n *yaml.Node) {
			if p.Text(n) != "0" {
				r.Words = p.Number(n, leastWords, mostWords)
			}
		}, shape{"anyOf": []shape{{"const": 0}, wholeNumber(leastWords, mostWords)}}},
	}
}

// classes reads kinds of characters.
func (p *parser) classes(n *yaml.Node, what string) []string {
	var out []string
	for _, c := range p.Texts(n) {
		switch {
		case !slices.Contains(importer.PasswordClasses, c):
			p.Fault(n, "%s: no class %q; there are %s", what, c, strings.Join(importer.PasswordClasses, ", "))
		case slices.Contains(out, c):
			p.Fault(n, "%s: the class %s stands there twice", what, c)
		}
		out = append(out, c)
	}
	return out
}

// recipients reads public keys. Whether they are any is found out by whoever
// seals to them; a private one must not stand in a mapping at all, and is not
// repeated.
func (p *parser) recipients(n *yaml.Node) []string {
	out := []string{}
	for _, r := range p.few(n, "recipients") {
		switch r = importer.Trim(r); {
		case strings.HasPrefix(strings.ToUpper(r), "AGE-SECRET-KEY"):
			p.Fault(n, "recipients: this is a private key: whoever has the mapping could open all passwords. Write the public one, which begins "+
				"with age1, and make a new pair")
		case !strings.HasPrefix(r, "age1"):
			p.Fault(n, "recipients: a public key begins with age1; `bulkonboard keygen` prints it")
		default:
			out = append(out, r)
		}
	}
	return out
}

// suits holds the generated passwords against what first passwords have to
// meet.
func (p *parser) suits() {
	need := p.doc.passwords
	for _, v := range p.doc.values {
		r := v.generate
		if r == nil {
			continue
		}
		at := &yaml.Node{Line: v.line}
		length := r.Length
		if length == 0 {
			length = importer.DefaultPasswordLength
		}
		if r.Words > 0 {
			// The least that a phrase of short words has.
			length = 4*r.Words - 1
		}
		if length < need.minLength {
			p.Fault(at, "%s: passwords of %d characters are generated, and passwords asks for %d", v.path, length, need.minLength)
		}
		has := r.Classes
		switch {
		case r.Words > 0:
			has = []string{"lower", "symbol"}
		case len(has) == 0:
			has = importer.PasswordClasses
		}
		for _, c := range need.classes {
			if !slices.Contains(has, c) {
				p.Fault(at, "%s: the generated password has no character of the kind %s, which passwords asks for", v.path, c)
			}
		}
	}
}
