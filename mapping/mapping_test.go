package mapping_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

const provider = "VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=" // TenantVoiceProvider:123

// pairs are columns and cells of one row: "client_name", "Acme", ….
func header(pairs ...string) (*importer.Header, []string) {
	h := &importer.Header{File: "f.csv", Row: 1}
	var cells []string
	for i := 0; i < len(pairs); i += 2 {
		h.Columns, cells = append(h.Columns, pairs[i]), append(cells, pairs[i+1])
	}
	return h, cells
}

func mapped(t testing.TB, sets []string, pairs ...string) (importer.Request, []importer.Finding) {
	t.Helper()
	h, cells := header(pairs...)
	m, err := mapping.New([]*importer.Header{h}, mapping.Options{Sets: sets})
	if err != nil {
		t.Fatal(err)
	}
	return m.Map(importer.Row{Header: h, Number: 2, Cells: cells})
}

// valid are the cells of a faultless row, with some of them changed or added.
func valid(changes ...string) []string {
	p := []string{"client_name", "Acme", "client_email", "office@acme.test", "user_email", "jo@acme.test", "user_password", "Secret-1",
		"tenant_voice_provider_id", provider}
	for i := 0; i < len(changes); i += 2 {
		if at := slices.Index(p, changes[i]); at >= 0 && at%2 == 0 {
			p[at+1] = changes[i+1]
		} else {
			p = append(p, changes[i], changes[i+1])
		}
	}
	return p
}

// told is what findings say, "fault bad_email client_email" for each.
func told(fs []importer.Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, strings.TrimSpace(fmt.Sprint(f.Severity, " ", f.Code, " ", f.Cell.Column)))
	}
	return strings.Join(out, "; ")
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name string
		row  []string
		want string
	}{
		{"a faultless row", valid(), ""},
		{"no name", valid("client_name", " \u00a0"), "fault missing client_name"},
		{"no column for the name", valid()[2:], "fault missing"},
		{"everything wrong at once", valid("client_name", "", "user_email", "x", "tenant_voice_provider_id", ""),
			"fault missing client_name; fault bad_email user_email; fault missing tenant_voice_provider_id"},
		{"no own e-mail", valid("client_email", ""), "note email_from_user client_email"},
		{"no user", valid("user_email", "", "user_password", ""), "fault missing user_email; fault missing user_password"},
		{"a user without a password", valid("user_password", ""), "fault missing user_password"},
		{"a password without a user", valid("user2_email", "", "user2_password", "Secret-2"), "fault missing user2_email"},
		{"one user twice", valid("user2_email", "JO@acme.test", "user2_password", "Secret-2"), "fault duplicate_user user2_email"},
		{"a name in an e-mail", valid("client_email", "Jo <jo@acme.test>"), "fault bad_email client_email"},
		{"no domain", valid("client_email", "jo@acme"), "fault bad_email client_email"},
		{"two e-mails", valid("client_email", "jo@acme.test;bo@acme.test"), "fault bad_email client_email"},
		{"a campaign for a provider", valid("tenant_voice_provider_id", "Vm9pY2VDYW1wYWlnbjoxMjM="),
			"fault wrong_id_type tenant_voice_provider_id"},
		{"a readable id", valid("tenant_voice_provider_id", "TenantVoiceProvider:9"), "note encoded_id tenant_voice_provider_id"},
		{"an id of an unseen form", valid("tenant_voice_provider_id", "prov-9"), "warning unseen_id_form tenant_voice_provider_id"},
		{"a provider for a campaign", valid("resource_campaign", provider), "fault wrong_id_type resource_campaign"},
		{"a provider for an assistant", valid("resource_assistant", provider), "fault wrong_id_type resource_assistant"},
		{"foreign ids", valid("resource_assistant", "asst_1; asst_2;;", "resource_phone_number", "pn_1"), ""},
		{"a product without a type", valid("billing_product_id", "p", "billing_type", ""), "fault missing billing_type"},
		{"prices without a product", valid("billing_price_ids", "p", "billing_type", "STRIPE"), "fault missing"},
		{"an unseen type", valid("billing_product_id", "p", "billing_type", "PAYPAL"), "warning unseen_billing_type billing_type"},
		{"an unseen level", valid("access_assistant", "admin"), "warning unseen_access access_assistant"},
		{"seen levels", valid("access_assistant", "view_only", "access_campaign", "view_and_add"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, fs := mapped(t, nil, c.row...)
			if got := told(fs); got != c.want {
				t.Errorf("findings are\n%s\nwant\n%s", got, c.want)
			}
			for _, f := range fs {
				if strings.Contains(f.Message+f.Advice, "Secret-") {
					t.Errorf("a password shows: %s", f.Message)
				}
			}
		})
	}
}

