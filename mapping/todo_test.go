package mapping_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// TestTODOIsAFault wants what a draft left open not to be sent, wherever a
// mapping gives a value by itself.
func TestTODOIsAFault(t *testing.T) {
	_, err := mapping.Parse("m.yaml", []byte(`version: 1
access_presets:
  all: {assistant: TODO}
request:
  client_details: {name: {column: A}, email: {column: E, default: TODO}}
  client_asset_group:
    tenant_voice_provider_id: {const: TODO}
    name: {column: G, lookup: {Small: Group 1, Large: TODO}}
  billing_provider:
    selected_product:
      product_id: {const: "prod_TODO"}
      price_ids: {const: "price_1; TODO: ask Billing"}
  extra:
    about: {const: "Todo list"}
    other: {const: "MASTODON"}
`))
	if err == nil {
		t.Fatal("it was taken")
	}
	var lines []string
	for _, f := range strings.Split(err.Error(), "\n") {
		if !strings.Contains(f, "TODO still stands there") {
			t.Error(f)
		}
		lines = append(lines, strings.Split(f, ":")[1])
	}
	if got := strings.Join(lines, " "); got != "3 5 7 8 12" {
		t.Errorf("faults in the lines %s:\n%v", got, err)
	}
}

// TestALookupsFileHasNoTODO wants the same of values that stand in a table.
func TestALookupsFileHasNoTODO(t *testing.T) {
	d, err := mapping.Parse("m.yaml", []byte(
		"version: 1\nrequest: {client_details: {name: {column: A, lookup: {file: plans.csv, from: Plan, to: Name}}}}"))
	if err != nil {
		t.Fatal(err)
	}
	h := &importer.Header{File: "c.csv", Columns: []string{"A"}}
	o := mapping.Options{Document: d, Name: "m.yaml", Tables: map[mapping.LookupFile][][2]string{d.Files()[0]: {{"a", "Acme"}, {"b", "TODO"}}}}
	if _, err := mapping.New([]*importer.Header{h}, o); err == nil ||
		!strings.HasPrefix(err.Error(), `plans.csv: the value for "b" in column "Name": TODO still`) {
		t.Error(err)
	}
}

// TestIDsOfAMapping wants an id that the mapping gives by itself to be found
// wrong in the mapping, once, and an odd one to be told once, not in each row.
func TestIDsOfAMapping(t *testing.T) {
	const head = "version: 1\nrequest:\n  client_details: {name: {column: A}}\n  client_users: [{email: {column: E}, password: {column: P}}]\n"
	for name, c := range map[string]struct{ text, fault, findings string }{
		"a campaign for a provider": {"  client_asset_group: {tenant_voice_provider_id: {const: 'VoiceCampaign:1'}}",
			`m:5: client_asset_group.tenant_voice_provider_id: "VoiceCampaign:1" is the id of a VoiceCampaign`, ""},
		"in a list": {"  assigned_resources: {campaign: {const: 'VoiceCampaign:1;TenantVoiceProvider:2'}}",
			`m:5: assigned_resources.campaign: "TenantVoiceProvider:2" is the id of a TenantVoiceProvider, not of a campaign`, ""},
		"in a list split otherwise": {"  assigned_resources: {campaign: {const: 'VoiceCampaign:1|TenantVoiceProvider:2', split: '|'}}",
			`m:5: assigned_resources.campaign: "TenantVoiceProvider:2"`, ""},
		"in a lookup": {"  client_asset_group: {tenant_voice_provider_id: {column: P, lookup: {a: 'TenantVoiceProvider:1', b: 'VoiceCampaign:1'}}}", `m:5: client_asset_group.tenant_voice_provider_id: "VoiceCampaign:1"`, ""},
		"as a default": {"  client_asset_group: {tenant_voice_provider_id: {column: P, default: 'VoiceCampaign:1'}}",
			`m:5: client_asset_group.tenant_voice_provider_id: "VoiceCampaign:1"`, ""},
		"the right ones":              {"  client_asset_group: {tenant_voice_provider_id: {const: 'TenantVoiceProvider:1'}}\n  assigned_resources: {campaign: {const: VoiceCampaign:k7}}", "", "note encoded_id; note encoded_id"},
		"a number alone":              {"  client_asset_group: {tenant_voice_provider_id: {const: 123}}", "", "note encoded_id"},
		"a form that nobody has seen": {"  client_asset_group: {tenant_voice_provider_id: {const: k7Qx}}", "", "warning unseen_id_form"},
		"a type that nobody has seen": {"  client_asset_group: {tenant_voice_provider_id: {const: 'Something:k7Qx'}}", "",
			"note encoded_id; warning unseen_id_type"},
	} {
		d, err := mapping.Parse("m", []byte(head+c.text))
		if c.fault != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.fault) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		h := &importer.Header{File: "c.csv", Columns: []string{"A", "E", "P"}}
		m, err := mapping.New([]*importer.Header{h}, mapping.Options{Document: d, Name: "m"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range m.Findings() {
			got = append(got, f.Severity.String()+" "+f.Code)
		}
		if s := strings.Join(got, "; "); s != c.findings {
			t.Errorf("%s: %s", name, s)
		}
		if _, fs := m.Map(importer.Row{Header: h, Number: 2,
			Cells: []string{"Acme", "a@a.test", "Secret-12"}}); told(fs) != "note email_from_user" {
			t.Errorf("%s: in the row, too: %s", name, told(fs))
		}
	}
}

// TestTheQuestionAndSetMeanTheSame wants one answer to mean one thing.
func TestTheQuestionAndSetMeanTheSame(t *testing.T) {
	h := &importer.Header{File: "c.csv", Columns: []string{"client_name", "user_email", "user_password"}}
	for _, answer := range []string{"7", "TenantVoiceProvider:7", " TenantVoiceProviderType:Qx-1 ",
		base64.StdEncoding.EncodeToString([]byte("TenantVoiceProvider:7")), "Qx1", "Something:7", "VoiceCampaign:7", "TODO", "007"} {
		id, doubt, fault := mapping.ProviderID(answer)
		m, err := mapping.New([]*importer.Header{h}, mapping.Options{Sets: []string{"client_asset_group.tenant_voice_provider_id=" + answer}})
		if (err == nil) != (fault == "") {
			t.Errorf("%q: the question says %q, --set %v", answer, fault, err)
			continue
		}
		if err != nil {
			continue
		}
		req, _ := m.Map(importer.Row{Header: h, Number: 2, Cells: []string{"Acme", "a@a.test", "Secret-12"}})
		warned := false
		for _, f := range m.Findings() {
			warned = warned || f.Severity == importer.Warning
		}
		if got := req.Client.Group.ProviderID; got != id || warned != (doubt != "") {
			t.Errorf("%q: the question makes it %q (%s), --set %q (warned: %t)", answer, id, doubt, got, warned)
		}
	}
}
