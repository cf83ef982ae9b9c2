package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A renderer turns one row into its request.
type renderer struct {
	plan     *plan
	row      importer.Row
	client   importer.Client
	findings []importer.Finding
}

func (r *renderer) render() (importer.Request, []importer.Finding) {
	r.client.Details.Name = r.required(r.plan.name)
	r.users()
	r.email()
	r.provider()
	r.client.Group.Name = r.plan.group.value(r.row)
	r.billing()
	r.access()
	r.resources()
	slices.SortStableFunc(r.findings, func(a, b importer.Finding) int { return a.Cell.Index - b.Cell.Index })
	return importer.Request{Key: r.key(), Row: r.row.Ref(), Client: r.client}, r.findings
}

// add notes a finding at a source's cell, or at the whole row where the sheet
// has no such column.
func (r *renderer) add(sev importer.Severity, code string, s source, message, advice string) {
	r.findings = append(r.findings, importer.Finding{Severity: sev, Code: code, Cell: r.row.Cell(s.column), Path: s.path, Message: message, Advice: advice})
}

func (r *renderer) fault(code string, s source, message, advice string) {
	r.add(importer.Fault, code, s, message, advice)
}

// missing is the fault of a required value that is not there.
func (r *renderer) missing(s source, advice string) {
	message := "is empty, and is needed"
	if !s.fed() {
		message = fmt.Sprintf("there is no column %s, and it is needed", standardName(s.path))
	}
	r.fault("missing", s, message, advice)
}

func (r *renderer) required(s source) string {
	v := s.value(r.row)
	if v == "" {
		r.missing(s, "")
	}
	return v
}

func (r *renderer) users() {
	for _, u := range r.plan.users {
		email, password := u.email.value(r.row), u.password.value(r.row)
		if email == "" && password == "" {
			continue
		}
		switch {
		case email == "":
			r.fault("missing", u.email, "this user has a password and no e-mail", "add the e-mail, or clear the password")
		case password == "":
			r.fault("missing", u.password, "this user has an e-mail and no password", "add a first password")
		}
		if email != "" {
			r.address(u.email, email)
			for _, o := range r.client.Users {
				if importer.Fold(o.Email) == importer.Fold(email) {
					r.fault("duplicate_user", u.email, fmt.Sprintf("%q is a user of this client already", email), "give each user an e-mail of their own")
				}
			}
		}
		r.client.Users = append(r.client.Users, importer.User{Email: email, Password: importer.NewSecret(password)})
	}
	if len(r.client.Users) == 0 {
		first := r.plan.users[0]
		r.missing(first.email, "a client needs at least one user")
		r.missing(first.password, "a client needs at least one user")
	}
}

// address checks an e-mail and tells whether it is one.
func (r *renderer) address(s source, email string) bool {
	why := addressFault(email)
	if why != "" {
		r.fault("bad_email", s, fmt.Sprintf("%q is not an e-mail address: %s", email, why), "correct the address")
	}
	return why == ""
}

// email fills the client's own address, from the first user where it has none:
// the API's documentation contradicts itself on whether it may be left out.
func (r *renderer) email() {
	email := r.plan.email.value(r.row)
	if email != "" {
		r.client.Details.Email = email
		r.address(r.plan.email, email)
		return
	}
	if len(r.client.Users) > 0 && r.client.Users[0].Email != "" {
		r.client.Details.Email = r.client.Users[0].Email
		r.add(importer.Note, "email_from_user", r.plan.email, "the client has no e-mail of its own: the first user's is taken", "")
	}
}

// key is the client's own address, else the first user's, if it is a valid one.
func (r *renderer) key() importer.Key {
	if e := r.client.Details.Email; e != "" && addressFault(e) == "" {
		return importer.MakeKey(e)
	}
	return ""
}

