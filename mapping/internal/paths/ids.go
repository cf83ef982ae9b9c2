package paths

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// ProviderType is the platform's type of a voice provider, as its ids show.
const ProviderType = "TenantVoiceProvider"

// An IDForm is how an id is written.
type IDForm int

const (
	FormUnknown IDForm = iota // none of the platform's
	FormEncoded               // base64 of "Type:123"
	FormPlain                 // "Type:123"
)

// GlobalID reads one of the platform's ids: its encoded form and its type.
func GlobalID(s string) (id, typ string, form IDForm) {
	if t, ok := idType(s); ok {
		return EncodeID(s), t, FormPlain
	}
	// Every id of every row comes here: only one of the platform's has copies made.
	var in, out [96]byte
	for _, enc := range [...]*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding} {
		b, err := enc.AppendDecode(in[:0], []byte(s))
		if err != nil || bytes.IndexByte(b, ':') < 0 {
			continue
		}
		if t, ok := idType(string(b)); ok {
			if usual := base64.StdEncoding.AppendEncode(out[:0], b); string(usual) != s {
				return string(usual), t, FormEncoded
			}
			return s, t, FormEncoded
		}
	}
	return s, "", FormUnknown
}

// idType reads "Type:123".
func idType(s string) (typ string, ok bool) {
	typ, number, ok := strings.Cut(s, ":")
	if !ok || typ == "" || number == "" {
		return "", false
	}
	for _, r := range typ {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_') {
			return "", false
		}
	}
	for _, r := range number {
		if r < '0' || r > '9' {
			return "", false
		}
	}
	return typ, true
}

// EncodeID is the encoded form of "Type:123".
func EncodeID(plain string) string { return base64.StdEncoding.EncodeToString([]byte(plain)) }
