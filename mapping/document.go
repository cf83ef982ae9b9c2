package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
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
	// 0: the first that is not empty.
	HeaderRow int
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
	in     []string // folded
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
	generate   *importer.PasswordRule // a password that is made up where the sheet has none; nil: none is
}

// A lookup replaces a value by another one.
type lookup struct {
	table map[string]string // by folded value
	names []string          // as written, in order
	file  *LookupFile       // nil: the table stands in the mapping
}

// A passwordRule is what first passwords have to meet.
type passwordRule struct {
	minLength int
	classes   []string
}

// Parse reads a mapping file. Its error is an *Error with everything that is
// wrong, each with its line; name is what people call the file.
func Parse(name string, content []byte) (*Document, error) {
	p := &parser{name: name}
	d := p.parse(content)
	if len(p.faults) > 0 {
		return nil, &Error{Faults: p.faults, Advice: "mend the mapping file; `bulkonboard init` writes one that fits the sheet"}
	}
	return d, nil
}

// A parser walks the nodes of a file and gathers what is wrong.
type parser struct {
	name   string
	faults []string
	doc    *Document
}

// maxDocument bounds a mapping file, in bytes.
const maxDocument = 1 << 20

func (p *parser) fault(n *yaml.Node, format string, a ...any) {
	line := 1
	if n != nil {
		line = n.Line
	}
	p.faults = append(p.faults, fmt.Sprintf("%s:%d: ", p.name, line)+fmt.Sprintf(format, a...))
}

func (p *parser) parse(content []byte) *Document {
	p.doc = &Document{}
	if len(content) > maxDocument {
		p.fault(nil, "the file has %d bytes, more than a mapping has", len(content))
		return p.doc
	}
	var root, more yaml.Node
	in := yaml.NewDecoder(bytes.NewReader(content))
	err := in.Decode(&root)
	if err == nil {
		err = in.Decode(&more)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		p.faults = append(p.faults, p.name+": "+strings.TrimPrefix(err.Error(), "yaml: "))
		return p.doc
	}
	if len(more.Content) > 0 && more.Content[0].Tag != "!!null" {
		p.fault(more.Content[0], "a second document begins here, and a mapping file is one: remove the line with ---")
	}
	if root.Kind == 0 || len(root.Content) == 0 {
		p.fault(nil, "the file is empty")
		return p.doc
	}
	p.document(root.Content[0])
	return p.doc
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
		{"only", "rows that meet all of these conditions; others are skipped", func(p *parser, n *yaml.Node) { p.doc.only = p.conditions(n) }, conditionsShape()},
		{"skip", "rows that meet one of these conditions are skipped", func(p *parser, n *yaml.Node) { p.doc.skip = p.conditions(n) }, conditionsShape()},
		{"ignore", "columns that are left out on purpose", func(p *parser, n *yaml.Node) { p.doc.ignore = p.texts(n) }, listOf(textShape)},
		{"group_by", "columns that the rows of one client have in common", func(p *parser, n *yaml.Node) { p.doc.GroupBy = p.texts(n) }, listOf(textShape)},
		{"header_row", "the row of the column names, as a spreadsheet numbers it", func(p *parser, n *yaml.Node) { p.doc.HeaderRow = p.number(n, 1, 1000) }, wholeNumber(1, 1000)},
		{"passwords", "what first passwords have to meet", (*parser).rule, objectOf(ruleFields(&passwordRule{}))},
		{"recipients", "public keys of those who can open sealed passwords, as `bulkonboard keygen` prints them", func(p *parser, n *yaml.Node) { p.doc.Recipients = p.recipients(n) }, listOf(shape{"type": "string", "pattern": "^age1"})},
		{"access_presets", "named sets of access levels", (*parser).accessPresets, namedBy(namedBy(textShape))},
		{"request", "the request, with a source for each value", (*parser).request, objectOf(requestFields())},
	}
}

func (p *parser) document(n *yaml.Node) {
	seen := p.object(n, "a mapping file", documentFields)
	for _, name := range []string{"version", "request"} {
		if !seen[name] {
			p.fault(n, "%s is missing", name)
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
	p.pairs(n, what, func(k, v *yaml.Node) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == k.Value })
		if i < 0 {
			p.fault(k, "%s has no key %q%s", what, k.Value, near(k.Value, fields))
			return
		}
		seen[k.Value] = true
		fields[i].read(p, v)
	})
	return seen
}

// pairs walks an object.
func (p *parser) pairs(n *yaml.Node, what string, f func(k, v *yaml.Node)) {
	if n.Kind == yaml.AliasNode {
		p.fault(n, "anchors and aliases are not understood here: write the value out")
		return
	}
	if n.Kind != yaml.MappingNode {
		p.fault(n, "%s is an object: key: value, a line each", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case k.Kind != yaml.ScalarNode:
			p.fault(k, "%s: a key is a word", what)
			continue
		case seen[k.Value]:
			p.fault(k, "%s: %q stands there twice", what, k.Value)
			continue
		}
		seen[k.Value] = true
		f(k, n.Content[i+1])
	}
}

