package api

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// maxMessage bounds what is kept of a server's words, in characters.
const maxMessage = 300

// message finds the words in an error's body, whatever its form, without the
// secrets among them.
func (a answer) message(body map[string]any, s *scrubber) string {
	if body == nil {
		return a.page(*s)
	}
	var p phrases
	p.of(body)
	return s.line(strings.Join(p.parts, "; "))
}

// page is what a body says that is not JSON. It is scrubbed before it is cut, or
// half a secret would be left, and before it is taken for a page: what looks
// like a tag may be a secret's. Where the rest is missing, a beginning of a
// secret at the end is taken for one.
func (a answer) page(s scrubber) string {
	page := string(a.body)
	if s.torn = a.cut != nil; s.torn {
		if i := strings.LastIndexAny(page, `%\&`); i >= 0 && len(page)-i < 12 {
			page = page[:i] // half an escaped letter
		}
	}
	if page = s.text(page); len(page) > maxPage {
		page, s.torn = page[:maxPage], true
	}
	return s.line(plainText(page))
}

// phrases are the parts of what an error's body says, each once. An answer may
// have very many: those that nobody would be shown are not looked at.
type phrases struct {
	parts []string
	size  int // bytes
}

// Bounds of what is looked at: far more than is kept, since a secret may be long
// until it is masked.
const (
	maxWords = 64 << 10 // bytes
	maxParts = 1000
	maxDepth = 32
)

func (p *phrases) full() bool { return p.size >= maxWords || len(p.parts) >= maxParts }

func (p *phrases) of(body map[string]any) {
	for _, o := range containers(body) {
		for _, k := range []string{"message", "detail", "error", "errors"} {
			p.flat("", o[k], 0)
		}
	}
	if len(p.parts) > 0 {
		return
	}
	// Faults by field, without an envelope around them.
	fields := maps.Clone(body)
	delete(fields, "success")
	delete(fields, "status")
	p.flat("", fields, 0)
}

func (p *phrases) add(field, text string) {
	if field != "" {
		text = field + ": " + text
	}
	if text = strings.TrimSpace(text); text != "" && !slices.Contains(p.parts, text) {
		p.parts = append(p.parts, text)
		p.size += len(text)
	}
}

// flat turns strings, lists and per-field objects into "field: text".
func (p *phrases) flat(field string, v any, depth int) {
	if p.full() || depth > maxDepth {
		return
	}
	switch t := v.(type) {
	case string:
		p.add(field, t)
	case json.Number:
		p.add(field, t.String())
	case []any:
		for i, e := range t {
			f := field
			if _, ok := e.(map[string]any); ok && field != "" {
				f = fmt.Sprintf("%s.%d", field, i)
			}
			if p.flat(f, e, depth+1); p.full() {
				return
			}
		}
	case map[string]any:
		if msg, ok := t["msg"].(string); ok {
			// One fault with its place, as a list: only these two are for people.
			p.flat(place(field, t["loc"]), msg, depth+1)
			return
		}
		for _, k := range slices.Sorted(maps.Keys(t)) {
			f := k
			if field != "" {
				f = field + "." + k
			}
			if k == "message" || k == "detail" {
				f = field
			}
			if p.flat(f, t[k], depth+1); p.full() {
				return
			}
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

// maxPage bounds how much of a page is looked through for words, in bytes.
const maxPage = 8 << 10

// plainText reduces a page to its title or its first words.
func plainText(s string) string {
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
