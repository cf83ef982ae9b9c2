package paths

import (
	"strconv"
	"strings"
)

// The request's paths.
const (
	Name        = "client_details.name"
	Email       = "client_details.email"
	Provider    = "client_asset_group.tenant_voice_provider_id"
	Group       = "client_asset_group.name"
	BillingType = "billing_provider.type"
	Product     = "billing_provider.selected_product.product_id"
	Prices      = "billing_provider.selected_product.price_ids"
	Users       = "client_users."
	Access      = "client_access."
	Resources   = "assigned_resources."
	Extra       = "extra." // fields that only a mapping knows
)

// Fixed are the paths with a name of their own.
var Fixed = []string{Name, Email, Provider, Group, BillingType, Product, Prices}

// Known tells whether the request has this path.
func Known(path string) bool {
	for _, p := range Fixed {
		if p == path {
			return true
		}
	}
	for _, prefix := range []string{Access, Resources} {
		if rest, ok := strings.CutPrefix(path, prefix); ok && rest != "" && !strings.Contains(rest, ".") {
			return true
		}
	}
	return false
}

// Near is the known path most like an unknown one, "" if none is like it.
func Near(path string) string {
	if p := Standard(path); p != "" {
		return p
	}
	known := append([]string{Access + "assistant", Resources + "phone_number"}, Fixed...)
	// The last part alone is what people remember.
	for _, p := range known {
		if Squash(p[strings.LastIndex(p, ".")+1:]) == Squash(path) {
			return p
		}
	}
	return Nearest(path, len(path)/3+2, known)
}

// IsList tells the paths whose values are lists.
func IsList(path string) bool { return path == Prices || strings.HasPrefix(path, Resources) }

// UserField is the path of a field of a user, the first of whom has rank 0.
func UserField(rank int, field string) string { return Users + strconv.Itoa(rank) + "." + field }
