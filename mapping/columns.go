package mapping

// A Column is one of the standard columns, which need no mapping file.
type Column struct {
	Name     string
	Required bool
	Meaning  string
	Example  string
}

// StandardColumns lists them, in the order of the starter sheet. Further users
// have user2_email, user2_password and so on; access_ and resource_ columns
// exist for every section and kind.
func StandardColumns() []Column {
	return []Column{
		{"client_name", true, "the client's name", "Acme Dental"},
		{"client_email", false, "the client's e-mail; the first user's if empty", "office@acme.example"},
		{"user_email", true, "the first user's login", "jo@acme.example"},
		{"user_password", true, "the first user's first password", "Sample-Pass-0417"},
		{"tenant_voice_provider_id", true, "your voice provider's id, such as TenantVoiceProvider:123", "TenantVoiceProvider:123"},
		{"asset_group_name", false, "the name of the client's asset group", "Default Group"},
		{"billing_type", false, "STRIPE, with a product", "STRIPE"},
		{"billing_product_id", false, "the product the client subscribes to", "prod_1"},
		{"billing_price_ids", false, "its prices, split at ;", "price_1;price_2"},
		{"access_assistant", false, "view_only or view_and_add; likewise access_campaign and others", "view_only"},
		{"resource_assistant", false, "ids of assistants, split at ;; likewise resource_phone_number and others", "asst_1;asst_2"},
	}
}
