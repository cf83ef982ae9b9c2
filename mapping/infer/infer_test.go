package infer

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// sheet reads a small CSV as the inference and the mapper want it.
func sheet(t testing.TB, text string) (*importer.Header, [][]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimSpace(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return &importer.Header{File: "clients.csv", Row: 1, Columns: all[0]}, all[1:]
}

func inferred(t testing.TB, text string, sets ...string) *Inference {
	t.Helper()
	h, rows := sheet(t, text)
	o, err := Propose(h.Columns, rows, sets)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// placed tells where a column went: the paths, "only", a candidate's path
// after "?", or "-".
func placed(o *Inference, column string) string {
	var out []string
	for _, p := range o.Bound {
		if p.Columns[0] == column {
			out = append(out, p.Path)
		}
	}
	if o.Filter != nil && o.Filter.Column == column {
		out = append(out, "only")
	}
	for _, p := range o.Open {
		if p.Columns[0] == column && len(out) == 0 {
			out = append(out, "?"+p.Path)
		}
	}
	if len(out) == 0 {
		return "-"
	}
	return strings.Join(out, " ")
}

// TestDraftOfACompleteSheet wants a file that parses, fits, and makes requests
// without faults.
func TestDraftOfACompleteSheet(t *testing.T) {
	for name, text := range map[string]string{
		"own headers": `Firma,Kontakt-E-Mail,Login 1,Passwort 1,Login 2,Passwort 2,Voice Provider,Assistant IDs,Status,Telefon
Acme: "GmbH",office@acme.test,jo@acme.test,geheim-1,bo@acme.test,geheim-2,TenantVoiceProvider:123,"asst_1,asst_2",Kunde,030 1
Bob's #1,office@bob.test,b@bob.test,geheim-3,,,TenantVoiceProvider:123,asst_3,Lead,030 2
`,
		"a row for each user": `Company,Email,Password,Provider ID
Acme,jo@acme.test,pass-word-1,VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=
Bob,b@bob.test,pass-word-2,VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=
Acme,bo@acme.test,pass-word-3,VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=
Bob,c@bob.test,pass-word-4,VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=
`,
		"standard columns": `client_name,client_email,user_email,user_password,user2_email,user2_password,tenant_voice_provider_id,access_assistant,billing_product_id,billing_price_ids
Acme,a@acme.test,u@acme.test,pass-word-1,v@acme.test,pass-word-2,TenantVoiceProvider:1,view_only,prod_1,price_1;price_2
`,
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll(text, `Acme: "GmbH"`, `"Acme: ""GmbH"""`)
			h, rows := sheet(t, text)
			o := inferred(t, text)
			if len(o.Missing) > 0 {
				t.Errorf("missing: %v", o.Missing)
			}
			draft := o.YAML(Draft{Input: h.File})
			if strings.Contains(string(draft), "geheim-") || strings.Contains(string(draft), "pass-word") {
				t.Errorf("a password is shown:\n%s", draft)
			}
			d, err := mapping.Parse("m.yaml", draft)
			if err != nil {
				t.Fatalf("%v\n%s", err, draft)
			}
			m, err := mapping.New([]*importer.Header{h}, mapping.Options{Document: d, Name: "m.yaml"})
			if err != nil {
				t.Fatalf("%v\n%s", err, draft)
			}
			for i, r := range rows {
				_, fs := m.Map(importer.Row{Header: h, Number: i + 2, Cells: r})
				for _, f := range fs {
					if f.Severity == importer.Fault {
						t.Errorf("row %d: %s: %s\n%s", i+2, f.Cell, f.Message, draft)
					}
				}
			}
			if m.Grouped() != (name == "a row for each user") {
				t.Errorf("grouped: %v\n%s", m.Grouped(), draft)
			}
		})
	}
}

// TestDraftSaysWhatIsMissing wants the file to fail, with where to get it.
func TestDraftSaysWhatIsMissing(t *testing.T) {
	const text = "Company,E-Mail\nAcme,jo@acme.test\nBob,b@bob.test"
	o := inferred(t, text)
	_, err := mapping.Parse("m.yaml", o.YAML(Draft{}))
	if err == nil {
		t.Fatal("a draft with open ends parses")
	}
	for _, want := range []string{"tenant_voice_provider_id has no source yet: copy the voice provider's id from the dashboard",
		"client_users.0.password has no source yet"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s\n%v", want, err)
		}
	}
	o = inferred(t, text, paths.Provider+"=TenantVoiceProvider:7")
	draft := string(o.YAML(Draft{Generate: true}))
	for _, want := range []string{`{const: "TenantVoiceProvider:7"}`, "password: {generate: {length: 20}}"} {
		if !strings.Contains(draft, want) {
			t.Errorf("not there: %s\n%s", want, draft)
		}
	}
}

