package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
	"github.com/bulkonboard/bulkonboard/mapping/strict"
)

// A renderer turns one row into its request.
type renderer struct {
	plan     *plan
	row      importer.Row
	client   importer.Client
	findings []importer.Finding
	spoilt   []int // columns whose cells have a fault that says enough
}

func (r *renderer) render() (importer.Request, []importer.Finding) {
	if why := r.plan.skips(r.row); why != "" {
		return importer.Request{Key: r.keyOnly(), Row: r.row.Ref(), Skipped: why,
			Client: importer.Client{Details: r.client.Details, Users: r.client.Users}}, nil
	}
	r.damage()
	r.client.Details.Name = r.required(r.plan.name)
	r.users()
	r.email()
	r.provider()
	r.client.Group.Name = r.text(r.plan.groupName)
	r.billing()
	r.access()
	r.resources()
	r.extra()
	slices.SortStableFunc(r.findings, func(a, b importer.Finding) int { return a.Cell.Index - b.Cell.Index })
	return importer.Request{Key: r.key(), Row: r.row.Ref(), Client: r.client}, r.findings
}

// skips tells why a row is left out; "" if it is not.
func (p *plan) skips(row importer.Row) string {
	if column := p.filledDown(row); column >= 0 {
		return fmt.Sprintf("nothing but values such as those of column %q stand in this row", row.Header.Columns[column])
	}
	for _, t := range p.skip {
		if t.holds(row) {
			return fmt.Sprintf("column %q is %q, which the mapping skips", row.Header.Columns[t.column], importer.Trim(row.Cells[t.column]))
		}
	}
	for _, t := range p.only {
		if !t.holds(row) {
			return fmt.Sprintf("column %q is %q, which is not one the mapping takes", row.Header.Columns[t.column],
				importer.Trim(row.Cells[t.column]))
		}
	}
	return ""
}

// keyOnly finds what a row that is left out may be known by: the journal may
// know its customer.
func (r *renderer) keyOnly() importer.Key {
	r.client.Details.Name = r.text(r.plan.name)
	r.client.Details.Email = r.text(r.plan.email)
	for i, user := range r.plan.users {
		u := r.text(user.email)
		if u == "" {
			continue
		}
		r.client.Users = append(r.client.Users, importer.User{Email: u})
		if i == 0 && r.client.Details.Email == "" {
			r.client.Details.Email = u
		}
	}
	r.client.Group.Name = r.text(r.plan.groupName)
	return r.key()
}

// add notes a finding at a source's cell, or at the whole row where the sheet
// has no such column.
func (r *renderer) add(sev importer.Severity, code string, s source, message, advice string) {
	if slices.Contains(r.spoilt, s.column()) {
		return
	}
	r.findings = append(r.findings, importer.Finding{Severity: sev, Code: code, Cell: r.row.Cell(s.column()), Path: s.path, Message: message,
		Advice: advice})
}

func (r *renderer) fault(code string, s source, message, advice string) {
	r.add(importer.Fault, code, s, message, advice)
}

// text is the value of a path for this row; "" is absent, or a fault that is
// noted.
func (r *renderer) text(s source) string {
	v, _ := r.value(s)
	return v
}

// value is text, and tells whether a fault was noted.
func (r *renderer) value(s source) (v string, faulty bool) {
	raw := s.text(r.row)
	if s.value == nil || !s.fed() {
		return raw, false
	}
	if raw == "" {
		return s.value.fallback, false
	}
	return r.changed(s, raw)
}

