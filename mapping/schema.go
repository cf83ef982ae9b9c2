package mapping

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// SchemaURL is where the JSON Schema of mapping files is published.
const SchemaURL = "https://raw.githubusercontent.com/bulkonboard/bulkonboard/main/samples/mapping.schema.json"

// A shape is a part of a JSON Schema.
type shape map[string]any

// textShape is a scalar: 01234 is read as it is written.
var textShape = shape{"type": []string{"string", "number", "boolean"}}

func wholeNumber(least, most int) shape {
	return shape{"type": "integer", "minimum": least, "maximum": most}
}

// listOf is a list, or one element by itself.
func listOf(s shape) shape {
	return shape{"anyOf": []shape{listOnly(s), s}}
}

func listOnly(s shape) shape { return shape{"type": "array", "items": s} }

// namedBy is an object whose keys are names of all kinds.
func namedBy(s shape) shape {
	return shape{"type": "object", "additionalProperties": s}
}

// objectOf is an object with these keys and no others.
func objectOf(fields []field, required ...string) shape {
	properties := shape{}
	for _, f := range fields {
		if f.shape != nil {
			s := maps.Clone(f.shape)
			s["description"] = f.meaning
			properties[f.name] = s
		}
	}
	s := shape{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func conditionsShape() shape {
	one := objectOf(conditionFields(&condition{}), "column")
	one["oneOf"] = []shape{{"required": []string{"in"}}, {"required": []string{"empty"}}}
	return listOnly(one)
}

func classesShape() shape { return listOf(shape{"enum": importer.PasswordClasses}) }

func transformsShape() shape {
	one := objectOf(transformFields(nil))
	one["minProperties"] = 1
	return listOnly(shape{"anyOf": []shape{{"enum": slices.Sorted(maps.Keys(plainTransforms))}, one}})
}

func lookupShape() shape {
	return shape{"anyOf": []shape{objectOf(lookupFields(&LookupFile{}), "file", "from", "to"), namedBy(textShape)}}
}

func userShape() shape { return objectOf(userFields(0), "email") }

// sources are the keys of a value that say where it comes from; it has one. A
// password that is generated needs none.
var sources = []string{"column", "columns", "const"}

// valueShape is what may stand at a path.
func valueShape(path string) shape {
	var fields []field
	var one []shape
	password := strings.HasSuffix(path, ".password")
	for _, f := range valueFields(&value{}) {
		switch {
		case f.name == "split" && !paths.IsList(path), f.name == "generate" && !password,
			strings.HasPrefix(path, paths.Users) && f.name == "const",
			password && slices.Contains([]string{"default", "transform", "lookup"}, f.name):
			continue
		}
		fields = append(fields, f)
		if f.shape != nil && slices.Contains(sources, f.name) {
			one = append(one, shape{"required": []string{f.name}})
		}
	}
	if password {
		one = append(one, shape{"required": []string{"generate"}, "not": shape{"anyOf": slices.Clone(one)}})
	}
	s := objectOf(fields)
	s["oneOf"] = one
	return s
}

// Schema is the JSON Schema of mapping files, made of the parser's own tables:
// what it takes and what each key means. It cannot say all that Parse finds,
// such as a country that phone does not know.
func Schema() []byte {
	s := objectOf(documentFields, "version", "request")
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["$id"] = SchemaURL
	s["title"] = "bulkonboard mapping file"
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("mapping: " + err.Error()) // maps, lists and texts cannot fail
	}
	return append(b, '\n')
}