func TestTheWholeRequest(t *testing.T) {
	req, fs := mapped(t, []string{"client_access.campaign=view_only"}, "Client Name", " Acme ", "CLIENT-EMAIL", "Office@Acme.test",
		"user.email", "", "User Password", "",
		"user2_email", "jo@acme.test", "user2_password", " S;1 ", "Tenant Voice Provider ID", "TenantVoiceProvider:123", "asset_group_name", "G",
		"billing_type", "STRIPE", "billing_product_id", "prod", "billing_price_ids", "a; b", "AccessAssistant", "view_only", "Resource Phone Number Pool", "VoicePhoneNumberPool:5", "notes", "x")
	if got := told(fs); got != "note outer_space Client Name; warning outer_space user2_password; note encoded_id Tenant Voice Provider ID; note encoded_id Resource Phone Number Pool" {
		t.Errorf("findings are %s", got)
	}
	want := importer.Client{
		Users:     []importer.User{{Email: "jo@acme.test", Password: importer.NewSecret("S;1")}},
		Details:   importer.Details{Name: "Acme", Email: "Office@Acme.test"},
		Group:     importer.AssetGroup{ProviderID: provider, Name: "G"},
		Billing:   &importer.Billing{Type: "STRIPE", Product: &importer.Product{ID: "prod", PriceIDs: []string{"a", "b"}}},
		Access:    map[string]string{"assistant": "view_only", "campaign": "view_only"},
		Resources: map[string][]string{"phone_number_pool": {"Vm9pY2VQaG9uZU51bWJlclBvb2w6NQ=="}},
	}
	if !reflect.DeepEqual(req.Client, want) {
		t.Errorf("client is\n%+v, want\n%+v", req.Client, want)
	}
	if req.Key != "office@acme.test" || req.Row != (importer.RowRef{Number: 2}) {
		t.Errorf("key %q, row %v", req.Key, req.Row)
	}
}