// TestValuesSpeak wants values to be heard for and against the words.
func TestValuesSpeak(t *testing.T) {
	for _, c := range []struct{ name, text, column, want string }{
		{"no addresses", "Company,Email\nA,yes\nB,no\nC,no", "Email", "-"},
		{"a typing error", "Compnay Name,Email\nA,a@a.test", "Compnay Name", paths.Name},
		{"addresses without a word", "Company,Erreichbar\nA,a@a.test\nB,b@b.test\nC,c@c.test", "Erreichbar",
			paths.Email + " client_users.0.email"},
		{"the same address thrice", "Company,Erreichbar\nA,a@a.test\nB,a@a.test\nC,c@c.test", "Erreichbar", "?" + paths.Email},
		{"ids of assistants", "Company,Bot\nA,asst_1\nB,asst_2", "Bot", paths.Resources + "assistant"},
		{"ids of providers", "Company,X1\nA,VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=\nB,TenantVoiceProvider:9", "X1", paths.Provider},
		{"ids of numbers", "Company,Phone\nA,pn_1\nB,pn_2", "Phone", paths.Resources + "phone_number"},
		{"a phone number", "Company,Phone\nA,030 1\nB,030 2", "Phone", "-"},
		{"names of plans", "Company,Plan\nA,Basic\nB,Pro", "Plan", "?" + paths.Product},
		{"levels", "Company,Assistant\nA,view_only\nB,view_and_add", "Assistant", paths.Access + "assistant"},
		{"a password by its looks", "Company,Code\nA,S3cret!pass\nB,0ther!Pass", "Code", "-"},
		{"two that fit", "Client,Customer,Email\nA,B,a@a.test\nC,D,c@c.test", "Client", "?" + paths.Name},
		{"yes and no", "Klinik Name,Ist Kunde?,Email\nA,ja,a@a.test\nB,nein,b@b.test", "Ist Kunde?", "only"},
		{"a name that is not known", "Klinik Name,Ist Kunde?,Email\nA,ja,a@a.test\nB,nein,b@b.test", "Klinik Name", "?" + paths.Name},
		{"two names that are not known", "Clinic Name,Owner Full Name\nA,Jo\nB,Bo", "Clinic Name", "?" + paths.Name},
		{"a customer by yes and no", "Business,Kunde\nA,ja\nB,nein", "Kunde", "-"},
		{"a status", "Company,Lifecycle Stage\nA,Customer\nB,Lead", "Lifecycle Stage", "only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := inferred(t, c.text)
			if got := placed(o, c.column); got != c.want {
				t.Errorf("%s: %s, want %s\n%s", c.column, got, c.want, o.YAML(Draft{}))
			}
		})
	}
}

// TestKeyOfADraft wants the key to be unique in the sample.
func TestKeyOfADraft(t *testing.T) {
	for _, c := range []struct{ text, want, why string }{
		{"Company,Email\nA,a@a.test\nB,b@b.test", "[client_details.email]", "all 2 sample rows"},
		{"Company,Email\nA,a@a.test\nB,a@a.test\nC,c@c.test", "[client_details.name]", "the e-mail is in 1"},
		{"Customer ID,Company,Email\n7,A,a@a.test\n8,B,b@b.test", "[client_details.email]", `Column "Customer ID" is unique too (2 of 2)`},
	} {
		o := inferred(t, c.text)
		if fmt.Sprint(o.Key) != c.want || !strings.Contains(o.KeyWhy, c.why) {
			t.Errorf("%q: %v, %s", c.text, o.Key, o.KeyWhy)
		}
	}
}

// FuzzInfer wants a draft that says of every sheet either a mapping or what is
// missing, and nothing that YAML stumbles over.
func FuzzInfer(f *testing.F) {
	f.Add("Firma", "E-Mail", "Acme: #1", "a@b.test")
	f.Add("- yes", "null", "{x", "\x00\u2028\u0085")
	f.Add("Login 2", "Password 7", "*&!", "'\"\\")
	f.Add("Status", "Company\nName", "Kunde", "~")
	f.Fuzz(func(t *testing.T, a, b, x, y string) {
		if importer.Trim(a) == "" || importer.Trim(b) == "" || a == b {
			t.Skip()
		}
		o, err := Propose([]string{a, b}, [][]string{{x, y}, {y, x}}, []string{paths.Provider + "=TenantVoiceProvider:1"})
		if err != nil {
			t.Fatal(err)
		}
		draft := o.YAML(Draft{Input: x})
		if _, err := mapping.Parse("m", draft); err != nil {
			for l := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.Contains(l, "has no source yet") {
					t.Fatalf("%s\n%s", l, draft)
				}
			}
		} else if len(o.Missing) > 1 {
			t.Fatalf("missing %v, and it parses\n%s", o.Missing, draft)
		}
		for _, p := range o.Bound {
			if p.Confidence < ConfidenceLine {
				t.Fatalf("bound below the line: %+v", p)
			}
		}
	})
}

// TestInferOfAWideSheet wants many columns and long headers to end, with no
// more than one column for a path.
func TestInferOfAWideSheet(t *testing.T) {
	columns, row := make([]string, 500), make([]string, 500)
	for i := range columns {
		columns[i], row[i] = fmt.Sprintf("Compnay Nmae of a lead %d", i), "x"
	}
	columns[7] = strings.Repeat("word ", 5000)
	columns[8] = strings.Repeat("w", 50_000)
	columns[9], row[9] = "Company", "Acme"
	o, err := Propose(columns, [][]string{row}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := o.bound(paths.Name); p == nil || p.Columns[0] != "Company" {
		t.Errorf("%+v", p)
	}
	seen := map[string]bool{}
	for _, p := range o.Bound {
		if seen[p.Path] {
			t.Errorf("two columns for %s", p.Path)
		}
		seen[p.Path] = true
	}
}
