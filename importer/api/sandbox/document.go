package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// A document is the body of a create request. It stays a map because field
// names are to match exactly, which decoding into a struct would not do.
type document map[string]any

// A draft is what a valid document asks for, without its passwords.
type draft struct {
	name, email, group, provider string
	users                        []string // their e-mails
}

func isJSON(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == "application/json"
}

// parseDocument reads exactly one JSON object. Its errors do not quote the
// body, which holds passwords.
func parseDocument(body []byte) (document, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	var doc document
	if err := dec.Decode(&doc); err != nil || doc == nil {
		return nil, fmt.Errorf("not a JSON object (byte %d)", dec.InputOffset())
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("there is more behind the object")
	}
	return doc, nil
}

// searchText is what faults with a text are looked up in: name and e-mail of
// the client, as far as the document has them.
func searchText(doc document) string {
	details, _ := doc["client_details"].(map[string]any)
	name, _ := details["name"].(string)
	email, _ := details["email"].(string)
	if email == "" {
		if users, _ := doc["client_users"].([]any); len(users) > 0 {
			first, _ := users[0].(map[string]any)
			email, _ = first["email"].(string)
		}
	}
	return name + "\n" + email
}

// fieldErrors collects what is wrong, by the path of the field.
type fieldErrors map[string][]string

func (e fieldErrors) add(path, message string) { e[path] = append(e[path], message) }

const (
	required  = "This field is required."
	notText   = "Enter a text."
	notObject = "Enter an object."
	notEmail  = "Enter a valid email address."
)

func (doc document) validate() (draft, fieldErrors) {
	var d draft
	errs := fieldErrors{}
	if details := errs.object(doc, "client_details", true); details != nil {
		d.name = errs.text(details, "client_details", "name", true)
		d.email = errs.email(details, "client_details", false)
	}
	if group := errs.object(doc, "client_asset_group", true); group != nil {
		d.provider = errs.text(group, "client_asset_group", "tenant_voice_provider_id", true)
		d.group = errs.text(group, "client_asset_group", "name", false)
	}
	d.users = errs.users(doc)
	if d.email == "" && len(d.users) > 0 {
		d.email = d.users[0]
	}
	for _, optional := range []string{"billing_provider", "client_access", "assigned_resources"} {
		errs.object(doc, optional, false)
	}
	return d, errs
}

func (e fieldErrors) users(doc document) []string {
	const path = "client_users"
	if doc[path] == nil {
		e.add(path, required)
		return nil
	}
	list, ok := doc[path].([]any)
	if !ok {
		e.add(path, "Enter a list of users.")
		return nil
	}
	if len(list) == 0 {
		e.add(path, "At least one user is required.")
	}
	var emails []string
	for i, item := range list {
		at := fmt.Sprintf("%s.%d", path, i)
		user, ok := item.(map[string]any)
		if !ok {
			e.add(at, notObject)
			continue
		}
		emails = append(emails, e.email(user, at, true))
		// Blanks may be part of a password: only an empty one is missing.
		switch password := user["password"].(type) {
		case nil:
			e.add(at+".password", required)
		case string:
			if password == "" {
				e.add(at+".password", required)
			}
		default:
			e.add(at+".password", notText)
		}
	}
	return emails
}

// object returns the object at key, nil if it is missing or something else.
func (e fieldErrors) object(doc document, key string, must bool) map[string]any {
	switch v := doc[key].(type) {
	case map[string]any:
		return v
	case nil:
		if must {
			e.add(key, required)
		}
	default:
		e.add(key, notObject)
	}
	return nil
}

func (e fieldErrors) text(in map[string]any, at, key string, must bool) string {
	switch v := in[key].(type) {
	case string:
		if must && strings.TrimSpace(v) == "" {
			e.add(at+"."+key, required)
		}
		return v
	case nil:
		if must {
			e.add(at+"."+key, required)
		}
	default:
		e.add(at+"."+key, notText)
	}
	return ""
}

func (e fieldErrors) email(in map[string]any, at string, must bool) string {
	path := at + ".email"
	before := len(e[path])
	v := e.text(in, at, "email", must)
	if len(e[path]) == before && in["email"] != nil && !isEmail(v) {
		e.add(path, notEmail)
	}
	return v
}

// isEmail is stricter than mail.ParseAddress, which takes display names,
// outer blanks and bare host names.
func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	domain := s[strings.LastIndexByte(s, '@')+1:]
	dot := strings.IndexByte(domain, '.')
	return dot > 0 && !strings.HasSuffix(domain, ".")
}
