package mapping

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// request reads the part that mirrors the request.
func (p *parser) request(n *yaml.Node) { p.object(n, "request", requestFields()) }

func one(name, meaning, path string) field {
	return field{name, meaning, func(p *parser, n *yaml.Node) { p.value(path, n) }, valueShape(path)}
}

// within is an object of the request with keys of its own.
func within(name, meaning string, fields ...field) field {
	return field{name, meaning, func(p *parser, n *yaml.Node) { p.object(n, name, fields) }, objectOf(fields)}
}

// requestFields are the keys of the request.
func requestFields() []field {
	named := func(name, meaning, prefix string) field {
		return field{name, meaning, func(p *parser, n *yaml.Node) { p.open(n, name, prefix) }, namedBy(valueShape(prefix + "…"))}
	}
	return []field{
		within("client_details", "who the client is",
			one("name", "the client's name; required", paths.Name),
			one("email", "the client's e-mail; the first user's if it is empty", paths.Email)),
		{"client_users", "the client's users, a list; at least one", (*parser).users, listOnly(userShape())},
		within("client_asset_group", "where the client's assets belong",
			one("tenant_voice_provider_id", "your voice provider's id, such as TenantVoiceProvider:123; required", paths.Provider),
			one("name", "the name of the client's asset group", paths.Group)),
		within("billing_provider", "what the client subscribes to; left out where the sheet has nothing",
			one("type", "STRIPE is the only type that the API's documentation shows", paths.BillingType),
			within("selected_product", "the product and its prices",
				one("product_id", "the product's id", paths.Product),
				one("price_ids", "the ids of its prices, a list", paths.Prices))),
		named("client_access", "by section, the level of access; preset names one of access_presets", paths.Access),
		named("assigned_resources", "by kind, the ids of what the client gets", paths.Resources),
		named("extra", "fields of the request that the API's documentation does not have; sent with a warning", paths.Extra),
	}
}

func (p *parser) users(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		p.Fault(n, "client_users is a list: a line with - for each user")
		return
	}
	if len(n.Content) > paths.MaxUsers {
		p.Fault(n, "client_users: %d users, and %d are as many as a client can have here", len(n.Content), paths.MaxUsers)
		return
	}
	for i, u := range n.Content {
		if seen := p.object(u, "a user", userFields(i)); !seen["email"] {
			p.Fault(u, "a user needs an email")
		}
	}
}

// userFields are the keys of the i-th user.
func userFields(i int) []field {
	return []field{
		one("email", "the user's login", paths.UserField(i, "email")),
		one("password", "the user's first password", paths.UserField(i, "password")),
	}
}

