package api

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/bulkonboard/bulkonboard/importer"
)

// maxMessage bounds what is kept of a server's words, in characters.
const maxMessage = 300

// message finds the words in an error's body, whatever its form, without the
// secrets among them.
func message(raw []byte, body map[string]any, s *scrubber) string {
	var parts []string
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	for _, o := range containers(body) {
		for _, k := range []string{"message", "detail", "error", "errors"} {
			flat("", o[k], add)
		}
	}
	switch {
	case body == nil:
		// Before it is taken for a page: what looks like a tag may be a secret's.
		add(plainText([]byte(s.text(string(raw[:min(len(raw), maxPage)])))))
	case len(parts) == 0:
		// Faults by field, without an envelope around them.
		words := maps.Clone(body)
		delete(words, "success")
		delete(words, "status")
		flat("", words, add)
	}
	return s.line(strings.Join(parts, "; "))
}

// flat turns strings, lists and per-field objects into "field: text".
func flat(field string, v any, add func(string)) {
	prefix := ""
	if field != "" {
		prefix = field + ": "
	}
	switch t := v.(type) {
	case string:
		add(prefix + t)
	case json.Number:
		add(prefix + t.String())
	case []any:
		for i, e := range t {
			f := field
			if _, ok := e.(map[string]any); ok && field != "" {
				f = fmt.Sprintf("%s.%d", field, i)
			}
			flat(f, e, add)
		}
	case map[string]any:
		if msg, ok := t["msg"].(string); ok {
			// One fault with its place, as a list: only these two are for people.
			flat(place(field, t["loc"]), msg, add)
			return
		}
		var keys []string
		for k := range t {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			f := k
			if field != "" {
				f = field + "." + k
			}
			if k == "message" || k == "detail" {
				f = field
			}
			flat(f, t[k], add)
		}
	}
}

// place writes where a fault is; "body" says only that it is in the request.
func place(field string, loc any) string {
	list, _ := loc.([]any)
	var parts []string
	for _, l := range list {
		if p := text(l); p != "" && p != "body" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return field
	}
	return strings.Join(parts, ".")
}

var (
	titleTag = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	dropped  = regexp.MustCompile(`(?is)<(script|style)[^>]*>.*?</(script|style)>`)
	anyTag   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// maxPage bounds how much of a page is looked at, in bytes.
const maxPage = 8 << 10

// plainText reduces a page to its title or its first words.
func plainText(raw []byte) string {
	s := string(raw)
	if m := titleTag.FindStringSubmatch(s); m != nil {
		return html.UnescapeString(m[1])
	}
	if strings.Contains(s, "<") {
		s = anyTag.ReplaceAllString(dropped.ReplaceAllString(s, " "), " ")
		return html.UnescapeString(s)
	}
	return s
}

// oneLine makes one line of a text, without what would steer a terminal.
func oneLine(s string) string {
	if isWord(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// isWord knows texts that are one line already: visible ASCII without a blank,
// as ids and addresses are.
func isWord(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// A scrubber takes secrets out of what a server or a library says.
type scrubber struct {
	secrets []string
	pattern *regexp.Regexp // of the secrets; nil until it is needed
}

// newScrubber knows the key and the passwords.
func newScrubber(key importer.Secret, c importer.Client) *scrubber {
	s := &scrubber{secrets: append(make([]string, 0, 1+len(c.Users)), key.Reveal())}
	for _, u := range c.Users {
		s.secrets = append(s.secrets, u.Password.Reveal())
	}
	return s
}

// letters is a pattern of a secret in plain text, or with any of its letters
// escaped as URLs, JSON and pages do it, once or several times, and broken over
// lines.
func letters(secret string) string {
	var all []string
	for _, r := range secret {
		percent, units := "", ""
		for _, b := range []byte(string(r)) {
			percent += fmt.Sprintf("%%(?:25)*%02x", b)
		}
		for _, u := range utf16.Encode([]rune{r}) {
			units += fmt.Sprintf(`\\+u%04x`, u)
		}
		forms := []string{`\\*` + regexp.QuoteMeta(string(r)), percent, units, fmt.Sprintf("&#0*%d;", r), fmt.Sprintf("&#x0*%x;", r)}
		if e, named := map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", ' ': `\+`}[r]; named {
			forms = append(forms, e)
		}
		all = append(all, "(?:"+strings.Join(forms, "|")+")")
	}
	return strings.Join(all, `\s*`)
}

// encoded is a secret as bytes are written in letters.
func encoded(secret string) []string {
	b := []byte(secret)
	return []string{base64.RawStdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b), hex.EncodeToString(b)}
}

// text has none of the secrets: not broken over lines either, nor in another
// case.
func (s *scrubber) text(t string) string {
	if !s.suspects(t) {
		return t
	}
	if s.pattern == nil {
		s.pattern = patternOf(s.secrets)
	}
	return s.pattern.ReplaceAllString(t, importer.NewSecret("").String())
}

// suspects tells whether a text could hold a secret at all, since the pattern
// that finds one costs more than an exchange. It may say yes for nothing, and
// never no for something.
func (s *scrubber) suspects(t string) bool {
	if t == "" {
		return false
	}
	if strings.ContainsAny(t, `%\&+`) {
		return true // escaped letters
	}
	squeezed := squeeze(t)
	for _, secret := range s.secrets {
		if secret == "" {
			continue
		}
		if strings.Contains(squeezed, squeeze(secret)) {
			return true
		}
		// Most texts are too short for the forms that are longer than the secret.
		if len(squeezed) < base64.RawStdEncoding.EncodedLen(len(secret)) {
			continue
		}
		for _, form := range encoded(secret) {
			if strings.Contains(squeezed, strings.ToLower(form)) {
				return true
			}
		}
	}
	return false
}

// squeeze leaves out what the pattern passes over: white space, and case.
func squeeze(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s))
}

func patternOf(secrets []string) *regexp.Regexp {
	// The longest first: one secret may be part of another.
	secrets = slices.Clone(secrets)
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var all []string
	for _, secret := range secrets {
		if secret != "" {
			all = append(all, letters(secret))
			for _, form := range encoded(secret) {
				all = append(all, regexp.QuoteMeta(form))
			}
		}
	}
	return regexp.MustCompile(`(?i:` + strings.Join(all, "|") + `)`)
}

// line is a text as it may be kept: one short line without secrets. It is cut
// last, since half a secret would not be recognised, and scrubbed once more
// when what hid a secret is gone.
func (s *scrubber) line(t string) string {
	t = s.text(t)
	if line := oneLine(t); line != t {
		t = s.text(line)
	}
	if r := []rune(t); len(r) > maxMessage {
		t = string(r[:maxMessage]) + "…"
	}
	return t
}

func (s *scrubber) clean(e *importer.Error) *importer.Error {
	e.Message = s.line(e.Message)
	return e
}

// receipt is what an answer says of a client, without secrets. What was sent as
// a name or an address may come back, whatever the passwords are; the id is
// what everything hangs on, and stays as it is.
func (s *scrubber) receipt(r importer.Receipt, sent importer.Client) importer.Receipt {
	if r.ClientName != sent.Details.Name {
		r.ClientName = s.line(r.ClientName)
	}
	if r.PrimaryEmail != sent.Details.Email && !slices.Contains(sent.UserEmails(), importer.Fold(r.PrimaryEmail)) {
		r.PrimaryEmail = s.line(r.PrimaryEmail)
	}
	r.AssetGroupID = s.line(r.AssetGroupID)
	return r
}
