package mapping_test

import (
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// mappedBy maps one row by a mapping file.
func mappedBy(t *testing.T, file string, sets []string, pairs ...string) (*mapping.Mapper, []importer.Finding) {
	t.Helper()
	d, err := mapping.Parse("m.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	h, cells := header(pairs...)
	m, err := mapping.New([]*importer.Header{h}, mapping.Options{Document: d, Name: "m.yaml", Sets: sets})
	if err != nil {
		t.Fatal(err)
	}
	_, fs := m.Map(importer.Row{Header: h, Number: 2, Cells: cells})
	return m, fs
}

func messages(fs []importer.Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Message)
	}
	return strings.Join(out, "\n")
}

// TestWhatTheMappingLacks wants people with headers of their own to be told
// of the path, not of a standard column that their sheet never had.
func TestWhatTheMappingLacks(t *testing.T) {
	_, fs := mappedBy(t, "version: 1\nrequest: {client_details: {name: {column: Firma}}}", nil, "Firma", "Acme")
	got := messages(fs)
	for _, want := range []string{"m.yaml has no source for client_asset_group.tenant_voice_provider_id",
		"m.yaml has no source for client_users.0.email"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "there is no column") {
		t.Error(got)
	}
}

// TestASecondDocumentIsNotLeftOut: half of what somebody wrote is not what they
// meant.
func TestASecondDocumentIsNotLeftOut(t *testing.T) {
	const file = "version: 1\nrequest: {client_details: {name: {column: Firma}}}\n---\n"
	if _, err := mapping.Parse("m.yaml", []byte(file)); err != nil {
		t.Error(err)
	}
	_, err := mapping.Parse("m.yaml", []byte(file+"only: [{column: A, in: [b]}]\n"))
	if err == nil || !strings.Contains(err.Error(), "m.yaml:4: a second document") {
		t.Error(err)
	}
}

// TestAConditionHasAValue: only with an empty list would skip every row.
func TestAConditionHasAValue(t *testing.T) {
	_, err := mapping.Parse("m.yaml", []byte(
		"version: 1\nonly: [{column: Status, in: []}]\nrequest: {client_details: {name: {column: Firma}}}"))
	if err == nil || !strings.Contains(err.Error(), "m.yaml:2: a condition without a value") {
		t.Error(err)
	}
}

// TestSetBeatsTheFile: the column of a path that --set gives is not needed, and
// if it is there, nobody uses it.
func TestSetBeatsTheFile(t *testing.T) {
	const file = `version: 1
request: {client_details: {name: {column: Firma}}, client_asset_group: {tenant_voice_provider_id: {column: Provider}}}`
	set := []string{"client_asset_group.tenant_voice_provider_id=TenantVoiceProvider:1"}
	m, fs := mappedBy(t, file, set, "Firma", "Acme", "Provider", "TenantVoiceProvider:2")
	if got := told(append(m.Findings(), fs...)); !strings.Contains(got, "unused_column") {
		t.Error(got)
	}
	mappedBy(t, file, set, "Firma", "Acme")
}

// TestOneCauseIsOneFault: a product that is not in the lookup is not missing too.
func TestOneCauseIsOneFault(t *testing.T) {
	_, fs := mappedBy(t, `version: 1
request:
  billing_provider:
    type: {const: STRIPE}
    selected_product: {product_id: {column: Plan, lookup: {Basic: prod_1}}, price_ids: {column: Prices}}`, nil, "Plan", "Gold", "Prices", "price_1")
	n := 0
	for _, f := range fs {
		if strings.HasPrefix(f.Path, "billing_provider.") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d faults of one cause: %s", n, told(fs))
	}
}

// TestPhone: forms of numbers that people write.
func TestPhone(t *testing.T) {
	d, err := mapping.Parse("m.yaml", []byte("version: 1\nrequest: {extra: {phone: {column: Phone, transform: [{phone: DE}]}}}"))
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"030 1234567": "+49301234567", "+49 (0)30 1234567": "+49301234567", "0049 (0) 30-1234567": "+49301234567",
		"0049(0)30/1234567": "+49301234567", "+49 30 1234567": "+49301234567", "\u0660\u0663\u0660 1234567": "", "030 123 ext 4": "",
	} {
		h, cells := header("Phone", in)
		m, err := mapping.New([]*importer.Header{h}, mapping.Options{Document: d, Name: "m.yaml"})
		if err != nil {
			t.Fatal(err)
		}
		req, _ := m.Map(importer.Row{Header: h, Number: 2, Cells: cells})
		if got, _ := req.Client.Extra["phone"].(string); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}
