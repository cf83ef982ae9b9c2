package mapping

import (
	"github.com/bulkonboard/bulkonboard/importer"
)

// Options say what a mapping takes from elsewhere than the sheet.
type Options struct {
	Sets []string // PATH=VALUE: a constant for a request path, for every row
}

// A Mapper turns rows into requests. It is an importer.Mapper and safe for
// concurrent use.
type Mapper struct {
	constants []source
	plans     map[*importer.Header]*plan
	findings  []importer.Finding
}

// New compiles the standard columns for these headers. Its error is an *Error
// with everything that is wrong.
func New(headers []*importer.Header, o Options) (*Mapper, error) {
	constants, faults := parseSets(o.Sets)
	m := &Mapper{constants: constants, plans: make(map[*importer.Header]*plan, len(headers))}
	for _, h := range headers {
		p, fs := compile(h, constants)
		m.plans[h] = p
		m.findings = append(m.findings, p.findings...)
		faults = append(faults, fs...)
	}
	if len(faults) > 0 {
		return nil, &Error{Faults: faults, Advice: "`bulkonboard template` shows the standard columns"}
	}
	return m, nil
}

// Name tells what is mapped, in words.
func (m *Mapper) Name() string {
	if len(m.constants) > 0 {
		return "standard columns and --set"
	}
	return "standard columns"
}

// KeyDefinition is what makes a row this row: request paths.
func (m *Mapper) KeyDefinition() []string { return importer.DefaultKeyDefinition }

// Findings are about columns, not about rows.
func (m *Mapper) Findings() []importer.Finding { return m.findings }

// Map implements importer.Mapper. A row of a header that New was not given is
// a mistake of the caller's, and panics.
func (m *Mapper) Map(row importer.Row) (importer.Request, []importer.Finding) {
	p := m.plans[row.Header]
	if p == nil {
		panic("mapping: a row of an unknown header")
	}
	r := renderer{plan: p, row: row}
	return r.render()
}
