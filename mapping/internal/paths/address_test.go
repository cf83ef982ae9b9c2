package paths

import (
	"strings"
	"testing"
)

func TestAddressFault(t *testing.T) {
	for _, s := range []string{
		"a@b.test", "jo.doe+tag@acme.example", "O'Neil@acme.example", "müller@acme.example", "info@müller.example", "info@xn--mller-kva.example",
		"x_y-z@a-b.example", "a@b.c.d.example", "用户@例子.广告", "no-reply@acme.example", "-jo@acme.example", "JO@ACME.EXAMPLE", "a@3com.example", "a@1.2.3.de",
		strings.Repeat("a", 64) + "@acme.example", "a@" + strings.Repeat("b", 63) +
			".example", "jo#x!$%&*/=?^`{|}~@acme.example", "50%off@acme.example",
	} {
		if why := AddressFault(s); why != "" || !IsAddress(s) {
			t.Errorf("%s: %s (an address at first sight: %t)", s, why, IsAddress(s))
		}
	}
	for s, why := range map[string]string{
		"jo":                                "no @",
		"jo@acme":                           "not complete",
		"jo@acme.example.":                  "not complete",
		"jo@.acme.example":                  "not complete",
		"jo@acme..example":                  "not complete",
		"@acme.example":                     "not of the form",
		".jo@acme.example":                  "not of the form",
		"jo.@acme.example":                  "not of the form",
		"j..o@acme.example":                 "not of the form",
		"jo@@acme.example":                  "more than one @",
		"jo@acme@x.example":                 "more than one @",
		"jo doe@acme.example":               "blank",
		"jo@acme.example,x@y.example":       "several",
		"'jo@acme.example":                  "apostrophe",
		"=jo@acme.example":                  "equals sign",
		"jo@-acme.example":                  "dash",
		"jo@acme-.example":                  "dash",
		"jo@ac_me.example":                  "holds a _",
		"jo@ac*me.example":                  "holds a *",
		"jo@acme.example'":                  "holds a '",
		"jo@1.2.3.4":                        "no top-level domain",
		"jo@[1.2.3.4]":                      "holds a [",
		"jo@acme.x":                         "no top-level domain",
		"%6ao@acme.example":                 "web addresses",
		strings.Repeat("a", 65) + "@a.test": "longer than the 64",
		"a@" + strings.Repeat("b", 64) + ".example":     "longer than the 63",
		"a@" + strings.Repeat("ü", 60) + ".example":     "longer than the 63",
		"a@" + strings.Repeat("b.", 123) + "bb.example": "longer than the 254",
		"jo@a\u00adc\u200b.example":                     "", // said as what it is: characters that nobody sees
		"jo@acme\u3002example":                          "not complete",
		"jo@\u2488example.com":                          "none that DNS knows",
	} {
		if got := AddressFault(s); why != "" && !strings.Contains(got, why) {
			t.Errorf("%s: %q, want %q", s, got, why)
		}
	}
}

func TestRepairAddress(t *testing.T) {
	for s, want := range map[string]string{
		"jo@acme.example.":                  "jo@acme.example",
		"jo@acme.example,":                  "jo@acme.example",
		"<jo@acme.example>;":                "jo@acme.example",
		"Jo Doe <jo@acme.example>":          "jo@acme.example",
		`"Doe, Jo" <jo@acme.example>`:       "jo@acme.example",
		"jo@acme.example [work]":            "jo@acme.example",
		"(home) jo@acme.example (till May)": "jo@acme.example",
		"jo(at)acme.example":                "jo@acme.example",
		"jo [at] acme [dot] example":        "jo@acme.example",
		"mailto:jo@acme.example":            "jo@acme.example",
		"'jo@acme.example'":                 "jo@acme.example",
		"='jo@acme.example":                 "jo@acme.example",
		"=jo@acme.example":                  "jo@acme.example",
		"„jo@acme.example“":                 "jo@acme.example",
		"%6Ao@acme.example":                 "jo@acme.example",
		"o'neil@acme.example.":              "o'neil@acme.example",
		"m\u00fcller@b\u00fccher.example;":  "müller@bücher.example",
		// Nobody knows what was meant.
		".jo@acme.example":                   "",
		"jo@@acme.example":                   "",
		"jo@acme.example, ann@acme.example":  "",
		"Jo <jo@acme.example> or ann@x.test": "",
		"jo at acme.example":                 "",
		"jo doe@acme.example":                "",
		"jo@acme":                            "",
		"jo@ac_me.example":                   "",
		"jo@1.2.3.4":                         "",
		"":                                   "",
	} {
		if want == "" {
			want = s
		}
		if got := RepairAddress(s); got != want {
			t.Errorf("%s becomes %s, want %s", s, got, want)
		}
	}
}

func TestUnknownTLD(t *testing.T) {
	for s, want := range map[string]string{
		"a@b.com": "", "a@b.DE": "", "a@b.photography": "", "a@b.co.uk": "", "a@b.test": "", "a@b.acme.example": "", "a@b.рф": "", "a@b.xn--p1ai": "", "a@b.ck": "",
		"a@b.con": "con com", "a@b.comm": "comm com", "a@b.nett": "nett net", "a@b.lan": "lan ",
	} {
		tld, near := UnknownTLD(s)
		if got := strings.Trim(tld+" "+near, ""); got != want && !(want == "" && got == " ") {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
}
