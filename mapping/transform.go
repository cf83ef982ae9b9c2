package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v4"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/strict"
)

// A transform is one change to a value. It fails with what is wrong.
type transform struct {
	name string
	do   func(string) (string, error)
}

// plainTransforms need nothing but their names.
var plainTransforms = map[string]func(string) string{
	"trim":   importer.Trim,
	"lower":  strings.ToLower,
	"upper":  strings.ToUpper,
	"title":  func(s string) string { return cases.Title(language.Und).String(s) },
	"digits": func(s string) string { return keep(s, unicode.IsDigit) },
}

func keep(s string, f func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if f(r) {
			return r
		}
		return -1
	}, s)
}

// transforms reads a list of them: a word, or {phone: US}, {date: {…}},
// {replace: {…}}.
func (p *parser) transforms(n *yaml.Node) []transform {
	if n.Kind != yaml.SequenceNode {
		p.Fault(n, "transform is a list: [trim, lower]")
		return nil
	}
	if !p.Few(n, mostSteps, "transform") {
		return nil
	}
	var out []transform
	for _, e := range n.Content {
		if e.Kind == yaml.ScalarNode {
			f, ok := plainTransforms[e.Value]
			if !ok {
				p.Fault(e, "no transform %q; there are trim, lower, upper, title, digits, {phone: COUNTRY}, {date: {from, to}} and {replace: {old: "+
					"new}}", e.Value)
				continue
			}
			out = append(out, transform{e.Value, func(s string) (string, error) { return f(s), nil }})
			continue
		}
		p.object(e, "a transform", transformFields(func(t transform) { out = append(out, t) }))
	}
	return out
}

// transformFields are the transforms that take something.
func transformFields(add func(transform)) []field {
	return []field{
		{"phone", "phone numbers to E.164; the country of numbers without a code", func(p *parser, n *yaml.Node) { p.phone(n, add) },
			shape{"type": "string", "pattern": "^[A-Za-z]{2}$"}},
		{"date", "a date from one form into another", func(p *parser, n *yaml.Node) { p.date(n, add) }, objectOf(dateFields(nil, nil), "from")},
		{"replace", "every text on the left by the one on the right", func(p *parser, n *yaml.Node) { p.replace(n, add) }, namedBy(textShape)},
	}
}

// dateFields are the keys of date.
func dateFields(from *[]string, to *string) []field {
	return []field{
		{"from", "the forms that the sheet has, of YYYY YY MM M DD D hh mm ss", func(p *parser, n *yaml.Node) { *from = p.few(n, "from") },
			listOf(textShape)},
		{"to", "the form that is sent, YYYY-MM-DD by default", func(p *parser, n *yaml.Node) { *to = p.Text(n) }, textShape},
	}
}

func (p *parser) replace(n *yaml.Node, add func(transform)) {
	var pairs []string
	p.Pairs(n, "replace", func(k, v *yaml.Node) {
		if k.Value == "" {
			p.Fault(k, "replace: nothing cannot be replaced")
			return
		}
		pairs = append(pairs, k.Value, p.Text(v))
	})
	r := strings.NewReplacer(pairs...)
	add(transform{"replace", func(s string) (string, error) { return r.Replace(s), nil }})
}

// date turns a date from one of some layouts into another. Layouts are written
// with YYYY, MM, DD, hh, mm and ss.
func (p *parser) date(n *yaml.Node, add func(transform)) {
	var from []string
	to := "YYYY-MM-DD"
	p.object(n, "date", dateFields(&from, &to))
	if len(from) == 0 {
		p.Fault(n, "date needs the layout the sheet has: {date: {from: DD.MM.YYYY}}")
	}
	layouts := make([]string, len(from))
	for i, l := range from {
		layouts[i] = layout(l)
	}
	add(transform{"date", func(s string) (string, error) {
		for _, l := range layouts {
			if t, err := time.Parse(l, s); err == nil {
				return t.Format(layout(to)), nil
			}
		}
		return "", fmt.Errorf("it is no date of the form %s", strings.Join(from, " or "))
	}})
}

