package paths

import (
	"encoding/base64"
	"strings"
	"testing"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// TestCheckID goes through the forms that ids have, at the places where they
// stand.
func TestCheckID(t *testing.T) {
	const campaign, pool, assistant, squad = Resources + "campaign", Resources + "phone_number_pool", Resources + "assistant", Resources +
		"vapi_squad"
	for _, c := range []struct {
		path, in, sent string // sent "" is what is in
		what           string // "plain", and the code of a fault or a warning
	}{
		{Provider, "TenantVoiceProvider:123", b64("TenantVoiceProvider:123"), "plain"},
		{Provider, "123", b64("TenantVoiceProvider:123"), "plain"},
		{Provider, "TenantVoiceProvider:k_7-Qx", b64("TenantVoiceProvider:k_7-Qx"), "plain"},
		{Provider, "TenantVoiceProviderType:k7Qx", b64("TenantVoiceProviderType:k7Qx"), "plain"},
		{Provider, "tenantvoiceprovider:9", b64("TenantVoiceProvider:9"), "plain"},
		{Provider, b64("TenantVoiceProvider:k7Qx"), "", ""},
		{Provider, b64("TenantVoiceProviderType:k7Qx"), "", ""},
		{Provider, strings.TrimRight(b64("TenantVoiceProvider:1234"), "="), b64("TenantVoiceProvider:1234"), ""},
		{Provider, b64("VoiceCampaignType:x1"), "", "wrong_id_type"},
		{Provider, b64("TenantPricingTableType:x1"), "", "wrong_id_type"},
		{Provider, "TenantSomething:x1", b64("TenantSomething:x1"), "plain unseen_id_type"},
		{Provider, b64("TenantSomething:x1"), "", "unseen_id_type"},
		{Provider, "k7Qx", "", "unseen_id_form"},
		{Provider, "TenantVoiceProvider:", "", "unseen_id_form"},
		{Provider, "TenantVoiceProvider:a b", "", "unseen_id_form"},
		{campaign, "VoiceCampaign:k7", b64("VoiceCampaign:k7"), "plain"},
		{campaign, b64("VoiceCampaignType:k7"), "", ""},
		{campaign, b64("VoicePhoneNumberPoolType:k7"), "", "wrong_id_type"},
		{campaign, "123", "", "unseen_id_form"},
		{pool, b64("VoicePhoneNumberPool:k7"), "", ""},
		{assistant, "asst_9fA-x", "", ""},
		{assistant, "7a1c33f0-11f7-4c1c-9a3e-0d1f2f3a4b5c", "", ""},
		{assistant, "sip:anna", "", ""},
		{assistant, b64("TenantVoiceProvider:1"), "", "wrong_id_type"},
		{assistant, "VoiceCampaign:1", b64("VoiceCampaign:1"), "plain wrong_id_type"},
		{squad, "VapiSquad:1", b64("VapiSquad:1"), "plain unseen_id_type"},
		{squad, b64("VapiSquadType:1"), "", "unseen_id_type"},
	} {
		got := CheckID(c.path, c.in)
		what := strings.TrimSpace(map[bool]string{true: "plain "}[got.Plain] + got.Code)
		if want := map[bool]string{true: c.in, false: c.sent}[c.sent == ""]; got.Sent != want || what != c.what {
			t.Errorf("%s %q: %q is sent, and it is %q, want %q and %q", c.path, c.in, got.Sent, what, want, c.what)
		}
		if (got.Fault != "") != (got.Code == "wrong_id_type") || (got.Warning != "") != strings.HasPrefix(got.Code, "unseen") {
			t.Errorf("%s %q: code %q, fault %q, warning %q", c.path, c.in, got.Code, got.Fault, got.Warning)
		}
	}
}