func (r *renderer) provider() {
	s := r.plan.provider
	v := r.required(s)
	if v == "" {
		return
	}
	id, kind, form := globalID(v)
	switch {
	case form == formUnknown:
		r.add(importer.Warning, "unseen_id_form", s, fmt.Sprintf("%q does not look like the platform's ids", v), "ids look like "+encodeID(providerType+":123")+"; it is sent as it is")
		r.client.Group.ProviderID = v
		return
	case kind != providerType:
		r.fault("wrong_id_type", s, fmt.Sprintf("%q is the id of a %s, not of a %s", v, kind, providerType), "copy the id of the voice provider")
	case form == formPlain:
		r.add(importer.Note, "encoded_id", s, fmt.Sprintf("%q is sent as %s", v, id), "")
	}
	r.client.Group.ProviderID = id
}

func (r *renderer) billing() {
	t, product := r.plan.billingType.value(r.row), r.plan.product.value(r.row)
	prices := list(r.plan.prices.value(r.row))
	fed, any := false, false
	for _, s := range []source{r.plan.billingType, r.plan.product, r.plan.prices} {
		fed = fed || s.fed()
		any = any || s.fed() && s.value(r.row) != ""
	}
	if fed && !any || t == "" && product == "" && len(prices) == 0 {
		return // all that the sheet could give is absent: so is the whole object
	}
	b := &importer.Billing{Type: t}
	switch {
	case t == "":
		r.missing(r.plan.billingType, "STRIPE is the only type that the API's documentation shows")
	case t != "STRIPE":
		r.add(importer.Warning, "unseen_billing_type", r.plan.billingType, fmt.Sprintf("the API's documentation shows no billing type %q", t), "STRIPE is the one it shows")
	}
	if product == "" && len(prices) > 0 {
		r.fault("missing", r.plan.product, "there are prices and no product", "add the product's id, or clear the prices")
	}
	if product != "" || len(prices) > 0 {
		b.Product = &importer.Product{ID: product, PriceIDs: prices}
	}
	r.client.Billing = b
}

// The sections and levels of access that the API's documentation shows; it
// says that there are others.
var (
	seenSections = []string{"assistant", "campaign"}
	seenLevels   = []string{"view_only", "view_and_add"}
)

func (r *renderer) access() {
	for _, s := range r.plan.access {
		level := s.value(r.row)
		if level == "" {
			continue
		}
		section := strings.TrimPrefix(s.path, pathAccess)
		if r.client.Access == nil {
			r.client.Access = make(map[string]string, len(r.plan.access))
		}
		r.client.Access[section] = level
		if !slices.Contains(seenSections, section) || !slices.Contains(seenLevels, level) {
			r.add(importer.Warning, "unseen_access", s, fmt.Sprintf("the API's documentation does not show %s: %q", section, level), "seen are "+strings.Join(seenLevels, ", ")+" for "+strings.Join(seenSections, ", "))
		}
	}
}

// resourceTypes are the kinds whose ids are the platform's own.
var resourceTypes = map[string]string{"campaign": "VoiceCampaign", "phone_number_pool": "VoicePhoneNumberPool"}

func (r *renderer) resources() {
	for _, s := range r.plan.resources {
		ids := list(s.value(r.row))
		if len(ids) == 0 {
			continue
		}
		kind := strings.TrimPrefix(s.path, pathResources)
		for i, v := range ids {
			id, typ, form := globalID(v)
			switch want := resourceTypes[kind]; {
			case form == formUnknown:
			case want == "" && (typ == providerType || typ == resourceTypes["campaign"] || typ == resourceTypes["phone_number_pool"]),
				want != "" && typ != want:
				r.fault("wrong_id_type", s, fmt.Sprintf("%q is the id of a %s, not of a %s", v, typ, strings.ReplaceAll(kind, "_", " ")), "copy the right id")
			case form == formPlain && want != "":
				r.add(importer.Note, "encoded_id", s, fmt.Sprintf("%q is sent as %s", v, id), "")
				ids[i] = id
			}
		}
		if r.client.Resources == nil {
			r.client.Resources = make(map[string][]string, len(r.plan.resources))
		}
		r.client.Resources[kind] = ids
	}
}

// list splits a cell at ";" and leaves out what is empty.
func list(v string) []string {
	if v == "" {
		return nil
	}
	var out []string
	for part := range strings.SplitSeq(v, ";") {
		if part = trim(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// trim takes white space off both ends, and what looks like it or like
// nothing: non-breaking and zero-width characters, byte order marks.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\u2060' || r == '\ufeff'
	})
}
