package mapping_test

import (
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// TestHeadersAreReadAsPeopleSeeThem wants columns to be found whatever their
// names have in them that nobody sees, and to be told of it.
func TestHeadersAreReadAsPeopleSeeThem(t *testing.T) {
	columns := []string{"Client\nName", "client\u200b_email", "\u202auser_email", "us\u0435r_p\u0430ssword", "Tenant Voice\r\nProvider ID",
		"Имя", "Группа"}
	h := &importer.Header{File: "c.csv", Columns: columns}
	d, err := mapping.Parse("m", []byte(
		"version: 1\nignore: [\"Г\u0440уппа\"]\nrequest:\n  client_details: {name: {column: client name}, email: {column: Client_Email}}\n"+
			"  client_users: [{email: {column: User Email}, password: {column: user_password}}]\n  client_asset_group: {tenant_voice_provider_id: {column: tenant voice provider id}, name: {column: имя}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]mapping.Options{"standard columns": {}, "a mapping": {Document: d, Name: "m"}} {
		m, err := mapping.New([]*importer.Header{h}, o)
		if err != nil {
			t.Fatal(name, err)
		}
		var odd []string
		for _, f := range m.Findings() {
			if f.Code == "odd_header" {
				odd = append(odd, f.Severity.String()+" "+f.Message)
			}
		}
		want := `note its name holds characters that nobody can see; it is read as "client_email"|note its name holds characters that nobody can see; it is read as "user_email"|` +
			`note its name holds letters of another script that look like Latin ones; it is read as "user_password"`
		if got := strings.Join(odd, "|"); got != want {
			t.Errorf("%s: %s", name, got)
		}
		req, fs := m.Map(importer.Row{Header: h, Number: 2,
			Cells: []string{"Acme", "office@acme.test", "jo@acme.test", "Secret-12", "7", "Joe", ""}})
		if req.Client.Details.Name != "Acme" || req.Client.Users[0].Password.Reveal() != "Secret-12" ||
			told(fs) != "note encoded_id Tenant Voice\r\nProvider ID" {
			t.Errorf("%s: %+v, %s", name, req.Client, told(fs))
		}
	}
}
