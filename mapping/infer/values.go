package infer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// A column is a name with its values in the sample.
type column struct {
	name   string
	filled []string // trimmed, without the empty ones
	secret bool

	means  string
	sure   float64
	why    string
	number int
}

func look(name string, rows [][]string, i int) column {
	c := column{name: name, secret: paths.SecretHeader(name)}
	for _, r := range rows {
		if v := importer.Trim(r[i]); v != "" {
			c.filled = append(c.filled, v)
		}
	}
	return c
}

// share is how many of the values are of a kind; -1 if there are none.
func (c *column) share(is func(string) bool) float64 {
	if len(c.filled) == 0 {
		return -1
	}
	n := 0
	for _, v := range c.filled {
		if is(v) {
			n++
		}
	}
	return float64(n) / float64(len(c.filled))
}

// evidence is 1 if the values are of a kind, -1 if they are not, 0 if there
// are none or it cannot be said.
func (c *column) evidence(is func(string) bool) int {
	switch s := c.share(is); {
	case s >= 0.8:
		return 1
	case s >= 0 && s < 0.5:
		return -1
	}
	return 0
}

func isAddress(v string) bool { return paths.AddressFault(v) == "" }

func isYesNo(v string) bool {
	w := paths.Headed(v).Phrase
	return slices.Contains(yesWords, w) || slices.Contains(noWords, w)
}

// each asks about the elements of a list.
func each(is func(string) bool) func(string) bool {
	return func(v string) bool {
		for _, e := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(";,|\n", r) }) {
			if e = importer.Trim(e); e != "" && !is(e) {
				return false
			}
		}
		return true
	}
}

func prefixed(prefix string) func(string) bool {
	return func(v string) bool { return len(v) > len(prefix) && strings.HasPrefix(v, prefix) }
}

func ofType(typ string) func(string) bool {
	return func(v string) bool { id, ok := paths.ReadID(v); return ok && id.Type == typ }
}

// tokens are values that tell by themselves what they are.
var tokens = []struct {
	path string
	is   func(string) bool
	what string
}{
	{paths.Provider, ofType(paths.ProviderType), "ids of a " + paths.ProviderType},
	{paths.Resources + "campaign", each(ofType("VoiceCampaign")), "ids of a VoiceCampaign"},
	{paths.Resources + "phone_number_pool", each(ofType("VoicePhoneNumberPool")), "ids of a VoicePhoneNumberPool"},
	{paths.Resources + "assistant", each(prefixed("asst_")), "ids that begin with asst_"},
	{paths.Resources + "phone_number", each(prefixed("pn_")), "ids that begin with pn_"},
	{paths.Product, prefixed("prod_"), "ids that begin with prod_"},
	{paths.Prices, each(prefixed("price_")), "ids that begin with price_"},
	{paths.BillingType, func(v string) bool { return v == "STRIPE" }, "STRIPE throughout"},
}

// byValue lets values correct what the words say, where they tell by
// themselves. Nothing is concluded from values of a column that may hold
// passwords.
func (c *column) byValue(all []column) {
	if c.secret || c.sure > 0.97 {
		return
	}
	for _, t := range tokens {
		if c.share(t.is) >= 0.9 {
			c.means, c.sure, c.why = t.path, 0.96, "the values are "+t.what
			return
		}
	}
	if c.means != "" && c.sure >= 0.7 || len(c.filled) < 3 || c.share(isAddress) < 0.9 {
		return
	}
	others := slices.ContainsFunc(all, func(o column) bool { return o.name != c.name && o.share(isAddress) >= 0.8 })
	c.means, c.sure, c.why = meansEmail, 0.88, "the values are addresses, no two alike, and no other column has any"
	if others || len(c.distinct()) < len(c.filled) {
		c.sure, c.why = 0.65, "the values are addresses, but others are in the sheet or some stand twice"
	}
}

func (c *column) distinct() map[string]int {
	m := map[string]int{}
	for _, v := range c.filled {
		m[importer.Fold(v)]++
	}
	return m
}

