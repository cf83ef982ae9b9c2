package mapping

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
	"github.com/bulkonboard/bulkonboard/mapping/strict"
)

// A Document is a mapping file, read and found to make sense by itself. How it
// fits a sheet is New's matter. It is not changed any more and safe for
// concurrent use.
type Document struct {
	// Key is what makes a row this row: request paths.
	Key []string
	// GroupBy are the columns that rows of one client have in common; nil:
	// every row is a client.
	GroupBy []string
	// HeaderRow is the row of the column names, as a spreadsheet numbers it;
	// 0: the one that fits best.
	HeaderRow int
	// Sheets are those of a workbook that are read; nil: the mapping does not say.
	Sheets []string
	// Recipients are those who can open the passwords that are sealed.
	Recipients []string

	only, skip []condition
	ignore     []string
	values     []value // in the file's order
	preset     *value
	presets    map[string]map[string]string // by folded name: section → level
	passwords  passwordRule
}

// Files are the tables that lookups want to be read from files: names as they
// stand in the mapping file, relative to its folder, each once.
func (d *Document) Files() []LookupFile {
	var out []LookupFile
	for _, v := range d.all() {
		if l := v.lookup; l != nil && l.file != nil && !slices.Contains(out, *l.file) {
			out = append(out, *l.file)
		}
	}
	return out
}

// Columns are those that the mapping names, those it ignores left out, each once.
func (d *Document) Columns() []string {
	var out []string
	add := func(names ...string) {
		for _, n := range names {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	for _, v := range d.all() {
		add(v.columns...)
	}
	for _, c := range append(slices.Clone(d.only), d.skip...) {
		add(c.column)
	}
	add(d.GroupBy...)
	return out
}

func (d *Document) all() []value {
	if d.preset != nil {
		return append(slices.Clone(d.values), *d.preset)
	}
	return d.values
}

// A LookupFile names a table of two columns in a file.
type LookupFile struct{ Path, From, To string }

// A condition tells rows that are left out from those that stay.
type condition struct {
	column string
	in     map[string]bool // folded
	empty  *bool
	line   int
}

// A value says where the value of one request path comes from.
type value struct {
	path       string
	line       int
	columns    []string // none: a constant
	join       string
	constant   string
	fallback   string // where the sheet has nothing
	transforms []transform
	lookup     *lookup
	split      string                 // between the elements of a list
	generate   *importer.PasswordRule // a password that is generated where the sheet has none; nil: none is
}

// A lookup replaces a value by another one.
type lookup struct {
	table  map[string]string // by folded value
	names  map[string]string // as written, by folded value
	folded []string          // in order
	file   *LookupFile       // nil: the table stands in the mapping
}

// A passwordRule is what first passwords have to meet.
type passwordRule struct {
	minLength int
	classes   []string
}

// Parse reads a mapping file. Its error is an *Error with everything that is
// wrong, each with its line; name is what people call the file.
func Parse(name string, content []byte) (*Document, error) {
	file, root := strict.Parse(name, content)
	p := &parser{File: file, doc: &Document{}}
	if root != nil {
		p.document(root)
	} else if len(p.Faults()) == 0 {
		p.Fault(nil, "the file is empty")
	}
	if faults := p.Faults(); len(faults) > 0 {
		return nil, &Error{Faults: faults, Advice: "correct the mapping file; `bulkonboard init` writes one that fits the sheet"}
	}
	return p.doc, nil
}

// A parser walks the nodes of a file.
type parser struct {
	*strict.File
	doc     *Document
	targets []*yaml.Node // the values that the one being read gives by itself
}

// A field is one key of an object: what may stand there, and what it means.
type field struct {
	name    string
	meaning string
	read    func(*parser, *yaml.Node)
	shape   shape // for the JSON Schema; nil: not in it
}

// documentFields are the keys at the top of a mapping file.
var documentFields []field

func init() {
	documentFields = []field{
		{"version", "the version of this format: 1", (*parser).version, shape{"const": 1}},
		{"key", "what makes a row this row: request paths", func(p *parser, n *yaml.Node) { p.key(n) }, listOf(textShape)},
		{"only", "rows that meet all of these conditions; others are skipped", func(p *parser, n *yaml.Node) { p.doc.only = p.conditions(n) },
			conditionsShape()},
		{"skip", "rows that meet one of these conditions are skipped", func(p *parser, n *yaml.Node) { p.doc.skip = p.conditions(n) },
			conditionsShape()},
		{"ignore", "columns that are left out on purpose", func(p *parser, n *yaml.Node) { p.doc.ignore = p.Texts(n) }, listOf(textShape)},
		{"group_by", "columns that the rows of one client have in common", func(p *parser, n *yaml.Node) { p.doc.GroupBy = p.few(n, "group_by") },
			listOf(textShape)},
		{"header_row", "the row of the column names, as a spreadsheet numbers it",
			func(p *parser, n *yaml.Node) { p.doc.HeaderRow = p.Number(n, 1, 1000) }, wholeNumber(1, 1000)},
		{"sheets", "the sheets of a workbook that are read, by name", func(p *parser, n *yaml.Node) { p.doc.Sheets = p.few(n, "sheets") },
			listOf(textShape)},
		{"passwords", "what first passwords have to meet", (*parser).rule, objectOf(ruleFields(&passwordRule{}))},
		{"recipients", "public keys of those who can open sealed passwords, as `bulkonboard keygen` prints them",
			func(p *parser, n *yaml.Node) { p.doc.Recipients = p.recipients(n) }, listOf(shape{"type": "string", "pattern": "^age1"})},
		{"access_presets", "named sets of access levels", (*parser).accessPresets, namedBy(namedBy(textShape))},
		{"request", "the request, with a source for each value", (*parser).request, objectOf(requestFields())},
	}
}

func (p *parser) document(n *yaml.Node) {
	seen := p.object(n, "a mapping file", documentFields)
	for _, name := range []string{"version", "request"} {
		if !seen[name] {
			p.Fault(n, "%s is missing", name)
		}
	}
	if p.doc.Key == nil {
		p.doc.Key = importer.DefaultKeyDefinition
	}
	p.suits()
}

// object reads the keys of an object, each once and no others, and tells which
// there were.
func (p *parser) object(n *yaml.Node, what string, fields []field) map[string]bool {
	seen := map[string]bool{}
	p.Pairs(n, what, func(k, v *yaml.Node) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == k.Value })
		if i < 0 {
			names := make([]string, len(fields))
			for i, f := range fields {
				names[i] = f.name
			}
			p.Unknown(k, what, names)
			return
		}
		seen[k.Value] = true
		fields[i].read(p, v)
	})
	return seen
}

