package mapping

import (
	"slices"
	"strconv"
	"strings"
)

// A Column is one of the standard columns, which need no mapping file.
type Column struct {
	Name     string
	Required bool
	Meaning  string
	Example  string
}

// StandardColumns lists them, in the order of the starter sheet. Further users
// have user2_email, user2_password and so on; access_ and resource_ columns
// exist for every section and kind.
func StandardColumns() []Column {
	return []Column{
		{"client_name", true, "the client's name", "Acme Dental"},
		{"client_email", false, "the client's e-mail; the first user's if empty", "office@acme.example"},
		{"user_email", true, "the first user's login", "jo@acme.example"},
		{"user_password", true, "the first user's first password", "Sample-Pass-0417"},
		{"tenant_voice_provider_id", true, "your voice provider's id, such as TenantVoiceProvider:123", "TenantVoiceProvider:123"},
		{"asset_group_name", false, "the name of the client's asset group", "Default Group"},
		{"billing_type", false, "STRIPE, with a product", "STRIPE"},
		{"billing_product_id", false, "the product the client subscribes to", "prod_1"},
		{"billing_price_ids", false, "its prices, split at ;", "price_1;price_2"},
		{"access_assistant", false, "view_only or view_and_add; likewise access_campaign and others", "view_only"},
		{"resource_assistant", false, "ids of assistants, split at ;; likewise resource_phone_number and others", "asst_1;asst_2"},
	}
}

// maxUsers bounds the users of one client in the standard columns.
const maxUsers = 50

// Kinds of resources that the API's documentation shows.
var resourceKinds = []string{"assistant", "vapi_workflow", "vapi_squad", "phone_number", "phone_number_pool",
	"knowledge_base", "tools_and_functions", "campaign"}

// squash is how headers are compared: case, spaces, dots, dashes and
// underscores do not count.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '.', '-', '_', '\t', '\u00a0':
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// word turns the rest of a header into a section's or kind's name.
func word(s string) string {
	f := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" .-_\t\u00a0", r) })
	return strings.Join(f, "_")
}

// plain are the standard columns with one path each.
var plain = map[string]string{
	"clientname":            pathName,
	"clientemail":           pathEmail,
	"tenantvoiceproviderid": pathProvider,
	"assetgroupname":        pathGroup,
	"billingtype":           pathBillingType,
	"billingproductid":      pathProduct,
	"billingpriceids":       pathPrices,
}

// standard finds the request path of a standard column, "" for any other.
func standard(header string) string {
	h := squash(header)
	if p, ok := plain[h]; ok {
		return p
	}
	if rest, ok := strings.CutPrefix(h, "access"); ok {
		if section, ok := strings.CutPrefix(word(header), "access_"); ok && section != "" {
			return pathAccess + section
		}
		// Without a separator only a section that is known: "Accessories" is none.
		if slices.Contains(seenSections, rest) {
			return pathAccess + rest
		}
	}
	if rest, ok := strings.CutPrefix(h, "resource"); ok && rest != "" {
		for _, k := range resourceKinds {
			if squash(k) == rest {
				return pathResources + k
			}
		}
		if kind, ok := strings.CutPrefix(word(header), "resource_"); ok && kind != "" {
			return pathResources + kind
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
	if field == "" || n < 1 || n > maxUsers {
		return ""
	}
	return pathUsers + strconv.Itoa(n-1) + "." + field
}

// ours tells the columns that a rejects file adds.
func ours(column string) bool {
	switch column {
	case "_job", "_key", "_row", "_status", "_code", "_message", "_advice":
		return true
	}
	return false
}

// name is a column as people are told of it when the sheet has none for a path.
func standardName(path string) string {
	for h, p := range plain {
		if p == path {
			for _, c := range StandardColumns() {
				if squash(c.Name) == h {
					return c.Name
				}
			}
		}
	}
	if rest, ok := strings.CutPrefix(path, pathUsers); ok {
		n, field, _ := strings.Cut(rest, ".")
		if n == "0" {
			return "user_" + field
		}
		i, _ := strconv.Atoi(n)
		return "user" + strconv.Itoa(i+1) + "_" + field
	}
	return path
}
