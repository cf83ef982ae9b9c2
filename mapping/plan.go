package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// A source is where the value of one request path comes from.
type source struct {
	path     string
	columns  []int  // indexes of the columns; none for a constant
	constant string // the value of a constant
	value    *value // what a mapping file does to it; nil: nothing
}

// text is the trimmed text of a row before anything is done to it; "" is absent.
func (s source) text(row importer.Row) string {
	switch len(s.columns) {
	case 0:
		return s.constant
	case 1:
		return importer.Trim(row.Cells[s.columns[0]])
	}
	var parts []string
	for _, c := range s.columns {
		if t := importer.Trim(row.Cells[c]); t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, s.value.join)
}

// fed tells whether the value comes from the sheet.
func (s source) fed() bool { return len(s.columns) > 0 }

// column is the index of the first column, -1 if there is none.
func (s source) column() int {
	if len(s.columns) == 0 {
		return -1
	}
	return s.columns[0]
}

// secret tells values that no finding may show.
func (s source) secret() bool {
	return strings.HasPrefix(s.path, paths.Users) && strings.HasSuffix(s.path, ".password")
}

// generated is the rule of a password that is made up where the sheet has
// none; nil: none is.
func (s source) generated() *importer.PasswordRule {
	if s.value == nil {
		return nil
	}
	return s.value.generate
}

// separator stands between the elements of a list.
func (s source) separator() string {
	if s.value != nil {
		return s.value.split
	}
	return ";"
}

// A plan is a mapping compiled for one header.
type plan struct {
	file string // the mapping file; "" for the standard columns

	name, email, provider        source
	groupName                    source
	billingType, product, prices source
	users                        []userSource
	access, resources, extra     []source // by name
	accessLeaves                 []source // access and preset

	preset     source
	presets    map[string]map[string]string
	only, skip []test
	group      []int // columns that rows of one client have in common
	passwords  passwordRule
	key        []string

	byPath   map[string]source
	roles    []role // of the columns
	findings []importer.Finding
}

type userSource struct{ email, password source }

// compileStandard makes the plan for a header: its standard columns, and the
// constants.
func compileStandard(h *importer.Header, constants []source) (*plan, []string) {
	var faults []string
	byPath := map[string]source{}
	from := map[string]string{} // the column a path was found in
	p := &plan{key: importer.DefaultKeyDefinition}
	for i, column := range h.Columns {
		path := paths.Standard(column)
		if path == "" {
			if !importer.IsRejectColumn(column) {
				p.unused(h, i, nearColumn(column))
			}
			continue
		}
		if other, twice := from[path]; twice {
			faults = append(faults, fmt.Sprintf("%s: the columns %q and %q both mean %s: remove or rename one", h.File, other, column,
				paths.StandardName(path)))
			continue
		}
		from[path] = column
		byPath[path] = source{path: path, columns: []int{i}}
		if kind, ok := strings.CutPrefix(path, paths.Resources); ok && !slices.Contains(paths.ResourceKinds, kind) {
			p.findings = append(p.findings, importer.Finding{Severity: importer.Warning, Code: "unseen_resource_kind", Path: path,
				Cell:    importer.Cell{File: h.File, Sheet: h.Sheet, Column: column, Index: i + 1},
				Message: fmt.Sprintf("the API's documentation shows no resources of kind %q", kind), Advice: "seen are " +
					strings.Join(paths.ResourceKinds, ", ")})
		}
	}
	matched := len(byPath)
	for _, c := range constants {
		if s, ok := byPath[c.path]; ok {
			p.findings = append(p.findings, importer.Finding{Severity: importer.Warning, Code: "unused_column", Path: c.path,
				Cell:    importer.Cell{File: h.File, Sheet: h.Sheet, Column: h.Columns[s.column()], Index: s.column() + 1},
				Message: "unused column: --set gives " + c.path + " to every row"})
		}
		byPath[c.path] = c
	}
	if matched == 0 {
		faults = append(faults, fmt.Sprintf("%s: none of the headers is a standard column: %s", h.File, quoted(h.Columns)))
	}
	p.fill(byPath)
	p.constantIDs(h)
	p.oddHeaders(h)
	p.assign(h, nil)
	return p, faults
}

