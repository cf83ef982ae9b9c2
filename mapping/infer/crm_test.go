package infer

import (
	"os"
	"strings"
	"testing"
)

// crm says where the columns of each export belong: a path, only, or "?" and a
// path that a person has to decide on. A column that is not named belongs
// nowhere. The first user logs in with the only e-mail there is.
var crm = map[string]map[string]string{
	"hubspot-contacts": {"Email": "client_details.email client_users.0.email", "Company Name": "client_details.name",
		"Lifecycle Stage": "only"},
	"pipedrive-people": {"Person - Organization": "client_details.name",
		"Person - Email - Work": "client_details.email client_users.0.email", "Deal - Status": "only"},
	"salesforce-accounts": {"Account Name": "client_details.name", "Contact: Email": "client_details.email client_users.0.email",
		"Type": "only"},
	"zoho-cuentas": {"Nombre de la empresa": "client_details.name", "Correo electrónico": "client_details.email client_users.0.email",
		"Estado":          "only",
		"Plan contratado": "?billing_provider.selected_product.product_id", "Asistente ID": "assigned_resources.assistant"},
	"gohighlevel-contacts": {"Business Name": "client_details.name", "Email": "client_details.email client_users.0.email",
		"Voice Provider ID": "client_asset_group.tenant_voice_provider_id", "Phone Number ID": "assigned_resources.phone_number"},
	"monday-board": {"Name": "client_details.name", "Client Email": "client_details.email", "Login 1": "client_users.0.email",
		"Password 1": "client_users.0.password",
		"Login 2":    "client_users.1.email", "Password 2": "client_users.1.password", "Status": "only", "Assistants": "assigned_resources.assistant"},
	"airtable-kunden": {"Firma": "client_details.name", "E-Mail-Adresse": "client_details.email", "Benutzer (E-Mail)": "client_users.0.email", "Initialpasswort": "client_users.0.password",
		"Kundenstatus": "only", "Tarif": "?billing_provider.selected_product.product_id", "Assistenten-ID": "assigned_resources.assistant",
		"Telefonnummer-ID": "assigned_resources.phone_number", "Kundengruppe": "client_asset_group.name"},
	"activecampaign-contacts": {"Account": "client_details.name", "Email": "client_details.email", "Portal Login": "client_users.0.email", "Temporary Password": "client_users.0.password",
		"Asset Group": "client_asset_group.name", "Stripe Product ID": "billing_provider.selected_product.product_id",
		"Price IDs": "billing_provider.selected_product.price_ids", "Assistant Access": "client_access.assistant"},
}

// TestCRMExports scores the inference on the shapes of exports from products
// that people move from: 90 % of the columns right, and none wrong that is
// bound.
func TestCRMExports(t *testing.T) {
	right, all, bound := 0, 0, 0
	for name, want := range crm {
		b, err := os.ReadFile("../../samples/crm/" + name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		h, rows := sheet(t, string(b))
		o, err := Propose(h.Columns, rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		good, named := 0, 0
		for _, c := range h.Columns {
			w, got := want[c], placed(o, c)
			if w != "" {
				named++
			} else {
				w = "-"
			}
			live := got != "-" && !strings.HasPrefix(got, "?") && (got != "only" || o.Filter.Active())
			if live {
				bound++
			}
			switch {
			case got == w:
				good++
			case live:
				t.Errorf("%s: %q is bound to %s, and belongs to %s", name, c, got, w)
			default:
				t.Logf("%s: %q is offered as %s, and belongs to %s", name, c, got, w)
			}
		}
		if named != len(want) {
			t.Errorf("%s: the table names %d columns, %d of them in the file", name, len(want), named)
		}
		t.Logf("%-24s %2d of %2d columns", name, good, len(h.Columns))
		right, all = right+good, all+len(h.Columns)
	}
	t.Logf("%d of %d columns right (%.1f %%), %d bound", right, all, 100*float64(right)/float64(all), bound)
	if right*10 < all*9 {
		t.Errorf("%d of %d columns right, and 90 %% are wanted", right, all)
	}
}
