package paths

import "strings"

// where tells where people get what no column has.
var where = map[string]string{
	Name:                     "name the column with the client's name: {column: …}",
	UserField(0, "email"):    "every client needs a user: name the column with its e-mail: {column: …}",
	UserField(0, "password"): "name the column with the first password: {column: …}, or have one generated: {generate: {length: 20}}",
	Provider: "copy the voice provider's id from the dashboard (no call lists them) and write " +
		`{const: "TenantVoiceProvider:123"}`,
	UserField(1, "password"): "name the column with this user's first password: {column: …}, or have one generated: {generate: {length: 20}}",
	BillingType:              "write {const: STRIPE}, the only type that the API's documentation shows",
}

// MissingAdvice says what to write where a path has no source yet.
func MissingAdvice(path string) string {
	if a := where[path]; a != "" {
		return a
	}
	if strings.HasSuffix(path, ".password") {
		return where[UserField(1, "password")]
	}
	return "write {column: …} or {const: …}, or remove the line"
}