// open reads an object whose keys are not known beforehand.
func (p *parser) open(n *yaml.Node, what, prefix string) {
	if !p.Few(n, mostEntries, what) {
		return
	}
	p.Pairs(n, what, func(k, v *yaml.Node) {
		switch {
		case k.Value == "" || strings.Contains(k.Value, "."):
			p.Fault(k, "%s: %q is no name", what, k.Value)
		case prefix == paths.Access && k.Value == "preset":
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

// valueFields are the keys of a value.
func valueFields(v *value) []field {
	return []field{
		{"column", "the column it comes from", func(p *parser, n *yaml.Node) { v.columns = []string{p.Text(n)} }, textShape},
		{"columns", "several columns, joined", func(p *parser, n *yaml.Node) { v.columns = p.few(n, "columns") }, listOf(textShape)},
		{"join", "what stands between the values of several columns, a blank by default", func(p *parser, n *yaml.Node) { v.join = p.Text(n) },
			textShape},
		{"const", "the same value for every row", func(p *parser, n *yaml.Node) { v.constant = p.target(n) }, textShape},
		{"default", "the value where the sheet has none", func(p *parser, n *yaml.Node) { v.fallback = p.target(n) }, textShape},
		{"transform", "what is done to the value, in order", func(p *parser, n *yaml.Node) { v.transforms = p.transforms(n) }, transformsShape()},
		{"lookup", "a table from value to value, or {file, from, to}", func(p *parser, n *yaml.Node) { v.lookup = p.lookup(n) }, lookupShape()},
		{"split", "what stands between the elements of a list, ; by default", func(p *parser, n *yaml.Node) { v.split = p.Text(n) }, textShape},
		{"generate", "a password that is generated where the sheet has none", func(p *parser, n *yaml.Node) { v.generate = p.generate(n) },
			objectOf(generateFields(&importer.PasswordRule{}))},
	}
}

// value reads the source of one path.
func (p *parser) value(path string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		p.Fault(n, "%s has no source yet: %s", path, paths.MissingAdvice(path))
		return
	}
	v := value{path: path, line: n.Line, join: " ", split: ";"}
	p.targets = nil
	seen := p.object(n, "the value of "+path, valueFields(&v))
	for _, t := range p.targets {
		if why := paths.TargetFault(path, t.Value, v.split); why != "" {
			p.Fault(t, "%s: %s", path, why)
		}
	}
	given := 0
	for _, name := range sources {
		if seen[name] {
			given++
		}
	}
	secret := strings.HasPrefix(path, paths.Users) && strings.HasSuffix(path, ".password")
	switch {
	case n.Kind != yaml.MappingNode: // told already
	case seen["generate"] && !secret:
		p.Fault(n, "%s: only passwords can be generated", path)
	case seen["generate"] && seen["const"]:
		p.Fault(n, "%s: either a constant or a generated password", path)
	case seen["generate"] && given == 0 && !seen["join"] && !seen["default"] && len(v.transforms) == 0 && !seen["lookup"] && !seen["split"]:
		p.doc.values = append(p.doc.values, v)
	case given != 1:
		p.Fault(n, "%s needs one source: column, columns or const", path)
	case seen["const"] && v.constant == "":
		p.Fault(n, "%s: the constant is empty", path)
	case seen["const"] && (seen["default"] || seen["transform"] || seen["lookup"]):
		p.Fault(n, "%s: a constant is taken as it is: write what it becomes", path)
	case seen["const"] && secret:
		p.Fault(n, "%s: one password for all is everybody's password: name a column", path)
	case seen["const"] && strings.HasPrefix(path, paths.Users):
		p.Fault(n, "%s: every client would get the same login: name a column", path)
	case secret && (seen["lookup"] || seen["default"] || len(v.transforms) > 0):
		p.Fault(n, "%s: a password is taken as it is", path)
	case seen["join"] && !seen["columns"]:
		p.Fault(n, "%s: join is for columns", path)
	case seen["split"] && (!paths.IsList(path) || v.split == ""):
		p.Fault(n, "%s: split is for lists, and not empty", path)
	case slices.Contains(v.columns, ""):
		p.Fault(n, "%s: a column without a name", path)
	default:
		p.doc.values = append(p.doc.values, v)
	}
}

// target reads a value that the mapping gives by itself.
func (p *parser) target(n *yaml.Node) string {
	p.targets = append(p.targets, n)
	return importer.Trim(p.Text(n))
}

// lookupFields are the keys of a lookup in a file.
func lookupFields(f *LookupFile) []field {
	return []field{
		{"file", "a table, its path relative to the mapping file", func(p *parser, n *yaml.Node) { f.Path = p.Text(n) }, textShape},
		{"from", "the column of the values that the sheet has", func(p *parser, n *yaml.Node) { f.From = p.Text(n) }, textShape},
		{"to", "the column of the values that are sent", func(p *parser, n *yaml.Node) { f.To = p.Text(n) }, textShape},
	}
}

// lookup reads a table, or where it stands.
func (p *parser) lookup(n *yaml.Node) *lookup {
	l := newLookup(nil)
	if n.Kind == yaml.MappingNode && slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Value == "file" }) &&
		len(n.Content) == 6 {
		var f LookupFile
		seen := p.object(n, "a lookup in a file", lookupFields(&f))
		if len(seen) == 3 {
			l.file = &f
			return l
		}
	}
	p.Pairs(n, "a lookup", func(k, v *yaml.Node) {
		from := importer.Fold(k.Value)
		if _, twice := l.table[from]; twice {
			p.Fault(k, "lookup: %q stands there twice: case and blanks do not count", k.Value)
		}
		l.add(k.Value, p.target(v))
	})
	return l
}

func newLookup(file *LookupFile) *lookup {
	return &lookup{table: map[string]string{}, names: map[string]string{}, file: file}
}

func (l *lookup) add(from, to string) {
	f := importer.Fold(from)
	if _, twice := l.table[f]; !twice {
		l.folded = append(l.folded, f)
	}
	l.table[f], l.names[f] = importer.Trim(to), from
}
