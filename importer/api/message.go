package api

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

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
		add(plainText(raw))
	case len(parts) == 0:
		// Faults by field, without an envelope around them.
		words := maps.Clone(body)
		delete(words, "success")
		delete(words, "status")
		flat("", words, add)
	}
	// Scrubbed before it is cut: half a secret would not be recognised.
	return bounded(s.text(strings.Join(parts, "; ")))
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

// plainText reduces a page to its title or its first words.
func plainText(raw []byte) string {
	s := string(raw[:min(len(raw), 8<<10)])
	if m := titleTag.FindStringSubmatch(s); m != nil {
		return html.UnescapeString(m[1])
	}
	if strings.Contains(s, "<") {
		s = anyTag.ReplaceAllString(dropped.ReplaceAllString(s, " "), " ")
		return html.UnescapeString(s)
	}
	return s
}

// bounded makes one short line of a text.
func bounded(s string) string {
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
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxMessage {
		s = string(r[:maxMessage]) + "…"
	}
	return s
}

// A scrubber takes secrets out of what a server or a library says. It is used
// by one goroutine.
type scrubber struct {
	key     importer.Secret
	users   []importer.User
	replace []string // nil until there is a text
}

// newScrubber knows the key and the passwords, in the forms in which they may
// come back.
func newScrubber(key importer.Secret, c importer.Client) *scrubber {
	return &scrubber{key: key, users: c.Users}
}

// prepare finds the forms of the secrets, once there is a text to look in.
func (s *scrubber) prepare() {
	if s.replace != nil {
		return
	}
	add := func(secret string) {
		if secret == "" {
			return
		}
		quoted, _ := json.Marshal(secret)
		for _, form := range []string{secret, strings.Trim(string(quoted), `"`), url.QueryEscape(secret), html.EscapeString(secret)} {
			if !slices.Contains(s.replace, form) {
				s.replace = append(s.replace, form)
			}
		}
	}
	add(s.key.Reveal())
	for _, u := range s.users {
		add(u.Password.Reveal())
	}
	// The longest first: one secret may be part of another.
	slices.SortFunc(s.replace, func(a, b string) int { return len(b) - len(a) })
}

func (s *scrubber) text(t string) string {
	s.prepare()
	for _, form := range s.replace {
		t = strings.ReplaceAll(t, form, importer.NewSecret(form).String())
	}
	return t
}

func (s *scrubber) clean(e *importer.Error) *importer.Error {
	e.Message = bounded(s.text(e.Message))
	return e
}