// weigh hears the values for and against a candidate.
func (c *column) weigh(k *candidate) {
	against := func(sure float64, why string) { k.sure, k.why = min(k.sure, sure), k.why+"; but "+why }
	if len(c.filled) == 0 && !c.secret {
		k.sure -= 0.02
		k.why += "; the sample has no values"
		return
	}
	switch {
	case strings.HasSuffix(k.path, ".password"): // by name alone
	case k.path == paths.Email, strings.HasPrefix(k.path, paths.Users):
		switch s := c.share(isAddress); {
		case s < 0.5:
			against(0.2, "the values are no addresses")
		case s < 0.8:
			against(k.sure-0.2, "many values are no addresses")
		default:
			k.sure += 0.02
			k.why += fmt.Sprintf("; %.0f %% of the values are addresses", 100*s)
		}
	case k.path == paths.Name:
		switch {
		case c.share(isAddress) > 0.3:
			against(0.2, "the values are addresses")
		case c.share(isYesNo) > 0.5:
			against(0.2, "the values are yes and no")
		case c.share(func(v string) bool { return !strings.ContainsFunc(v, unicode.IsLetter) }) > 0.5:
			against(0.3, "the values are numbers")
		case c.share(func(v string) bool { return strings.Contains(v, "://") || strings.HasPrefix(v, "www.") }) > 0.3:
			against(0.3, "the values are web addresses")
		}
	case k.path == paths.Provider:
		if c.share(ofType(paths.ProviderType)) < 0.8 {
			against(0.5, "the values are no ids of a "+paths.ProviderType)
		}
	case k.path == paths.BillingType:
		if c.share(func(v string) bool { return strings.EqualFold(v, "stripe") }) < 0.8 {
			against(0.4, "STRIPE is the only type that is known")
		}
	case k.path == paths.Product:
		if c.share(prefixed("prod_")) < 0.8 {
			against(0.6, "the values are no product ids: a lookup has to say which is which")
			k.lookup = c.words(mostWords)
		}
	case k.path == paths.Prices:
		if c.share(each(prefixed("price_"))) < 0.8 {
			against(0.5, "the values are no price ids")
		}
	case strings.HasPrefix(k.path, paths.Access):
		if c.share(func(v string) bool { return slices.Contains(paths.SeenLevels, v) }) < 0.8 {
			against(0.6, "the values are no access levels: a lookup has to say which is which")
			k.lookup = c.words(mostWords)
		} else {
			k.sure += 0.05
			k.why += "; the values are access levels"
		}
	case strings.HasPrefix(k.path, paths.Resources):
		c.weighIDs(k, against)
	}
	if paths.IsList(k.path) {
		k.split = c.separator()
	}
}

// weighIDs tells ids from names. Where the form of ids is not known, anything
// without a blank and with a digit may be one.
func (c *column) weighIDs(k *candidate, against func(float64, string)) {
	levels := c.share(func(v string) bool { return slices.Contains(paths.SeenLevels, v) })
	kind := strings.TrimPrefix(k.path, paths.Resources)
	is := each(func(v string) bool { return !strings.ContainsAny(v, " @") && strings.ContainsAny(v, "0123456789") })
	for _, t := range tokens {
		if t.path == k.path {
			is = t.is
		}
	}
	switch {
	case levels >= 0.8 && slices.Contains(paths.SeenSections, kind):
		k.path, k.why, k.sure = paths.Access+kind, "the values are access levels", 0.93
	case c.share(is) < 0.8:
		against(0.5, "the values are no ids of that kind")
		k.lookup = c.words(mostWords)
	}
}

// separator is what stands between the elements of a list where it is not ;.
func (c *column) separator() string {
	for _, sep := range []string{";", ",", "|", "\n"} {
		if slices.ContainsFunc(c.filled, func(v string) bool { return strings.Contains(v, sep) }) {
			if sep == ";" {
				return ""
			}
			return sep
		}
	}
	return ""
}

// common are the values, each once as written first, at most n of them.
func (c *column) common(n int) []string {
	var out []string
	seen := map[string]bool{}
	for _, v := range c.filled {
		if f := importer.Fold(v); !seen[f] && len(out) < n {
			seen[f] = true
			out = append(out, v)
		}
	}
	return out
}

// samples are two values that may be shown: those that tell by themselves that
// they are addresses or ids, and names in a column that is headed as one.
// Whatever else stands in a sheet may be a password: a person's, in any
// language, in a column that we have taken for another.
func (c *column) samples(k candidate) []string {
	if c.secret || c.means == meansPassword || strings.HasSuffix(k.path, ".password") {
		return nil
	}
	harmless := func(string) bool { return false }
	switch {
	case k.path == paths.Email, strings.HasPrefix(k.path, paths.Users):
		harmless = isAddress
	case k.path == paths.Name && k.sure >= ConfidenceLine:
		harmless = func(v string) bool { return strings.ContainsFunc(v, unicode.IsLetter) }
	case k.path == paths.Group:
		words := c.words(mostWords)
		harmless = func(v string) bool { return slices.Contains(words, v) }
	case strings.HasPrefix(k.path, paths.Access):
		harmless = func(v string) bool { return slices.Contains(paths.SeenLevels, v) }
	}
	for _, t := range tokens {
		if t.path == k.path {
			harmless = t.is
		}
	}
	var out []string
	for _, v := range c.common(len(c.filled)) {
		if len(out) < 2 && harmless(v) {
			out = append(out, shorten(v))
		}
	}
	return out
}

// words are the values of a column that holds few words again and again, such
// as names of plans; nil where it does not: passwords are all different, and
// have signs and digits.
func (c *column) words(most int) []string {
	all := c.common(most + 1)
	plain := !slices.ContainsFunc(all, func(v string) bool {
		return len(v) > 40 || strings.ContainsFunc(v, notOfPhrase) && !isStatus(v)
	})
	if len(all) > most || !plain && 2*len(all) > len(c.filled) {
		return nil
	}
	return all
}

// mostWords is how many of them a lookup has at most.
const mostWords = 12

func notOfPhrase(r rune) bool {
	return !unicode.IsLetter(r) && !strings.ContainsRune(" -&/+_", r)
}

// shorten makes a value fit a comment: one line, nothing that steers a
// terminal, 40 letters at most.
func shorten(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || !unicode.IsPrint(r)
	}), " ")
	if r := []rune(s); len(r) > 40 {
		s = string(r[:39]) + "…"
	}
	return s
}