// What costs something in every row is bounded: the entries of an object or a
// list, and what is done for one of them.
const mostEntries, mostSteps = 200, 20

// few reads a list of texts that is not long.
func (p *parser) few(n *yaml.Node, what string) []string {
	if !p.Few(n, mostSteps, what) {
		return nil
	}
	return p.Texts(n)
}

func (p *parser) version(n *yaml.Node) {
	if v := p.Text(n); v != "1" {
		p.Fault(n, "this is version %s, and this program reads version 1: update bulkonboard", v)
	}
}

func (p *parser) key(n *yaml.Node) {
	p.doc.Key = []string{}
	for _, path := range p.Texts(n) {
		switch {
		case path != paths.Email && path != paths.Name && path != paths.Group && path != paths.Users+"0.email" &&
			!strings.HasPrefix(path, paths.Extra):
			p.Fault(n, "key: %q cannot tell one client from another; it may be %s, %s, client_users.0.email, %s or extra.NAME", path, paths.Email,
				paths.Name, paths.Group)
		case slices.Contains(p.doc.Key, path):
			p.Fault(n, "key: %s stands there twice", path)
		default:
			p.doc.Key = append(p.doc.Key, path)
		}
	}
	if len(p.doc.Key) == 0 {
		p.Fault(n, "key: no path")
	}
}

// conditionFields are the keys of a condition.
func conditionFields(c *condition) []field {
	return []field{
		{"column", "the column that is looked at", func(p *parser, n *yaml.Node) { c.column = p.Text(n) }, textShape},
		{"in", "the condition holds for these values; case and blanks around them do not count", func(p *parser, n *yaml.Node) {
			c.in = map[string]bool{}
			for _, t := range p.Texts(n) {
				c.in[importer.Fold(t)] = true
			}
		}, listOf(textShape)},
		{"empty", "true: the condition holds for empty cells; false: for all others", func(p *parser, n *yaml.Node) { c.empty = p.yesNo(n) },
			shape{"type": "boolean"}},
	}
}

// conditions reads the conditions of only and skip.
func (p *parser) conditions(n *yaml.Node) []condition {
	if n.Kind != yaml.SequenceNode {
		p.Fault(n, "a list of conditions is needed here: [{column: Status, in: [Active]}]")
		return nil
	}
	if !p.Few(n, mostEntries, "conditions") {
		return nil
	}
	var out []condition
	for _, e := range n.Content {
		c := condition{line: e.Line}
		seen := p.object(e, "a condition", conditionFields(&c))
		if c.column == "" || seen["in"] == seen["empty"] {
			p.Fault(e, "a condition has a column, and in or empty: {column: Status, in: [Active]}")
		}
		if seen["in"] && len(c.in) == 0 {
			p.Fault(e, "a condition without a value holds for no row: name those that count, or write {column: %s, empty: true}", c.column)
		}
		out = append(out, c)
	}
	return out
}

func (p *parser) yesNo(n *yaml.Node) *bool {
	yes := true
	switch strings.ToLower(p.Text(n)) {
	case "true", "yes":
	case "false", "no":
		yes = false
	default:
		p.Fault(n, "true or false is needed here, not %q", n.Value)
	}
	return &yes
}

func (p *parser) rule(n *yaml.Node) { p.object(n, "passwords", ruleFields(&p.doc.passwords)) }

// ruleFields are the keys of the rule for passwords.
func ruleFields(r *passwordRule) []field {
	return []field{
		{"min_length", "how many characters a password has at least", func(p *parser, n *yaml.Node) { r.minLength = p.Number(n, 1, 1000) },
			wholeNumber(1, 1000)},
		{"classes", "kinds of characters of which a password has one each",
			func(p *parser, n *yaml.Node) { r.classes = p.classes(n, "passwords") }, classesShape()},
	}
}

func (p *parser) accessPresets(n *yaml.Node) {
	p.doc.presets = map[string]map[string]string{}
	p.Pairs(n, "access_presets", func(k, v *yaml.Node) {
		levels := map[string]string{}
		p.Pairs(v, "the preset "+k.Value, func(section, level *yaml.Node) {
			levels[section.Value] = p.Text(level)
			if why := paths.TargetFault(paths.Access+section.Value, level.Value, ""); why != "" {
				p.Fault(level, "the preset %s: %s", k.Value, why)
			}
		})
		p.doc.presets[importer.Fold(k.Value)] = levels
	})
}
