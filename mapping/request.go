package mapping

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/bulkonboard/bulkonboard/importer"
)

// pathExtra begins the paths of request fields that only a mapping knows.
const pathExtra = "extra."

// request reads the part that mirrors the request.
func (p *parser) request(n *yaml.Node) {
	one := func(name, meaning, path string) field {
		return field{name, meaning, func(p *parser, n *yaml.Node) { p.value(path, n) }}
	}
	p.object(n, "request", []field{
		{"client_details", "", func(p *parser, n *yaml.Node) {
			p.object(n, "client_details", []field{one("name", "", pathName), one("email", "", pathEmail)})
		}},
		{"client_users", "", (*parser).users},
		{"client_asset_group", "", func(p *parser, n *yaml.Node) {
			p.object(n, "client_asset_group", []field{one("tenant_voice_provider_id", "", pathProvider), one("name", "", pathGroup)})
		}},
		{"billing_provider", "", func(p *parser, n *yaml.Node) {
			p.object(n, "billing_provider", []field{one("type", "", pathBillingType), {"selected_product", "", func(p *parser, n *yaml.Node) {
				p.object(n, "selected_product", []field{one("product_id", "", pathProduct), one("price_ids", "", pathPrices)})
			}}})
		}},
		{"client_access", "", func(p *parser, n *yaml.Node) { p.open(n, "client_access", pathAccess) }},
		{"assigned_resources", "", func(p *parser, n *yaml.Node) { p.open(n, "assigned_resources", pathResources) }},
		{"extra", "", func(p *parser, n *yaml.Node) { p.open(n, "extra", pathExtra) }},
	})
}

func (p *parser) users(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		p.fault(n, "client_users is a list: a line with - for each user")
		return
	}
	if len(n.Content) > maxUsers {
		p.fault(n, "client_users: %d users, and %d are as many as a client can have here", len(n.Content), maxUsers)
		return
	}
	for i, u := range n.Content {
		base := pathUsers + strconv.Itoa(i)
		seen := p.object(u, "a user", []field{
			{"email", "", func(p *parser, n *yaml.Node) { p.value(base+".email", n) }},
			{"password", "", func(p *parser, n *yaml.Node) { p.value(base+".password", n) }},
		})
		if !seen["email"] {
			p.fault(u, "a user needs an email")
		}
	}
}

// open reads an object whose keys are not known beforehand.
func (p *parser) open(n *yaml.Node, what, prefix string) {
	p.pairs(n, what, func(k, v *yaml.Node) {
		switch {
		case k.Value == "" || strings.Contains(k.Value, "."):
			p.fault(k, "%s: %q is no name", what, k.Value)
		case prefix == pathAccess && k.Value == "preset":
			before := len(p.doc.values)
			p.value(prefix+k.Value, v)
			if len(p.doc.values) > before {
				preset := p.doc.values[before]
				p.doc.preset, p.doc.values = &preset, p.doc.values[:before]
			}
		default:
			p.value(prefix+k.Value, v)
		}
	})
}

// isList tells the paths whose values are lists.
func isList(path string) bool { return path == pathPrices || strings.HasPrefix(path, pathResources) }

// valueFields are the keys of a value.
func valueFields(v *value) []field {
	return []field{
		{"column", "the column it comes from", func(p *parser, n *yaml.Node) { v.columns = []string{p.text(n)} }},
		{"columns", "several columns, joined", func(p *parser, n *yaml.Node) { v.columns = p.texts(n) }},
		{"join", "what stands between the values of several columns, a blank by default", func(p *parser, n *yaml.Node) { v.join = p.text(n) }},
		{"const", "the same value for every row", func(p *parser, n *yaml.Node) { v.constant = trim(p.text(n)) }},
		{"default", "the value where the sheet has none", func(p *parser, n *yaml.Node) { v.fallback = trim(p.text(n)) }},
		{"transform", "what is done to the value, in order", func(p *parser, n *yaml.Node) { v.transforms = p.transforms(n) }},
		{"lookup", "a table from value to value, or {file, from, to}", func(p *parser, n *yaml.Node) { v.lookup = p.lookup(n) }},
		{"split", "what stands between the elements of a list, ; by default", func(p *parser, n *yaml.Node) { v.split = p.text(n) }},
		{"generate", "a password that is made up", func(p *parser, n *yaml.Node) {
			p.fault(n, "generated passwords are not there yet: name the column of the first password, as in {column: Password}")
		}},
	}
}

// value reads the source of one path.
func (p *parser) value(path string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		p.fault(n, "%s has no source yet: %s", path, missingAdvice(path))
		return
	}
	v := value{path: path, line: n.Line, join: " ", split: ";"}
	seen := p.object(n, "the value of "+path, valueFields(&v))
	sources := 0
	for _, name := range []string{"column", "columns", "const", "generate"} {
		if seen[name] {
			sources++
		}
	}
	secret := strings.HasPrefix(path, pathUsers) && strings.HasSuffix(path, ".password")
	switch {
	case n.Kind != yaml.MappingNode: // told already
	case sources != 1:
		p.fault(n, "%s needs one source: column, columns or const", path)
	case seen["const"] && v.constant == "":
		p.fault(n, "%s: the constant is empty", path)
	case seen["const"] && (seen["default"] || seen["transform"] || seen["lookup"]):
		p.fault(n, "%s: a constant is taken as it is: write what it becomes", path)
	case seen["const"] && secret:
		p.fault(n, "%s: one password for all is everybody's password: name a column", path)
	case seen["const"] && strings.HasPrefix(path, pathUsers):
		p.fault(n, "%s: every client would get the same login: name a column", path)
	case secret && (seen["lookup"] || seen["default"] || len(v.transforms) > 0):
		p.fault(n, "%s: a password is taken as it is", path)
	case seen["join"] && !seen["columns"]:
		p.fault(n, "%s: join is for columns", path)
	case seen["split"] && (!isList(path) || v.split == ""):
		p.fault(n, "%s: split is for lists, and not empty", path)
	case slices.Contains(v.columns, ""):
		p.fault(n, "%s: a column without a name", path)
	default:
		p.doc.values = append(p.doc.values, v)
	}
}

// lookup reads a table, or where it stands.
func (p *parser) lookup(n *yaml.Node) *lookup {
	l := &lookup{table: map[string]string{}}
	if n.Kind == yaml.MappingNode && slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Value == "file" }) && len(n.Content) == 6 {
		var f LookupFile
		seen := p.object(n, "a lookup in a file", []field{
			{"file", "", func(p *parser, n *yaml.Node) { f.Path = p.text(n) }},
			{"from", "", func(p *parser, n *yaml.Node) { f.From = p.text(n) }},
			{"to", "", func(p *parser, n *yaml.Node) { f.To = p.text(n) }},
		})
		if len(seen) == 3 {
			l.file = &f
			return l
		}
	}
	p.pairs(n, "a lookup", func(k, v *yaml.Node) {
		from := importer.Fold(k.Value)
		if _, twice := l.table[from]; twice {
			p.fault(k, "lookup: %q stands there twice: case and blanks do not count", k.Value)
		}
		l.add(k.Value, p.text(v))
	})
	return l
}

func (l *lookup) add(from, to string) {
	l.table[importer.Fold(from)] = trim(to)
	l.names = append(l.names, from)
}
