package mapping

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

// FuzzParse wants an *Error for whatever is no mapping, each fault with the
// file's name.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "version: 1", "version: 1\nrequest: {}", "\x00", "- a", "a: &a [*a]", "version: 1\nkey: [client_details.email, extra.id]\nrequest: {client_details: {name: {column: A, lookup: {a: b}}}}",
		"version: 1\nonly: [{column: A, in: [b]}]\nrequest: {client_users: [{email: {columns: [A, B], join: '@'}}]}",
		"version: 1\nrequest: {extra: {x: {column: A, transform: [trim, {phone: DE}, {date: {from: [DD.MM.YYYY]}}, {replace: {a: b}}]}}}",
		bomb,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse("m.yaml", []byte(s))
		var e *Error
		switch {
		case err == nil && (d == nil || len(d.Key) == 0):
			t.Fatal("neither a document nor an error")
		case err != nil && (!errors.As(err, &e) || len(e.Faults) == 0):
			t.Fatalf("not an *Error with faults: %#v", err)
		case err != nil:
			for _, fault := range e.Faults {
				if !strings.HasPrefix(fault, "m.yaml:") {
					t.Fatalf("a fault of no file: %s", fault)
				}
			}
		}
	})
}

// bomb has a few lines and, with its aliases followed, a billion texts.
const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
version: 1
ignore: *e
request: {client_details: {name: *e}}
`

// TestAliasesAreNotFollowed wants a bomb to be refused for what it is.
func TestAliasesAreNotFollowed(t *testing.T) {
	_, err := Parse("m", []byte(bomb))
	if err == nil || !strings.Contains(err.Error(), "aliases are not understood") {
		t.Error(err)
	}
}

// TestOptionalObjectsWithoutCells wants constants of an optional object to go
// with it where the sheet gives nothing for it.
func TestOptionalObjectsWithoutCells(t *testing.T) {
	const text = `version: 1
request:
  client_details: {name: {column: N}, email: {column: E}}
  client_users: [{email: {column: E}, password: {column: P}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
  billing_provider: {type: {column: T}, selected_product: {product_id: {const: prod_1}, price_ids: {column: X}}}
  client_access: {assistant: {column: A}, campaign: {const: view_only}}
  assigned_resources: {assistant: {column: R}, phone_number: {const: pn_1}}
`
	d, err := Parse("m", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	h := &importer.Header{File: "c.csv", Row: 1, Columns: strings.Split("NEPTXAR", "")}
	m, err := New([]*importer.Header{h}, Options{Document: d, Name: "m"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		t, x, a, r                          string
		billing, product, access, resources bool
	}{
		{},
		{"STRIPE", "", "", "", true, false, false, false},
		{"STRIPE", "price_1; ;", "", "", true, true, false, false},
		{"", "", "view_only", "", false, false, true, false},
		{"", "", "", "asst_1", false, false, false, true},
	} {
		req, _ := m.Map(importer.Row{Header: h, Number: 2, Cells: []string{"n", "e@e.test", "p", c.t, c.x, c.a, c.r}})
		got := req.Client
		if b := got.Billing; (b != nil) != c.billing || b != nil && (b.Product != nil) != c.product || b != nil && b.Product != nil &&
			len(b.Product.PriceIDs) != 1 {
			t.Errorf("%+v: billing %+v", c, got.Billing)
		}
		if (len(got.Access) == 2) != c.access || (len(got.Resources) == 2) != c.resources || len(got.Access)%2+len(got.Resources)%2 > 0 {
			t.Errorf("%+v: access %v, resources %v", c, got.Access, got.Resources)
		}
	}
}
