package infer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// A Draft is a mapping file in the making.
type Draft struct {
	Input     string   // what people call the sheet
	Sheets    []string // that are read; nil: the mapping does not say
	HeaderRow int      // of the column names; 0: the mapping does not say
	Generate  bool     // passwords are made up where no column has them
}

// YAML writes the mapping file. It fits the sheet as it is if nothing is
// Missing; else Parse says what has to be filled in, and where.
func (o *Inference) YAML(d Draft) []byte {
	w := &drafter{o: o, d: d}
	w.line(0, "# yaml-language-server: $schema=%s", mapping.SchemaURL)
	w.line(0, "# A mapping for %s, proposed by bulkonboard init from the headers and %d sample rows.", shorten(d.Input), o.rows)
	w.line(0, "# Each line says why and how sure: 1.00 is certain, and below %.2f nothing is bound.", ConfidenceLine)
	w.line(0, "version: 1")
	if len(w.d.Sheets) > 0 {
		w.line(0, "sheets: [%s]", scalars(w.d.Sheets))
	}
	if w.d.HeaderRow > 0 {
		w.line(0, "header_row: %d # where the names of the columns stand", w.d.HeaderRow)
	}
	w.line(0, "")
	w.line(0, "# %s.", shortLine(o.KeyWhy))
	w.line(0, "key: [%s]", strings.Join(o.Key, ", "))
	w.filter()
	w.group()
	w.left()
	w.line(0, "")
	w.line(0, "request:")
	w.request()
	return []byte(w.b.String())
}

type drafter struct {
	o *Inference
	d Draft
	b strings.Builder
}

func (w *drafter) line(indent int, format string, a ...any) {
	w.b.WriteString(strings.ToValidUTF8(strings.TrimRight(strings.Repeat("  ", indent)+fmt.Sprintf(format, a...), " "), "\uFFFD") + "\n")
}

// shortLine makes a text one line without anything that steers.
func shortLine(s string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}

