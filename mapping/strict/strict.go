package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// A File is a YAML file that is being read. It gathers what is wrong with it.
type File struct {
	name   string
	faults []string
	more   int // faults that are counted only
}

// mostFaults bounds what is said of one file: whoever has made so many has
// made one mistake many times.
const mostFaults = 50

// Parse reads a file of one document; name is what people call it. The node is
// nil if there is nothing in it, or if it is no YAML at all.
func Parse(name string, content []byte) (*File, *yaml.Node) {
	f := &File{name: name}
	if len(content) > MaxBytes {
		f.faults = append(f.faults, name+": "+tooLarge(int64(len(content))).Error())
		return f, nil
	}
	var root, more yaml.Node
	in := yaml.NewDecoder(bytes.NewReader(content))
	err := in.Decode(&root)
	if err == nil {
		err = in.Decode(&more)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		f.faults = append(f.faults, name+placed(err))
		return f, nil
	}
	if len(more.Content) > 0 && more.Content[0].Tag != "!!null" {
		f.Fault(more.Content[0], "a second document begins here, and there is one in a file: remove the line with ---")
	}
	if len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
		return f, nil
	}
	return f, root.Content[0]
}

var lineOfError = regexp.MustCompile(`^line (\d+): (?s:(.*))$`)

// placed writes an error of yaml's as a fault without the file's name.
func placed(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineOfError.FindStringSubmatch(text); m != nil {
		return ":" + m[1] + ": " + m[2]
	}
	return ": " + text
}

// Faults are what was found wrong so far, each one sentence that begins with
// the file's name and a line.
func (f *File) Faults() []string {
	if f.more == 0 {
		return f.faults
	}
	return append(slices.Clone(f.faults), fmt.Sprintf("%s: and %d more faults", f.name, f.more))
}

// Fault notes what is wrong at a node; at nil, with the file as a whole.
func (f *File) Fault(n *yaml.Node, format string, a ...any) {
	if len(f.faults) >= mostFaults {
		f.more++
		return
	}
	line := 1
	if n != nil {
		line = n.Line
	}
	f.faults = append(f.faults, fmt.Sprintf("%s:%d: ", f.name, line)+fmt.Sprintf(format, a...))
}

// Unknown notes a key that an object does not have, and the one that may be
// meant.
func (f *File) Unknown(key *yaml.Node, what string, known []string) {
	if near := paths.Nearest(key.Value, len(key.Value)/3+2, known); near != "" {
		f.Fault(key, "%s has no key %q; did you mean %s?", what, short(key.Value), near)
		return
	}
	f.Fault(key, "%s has no key %q; it has %s", what, short(key.Value), List(known))
}

// Pairs calls each for the keys of an object, in their order, each key once.
func (f *File) Pairs(n *yaml.Node, what string, each func(k, v *yaml.Node)) {
	if !f.plain(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		f.Fault(n, "%s is an object: key: value, a line each", what)
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case k.Kind != yaml.ScalarNode:
			f.Fault(k, "%s: a key is a word", what)
			continue
		case seen[k.Value] > 0:
			f.Fault(k, "%s: %q stands there twice, first in line %d", what, short(k.Value), seen[k.Value])
			continue
		}
		seen[k.Value] = k.Line
		each(k, n.Content[i+1])
	}
}

// Text reads a scalar as it is written; "" is nothing at all, or a fault.
func (f *File) Text(n *yaml.Node) string {
	switch {
	case !f.plain(n):
	case n.Kind != yaml.ScalarNode:
		f.Fault(n, "a text is needed here")
	case n.Tag == "!!null":
	default:
		return n.Value
	}
	return ""
}

// Texts reads a list of texts; one text is a list of one.
func (f *File) Texts(n *yaml.Node) []string {
	if !f.plain(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return []string{f.Text(n)}
	}
	out := make([]string, 0, len(n.Content))
	for _, e := range n.Content {
		out = append(out, f.Text(e))
	}
	return out
}

// Few refuses a list or an object that has more entries than anybody needs:
// each of them costs something in every row of a sheet.
func (f *File) Few(n *yaml.Node, most int, what string) bool {
	has := len(n.Content)
	if n.Kind == yaml.MappingNode {
		has /= 2
	}
	if has > most {
		f.Fault(n, "%s: %d entries, and it may have %d", what, has, most)
	}
	return has <= most
}

// Number reads a whole number; 0 is a fault.
func (f *File) Number(n *yaml.Node, least, most int) int {
	text := f.Text(n)
	i, err := strconv.Atoi(text)
	if err != nil || i < least || i > most {
		f.Fault(n, "a number from %d to %d is needed here, not %q", least, most, short(text))
		return 0
	}
	return i
}

// plain refuses what yaml can say and nobody needs to: it makes small files
// large, or a value something else than what is written.
func (f *File) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		f.Fault(n, "anchors and aliases are not understood here: write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		f.Fault(n, "tags are not understood here: remove %s", short(n.Tag))
	default:
		return true
	}
	return false
}

// mostNames is how many names a message lists.
const mostNames = 10

// List writes names for a message, ten of them at most.
func List(names []string) string {
	if len(names) <= mostNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNames], ", "), len(names)-mostNames)
}

// short is a text as a fault repeats it.
func short(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