var layoutWords = strings.NewReplacer("YYYY", "2006", "YY", "06", "MM", "01", "DD", "02", "hh", "15", "mm", "04", "ss", "05", "M", "1", "D",
	"2")

func layout(s string) string { return layoutWords.Replace(s) }

// callingCodes are the countries that phone knows, with the digit that stands
// before numbers within the country, and how many digits a number has after it.
var callingCodes = map[string]struct {
	code, trunk string
	least, most int
}{
	"US": {"1", "1", 10, 10}, "CA": {"1", "1", 10, 10}, "GB": {"44", "0", 9, 10}, "IE": {"353", "0", 7, 9}, "DE": {"49", "0", 5, 13},
	"AT": {"43", "0", 4, 13}, "CH": {"41", "0", 9, 9}, "FR": {"33", "0", 9, 9}, "ES": {"34", "", 9, 9}, "IT": {"39", "", 6, 12},
	"NL": {"31", "0", 9, 9}, "BE": {"32", "0", 8, 9}, "PT": {"351", "", 9, 9}, "PL": {"48", "", 9, 9}, "SE": {"46", "0", 7, 13},
	"DK": {"45", "", 8, 8}, "NO": {"47", "", 8, 8}, "FI": {"358", "0", 5, 12}, "AU": {"61", "0", 9, 9}, "NZ": {"64", "0", 8, 10},
	"IN": {"91", "0", 10, 10}, "MX": {"52", "", 10, 10}, "BR": {"55", "0", 10, 11}, "AR": {"54", "0", 10, 11}, "ZA": {"27", "0", 9,
		9}, "AE": {"971", "0", 8, 9},
}

// optionalTrunk is the digit before numbers within the country, as it stands
// in brackets behind the country's code.
var optionalTrunk = regexp.MustCompile(`\(\s*0\s*\)`)

// phone brings numbers into E.164: +, country code, number. It does not know
// which numbers exist, only how long they may be.
func (p *parser) phone(n *yaml.Node, add func(transform)) {
	country := strings.ToUpper(p.Text(n))
	c, ok := callingCodes[country]
	if !ok {
		var known []string
		for k := range callingCodes {
			known = append(known, k)
		}
		slices.Sort(known)
		p.Fault(n, "phone: no country %q; there are %s", n.Value, strict.List(known))
		return
	}
	add(transform{"phone", func(s string) (string, error) {
		rest := strings.TrimSpace(s)
		if strings.HasPrefix(rest, "+") || strings.HasPrefix(rest, "00") {
			// "+49 (0) 151": not dialled behind a country's code, but in Italy.
			if !strings.HasPrefix(strings.TrimLeft(rest, "+0 "), "39") {
				rest = optionalTrunk.ReplaceAllString(rest, "")
			}
		}
		digits := keep(rest, unicode.IsDigit)
		switch {
		case strings.ContainsFunc(digits, func(r rune) bool { return r > '9' }):
			return "", fmt.Errorf("it has digits of another script than 0 to 9")
		case keep(s, unicode.IsLetter) != "":
			return "", fmt.Errorf("it holds letters")
		case strings.HasPrefix(rest, "+"):
		case strings.HasPrefix(digits, "00"):
			digits = digits[2:]
		default:
			national := strings.TrimPrefix(digits, c.trunk)
			if len(national) < c.least || len(national) > c.most {
				return "", fmt.Errorf("it has %d digits, and numbers in %s have %d to %d after the leading %q", len(national), country, c.least, c.most,
					c.trunk)
			}
			digits = c.code + national
		}
		if len(digits) < 7 || len(digits) > 15 {
			return "", fmt.Errorf("it has %d digits, and phone numbers have 7 to 15", len(digits))
		}
		return "+" + digits, nil
	}})
}