func (p *plan) unused(h *importer.Header, i int, advice string) {
	p.findings = append(p.findings, importer.Finding{Severity: importer.Warning, Code: "unused_column",
		Cell:    importer.Cell{File: h.File, Sheet: h.Sheet, Column: h.Columns[i], Index: i + 1},
		Message: "unused column", Advice: advice})
}

// fill puts the sources where the renderer looks for them.
func (p *plan) fill(byPath map[string]source) {
	p.byPath = byPath
	get := func(path string) source {
		if s, ok := byPath[path]; ok {
			return s
		}
		return source{path: path}
	}
	p.name, p.email, p.provider, p.groupName = get(paths.Name), get(paths.Email), get(paths.Provider), get(paths.Group)
	p.billingType, p.product, p.prices = get(paths.BillingType), get(paths.Product), get(paths.Prices)
	last := 0
	var sorted []string
	for path := range byPath {
		sorted = append(sorted, path)
		if rest, ok := strings.CutPrefix(path, paths.Users); ok {
			n, _, _ := strings.Cut(rest, ".")
			i, _ := strconv.Atoi(n)
			last = max(last, i)
		}
	}
	for i := range last + 1 {
		base := paths.Users + strconv.Itoa(i)
		p.users = append(p.users, userSource{get(base + ".email"), get(base + ".password")})
	}
	slices.Sort(sorted) // so that findings come in one order
	for _, path := range sorted {
		switch {
		case strings.HasPrefix(path, paths.Access):
			p.access = append(p.access, byPath[path])
		case strings.HasPrefix(path, paths.Extra):
			p.extra = append(p.extra, byPath[path])
		case strings.HasPrefix(path, paths.Resources):
			p.resources = append(p.resources, byPath[path])
		}
	}
	p.accessLeaves = append(slices.Clone(p.access), p.preset)
}

// constantIDs tells once of ids that the mapping gives to every row.
func (p *plan) constantIDs(h *importer.Header) {
	for _, s := range slices.Concat([]source{p.provider}, p.resources) {
		if s.fed() || s.constant == "" {
			continue
		}
		elements := []string{s.constant}
		if paths.IsList(s.path) {
			elements = strings.Split(s.constant, s.separator())
		}
		for _, e := range elements {
			e = importer.Trim(e)
			c := paths.CheckID(s.path, e)
			f := importer.Finding{Severity: importer.Note, Code: "encoded_id", Path: s.path, Cell: importer.Cell{File: h.File, Sheet: h.Sheet},
				Message: fmt.Sprintf("%q is sent as %s, for every row", e, c.Sent)}
			if c.Plain {
				p.findings = append(p.findings, f)
			}
			if c.Warning != "" {
				f.Severity, f.Code, f.Message, f.Advice = importer.Warning, c.Code, c.Warning, c.Advice
				p.findings = append(p.findings, f)
			}
		}
	}
}

// oddHeaders tells of names that are not what they look like.
func (p *plan) oddHeaders(h *importer.Header) {
	for i, c := range h.Columns {
		if odd := paths.OddHeader(c); odd != "" {
			p.findings = append(p.findings, importer.Finding{Severity: importer.Note, Code: "odd_header",
				Cell: importer.Cell{File: h.File, Sheet: h.Sheet, Column: c, Index: i + 1}, Message: odd, Advice: "type the column's name anew"})
		}
	}
}

// nearColumn suggests the standard column that a header is most like.
func nearColumn(column string) string {
	var squashed []string
	byName := map[string]string{}
	for _, c := range StandardColumns() {
		s := paths.Squash(c.Name)
		squashed, byName[s] = append(squashed, s), c.Name
	}
	h := paths.Squash(column)
	if best := byName[paths.Nearest(h, len(h)/4+2, squashed)]; best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

func quoted(list []string) string {
	const most = 8
	var q []string
	for i, s := range list {
		if i == most {
			q = append(q, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		q = append(q, strconv.Quote(s))
	}
	return strings.Join(q, ", ")
}