// near suggests a key.
func near(word string, fields []field) string {
	best, least := "", len(word)/3+2
	for _, f := range fields {
		if d := paths.Distance(word, f.name); d < least {
			best, least = f.name, d
		}
	}
	if best == "" {
		names := make([]string, len(fields))
		for i, f := range fields {
			names[i] = f.name
		}
		return "; it has " + strings.Join(names, ", ")
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// text reads a scalar as it is written: 01234 stays 01234.
func (p *parser) text(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode:
		p.fault(n, "anchors and aliases are not understood here: write the value out")
	case n.Kind != yaml.ScalarNode:
		p.fault(n, "a text is needed here")
	case n.Tag == "!!null":
	default:
		return n.Value
	}
	return ""
}

// texts reads a list of texts; one text is a list of one.
func (p *parser) texts(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		return []string{p.text(n)}
	}
	out := make([]string, 0, len(n.Content))
	for _, e := range n.Content {
		out = append(out, p.text(e))
	}
	return out
}

func (p *parser) number(n *yaml.Node, least, most int) int {
	i, err := strconv.Atoi(p.text(n))
	if err != nil || i < least || i > most {
		p.fault(n, "a number from %d to %d is needed here, not %q", least, most, n.Value)
		return 0
	}
	return i
}

func (p *parser) version(n *yaml.Node) {
	if v := p.text(n); v != "1" {
		p.fault(n, "this is version %s, and this program reads version 1: update bulkonboard", v)
	}
}

func (p *parser) key(n *yaml.Node) {
	p.doc.Key = []string{}
	for _, path := range p.texts(n) {
		switch {
		case path != paths.Email && path != paths.Name && path != paths.Group && path != paths.Users+"0.email" && !strings.HasPrefix(path, paths.Extra):
			p.fault(n, "key: %q cannot tell one client from another; it may be %s, %s, client_users.0.email, %s or extra.NAME", path, paths.Email, paths.Name, paths.Group)
		case slices.Contains(p.doc.Key, path):
			p.fault(n, "key: %s stands there twice", path)
		default:
			p.doc.Key = append(p.doc.Key, path)
		}
	}
	if len(p.doc.Key) == 0 {
		p.fault(n, "key: no path")
	}
}

// conditionFields are the keys of a condition.
func conditionFields(c *condition) []field {
	return []field{
		{"column", "the column that is looked at", func(p *parser, n *yaml.Node) { c.column = p.text(n) }, textShape},
		{"in", "the condition holds for these values; case and blanks around them do not count", func(p *parser, n *yaml.Node) {
			for _, t := range p.texts(n) {
				c.in = append(c.in, importer.Fold(t))
			}
		}, listOf(textShape)},
		{"empty", "true: the condition holds for empty cells; false: for all others", func(p *parser, n *yaml.Node) { c.empty = p.yesNo(n) }, shape{"type": "boolean"}},
	}
}

// conditions reads the conditions of only and skip.
func (p *parser) conditions(n *yaml.Node) []condition {
	if n.Kind != yaml.SequenceNode {
		p.fault(n, "a list of conditions is needed here: [{column: Status, in: [Active]}]")
		return nil
	}
	var out []condition
	for _, e := range n.Content {
		c := condition{line: e.Line}
		seen := p.object(e, "a condition", conditionFields(&c))
		if c.column == "" || seen["in"] == seen["empty"] {
			p.fault(e, "a condition has a column, and in or empty: {column: Status, in: [Active]}")
		}
		if seen["in"] && len(c.in) == 0 {
			p.fault(e, "a condition without a value holds for no row: name those that count, or write {column: %s, empty: true}", c.column)
		}
		out = append(out, c)
	}
	return out
}

func (p *parser) yesNo(n *yaml.Node) *bool {
	yes := true
	switch strings.ToLower(p.text(n)) {
	case "true", "yes":
	case "false", "no":
		yes = false
	default:
		p.fault(n, "true or false is needed here, not %q", n.Value)
	}
	return &yes
}

func (p *parser) rule(n *yaml.Node) { p.object(n, "passwords", ruleFields(&p.doc.passwords)) }

// ruleFields are the keys of the rule for passwords.
func ruleFields(r *passwordRule) []field {
	return []field{
		{"min_length", "how many characters a password has at least", func(p *parser, n *yaml.Node) { r.minLength = p.number(n, 1, 1000) }, wholeNumber(1, 1000)},
		{"classes", "kinds of characters of which a password has one each", func(p *parser, n *yaml.Node) { r.classes = p.classes(n, "passwords") }, classesShape()},
	}
}

func (p *parser) accessPresets(n *yaml.Node) {
	p.doc.presets = map[string]map[string]string{}
	p.pairs(n, "access_presets", func(k, v *yaml.Node) {
		levels := map[string]string{}
		p.pairs(v, "the preset "+k.Value, func(section, level *yaml.Node) { levels[section.Value] = p.text(level) })
		p.doc.presets[importer.Fold(k.Value)] = levels
	})
}
