package importer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Key says who a row is, wherever it stands and whatever the file is called:
// the folded values of the key definition's request paths. An empty Key means that the row has none.
type Key string

// DefaultKeyDefinition is what makes a row this row unless a mapping says
// otherwise. A client without an e-mail of its own is known by its first
// user's.
var DefaultKeyDefinition = []string{"client_details.email"}

// MakeKey joins the folded values of a key definition's paths; it is empty
// if one of them is.
func MakeKey(values ...string) Key {
	for i, v := range values {
		v = Fold(v)
		if v == "" {
			return ""
		}
		// The separator may stand inside a value: escaped, two different lists
		// can never give one key.
		values[i] = separators.Replace(v)
	}
	return Key(strings.Join(values, "|"))
}

var separators = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

// Hash is the first 64 bits of a SHA-256: for remembering many keys cheaply
// where taking one for another costs no more than a warning that is not given.
func (k Key) Hash() int64 { return hash64(string(k)) }

// ParseKey reads a key as a file or a flag gives it: what results show, in any
// spelling that folds to it.
func ParseKey(s string) Key {
	var b strings.Builder
	for {
		end := separatorIn(s)
		b.WriteString(Fold(s[:end]))
		if end == len(s) {
			return Key(b.String())
		}
		b.WriteByte('|')
		s = s[end+1:]
	}
}

// Parts are the folded values that MakeKey was given.
func (k Key) Parts() []string {
	var out []string
	for s := string(k); ; {
		end := separatorIn(s)
		out = append(out, unescaped.Replace(s[:end]))
		if end == len(s) {
			return out
		}
		s = s[end+1:]
	}
}

