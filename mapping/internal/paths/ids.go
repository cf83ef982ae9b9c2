package paths

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// ProviderType is the platform's type of a voice provider, as its ids show.
const ProviderType = "TenantVoiceProvider"

// seenTypes are the platform's types that somebody has seen.
var seenTypes = []string{ProviderType, "VoiceCampaign", "VoicePhoneNumberPool", "TenantPricingTable"}

// WantedType is the type that the ids at a path have; "" where nobody has seen
// one, or they are not the platform's but the voice provider's own.
func WantedType(path string) string {
	switch path {
	case Provider:
		return ProviderType
	case Resources + "campaign":
		return "VoiceCampaign"
	case Resources + "phone_number_pool":
		return "VoicePhoneNumberPool"
	}
	return ""
}

// An ID is one of the platform's: base64 of "Type:123" or "Type:eQDnQwx".
type ID struct {
	Encoded string
	Type    string // without the ending Type that some of them have
	Plain   bool   // it was not encoded
}

// ReadID reads one of the platform's ids, in its encoded form or its plain one.
func ReadID(s string) (ID, bool) {
	if typ, rest, ok := idParts(s); ok {
		// People type it, so case does not count in a type that is known.
		for _, seen := range seenTypes {
			for _, known := range []string{seen, seen + "Type"} {
				if strings.EqualFold(known, typ) {
					return ID{EncodeID(known + ":" + rest), seen, true}, true
				}
			}
		}
		if !camel(typ) {
			return ID{}, false
		}
		return ID{EncodeID(s), baseType(typ), true}, true
	}
	// Every id of every row comes here: only one of the platform's has copies made.
	var in, out [96]byte
	for _, enc := range [...]*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		b, err := enc.AppendDecode(in[:0], []byte(s))
		if err != nil || bytes.IndexByte(b, ':') < 0 {
			continue
		}
		typ, _, ok := idParts(string(b))
		if !ok || !camel(typ) {
			continue
		}
		if usual := base64.StdEncoding.AppendEncode(out[:0], b); string(usual) != s {
			return ID{string(usual), baseType(typ), false}, true
		}
		return ID{s, baseType(typ), false}, true
	}
	return ID{}, false
}

func baseType(typ string) string { return strings.TrimSuffix(typ, "Type") }

// idParts takes "Type:123" apart.
func idParts(s string) (typ, rest string, ok bool) {
	typ, rest, ok = strings.Cut(s, ":")
	return typ, rest, ok && isWord(typ, "_") && isWord(rest, "_-")
}

func isWord(s, signs string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(signs, c) >= 0) {
			return false
		}
	}
	return s != ""
}

// camel tells a type's name, which is written LikeThis, from "sip:" and "HTTP:".
func camel(typ string) bool {
	return 'A' <= typ[0] && typ[0] <= 'Z' && strings.ContainsFunc(typ, func(c rune) bool { return 'a' <= c && c <= 'z' })
}

// EncodeID is the encoded form of "Type:123".
func EncodeID(plain string) string { return base64.StdEncoding.EncodeToString([]byte(plain)) }

// A Checked is an id that was held against the path where it stands.
type Checked struct {
	Sent    string // what goes into the request
	Plain   bool   // it stood there in its plain form
	Fault   string // it belongs elsewhere; "" if it does not
	Warning string // nobody has seen such an id here, and it may be wrong
	Code    string // of the fault or the warning
	Advice  string
}

// wanted is in words what belongs at a path.
func wanted(path string) string {
	if path == Provider {
		return "a " + ProviderType
	}
	return "a " + strings.ReplaceAll(strings.TrimPrefix(path, Resources), "_", " ")
}

// CheckID holds an id against the path where it stands. A number alone is a
// voice provider's.
func CheckID(path, v string) Checked {
	want := WantedType(path)
	if path == Provider {
		if v != "" && strings.Trim(v, "0123456789") == "" {
			v = ProviderType + ":" + v
		}
	}
	id, ok := ReadID(v)
	if !ok {
		c := Checked{Sent: v}
		if want != "" {
			c.Code, c.Warning = "unseen_id_form", fmt.Sprintf("%q does not look like the platform's ids", v)
			c.Advice = fmt.Sprintf("ids look like %s, or %s:123; it is sent as it is", EncodeID(want+":123"), want)
		}
		return c
	}
	c := Checked{Sent: id.Encoded, Plain: id.Plain}
	switch seen := slices.Contains(seenTypes, id.Type); {
	case id.Type == want:
	case seen:
		c.Code, c.Fault, c.Advice = "wrong_id_type", fmt.Sprintf("%q is the id of a %s, not of %s", v, id.Type, wanted(path)), "copy the right id"
		if path == Provider {
			c.Advice = "copy the id of the voice provider"
		}
	default:
		c.Code, c.Warning = "unseen_id_type", fmt.Sprintf("%q is the id of a %s, and nobody has seen one in the place of %s", v, id.Type,
			wanted(path))
		c.Advice = "make sure that it is the right id"
	}
	return c
}
