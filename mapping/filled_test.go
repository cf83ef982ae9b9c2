package mapping_test

import (
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// TestFilledDown wants rows that hold nothing of a customer to be left out and
// told of once, and a row with anything of one to keep its faults.
func TestFilledDown(t *testing.T) {
	const columns = "client_name,client_email,user_email,user_password,tenant_voice_provider_id,billing_type,access_assistant,resource_assistant,asset_group_name,Notes,_row"
	for cells, filled := range map[string]bool{
		",,,,TenantVoiceProvider:1,,,,,,":                 true,
		",,,,TenantVoiceProvider:1,STRIPE,,,Group 1,,":    true,
		"\u00a0, ,,,TenantVoiceProvider:1,,view_only,,,,": true,
		",,,,,,,,Group 1,,":                               true,
		"Acme,,,,TenantVoiceProvider:1,,,,,,":             false,
		",a@acme.test,,,TenantVoiceProvider:1,,,,,,":      false,
		",,a@acme.test,,TenantVoiceProvider:1,,,,,,":      false,
		",,,Secret-12,TenantVoiceProvider:1,,,,,,":        false,
		",,,,TenantVoiceProvider:1,,,asst_1,,,":           false,
		",,,,TenantVoiceProvider:1,,,,,to be called,":     false,
		",,,,TenantVoiceProvider:1,,,,,,7":                false, // it was a customer once
	} {
		h := &importer.Header{File: "c.csv", Row: 1, Columns: strings.Split(columns, ",")}
		m, err := mapping.New([]*importer.Header{h}, mapping.Options{})
		if err != nil {
			t.Fatal(err)
		}
		req, fs := m.Map(importer.Row{Header: h, Number: 2, Cells: strings.Split(cells, ",")})
		if (req.Skipped != "") != filled || (len(fs) == 0) != filled {
			t.Errorf("%s: left out because %q, with %s", cells, req.Skipped, told(fs))
		}
	}

	// A mapping's own columns: a condition's may be filled down, a group's not.
	d, err := mapping.Parse("m", []byte(`version: 1
only: [{column: S, in: [active]}]
group_by: [G]
request:
  client_details: {name: {column: N}}
  client_users: [{email: {column: E}, password: {column: W}}]
  client_asset_group: {tenant_voice_provider_id: {column: P}, name: {column: G}}
`))
	if err != nil {
		t.Fatal(err)
	}
	h := &importer.Header{File: "c.csv", Row: 1, Columns: strings.Split("N,E,W,P,G,S", ",")}
	m, err := mapping.New([]*importer.Header{h}, mapping.Options{Document: d, Name: "m"})
	if err != nil {
		t.Fatal(err)
	}
	n := m.Neighbours()
	rows := []string{"Acme,a@acme.test,Secret-12,7,g,active", ",,,7,,active", ",,,7,,active", ",,,7,,lead", ",,,7,g,active", ",,,7,,"}
	row := func(i int) importer.Row {
		return importer.Row{Header: h, Number: i + 2, Cells: strings.Split(rows[i], ",")}
	}
	for i := range rows {
		n.Add(row(i))
	}
	var said []string
	for i := range rows {
		for _, f := range n.Check(row(i)) {
			said = append(said, f.Severity.String()+" "+f.Code+" "+f.Cell.Column+": "+f.Message)
		}
		if req, _ := m.Map(row(i)); (req.Skipped != "") != (i != 0 && i != 4) {
			t.Errorf("row %d: %q", i+2, req.Skipped)
		}
	}
	if got := strings.Join(said, "|"); !strings.HasPrefix(got,
		"warning filled_down P: this row and 3 more, up to row 7, hold nothing of a customer") || len(said) != 1 {
		t.Error(got)
	}
	if fs := n.Findings(); len(fs) != 1 || fs[0].Rows != 1 || fs[0].Cell.Row != 3 {
		t.Errorf("%+v", fs)
	}
}
