package mapping

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// providerType is the platform's type of a voice provider, as its ids show.
const providerType = "TenantVoiceProvider"

// The forms of an id.
type idForm int

const (
	formUnknown idForm = iota // not the platform's
	formEncoded               // base64 of "Type:123"
	formPlain                 // "Type:123"
)

// globalID reads one of the platform's ids: its encoded form and its type.
func globalID(s string) (id, typ string, form idForm) {
	if t, ok := idType(s); ok {
		return encodeID(s), t, formPlain
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
				return string(usual), t, formEncoded
			}
			return s, t, formEncoded
		}
	}
	return s, "", formUnknown
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

func encodeID(plain string) string { return base64.StdEncoding.EncodeToString([]byte(plain)) }
