package infer_test

import (
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/infer"
)

func grid(text string) (rows [][]string) {
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		rows = append(rows, strings.Split(line, ","))
	}
	return rows
}

func TestHeaderRow(t *testing.T) {
	for _, c := range []struct {
		name         string
		text         string
		header, list int
	}{
		{"plain", "Company,E-mail,Login\nAcme,o@acme.test,j@acme.test", 0, 2},
		{"a title", "Customers 2026,,\nCompany,E-mail,Login\nAcme,o@acme.test,j@acme.test", 1, 2},
		{"a title, a date, somebody's name", "Our customers,,,\nas of,01.02.2026,,\nby,Anna,,\n" +
			"Company,E-mail,Login,Password\nAcme,o@acme.test,j@acme.test,S-1", 3, 2},
		{"merged groups", "Kunde,,Zugang,\nFirma,E-Mail,Login,Passwort\nAcme,o@acme.test,j@acme.test,S-1", 1, 2},
		{"groups whose words are known", "Client,,Login,,Provider\n" +
			"client_name,client_email,user_email,user_password,tenant_voice_provider_id\n" +
			"Acme,o@acme.test,j@acme.test,S-1,TenantVoiceProvider:1", 1, 2},
		{"unknown words below a title", "Verzeichnis,,\nXab,Ybc,Zcd\nfoo,bar,baz\nqux,bla,blu", 1, 0},
		{"unknown words", "Xab,Ybc,Zcd\nfoo,bar,baz\nqux,bla,blu", 0, 0},
		{"a column without a name", "Company,,Login\nAcme,x,j@acme.test\nBob,y,b@bob.test", 0, 2},
		{"numbered names", "Company,Login 1,Password 1,Login 2,Password 2\nAcme,a@a.test,x,b@a.test,y\nBob,c@b.test,x,,", 0, 2},
		{"no header at all", "Acme,o@acme.test,j@acme.test\nSalon,o@salon.test,j@salon.test\nClient,User,Account\nBob,o@bob.test,j@bob.test", 0, 1},
		{"words of headers among the data", "Company,E-mail,Login\nSalon,o@salon.test,j@salon.test\nClient,Login,User\nBob,o@bob.test,j@bob.test", 0, 2},
		{"notes", "Notizen\na,b,c\na,b,c", 1, 0},
		{"a dashboard", "Dashboard,,\nCustomers,12,\nRevenue,100,\nOpen,3,", 0, 0},
		{"addresses under unknown words", "Xab,Ybc\nAcme,o@acme.test\nBob,o@bob.test", 0, 1},
		{"one column", "Firma\nAcme\nBob", 0, 0},
		{"nothing", "", 0, 0},
	} {
		if header, list := infer.Header(grid(c.text), nil); header != c.header || list != c.list {
			t.Errorf("%s: row %d and %d, want %d and %d", c.name, header, list, c.header, c.list)
		}
	}
}

// A mapping's columns are what is looked for, whatever they are called.
func TestHeaderRowOfAMapping(t *testing.T) {
	doc, err := mapping.Parse("m.yaml", []byte(`version: 1
only: [{column: Art, in: [K]}]
request:
  client_details: {name: {column: Wer}}
  client_users: [{email: {column: Wohin}, password: {column: Womit}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text         string
		header, list int
	}{
		{"Liste,,,\nArt,Wer,Wohin,Womit\nK,Acme,a@a.test,x", 1, 3},
		{"Company,Login,Password,E-mail\nArt,Wer,Wohin,Womit\nK,Acme,a@a.test,x", 1, 3},
		{"Wer,Wohin,Notiz\nAcme,a@a.test,x", 0, 2},
		{"Company,Login,Password\nAcme,a@a.test,x", 0, 0},
	} {
		if header, list := infer.Header(grid(c.text), doc); header != c.header || list != c.list {
			t.Errorf("%q: row %d and %d, want %d and %d", c.text, header, list, c.header, c.list)
		}
	}
}
