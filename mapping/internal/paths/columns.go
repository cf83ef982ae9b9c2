package paths

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// MaxUsers bounds the users of one client in the standard columns.
const MaxUsers = 50

// ResourceKinds are the kinds of resources that the API's documentation shows.
var ResourceKinds = []string{"assistant", "vapi_workflow", "vapi_squad", "phone_number", "phone_number_pool",
	"knowledge_base", "tools_and_functions", "campaign"}

// Squash is how headers are compared: folded, and spaces, line breaks, dots,
// dashes and underscores do not count, nor what nobody can see or tell from a
// Latin letter.
func Squash(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '.', '-', '_':
			return -1
		}
		return r
	}, importer.Fold(plainHeader(s)))
}

// word turns the rest of a header into a section's or kind's name.
func word(s string) string {
	f := strings.FieldsFunc(importer.Fold(plainHeader(s)), func(r rune) bool { return strings.ContainsRune(" .-_", r) })
	return strings.Join(f, "_")
}

// plain are the standard columns with one path each.
var plain = []struct{ column, path string }{
	{"client_name", Name},
	{"client_email", Email},
	{"tenant_voice_provider_id", Provider},
	{"asset_group_name", Group},
	{"billing_type", BillingType},
	{"billing_product_id", Product},
	{"billing_price_ids", Prices},
}

// Standard finds the request path of a standard column, "" for any other.
func Standard(header string) string {
	h := Squash(header)
	for _, p := range plain {
		if h == Squash(p.column) {
			return p.path
		}
	}
	if rest, ok := strings.CutPrefix(h, "access"); ok {
		if section, ok := strings.CutPrefix(word(header), "access_"); ok && section != "" {
			return Access + section
		}
		// Without a separator only a section that is known: "Accessories" is none.
		if slices.Contains(SeenSections, rest) {
			return Access + rest
		}
	}
	if rest, ok := strings.CutPrefix(h, "resource"); ok && rest != "" {
		for _, k := range ResourceKinds {
			if Squash(k) == rest {
				return Resources + k
			}
		}
		if kind, ok := strings.CutPrefix(word(header), "resource_"); ok && kind != "" {
			return Resources + kind
		}
	}
	return userPath(h)
}

// userPath reads user_email, user2_password and the like.
func userPath(h string) string {
	rest, ok := strings.CutPrefix(h, "user")
	if !ok {
		return ""
	}
	field := ""
	for _, f := range []string{"email", "password"} {
		if r, ok := strings.CutSuffix(rest, f); ok {
			rest, field = r, f
			break
		}
	}
	n := 1
	if rest != "" {
		var err error
		if n, err = strconv.Atoi(rest); err != nil || strconv.Itoa(n) != rest {
			return ""
		}
	}
	if field == "" || n < 1 || n > MaxUsers {
		return ""
	}
	return Users + strconv.Itoa(n-1) + "." + field
}

// StandardName is a column as people are told of it when the sheet has none for a path.
func StandardName(path string) string {
	for _, p := range plain {
		if p.path == path {
			return p.column
		}
	}
	if rest, ok := strings.CutPrefix(path, Users); ok {
		n, field, _ := strings.Cut(rest, ".")
		if n == "0" {
			return "user_" + field
		}
		i, _ := strconv.Atoi(n)
		return "user" + strconv.Itoa(i+1) + "_" + field
	}
	return path
}
