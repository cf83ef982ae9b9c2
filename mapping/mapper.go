package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// Options say what a mapping takes from elsewhere than the sheet.
type Options struct {
	Sets []string // PATH=VALUE: a constant for a request path, for every row
	// Document is a mapping file; nil means the standard columns. Name is what
	// people call it.
	Document *Document
	Name     string
	// Tables are what Document.Files asked for, as from → to.
	Tables map[LookupFile][][2]string
}

// A Mapper turns rows into requests. It is an importer.Mapper and safe for
// concurrent use.
type Mapper struct {
	o        Options
	key      []string
	grouped  bool
	plans    map[*importer.Header]*plan
	findings []importer.Finding
}

// New compiles a mapping for these headers. Its error is an *Error with
// everything that is wrong.
func New(headers []*importer.Header, o Options) (*Mapper, error) {
	sets, faults := paths.Sets(o.Sets)
	constants := make([]source, len(sets))
	for i, c := range sets {
		constants[i] = source{path: c.Path, constant: c.Value}
	}
	m := &Mapper{o: o, key: importer.DefaultKeyDefinition, plans: make(map[*importer.Header]*plan, len(headers))}
	advice := "run `bulkonboard init INPUT` first: it proposes a mapping for your own columns; `bulkonboard template` shows the standard ones"
	if d := o.Document; d != nil {
		var wrong []string
		o.Document, wrong = d.with(o.Tables)
		faults = append(faults, wrong...)
		m.key, m.grouped, advice = d.Key, len(d.GroupBy) > 0, "correct the mapping file or the sheet; `bulkonboard init` proposes a mapping "+
			"that "+
			"fits"
	}
	for _, h := range headers {
		var p *plan
		var fs []string
		if o.Document != nil {
			p, fs = compileDocument(o.Name, o.Document, h, constants)
		} else {
			p, fs = compileStandard(h, constants)
		}
		m.plans[h] = p
		m.findings = append(m.findings, p.findings...)
		faults = append(faults, fs...)
	}
	if len(faults) > 0 {
		return nil, newError(faults, advice)
	}
	return m, nil
}

// with fills in the lookups that were read from files, and says what is wrong
// in them.
func (d *Document) with(tables map[LookupFile][][2]string) (with *Document, faults []string) {
	if len(tables) == 0 {
		return d, nil
	}
	filled := *d
	filled.values = slices.Clone(d.values)
	for i, v := range filled.values {
		if v.lookup == nil || v.lookup.file == nil {
			continue
		}
		l := newLookup(v.lookup.file)
		for _, pair := range tables[*v.lookup.file] {
			l.add(pair[0], pair[1])
			if why := paths.TargetFault(v.path, importer.Trim(pair[1]), v.split); why != "" {
				faults = append(faults, fmt.Sprintf("%s: the value for %q in column %q: %s", v.lookup.file.Path, pair[0], v.lookup.file.To, why))
			}
		}
		filled.values[i].lookup = l
	}
	return &filled, faults
}

// Name tells what is mapped, in words.
func (m *Mapper) Name() string {
	name := "standard columns"
	if m.o.Document != nil {
		name = m.o.Name
	}
	if len(m.o.Sets) > 0 {
		name += " and --set"
	}
	return name
}

// KeyDefinition is what makes a row this row: request paths.
func (m *Mapper) KeyDefinition() []string { return m.key }

// Grouped tells whether several rows may make one client.
func (m *Mapper) Grouped() bool { return m.grouped }

// Findings are about columns, not about rows.
func (m *Mapper) Findings() []importer.Finding { return m.findings }

func (m *Mapper) plan(row importer.Row) *plan {
	p := m.plans[row.Header]
	if p == nil {
		panic("mapping: a row of an unknown header")
	}
	return p
}

// Map implements importer.Mapper. A row of a header that New was not given is
// a mistake of the caller's, and panics.
func (m *Mapper) Map(row importer.Row) (importer.Request, []importer.Finding) {
	r := renderer{plan: m.plan(row), row: row}
	return r.render()
}

// Group is what rows of one client have in common; "" for a row that stands
// for itself.
func (m *Mapper) Group(row importer.Row) string {
	p := m.plan(row)
	if len(p.group) == 0 || p.skips(row) != "" {
		return ""
	}
	values := make([]string, len(p.group))
	for i, c := range p.group {
		values[i] = importer.Trim(row.Cells[c])
	}
	return string(importer.MakeKey(values...))
}

// Uses tells whether the mapping takes anything from a column, and whether
// the column chooses rows or brings them together.
func (m *Mapper) Uses(h *importer.Header, column int) (used, chooses bool) {
	p := m.plans[h]
	for _, t := range slices.Concat(p.only, p.skip) {
		chooses = chooses || t.column == column
	}
	chooses = chooses || slices.Contains(p.group, column)
	return chooses || p.roles[column].purpose > forNone, chooses
}

// Secret tells whether a cell of the column may be a password: it feeds one, or
// nobody knows what it is for.
func (m *Mapper) Secret(h *importer.Header, column int) bool {
	switch m.plans[h].roles[column].purpose {
	case forSecret, forNobody, forNone:
		return true
	}
	return false
}

// OwnLogin tells whether the first login of a row is a value of its own, and no
// part of what makes up the row's key.
func (m *Mapper) OwnLogin(row importer.Row) bool {
	p := m.plans[row.Header]
	if p == nil || len(row.Cells) != len(row.Header.Columns) {
		return false
	}
	login := p.users[0].email
	for _, path := range m.key {
		switch {
		case strings.HasPrefix(path, paths.Users):
			return false
		case path == paths.Email && p.email.text(row) == "":
			return false // the login stands in for it
		case path == paths.Email && slices.ContainsFunc(p.email.columns, func(c int) bool { return slices.Contains(login.columns, c) }):
			return false
		}
	}
	return true
}
