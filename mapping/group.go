package mapping

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// A Member is one row of a group, as Map rendered it.
type Member struct {
	Row      importer.Row
	Request  importer.Request
	Findings []importer.Finding
}

// Merge makes one client of the rows of a group, in their order: each brings
// its users, and what else they say must agree. A row that leaves something
// out agrees. The client stands at the first row.
func (m *Mapper) Merge(members []Member) (importer.Request, []importer.Finding) {
	g := merger{m: m, said: map[string]importer.Row{}, filled: map[string]bool{}}
	g.req = importer.Request{Row: members[0].Request.Row}
	for _, member := range members {
		g.add(member)
	}
	var findings []importer.Finding
	for _, member := range members {
		for _, f := range member.Findings {
			if f.Code == "missing" && g.filled[f.Path] || f.Code == "email_from_user" {
				continue // another row of the group has it
			}
			if f.Severity == importer.Fault || !slices.ContainsFunc(findings, func(o importer.Finding) bool {
				return o.Code == f.Code && o.Path == f.Path && o.Message == f.Message
			}) {
				findings = append(findings, f)
			}
		}
	}
	c := &g.req.Client
	if c.Details.Email == "" && len(c.Users) > 0 && c.Users[0].Email != "" {
		c.Details.Email = c.Users[0].Email
		findings = append(findings, importer.Finding{Severity: importer.Note, Code: "email_from_user", Path: paths.Email,
			Cell:    members[0].Row.Cell(-1),
			Message: "the client has no e-mail of its own: the first user's is taken"})
	}
	g.req.Key = KeyOf(*c, m.key)
	return g.req, append(findings, g.findings...)
}

type merger struct {
	m        *Mapper
	req      importer.Request
	said     map[string]importer.Row // path → the row that said it first
	filled   map[string]bool         // paths that some row has a value for
	findings []importer.Finding
}

func (g *merger) add(member Member) {
	c, row, into := member.Request.Client, member.Row, &g.req.Client
	email := c.Details.Email
	if slices.ContainsFunc(member.Findings, func(f importer.Finding) bool { return f.Code == "email_from_user" }) {
		email = ""
	}
	g.text(row, paths.Name, &into.Details.Name, c.Details.Name)
	g.text(row, paths.Email, &into.Details.Email, email)
	g.text(row, paths.Provider, &into.Group.ProviderID, c.Group.ProviderID)
	g.text(row, paths.Group, &into.Group.Name, c.Group.Name)
	g.billing(row, c.Billing)
	for _, section := range slices.Sorted(maps.Keys(c.Access)) {
		v := into.Access[section]
		g.text(row, paths.Access+section, &v, c.Access[section])
		if into.Access == nil {
			into.Access = map[string]string{}
		}
		into.Access[section] = v
	}
	for _, kind := range slices.Sorted(maps.Keys(c.Resources)) {
		v := into.Resources[kind]
		g.list(row, paths.Resources+kind, &v, c.Resources[kind])
		if into.Resources == nil {
			into.Resources = map[string][]string{}
		}
		into.Resources[kind] = v
	}
	for _, name := range slices.Sorted(maps.Keys(c.Extra)) {
		v, _ := into.Extra[name].(string)
		now, _ := c.Extra[name].(string)
		g.text(row, paths.Extra+name, &v, now)
		if into.Extra == nil {
			into.Extra = map[string]any{}
		}
		into.Extra[name] = v
	}
	for _, u := range c.Users {
		if slices.ContainsFunc(into.Users, func(o importer.User) bool { return importer.Fold(o.Email) == importer.Fold(u.Email) }) {
			g.fault(row, paths.Users+"0.email", "duplicate_user", fmt.Sprintf("%q is a user of this client already, in another row", u.Email),
				"give each user an e-mail of their own, or remove the row")
			continue
		}
		into.Users = append(into.Users, u)
		g.filled[paths.Users+"0.email"], g.filled[paths.Users+"0.password"] = true, true
	}
}

func (g *merger) billing(row importer.Row, b *importer.Billing) {
	if b == nil {
		return
	}
	into := &g.req.Client
	if into.Billing == nil {
		into.Billing = &importer.Billing{}
	}
	g.text(row, paths.BillingType, &into.Billing.Type, b.Type)
	if b.Product == nil {
		return
	}
	if into.Billing.Product == nil {
		into.Billing.Product = &importer.Product{}
	}
	g.text(row, paths.Product, &into.Billing.Product.ID, b.Product.ID)
	g.list(row, paths.Prices, &into.Billing.Product.PriceIDs, b.Product.PriceIDs)
}

// text takes a value, or holds it against the one that is there.
func (g *merger) text(row importer.Row, path string, into *string, v string) {
	if v == "" {
		return
	}
	g.filled[path] = true
	if *into == "" {
		*into, g.said[path] = v, row
		return
	}
	// The group was found by folded text, so its name is compared in this way.
	same := *into == v || (path == paths.Name || path == paths.Email) && importer.Fold(*into) == importer.Fold(v)
	if !same {
		g.conflict(row, path, *into, v)
	}
}

func (g *merger) list(row importer.Row, path string, into *[]string, v []string) {
	if len(v) == 0 {
		return
	}
	if len(*into) == 0 {
		*into, g.said[path] = v, row
		return
	}
	if !slices.Equal(*into, v) {
		g.conflict(row, path, fmt.Sprint(*into), fmt.Sprint(v))
	}
}

func (g *merger) conflict(row importer.Row, path, first, now string) {
	g.fault(row, path, "group_conflict", fmt.Sprintf("%q here, and %q in %s: the rows of one client must agree",
		g.m.shown(row, path, now), g.m.shown(g.said[path], path, first), g.m.cell(g.said[path], path).Place()),
		"make them the same, or leave one empty")
}

func (g *merger) fault(row importer.Row, path, code, message, advice string) {
	g.findings = append(g.findings, importer.Finding{Severity: importer.Fault, Code: code, Cell: g.m.cell(row, path), Path: path,
		Message: message, Advice: advice})
}

// shown is a value as it stands in the sheet, else as it is sent.
func (m *Mapper) shown(row importer.Row, path, sent string) string {
	if p := m.plans[row.Header]; p != nil {
		if s, ok := p.byPath[path]; ok && s.fed() {
			return s.text(row)
		}
	}
	return sent
}

// cell is where a path's value stands in a row.
func (m *Mapper) cell(row importer.Row, path string) importer.Cell {
	if p := m.plans[row.Header]; p != nil {
		if s, ok := p.byPath[path]; ok {
			return row.Cell(s.column())
		}
	}
	return row.Cell(-1)
}