func TestOptionalPartsAreLeftOut(t *testing.T) {
	req, _ := mapped(t, []string{"billing_provider.type=STRIPE"},
		valid("billing_product_id", "", "access_assistant", "", "resource_assistant", ";")...)
	if c := req.Client; c.Billing != nil || c.Access != nil || c.Resources != nil {
		t.Errorf("client is %+v", c)
	}
	// Fed by constants alone, an object stays.
	req, _ = mapped(t, []string{"billing_provider.type=STRIPE", "billing_provider.selected_product.product_id=p"}, valid()...)
	if b := req.Client.Billing; b == nil || b.Type != "STRIPE" || b.Product.ID != "p" {
		t.Errorf("billing is %+v", b)
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct{ client, user, want string }{
		{" Office@ACME.test", "jo@acme.test", "office@acme.test"}, {"", "Jo@acme.test ", "jo@acme.test"}, {"nonsense", "jo@acme.test", ""}, {"",
			"", ""},
	} {
		req, _ := mapped(t, nil, valid("client_email", c.client, "user_email", c.user)...)
		if string(req.Key) != c.want {
			t.Errorf("%q, %q: key %q, want %q", c.client, c.user, req.Key, c.want)
		}
	}
}

func TestColumns(t *testing.T) {
	h, _ := header(valid("Notes", "", "clientname2", "", "_job", "", "resource_robots", "")...)
	m, err := mapping.New([]*importer.Header{h}, mapping.Options{Sets: []string{"client_details.name=X"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(m.Findings()); got != "warning unused_column Notes; warning unused_column clientname2; warning unseen_resource_kind resource_robots; warning unused_column client_name" {
		t.Errorf("findings are %s", got)
	}
	for _, c := range mapping.StandardColumns() {
		h, _ := header(c.Name, "")
		if _, err := mapping.New([]*importer.Header{h}, mapping.Options{}); err != nil {
			t.Errorf("%s is no standard column: %v", c.Name, err)
		}
	}
}

func TestMappingsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns []string
		sets    []string
		want    []string // in the error
	}{
		{"nothing matches", []string{"Firma", "Stadt"}, nil, []string{`"Firma", "Stadt"`}},
		{"two columns for one path", []string{"client_name", "Client Name"}, nil, []string{`"client_name" and "Client Name"`}},
		{"one user twice", []string{"user_email", "user1_email"}, nil, []string{"user_email"}},
		{"all at once", []string{"client_name"}, []string{"x", "client_detail.name=y", "client_users.0.password=hunter2",
			"client_users.0.email=a@b.test", "client_details.name=", "client_access.a.b=c"},
			[]string{"PATH=VALUE", "did you mean client_details.name?", "never comes from the command line", "same login", "is empty",
				"client_access.a.b: the request has no such path"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := mapping.New([]*importer.Header{{File: "f.csv", Columns: c.columns}}, mapping.Options{Sets: c.sets})
			var e *mapping.Error
			if !errors.As(err, &e) {
				t.Fatalf("error is %v", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is not in\n%s", w, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("a password shows")
			}
		})
	}
}

func TestTheOrderOfColumnsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pairs := valid("user2_email", "bo@acme.test", "user2_password", "Secret-2", "access_assistant", "view_only", "resource_assistant", "a;b",
			"billing_product_id", "p")
		order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}).Draw(t, "order")
		var shuffled []string
		for _, i := range order {
			if 2*i < len(pairs) {
				shuffled = append(shuffled, pairs[2*i], pairs[2*i+1])
			}
		}
		do := func(pairs []string) (importer.Request, int) {
			h, cells := header(pairs...)
			m, err := mapping.New([]*importer.Header{h}, mapping.Options{})
			if err != nil {
				t.Fatal(err)
			}
			req, fs := m.Map(importer.Row{Header: h, Number: 2, Cells: cells})
			return req, len(fs)
		}
		a, n := do(pairs)
		b, k := do(shuffled)
		if !reflect.DeepEqual(a, b) || n != k {
			t.Fatalf("%+v\n%+v", a, b)
		}
	})
}

func FuzzMap(f *testing.F) {
	f.Add("Acme", "office@acme.test", "jo@acme.test", "Secret", provider, "a;b")
	f.Add("MÃ¼ller\u00a0GmbH ", "\u202aоffice@acme.test\u202c", "jo@\u200bacme.test", "#REF!", "“"+provider+"”", "1.23E+10;n/a")
	f.Add("\x1b[31m\xff", "n/a", "test@test", " a\u009b", "#N/A", "a, b\nc")
	f.Add("", "x@", "@", "\x00", "VGVuYW50", ";;")
	f.Fuzz(func(t *testing.T, name, email, user, password, id, list string) {
		password = "<<" + password + ">>"
		req, fs := mapped(t, nil, valid("client_name", name, "client_email", email, "user_email", user, "user_password", password,
			"tenant_voice_provider_id", id, "resource_campaign", list)...)
		_, faulty := importer.FirstFault(fs)
		if !faulty && (req.Key == "" || req.Client.Details.Name == "" || len(req.Client.Users) == 0 || req.Client.Group.ProviderID == "") {
			t.Errorf("no fault in %+v", req)
		}
		for _, f := range fs {
			if strings.Contains(f.Message+f.Advice, password) {
				t.Errorf("the password shows in %q", f.Message)
			}
		}
	})
}