// plainScalar are texts that mean themselves in YAML, in flow style too.
var plainScalar = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_.-]*( [\p{L}\p{N}_.-]+)*$`)

// scalar writes a text so that YAML reads it back.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "yes", "no", "true", "false", "null", "on", "off", "y", "n", "nan", "inf", "todo":
	default:
		if plainScalar.MatchString(s) {
			return s
		}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return strconv.Quote(s)
	}
	q := strings.TrimSpace(b.String())
	for _, r := range s { // what YAML would take for a line break, or for nothing
		if !strconv.IsPrint(r) && r > 0x7e && r <= 0xffff {
			q = strings.ReplaceAll(q, string(r), fmt.Sprintf(`\u%04x`, r))
		}
	}
	return q
}

func scalars(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = scalar(s)
	}
	return strings.Join(out, ", ")
}

func examples(samples []string) string {
	if len(samples) == 0 {
		return ""
	}
	q := make([]string, len(samples))
	for i, s := range samples {
		q[i] = `"` + s + `"`
	}
	return "; such as " + strings.Join(q, ", ")
}

func (w *drafter) filter() {
	f := w.o.Filter
	if f == nil {
		return
	}
	var counts []string
	for _, v := range f.Values {
		name := "empty"
		if v.Value != "" {
			name = strconv.Quote(shorten(v.Value))
		}
		counts = append(counts, fmt.Sprintf("%s %d", name, v.Rows))
	}
	w.line(0, "")
	w.line(0, "# %.2f: %s. Rows of the sample: %s.", f.Confidence, shortLine(f.Reason), strings.Join(counts, ", "))
	rule := fmt.Sprintf("only: [{column: %s, in: [%s]}]", scalar(f.Column), scalars(f.In))
	switch {
	case f.Active():
		w.line(0, "# Other rows are skipped.")
		w.line(0, "%s", rule)
	case len(f.In) == 0:
		w.line(0, "# TODO: to take some rows only, name their values:")
		w.line(0, "# only: [{column: %s, in: [%s]}]", scalar(f.Column), scalar(f.Values[0].Value))
	default:
		w.line(0, "# TODO: all rows are taken. To take some only:")
		w.line(0, "# %s", rule)
	}
}

func (w *drafter) group() {
	g := w.o.Group
	if g == nil {
		return
	}
	w.line(0, "")
	w.line(0, "# %.2f: %s.", g.Confidence, shortLine(g.Reason))
	if g.Confidence >= ConfidenceLine {
		w.line(0, "group_by: [%s]", scalar(g.Column))
		return
	}
	w.line(0, "# TODO: every row is a client. If a row is a user:")
	w.line(0, "# group_by: [%s]", scalar(g.Column))
}

// left lists the columns without a place: known ones are ignored, of the
// others a person has to think.
func (w *drafter) left() {
	if len(w.o.Left) == 0 {
		return
	}
	known := slices.ContainsFunc(w.o.Left, func(l Left) bool { return l.Known })
	w.line(0, "")
	w.line(0, "# Columns without a place in the request. TODO: look at those that are commented.")
	if known {
		w.line(0, "ignore:")
	} else {
		w.line(0, "# ignore:")
	}
	for _, l := range w.o.Left {
		mark := "# "
		if l.Known {
			mark = ""
		}
		w.line(1, "%s- %s # %s", mark, scalar(l.Column), shortLine(l.Reason))
	}
}

// section is an object of the request, with its paths.
var sections = []struct{ name, prefix string }{
	{"client_details", "client_details."}, {"client_users", paths.Users}, {"client_asset_group", "client_asset_group."},
	{"billing_provider", "billing_provider."}, {"client_access", paths.Access}, {"assigned_resources", paths.Resources},
}

func (w *drafter) request() {
	for _, s := range sections {
		list := w.paths(s.prefix)
		if len(list) == 0 {
			continue
		}
		if !slices.ContainsFunc(list, w.live) {
			w.line(1, "# %s:", s.name)
		} else {
			w.line(1, "%s:", s.name)
		}
		product := false
		for _, p := range list {
			rest := strings.TrimPrefix(p, s.prefix)
			indent, lead := 2, ""
			switch {
			case s.prefix == paths.Users:
				var field string
				_, field, _ = strings.Cut(rest, ".")
				rest, indent = field, 3
				if field == "email" {
					lead = "- "
				}
			case strings.HasPrefix(rest, "selected_product."):
				if !product {
					product = true
					mark := ""
					if !slices.ContainsFunc(list, func(p string) bool { return strings.HasPrefix(p, "billing_provider.selected_product.") && w.live(p) }) {
						mark = "# "
					}
					w.line(2, "%sselected_product:", mark)
				}
				rest, indent = strings.TrimPrefix(rest, "selected_product."), 3
			}
			w.value(indent, lead, rest, p)
		}
	}
}

// paths are those of a section that something is to be said about, in order.
func (w *drafter) paths(prefix string) []string {
	var out []string
	add := func(p string) {
		if strings.HasPrefix(p, prefix) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, p := range w.o.Bound {
		add(p.Path)
		if strings.HasPrefix(p.Path, paths.Users) && strings.HasSuffix(p.Path, ".email") {
			add(strings.TrimSuffix(p.Path, "email") + "password")
		}
		if p.Path == paths.Product || p.Path == paths.Prices {
			add(paths.BillingType)
		}
	}
	for _, c := range w.o.constants {
		add(c.Path)
	}
	for _, p := range w.o.Missing {
		add(p)
	}
	for _, p := range w.o.Open {
		add(p.Path)
	}
	slices.SortStableFunc(out, func(a, b string) int { return pathOrder(a) - pathOrder(b) })
	return out
}

// live tells whether a path has a line that is no comment.
func (w *drafter) live(path string) bool {
	needed := slices.Contains(w.o.Missing, path) || w.o.bound(path) != nil || w.constant(path) != ""
	user, field, _ := strings.Cut(strings.TrimPrefix(path, paths.Users), ".")
	return needed || field == "password" && strings.HasPrefix(path, paths.Users) && w.o.bound(paths.Users+user+".email") != nil ||
		path == paths.BillingType && (w.o.bound(paths.Product) != nil || w.o.bound(paths.Prices) != nil)
}

func (w *drafter) constant(path string) string {
	for _, c := range w.o.constants {
		if c.Path == path {
			return c.Value
		}
	}
	return ""
}

// value writes one path, with its reason above it.
func (w *drafter) value(indent int, lead, name, path string) {
	if lead != "" {
		indent--
	}
	if c := w.constant(path); c != "" {
		w.line(indent, "# given for every row")
		w.line(indent, "%s%s: {const: %s}", lead, name, scalar(c))
		return
	}
	if p := w.o.bound(path); p != nil {
		w.line(indent, "# %.2f: %s%s", p.Confidence, shortLine(p.Reason), examples(p.Samples))
		w.line(indent, "%s%s: %s", lead, name, p.text())
		return
	}
	for _, p := range w.o.Open {
		if p.Path == path {
			w.line(indent, "# TODO, %.2f: %s%s", p.Confidence, shortLine(p.Reason), examples(p.Samples))
			w.line(indent, "# %s%s: %s", lead, name, p.text())
		}
	}
	switch {
	case !w.live(path):
	case path == paths.BillingType:
		w.line(indent, "# the only type that the API's documentation shows")
		w.line(indent, "%s: {const: STRIPE}", name)
	case strings.HasSuffix(path, ".password") && w.d.Generate:
		w.line(indent, "# generated for each user, and sealed")
		w.line(indent, "%s: {generate: {length: 20}}", name)
	default:
		w.line(indent, "# TODO: required. %s", paths.MissingAdvice(path))
		w.line(indent, "%s%s:", lead, name)
	}
}

// text is the source as it stands in the file.
func (p *Proposal) text() string {
	s := "{column: " + scalar(p.Columns[0])
	if len(p.Columns) > 1 {
		s = "{columns: [" + scalars(p.Columns) + "]"
	}
	if p.split != "" {
		s += ", split: " + scalar(p.split)
	}
	if len(p.lookup) > 0 {
		pairs := make([]string, len(p.lookup))
		for i, v := range p.lookup {
			pairs[i] = scalar(v) + ": TODO"
		}
		s += ", lookup: {" + strings.Join(pairs, ", ") + "}"
	}
	return s + "}"
}

// Misses tells whether a required path has no source.
func (o *Inference) Misses(path string) bool { return slices.Contains(o.Missing, path) }
