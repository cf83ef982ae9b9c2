package mapping_test

import (
	"fmt"
	"log"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// All faults of a mapping file are told at once, each with its line.
func ExampleParse() {
	_, err := mapping.Parse("clients.mapping.yaml", []byte(`version: 1
request:
  client_details:
    nmae: {column: Company}
    email: {column: Mail, transform: [lowre]}
`))
	fmt.Println(err)
	// Output:
	// clients.mapping.yaml:4: client_details has no key "nmae"; did you mean name?
	// clients.mapping.yaml:5: no transform "lowre"; there are trim, lower, upper, title, digits, {phone: COUNTRY}, {date: {from, to}} and {replace: {old: new}}
}

// A row with faults still says what it can; its findings say where and what.
func ExampleMapper_Map() {
	h := &importer.Header{File: "clients.csv", Row: 1,
		Columns: []string{"client_name", "user_email", "user_password", "tenant_voice_provider_id"}}
	m, err := mapping.New([]*importer.Header{h}, mapping.Options{})
	if err != nil {
		log.Fatal(err)
	}
	req, findings := m.Map(importer.Row{Header: h, Number: 7, Cells: []string{"Globex", "jo@globex", "Sample-Pass", "VoiceCampaign:5"}})
	fmt.Println(req.Client.Details.Name)
	for _, f := range findings {
		if f.Severity == importer.Fault {
			fmt.Println(f.Cell, f.Message)
		}
	}
	// Output:
	// Globex
	// clients.csv: row 7, column "user_email" "jo@globex" is not an e-mail address: its domain is not complete
	// clients.csv: row 7, column "tenant_voice_provider_id" "VoiceCampaign:5" is the id of a VoiceCampaign, not of a TenantVoiceProvider
}
