package mapping

import "testing"

func TestUnweb(t *testing.T) {
	for in, want := range map[string]string{
		"Smith &amp; Sons":                            "Smith & Sons",
		"O&#39;Brien &#x26; Co":                       "O'Brien & Co",
		"Caf&eacute; &Ouml;zil":                       "Café Özil",
		`Z\u00fcrich \uD83C\uDF55 GmbH`:               "Zürich 🍕 GmbH",
		`O\'Brien`:                                    "O'Brien",
		"B%C3%A4ckerei Huber":                         "Bäckerei Huber",
		"Huber%20%26%20S%C3%B6hne":                    "Huber & Söhne",
		"Acme%20Dental":                               "Acme Dental",
		"<b>Acme</b> <i class='x'>Dental</i>":         "Acme Dental",
		"<p>Acme</p><p>Dental</p>":                    "Acme  Dental",
		"Acme<br/>Dental":                             "Acme Dental",
		"=?UTF-8?Q?B=C3=A4ckerei?=":                   "Bäckerei",
		"=?utf-8?B?QsOkY2tlcmVp?= Huber":              "Bäckerei Huber",
		"=?iso-8859-1?Q?B=E4ckerei_Huber?=":           "Bäckerei Huber",
		"B=C3=A4ckerei":                               "Bäckerei",
		"B&auml;ckerei <b>Huber</b> &amp; S%C3%B6hne": "Bäckerei Huber & Söhne",
		// Nothing has happened to these.
		"AT&T; R&D":        "",
		"Tom & Jerry; Ltd": "",
		"100% Bio":         "",
		"50%off %zz":       "",
		"1 < 2 > 0":        "",
		"<3 Flowers":       "",
		"a=b":              "",
		"E=MC2 Studios":    "",
		"A=B0 C":           "",
		`Shop\Store`:       "",
		`C:\users\x`:       "",
		"&unknownentity;":  "",
		"=?UTF-8?X?abc?=":  "",
		`\u12`:             "",
		`\ud83d`:           "",
		"a%00b":            "",
		"&#0;":             "",
		"<Acme>":           "",
	} {
		if want == "" {
			want = in
		}
		if got := unweb(in); got != want {
			t.Errorf("%s becomes %q, want %q", in, got, want)
		}
	}
}

func TestPasswordLooks(t *testing.T) {
	for code, list := range map[string][]string{
		"masked_password": {"********", "•••••", "xxxxxx", "XXXX", "......", "---", "#####", "ab****", "[hidden]", "<redacted>", "(encrypted)",
			"Hidden"},
		"hashed_password": {
			"$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub", "$6$saltsalt$Zm9vYmFyYmF6",
			"$P$B12345678abcdefghijkl", "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3", "pbkdf2_sha256$600000$abc$def1234567=", "md5:0cc175b9c0f1b6a831c399e269772661",
			"0cc175b9c0f1b6a831c399e269772661", "86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8", "*6BB4837EB74329105EE4568DDA7DC67ED2CA2AD9",
			"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
		},
		"password_value": {"TRUE", "falsch", "2026-01-21", "21.01.2026", "1/2/26", "2026-01-21 08:30:00", "08:30", "8:30 PM", "Jan-26", "3-Mar",
			"12. Mrz 2026", "12%", "12,5 %", "12345678", "0.5", "1,234,567",
			"-3", "12.50 €", "$5.00", "1E+05"},
		"": {"", "Soleil-2026!", "hunter22", "k9#Qx", "May flowers 7", "a1b2c3d4", "deadbeef", "correct horse battery staple", "**Stars**",
			"P%40ss", "x", "--", "Marie2024", "0cc175b9c0f1b6a831c399e26977266", "$ecret$tuff", "12345678a", "mayday", "Augsburg",
			"2026-summer", "7%off", "true love", "aaaaaaaa"},
	} {
		for _, p := range list {
			if _, got, message, advice := passwordLooks(p); got != code || (message == "") != (code == "") || (advice == "") != (code == "") {
				t.Errorf("%q: %q (%s)", p, got, message)
			}
		}
	}
}