func TestChecker(t *testing.T) {
	c := mapping.NewChecker()
	check := func(row int, key string, phones ...string) string {
		req := importer.Request{Key: importer.Key(key), Row: importer.RowRef{Number: row},
			Client: importer.Client{Resources: map[string][]string{"phone_number": phones}}}
		fs := c.Check(req, importer.Cell{Row: row})
		if len(fs) == 1 {
			return fs[0].Code + ": " + fs[0].Message
		}
		return told(fs)
	}
	for _, s := range []struct {
		row    int
		key    string
		phones []string
		want   string
	}{
		{2, "a", []string{"1"}, ""}, {3, "b", []string{"2", "2"}, ""}, {4, "", []string{"3"}, ""}, {5, "", nil, ""},
		{6, "a", nil, "duplicate_key: is the same customer as row 2: both have one key"},
		{7, "c", []string{"1"}, `shared_resource: phone_number "1" is given to the client in row 2 too`},
		{8, "a", nil, "duplicate_key: is the same customer as row 2: both have one key"},
	} {
		if got := check(s.row, s.key, s.phones...); got != s.want {
			t.Errorf("row %d: %q, want %q", s.row, got, s.want)
		}
	}
	if r, ok := c.First("b"); !ok || r.Number != 3 {
		t.Errorf("b stands first in row %v, %v", r, ok)
	}
	if _, ok := c.First("z"); ok {
		t.Error("z stands somewhere")
	}
}

func BenchmarkMap(b *testing.B) {
	h, cells := header(valid("user2_email", "bo@acme.test", "user2_password", "Secret-2", "access_assistant", "view_only",
		"resource_assistant", "a;b", "billing_type", "STRIPE", "billing_product_id", "p")...)
	m, err := mapping.New([]*importer.Header{h}, mapping.Options{})
	if err != nil {
		b.Fatal(err)
	}
	row := importer.Row{Header: h, Number: 2, Cells: cells}
	b.ReportAllocs()
	for b.Loop() {
		m.Map(row)
	}
}

func ExampleNew() {
	h := &importer.Header{File: "clients.csv", Row: 1, Columns: []string{"Client name", "user_email", "user_password"}}
	m, err := mapping.New([]*importer.Header{h}, mapping.Options{Sets: []string{"client_asset_group.tenant_voice_provider_id=TenantVoiceProvider:123"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	req, findings := m.Map(importer.Row{Header: h, Number: 2, Cells: []string{"Acme Dental", "jo@acme.example", "Sample-Pass"}})
	fmt.Println(string(req.Client.Snapshot()))
	for _, f := range findings {
		fmt.Println(f.Severity, f.Code)
	}
	// Output:
	// {"client_users":[{"email":"jo@acme.example"}],"client_details":{"name":"Acme Dental","email":"jo@acme.example"},"client_asset_group":{"tenant_voice_provider_id":"VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM="}}
	// note email_from_user
}

// What a constant is sent as is told once, not for every row.
func TestAConstantIsToldOnce(t *testing.T) {
	d, err := mapping.Parse("m.yaml", []byte(
		"version: 1\nrequest: {client_details: {name: {column: a}}, client_asset_group: {tenant_voice_provider_id: {const: 'TenantVoiceProvider:1'}}}"))
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]mapping.Options{"mapping": {Document: d, Name: "m.yaml"},
		"set": {Sets: []string{"client_asset_group.tenant_voice_provider_id=TenantVoiceProvider:1"}}} {
		h := &importer.Header{File: "c.csv", Row: 1, Columns: []string{"a", "client_name"}}
		m, err := mapping.New([]*importer.Header{h}, o)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range m.Findings() {
			if f.Code == "encoded_id" {
				n++
			}
		}
		_, fs := m.Map(importer.Row{Header: h, Number: 2, Cells: []string{"x", "y"}})
		for _, f := range fs {
			if f.Code == "encoded_id" {
				t.Errorf("%s: told for a row, too: %s", name, f.Message)
			}
		}
		if n != 1 {
			t.Errorf("%s: told %d times", name, n)
		}
	}
}
