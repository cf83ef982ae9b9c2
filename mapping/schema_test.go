package mapping

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write samples/mapping.schema.json anew")

const schemaFile = "../samples/mapping.schema.json"

// TestSchemaIsTheParsers holds the published schema against the parser's own.
func TestSchemaIsTheParsers(t *testing.T) {
	if *update {
		if err := os.WriteFile(schemaFile, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, Schema()) {
		t.Error(schemaFile + " is not what the parser takes: go test ./mapping -run Schema -update")
	}
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(SchemaURL, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(SchemaURL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// holds tells whether a mapping file meets the schema.
func holds(t testing.TB, s *jsonschema.Schema, content []byte) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(content, &v); err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

// TestSchemaTakesWhatIsRight wants samples to be found right.
func TestSchemaTakesWhatIsRight(t *testing.T) {
	s := schema(t)
	samples, err := filepath.Glob("../samples/*.mapping.yaml")
	if err != nil || len(samples) == 0 {
		t.Fatal("no samples", err)
	}
	for _, name := range samples {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(name, b); err != nil {
			t.Error(err)
		}
		if err := holds(t, s, b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefusesWhatIsWrong holds schema and parser to one opinion.
func TestSchemaRefusesWhatIsWrong(t *testing.T) {
	s := schema(t)
	for name, c := range map[string]struct {
		text  string
		right bool
	}{
		"right":                    {"version: 1\nrequest: {client_details: {name: {column: A}}}", true},
		"numbers as texts":         {"version: 1\nrequest: {client_details: {name: {column: 1, default: 2}}}", true},
		"all transforms":           {"version: 1\nrequest: {extra: {x: {column: A, transform: [trim, {phone: DE}, {date: {from: DD.MM.YYYY}}, {replace: {a: b}}]}}}", true},
		"a lookup in a file":       {"version: 1\nrequest: {assigned_resources: {assistant: {column: A, split: '|', lookup: {file: a.csv, from: name, to: id}}}}", true},
		"another version":          {"version: 2\nrequest: {}", false},
		"no request":               {"version: 1", false},
		"an unknown key":           {"version: 1\nkeys: [a]\nrequest: {}", false},
		"an unknown path":          {"version: 1\nrequest: {client_details: {nme: {column: A}}}", false},
		"no source":                {"version: 1\nrequest: {client_details: {name: {default: A}}}", false},
		"a generated password":     {"version: 1\nrecipients: [age1x]\nrequest: {client_users: [{email: {column: A}, password: {generate: {words: 5}}}, {email: {column: B}, password: {column: C, generate: {length: 16, classes: [lower, digit], avoid: ambiguous, words: 0}}}]}", true},
		"a generated name":         {"version: 1\nrequest: {client_details: {name: {generate: {}}}}", false},
		"a password from nowhere":  {"version: 1\nrequest: {client_users: [{email: {column: A}, password: {}}]}", false},
		"a password that is short": {"version: 1\nrequest: {client_users: [{email: {column: A}, password: {generate: {length: 3}}}]}", false},
		"two sources":              {"version: 1\nrequest: {client_details: {name: {column: A, const: B}}}", false},
		"nothing yet":              {"version: 1\nrequest: {client_details: {name: }}", false},
		"a user without an e-mail": {"version: 1\nrequest: {client_users: [{password: {column: A}}]}", false},
		"one password for all":     {"version: 1\nrequest: {client_users: [{email: {column: A}, password: {const: x}}]}", false},
		"an unknown transform":     {"version: 1\nrequest: {client_details: {name: {column: A, transform: [shout]}}}", false},
		"a condition of two":       {"version: 1\nonly: [{column: A, in: [b], empty: true}]\nrequest: {}", false},
		"split of a text":          {"version: 1\nrequest: {client_details: {name: {column: A, split: ';'}}}", false},
	} {
		err := holds(t, s, []byte(c.text))
		_, parsed := Parse("m", []byte(c.text))
		if (err == nil) != c.right || (parsed == nil) != c.right {
			t.Errorf("%s: the schema says %v, the parser %v", name, err, parsed)
		}
	}
}

// TestEveryKeyIsExplained wants no key of the schema without a meaning.
func TestEveryKeyIsExplained(t *testing.T) {
	if bytes.Contains(Schema(), []byte(`"description": ""`)) {
		t.Error("a key has no meaning")
	}
}
