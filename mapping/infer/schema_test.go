package infer

import (
	"bytes"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// TestDraftsMeetTheSchema wants the schema and the parser to be of one opinion
// about drafts.
func TestDraftsMeetTheSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(mapping.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(mapping.SchemaURL, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(mapping.SchemaURL)
	if err != nil {
		t.Fatal(err)
	}
	for name := range crm {
		b, err := os.ReadFile("../../samples/crm/" + name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		o := inferred(t, string(b), paths.Provider+"=TenantVoiceProvider:1")
		draft := o.YAML(Draft{Input: name})
		_, parsed := mapping.Parse(name, draft)
		var v any
		if err := yaml.Unmarshal(draft, &v); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); (err == nil) != (parsed == nil) {
			t.Errorf("%s: the parser says %v, the schema %v\n%s", name, parsed, err, draft)
		}
	}
}
