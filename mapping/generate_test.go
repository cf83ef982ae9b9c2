package mapping

import (
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

const generating = `version: 1
request:
  client_details: {name: {column: Name}}
  client_users:
    - email: {column: Mail}
      password: PASSWORD
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
`

func TestGenerate(t *testing.T) {
	for _, c := range []struct {
		password, cell string
		want           *importer.PasswordRule // nil: the cell's password is taken
	}{
		{"{generate: {}}", "", &importer.PasswordRule{}},
		{"{generate: {length: 24, classes: [lower, digit], avoid: ambiguous, words: 0}}", "",
			&importer.PasswordRule{Length: 24, Classes: []string{"lower", "digit"}, AvoidAmbiguous: true}},
		{"{generate: {words: 5}}", "", &importer.PasswordRule{Words: 5}},
		{"{column: Word, generate: {length: 16}}", "", &importer.PasswordRule{Length: 16}},
		{"{column: Word, generate: {length: 16}}", "from the sheet", nil},
	} {
		doc, err := Parse("m.yaml", []byte(strings.Replace(generating, "PASSWORD", c.password, 1)))
		if err != nil {
			t.Fatalf("%s: %v", c.password, err)
		}
		h := &importer.Header{File: "a.csv", Columns: []string{"Name", "Mail", "Word"}}
		m, err := New([]*importer.Header{h}, Options{Document: doc, Name: "m.yaml"})
		if err != nil {
			t.Fatalf("%s: %v", c.password, err)
		}
		req, fs := m.Map(importer.Row{Header: h, Number: 2, Cells: []string{"Acme", "a@acme.test", c.cell}})
		if f, bad := importer.FirstFault(fs); bad {
			t.Fatalf("%s: %s", c.password, f.Message)
		}
		u := req.Client.Users[0]
		if u.Password.Reveal() != c.cell {
			t.Errorf("%s: the password is not the cell's", c.password)
		}
		switch {
		case c.want == nil && u.Generate != nil:
			t.Errorf("%s: generated beside the sheet's", c.password)
		case c.want != nil && (u.Generate == nil || strings.Join(u.Generate.Alphabets(), " ") != strings.Join(c.want.Alphabets(), " ") ||
			u.Generate.Length != c.want.Length || u.Generate.Words != c.want.Words):
			t.Errorf("%s: the rule is %+v", c.password, u.Generate)
		}
		// No e-mail, no user: there is nobody to make a password for.
		req, fs = m.Map(importer.Row{Header: h, Number: 2, Cells: []string{"Acme", "", ""}})
		if _, bad := importer.FirstFault(fs); !bad || len(req.Client.Users) != 0 {
			t.Errorf("%s: a user without e-mail: %+v", c.password, req.Client.Users)
		}
	}
}

func TestGenerateFaults(t *testing.T) {
	for password, want := range map[string]string{
		"{generate: {length: 4}}":                               "m.yaml:6: a number from 12 to 128",
		"{generate: {lenght: 20}}":                              `did you mean length?`,
		"{generate: {classes: [letters]}}":                      `no class "letters"`,
		"{generate: {classes: [lower, lower]}}":                 "stands there twice",
		"{generate: {avoid: zero}}":                             `not "zero"`,
		"{generate: {words: 2}}":                                "a number from 4 to 12",
		"{generate: {words: 5, length: 20}}":                    "do not apply",
		"{const: x, generate: {}}":                              "either a constant or a generated password",
		"{generate: {}, lookup: {a: b}}":                        "needs one source",
		"{generate: {length: 12}}\npasswords: {min_length: 16}": "passwords asks for 16",
	} {
		text := strings.Replace(generating, "PASSWORD", strings.SplitN(password, "\n", 2)[0], 1)
		if _, more, ok := strings.Cut(password, "\n"); ok {
			text += more + "\n"
		}
		if _, err := Parse("m.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", password, err, want)
		}
	}
	_, err := Parse("m.yaml", []byte(strings.Replace(generating, "{column: Name}", "{generate: {}}", 1)))
	if err == nil || !strings.Contains(err.Error(), "only passwords can be generated") {
		t.Errorf("a generated name: %v", err)
	}
	_, err = Parse("m.yaml", []byte("recipients: [AGE-SECRET-KEY-1XYZ]\n"+strings.Replace(generating, "PASSWORD", "{generate: {}}", 1)))
	if err == nil || !strings.Contains(err.Error(), "private key") || strings.Contains(err.Error(), "1XYZ") {
		t.Errorf("a private key in the mapping: %v", err)
	}
}
