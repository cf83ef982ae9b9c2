package mapping

import (
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// A purpose is what the cells of a column are for.
type purpose int

const (
	forNobody purpose = iota // no path, and nobody said that this is meant
	forNone                  // left out on purpose, or a column of ours
	forText                  // names, groups, whatever only the mapping knows
	forWord                  // one of a few words: a level, a type, a filter
	forEmail
	forID
	forSecret
)

// A role is what damage is looked for in the cells of one column.
type role struct {
	purpose purpose
	path    string // the request path that it feeds; "" for none
	split   string // between the elements of a list; "" for a single value
	// sent: the cell's own characters reach the request, and are not looked up.
	sent bool
	// cooked: a transform takes out or replaces single characters.
	cooked bool
	// unseen: nobody has seen what such ids look like.
	unseen bool
}

// seenIDs are the kinds of resources whose ids are known to be plain.
var seenIDs = []string{"assistant", "phone_number", "campaign", "phone_number_pool"}

// assign gives each column of a header its role; ignored are those that are
// left out on purpose. A column that feeds several paths has the strictest.
func (p *plan) assign(h *importer.Header, ignored []bool) {
	p.roles = make([]role, len(h.Columns))
	for i, c := range h.Columns {
		if importer.IsRejectColumn(c) || ignored != nil && ignored[i] {
			p.roles[i].purpose = forNone
		} else if paths.SecretHeader(c) {
			p.roles[i].purpose = forNone // nobody uses it, and nobody need see it
		}
	}
	take := func(i int, r role) {
		if r.purpose > p.roles[i].purpose {
			p.roles[i] = r
		}
	}
	for _, t := range slices.Concat(p.only, p.skip) {
		take(t.column, role{purpose: forWord})
	}
	for _, c := range p.group {
		take(c, role{purpose: forWord})
	}
	sources := []source{p.preset}
	for _, s := range p.byPath {
		sources = append(sources, s)
	}
	slices.SortFunc(sources, func(a, b source) int { return strings.Compare(a.path, b.path) })
	for _, s := range sources {
		for _, c := range s.columns {
			take(c, roleOf(s))
		}
	}
}

func roleOf(s source) role {
	r := role{path: s.path, sent: true, purpose: forText}
	kind, resource := strings.CutPrefix(s.path, paths.Resources)
	switch {
	case s.secret():
		r.purpose = forSecret
	case s.path == paths.Email, strings.HasPrefix(s.path, paths.Users):
		r.purpose = forEmail
	case s.path == paths.Provider, s.path == paths.Product, s.path == paths.Prices, resource:
		r.purpose, r.unseen = forID, resource && !slices.Contains(seenIDs, kind)
	case s.path == paths.BillingType, strings.HasPrefix(s.path, paths.Access):
		r.purpose = forWord
	}
	if paths.IsList(s.path) {
		r.split = s.separator()
	}
	if s.value == nil {
		return r
	}
	for _, t := range s.value.transforms {
		if t.name == "replace" || t.name == "digits" || t.name == "phone" || t.name == "date" {
			r.cooked = true
		}
	}
	if s.value.lookup != nil {
		r.purpose, r.sent = forWord, false
	}
	return r
}