// changed does to a value what the mapping wants.
func (r *renderer) changed(s source, raw string) (v string, faulty bool) {
	v = raw
	for _, t := range s.value.transforms {
		var err error
		if v, err = t.do(v); err != nil {
			r.fault("bad_"+t.name, s, fmt.Sprintf("%q cannot be used: %v", raw, err), "correct the value")
			return "", true
		}
		v = importer.Trim(v)
	}
	l := s.value.lookup
	if l == nil || v == "" {
		return v, false
	}
	to, ok := l.table[importer.Fold(v)]
	if !ok {
		advice := "add it to the lookup, or correct the value"
		if near := l.near(v); near != "" {
			advice = fmt.Sprintf("did you mean %q? Else add it to the lookup", near)
		}
		r.fault("lookup_miss", s, fmt.Sprintf("%q is not in the lookup of %s", v, s.path), advice)
		return "", true
	}
	return to, false
}

// near is the entry most like a value.
func (l *lookup) near(v string) string {
	v = importer.Fold(v)
	n := paths.Nearest(v, len(v)/2+2, l.folded)
	return l.names[n]
}

// texts are the elements of a list.
func (r *renderer) texts(s source) []string {
	raw := s.text(r.row)
	if raw == "" && s.value != nil {
		raw = s.value.fallback
	}
	if raw == "" {
		return nil
	}
	out := make([]string, 0, strings.Count(raw, s.separator())+1)
	for part := range strings.SplitSeq(raw, s.separator()) {
		if part = importer.Trim(part); part == "" {
			continue
		}
		if s.value != nil && s.fed() {
			part, _ = r.changed(s, part)
		}
		if part != "" {
			out = append(out, part)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// missing is the fault of a required value that is not there.
func (r *renderer) missing(s source, advice string) {
	message := "is empty, and is needed"
	if !s.fed() {
		message = fmt.Sprintf("there is no column %s, and it is needed", paths.StandardName(s.path))
		if r.plan.file != "" { // the sheet has its own names
			message = fmt.Sprintf("%s has no source for %s, and it is needed", r.plan.file, s.path)
		}
	}
	r.fault("missing", s, message, advice)
}

func (r *renderer) required(s source) string {
	v, faulty := r.value(s)
	if v == "" && !faulty {
		r.missing(s, "")
	}
	return v
}

func (r *renderer) users() {
	for _, u := range r.plan.users {
		email, faulty := r.value(u.email)
		password := r.text(u.password)
		if email == "" && password == "" && !faulty {
			continue
		}
		switch {
		case email == "" && !faulty:
			r.fault("missing", u.email, "this user has a password and no e-mail", "add the e-mail, or clear the password")
		case password == "" && u.password.generated() != nil:
		case password == "":
			r.fault("missing", u.password, "this user has an e-mail and no password", "add a first password")
		default:
			r.password(u.password, password)
		}
		if email != "" {
			r.address(u.email, email)
			for _, o := range r.client.Users {
				if importer.Fold(o.Email) == importer.Fold(email) {
					r.fault("duplicate_user", u.email, fmt.Sprintf("%q is a user of this client already", email), "give each user an e-mail of their own")
				}
			}
		}
		user := importer.User{Email: email, Password: importer.NewSecret(password)}
		if password == "" {
			user.Generate = u.password.generated()
		}
		r.client.Users = append(r.client.Users, user)
	}
	if len(r.client.Users) == 0 {
		first := r.plan.users[0]
		r.missing(first.email, "a client needs at least one user")
		if first.password.generated() == nil {
			r.missing(first.password, "a client needs at least one user")
		}
	}
}

// rule holds a password against the mapping's rule. It is never shown.
func (r *renderer) rule(s source, password string) {
	rule := r.plan.passwords
	if n := len([]rune(password)); n < rule.minLength {
		r.fault("weak_password", s, fmt.Sprintf("the password has %d characters, the mapping asks for %d", n, rule.minLength),
			"choose a longer one")
	}
	for _, class := range rule.classes {
		if !strings.ContainsFunc(password, inClass[class]) {
			r.fault("weak_password", s, fmt.Sprintf("the password has no character of the kind %s, which the mapping asks for", class),
				"choose another one")
		}
	}
}

var inClass = map[string]func(rune) bool{
	"lower": unicode.IsLower, "upper": unicode.IsUpper, "digit": unicode.IsDigit,
	"symbol": func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsSpace(c) },
}

// address checks an e-mail.
func (r *renderer) address(s source, email string) {
	if why := paths.AddressFault(email); why != "" {
		r.fault("bad_email", s, fmt.Sprintf("%q is not an e-mail address: %s", email, why), "correct the address")
		r.repairAddress(s)
		return
	}
	if tld, near := paths.UnknownTLD(email); tld != "" {
		advice := "make sure that mails arrive there"
		if near != "" {
			advice = "is it ." + near + "?"
		}
		r.add(importer.Warning, "unknown_domain", s, fmt.Sprintf("%q ends in .%s, which is no top-level domain that is known", email, tld),
			advice)
	}
}

// repairAddress offers what is left of a faulty address without what copying
// has left at it.
func (r *renderer) repairAddress(s source) {
	last := len(r.findings) - 1
	if len(s.columns) != 1 || last < 0 || r.findings[last].Code != "bad_email" || r.findings[last].Repair != nil {
		return
	}
	cell, ro := r.row.Cells[s.column()], &r.plan.roles[s.column()]
	if fixed := ro.repaired(cell); fixed != cell && paths.AddressFault(fixed) == "" {
		r.findings[last].Repair = &importer.Repair{Old: cell, New: fixed}
	}
}

// email fills the client's own address, from the first user where it has none:
// the API's documentation contradicts itself on whether it may be left out.
func (r *renderer) email() {
	email, faulty := r.value(r.plan.email)
	if faulty {
		return
	}
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

func (r *renderer) key() importer.Key { return KeyOf(r.client, r.plan.key) }

// KeyOf is the key that a key definition gives a client: the values at its
// paths. A client without an e-mail of its own is known by its first user's. It
// is empty where a value is missing or no address.
func KeyOf(c importer.Client, definition []string) importer.Key {
	first := ""
	if len(c.Users) > 0 {
		first = c.Users[0].Email
	}
	values := make([]string, len(definition))
	for i, path := range definition {
		switch {
		case path == paths.Email:
			if values[i] = c.Details.Email; values[i] == "" {
				values[i] = first
			}
		case path == paths.Name:
			values[i] = c.Details.Name
		case path == paths.Group:
			values[i] = c.Group.Name
		case strings.HasPrefix(path, paths.Users):
			values[i] = first
		default:
			values[i], _ = c.Extra[strings.TrimPrefix(path, paths.Extra)].(string)
		}
		if (path == paths.Email || strings.HasPrefix(path, paths.Users)) && !paths.IsAddress(values[i]) {
			return ""
		}
	}
	return importer.MakeKey(values...)
}

func (r *renderer) provider() {
	s := r.plan.provider
	v := r.required(s)
	if v == "" {
		return
	}
	r.client.Group.ProviderID = r.id(s, v)
}

// id checks an id and is what is sent. Of a constant the plan tells once.
func (r *renderer) id(s source, v string) string {
	c := paths.CheckID(s.path, v)
	switch {
	case c.Fault != "":
		r.fault(c.Code, s, c.Fault, c.Advice)
		return c.Sent
	case !s.fed():
		return c.Sent
	case c.Warning != "":
		r.add(importer.Warning, c.Code, s, c.Warning, c.Advice)
	}
	if c.Plain {
		r.add(importer.Note, "encoded_id", s, fmt.Sprintf("%q is sent as %s", v, c.Sent), "")
	}
	return c.Sent
}

// absent tells an optional object of which the sheet could give something and
// gives nothing: it is left out, with its constants.
func (r *renderer) absent(leaves ...source) bool {
	fed := false
	for _, s := range leaves {
		if !s.fed() {
			continue
		}
		if fed = true; s.text(r.row) != "" || s.value != nil && s.value.fallback != "" {
			return false
		}
	}
	return fed
}

func (r *renderer) billing() {
	if r.absent(r.plan.billingType, r.plan.product, r.plan.prices) {
		return
	}
	t, badType := r.value(r.plan.billingType)
	product, badProduct := "", false
	var prices []string
	if !r.absent(r.plan.product, r.plan.prices) {
		product, badProduct = r.value(r.plan.product)
		prices = r.texts(r.plan.prices)
	}
	if t == "" && product == "" && len(prices) == 0 {
		return
	}
	b := &importer.Billing{Type: t}
	switch {
	case badType:
	case t == "":
		r.missing(r.plan.billingType, "STRIPE is the only type that the API's documentation shows")
	case t != "STRIPE":
		r.add(importer.Warning, "unseen_billing_type", r.plan.billingType, fmt.Sprintf("the API's documentation shows no billing type %q", t),
			"STRIPE is the one it shows")
	}
	if product == "" && !badProduct && len(prices) > 0 {
		r.fault("missing", r.plan.product, "there are prices and no product", "add the product's id, or clear the prices")
	}
	if product != "" || len(prices) > 0 {
		b.Product = &importer.Product{ID: product, PriceIDs: prices}
	}
	r.client.Billing = b
}

func (r *renderer) access() {
	if r.absent(r.plan.accessLeaves...) {
		return
	}
	r.preset()
	for _, s := range r.plan.access {
		level := r.text(s)
		if level == "" {
			continue
		}
		section := strings.TrimPrefix(s.path, paths.Access)
		if r.client.Access == nil {
			r.client.Access = make(map[string]string, len(r.plan.access))
		}
		r.client.Access[section] = level
		if !slices.Contains(paths.SeenSections, section) || !slices.Contains(paths.SeenLevels, level) {
			r.add(importer.Warning, "unseen_access", s, fmt.Sprintf("the API's documentation does not show %s: %q", section, level),
				"seen are "+strings.Join(paths.SeenLevels, ", ")+" for "+strings.Join(paths.SeenSections, ", "))
		}
	}
}

// preset gives the levels that a name stands for; what is given by itself
// beats them.
func (r *renderer) preset() {
	name := r.text(r.plan.preset)
	if name == "" {
		return
	}
	levels, ok := r.plan.presets[importer.Fold(name)]
	if !ok {
		var names []string
		for n := range r.plan.presets {
			names = append(names, n)
		}
		slices.Sort(names)
		r.fault("lookup_miss", r.plan.preset, fmt.Sprintf("%q is none of the access presets", name), "there are "+strict.List(names))
		return
	}
	r.client.Access = maps.Clone(levels)
}

// extra passes on what only the mapping knows.
func (r *renderer) extra() {
	for _, s := range r.plan.extra {
		if v := r.text(s); v != "" {
			if r.client.Extra == nil {
				r.client.Extra = make(map[string]any, len(r.plan.extra))
			}
			r.client.Extra[strings.TrimPrefix(s.path, paths.Extra)] = v
		}
	}
}

func (r *renderer) resources() {
	if r.absent(r.plan.resources...) {
		return
	}
	for _, s := range r.plan.resources {
		ids := r.texts(s)
		if len(ids) == 0 {
			continue
		}
		kind := strings.TrimPrefix(s.path, paths.Resources)
		for i, v := range ids {
			if kind != "phone_number" && strings.ContainsAny(v, ",;|\n\t") {
				r.add(importer.Warning, "list_separator", s, fmt.Sprintf("%s looks like several ids, and is sent as one: lists are split at %q",
					shown(v), s.separator()),
					fmt.Sprintf("write %q between the ids", s.separator()))
			}
			ids[i] = r.id(s, v)
		}
		if r.client.Resources == nil {
			r.client.Resources = make(map[string][]string, len(r.plan.resources))
		}
		r.client.Resources[kind] = ids
	}
}