var unescaped = strings.NewReplacer(`\\`, `\`, `\|`, `|`)

// separatorIn is where the first part of a key ends.
func separatorIn(key string) int {
	for i := 0; i < len(key); i++ {
		switch key[i] {
		case '\\':
			i++
		case '|':
			return i
		}
	}
	return len(key)
}

// A Secret is a text that no log, error, file or fingerprint may show. It
// prints and marshals as a mask, however it is formatted.
type Secret struct{ value string }

// NewSecret hides a text.
func NewSecret(s string) Secret { return Secret{value: s} }

// Reveal returns the text. Each call of it is a place to look at in a review.
func (s Secret) Reveal() string { return s.value }

// Empty tells whether there is no text at all.
func (s Secret) Empty() bool { return s.value == "" }

const mask = "********"

func (s Secret) String() string               { return mask }
func (s Secret) GoString() string             { return mask }
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(mask)) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// A Request is one row, rendered: what one create call sends.
type Request struct {
	Key    Key
	Row    RowRef
	Client Client
	// Joined names the key under which the journal knows this customer when
	// it is not Key itself.
	Joined Key
	// Skipped says why a row is left out on purpose; "" if it is not. Only Key,
	// Row and the client's name and e-mails are set then.
	Skipped string
	// Resend marks a row in doubt that is sent again on purpose.
	Resend bool
	// SecretsMAC is Client.SecretsMAC under the run's API key; kept with the
	// attempt so that a rejected row with another password counts as changed.
	SecretsMAC string
	// Seal holds the row's credentials, sealed; nil: they are not kept.
	Seal []byte

	// landed is called when the next row may go although this one's outcome is
	// not durable yet, once at most. Whoever counts what is in flight adds to
	// it (whenLanded).
	landed func(Receipt)
	// probe marks a row that finds out whether a refusal is about the rows: it
	// is sent while all others are held.
	probe bool
	// attempt is the number under which the attempt that is on its way stands
	// in the journal.
	attempt AttemptID
}

// whenLanded has f called, too, when the next row may go, after those who stand
// further out.
func (r Request) whenLanded(f func(Receipt)) Request {
	before := r.landed
	r.landed = func(receipt Receipt) {
		if before != nil {
			before(receipt)
		}
		f(receipt)
	}
	return r
}

// EntryKey is the key the journal keeps the row under.
func (r Request) EntryKey() Key {
	if r.Joined != "" {
		return r.Joined
	}
	return r.Key
}

// A Client is the body of a create call. Its JSON has the API's shape and
// order without the secrets, which makes it the canonical text that
// fingerprints, drift notes and comparisons are made of: a field that is added
// here must be omitted while it is empty, or every fingerprint changes.
type Client struct {
	Users     []User              `json:"client_users"`
	Details   Details             `json:"client_details"`
	Group     AssetGroup          `json:"client_asset_group"`
	Billing   *Billing            `json:"billing_provider,omitempty"`
	Access    map[string]string   `json:"client_access,omitempty"`
	Resources map[string][]string `json:"assigned_resources,omitempty"`
	// Extra holds further top-level fields that a mapping passes through.
	Extra map[string]any `json:"extra,omitempty"`
}

// A User is one login of a client.
type User struct {
	Email    string `json:"email"`
	Password Secret `json:"-"`
	// Generate says how the password is made up just before the first attempt
	// of a run; nil: there is one.
	Generate *PasswordRule `json:"-"`
}

// Details are the client's own name and address.
type Details struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// An AssetGroup ties the client to one of the tenant's voice providers.
type AssetGroup struct {
	ProviderID string `json:"tenant_voice_provider_id"` // base64 of "TenantVoiceProvider:N"
	Name       string `json:"name,omitempty"`
}

// Billing starts a subscription with the client.
type Billing struct {
	Type    string   `json:"type"` // the only one shown in public is "STRIPE"
	Product *Product `json:"selected_product,omitempty"`
}

// A Product is what a client subscribes to.
type Product struct {
	ID       string   `json:"product_id"`
	PriceIDs []string `json:"price_ids,omitempty"`
}

// Snapshot is the canonical text of the request without its secrets.
func (c Client) Snapshot() []byte {
	b, err := json.Marshal(c)
	if err != nil {
		// Only Extra could hold what JSON cannot say, and a mapping fills it
		// from JSON-like values.
		panic("importer: a client that has no JSON: " + err.Error())
	}
	return b
}

// FingerprintVersion begins every fingerprint; only equal versions compare.
const FingerprintVersion = "v1:"

// Fingerprint tells a changed row from a repeated one: "v1:" and 32
// hexadecimal digits of the SHA-256 of a Snapshot.
func Fingerprint(snapshot []byte) string {
	sum := sha256.Sum256(snapshot)
	return FingerprintVersion + hex.EncodeToString(sum[:16])
}

// SecretsMAC tells whether the secrets of a row changed without keeping them:
// the first digits of a name for the API key, ":", and an HMAC-SHA-256 of the
// secrets under it. It is empty without a key.
func (c Client) SecretsMAC(apiKey string) string {
	if apiKey == "" {
		return ""
	}
	m := hmac.New(sha256.New, []byte(apiKey))
	m.Write([]byte("bulkonboard secrets"))
	name := m.Sum(nil)[:4]
	m.Reset()
	for _, u := range c.Users {
		fmt.Fprintf(m, "%d:%s\n", len(u.Password.value), u.Password.value)
		if g := u.Generate; g != nil && u.Password.Empty() {
			// Another rule is another password: a row that was rejected is sent again.
			fmt.Fprintf(m, "generate %d %q %t %d\n", g.Length, g.Classes, g.AvoidAmbiguous, g.Words)
		}
	}
	return hex.EncodeToString(name) + ":" + hex.EncodeToString(m.Sum(nil)[:16])
}

// SecretsChanged compares two SecretsMACs. Those of different API keys, or of
// none, cannot be compared: nothing is known then.
func SecretsChanged(before, now string) (changed, known bool) {
	a, _, ok := strings.Cut(before, ":")
	b, _, ok2 := strings.Cut(now, ":")
	if !ok || !ok2 || a != b {
		return false, false
	}
	return before != now, true
}

// UserEmails are the addresses of the users, folded, each once.
func (c Client) UserEmails() []string {
	var out []string
	for _, u := range c.Users {
		if e := Fold(u.Email); e != "" && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// Changed names the request paths in which two snapshots differ, sorted.
// Snapshots that cannot be read differ in everything: ["request"].
func Changed(before, after []byte) []string {
	var out []string
	for _, d := range Differences(before, after) {
		out = append(out, d.Path)
	}
	return out
}

// A Difference is a request path with both its values, as people write them;
// lists are JSON.
type Difference struct{ Path, Was, Now string }

// Differences is Changed with the values.
func Differences(before, after []byte) []Difference {
	a, errA := flatten(before)
	b, errB := flatten(after)
	if errA != nil || errB != nil {
		return []Difference{{Path: "request"}}
	}
	var out []Difference
	for p, v := range a {
		if w, ok := b[p]; !ok || w != v {
			out = append(out, Difference{p, plain(v), plain(w)})
		}
	}
	for p, w := range b {
		if _, ok := a[p]; !ok {
			out = append(out, Difference{p, "", plain(w)})
		}
	}
	slices.SortFunc(out, func(x, y Difference) int { return strings.Compare(x.Path, y.Path) })
	return out
}

// plain takes the quotation marks off a JSON text.
func plain(v string) string {
	var s string
	if json.Unmarshal([]byte(v), &s) == nil {
		return s
	}
	return v
}

// Fields are a snapshot's values by request path, as JSON; nil if it cannot be
// read.
func Fields(snapshot []byte) map[string]string {
	out, err := flatten(snapshot)
	if err != nil {
		return nil
	}
	return out
}

// flatten turns a snapshot into path → value. Users are told apart by their
// place, lists of plain values are one value.
func flatten(snapshot []byte) (map[string]string, error) {
	var v any
	if err := json.Unmarshal(snapshot, &v); err != nil {
		return nil, err
	}
	out := make(map[string]string)
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch t := v.(type) {
		case map[string]any:
			for k, e := range t {
				p := k
				if path != "" {
					p = path + "." + k
				}
				walk(p, e)
			}
		case []any:
			plain := true
			for _, e := range t {
				if _, ok := e.(map[string]any); ok {
					plain = false
				}
			}
			if plain {
				b, _ := json.Marshal(t)
				out[path] = string(b)
				return
			}
			for i, e := range t {
				walk(fmt.Sprintf("%s.%d", path, i), e)
			}
		default:
			b, _ := json.Marshal(t)
			out[path] = string(b)
		}
	}
	walk("", v)
	return out, nil
}
