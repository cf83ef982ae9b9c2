package mapping

import "strings"

// The request's paths.
const (
	pathName        = "client_details.name"
	pathEmail       = "client_details.email"
	pathProvider    = "client_asset_group.tenant_voice_provider_id"
	pathGroup       = "client_asset_group.name"
	pathBillingType = "billing_provider.type"
	pathProduct     = "billing_provider.selected_product.product_id"
	pathPrices      = "billing_provider.selected_product.price_ids"
	pathUsers       = "client_users."
	pathAccess      = "client_access."
	pathResources   = "assigned_resources."
)

var fixedPaths = []string{pathName, pathEmail, pathProvider, pathGroup, pathBillingType, pathProduct, pathPrices}

// knownPath tells whether the request has this path.
func knownPath(path string) bool {
	for _, p := range fixedPaths {
		if p == path {
			return true
		}
	}
	for _, prefix := range []string{pathAccess, pathResources} {
		if rest, ok := strings.CutPrefix(path, prefix); ok && rest != "" && !strings.Contains(rest, ".") {
			return true
		}
	}
	return false
}

// nearPath is the known path most like an unknown one, "" if none is like it.
func nearPath(path string) string {
	if p := standard(path); p != "" {
		return p
	}
	best, least := "", len(path)/3+2
	for _, p := range append([]string{pathAccess + "assistant", pathResources + "phone_number"}, fixedPaths...) {
		if d := distance(path, p); d < least {
			best, least = p, d
		}
		// The last part alone is what people remember.
		if i := strings.LastIndex(p, "."); squash(p[i+1:]) == squash(path) {
			return p
		}
	}
	return best
}

// distance is the number of letters to insert, delete or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		last := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := last
			if a[i-1] != b[j-1] {
				cost++
			}
			last, row[j] = row[j], min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
