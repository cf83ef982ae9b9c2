package mapping_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

func TestDamage(t *testing.T) {
	for _, c := range []struct {
		name, column, cell string
		want               string // findings but for those about other columns
		repaired           string // "" if there is no repair
	}{
		// Whole cells.
		{"a formula that failed", "client_name", "#REF!", "fault error_value", ""},
		{"in an address", "client_email", " #N/A", "fault error_value", ""},
		{"in German", "client_name", "#BEZUG!", "fault error_value", ""},
		{"in a password", "user_password", "#VALUE!", "fault error_value", ""},
		{"in a list", "resource_assistant", "asst_1;#N/A", "fault error_value", ""},
		{"in LibreOffice", "client_name", "Err:508", "fault error_value", ""},
		{"where nobody uses it", "Turnover", "#DIV/0!", "note error_value", ""},
		{"a name with a number sign", "client_name", "#1 Plumbing", "", ""},
		{"a name like an error", "client_name", "#REF", "", ""},
		{"a name that begins with Err", "client_name", "Err:5 Ltd", "", ""},
		{"a shortened number for an id", "billing_product_id", "1.23E+10", "fault missing; fault scientific_number", ""},
		{"in a list", "resource_phone_number", "4,91521E+11;pn_2", "fault scientific_number", ""},
		{"for a name", "client_name", "1.23E+10", "warning scientific_number", ""},
		{"where nobody uses it", "Phone", "4.91521E+11", "note scientific_number", ""},
		{"a product of that form", "client_name", "1E10", "", ""},
		{"E and plus in words", "client_name", "E+P 24", "", ""},
		{"a name of that form", "client_name", "12E+10", "", ""},
		{"no value", "client_name", "n/a", "fault placeholder", ""},
		{"no value", "client_email", "-", "fault placeholder", ""},
		{"no value", "resource_assistant", "TODO", "fault placeholder", ""},
		{"no address", "client_email", "test@test", "fault placeholder", ""},
		{"a firm called so", "client_name", "Tada", "", ""},
		{"a firm called so", "client_name", "NaNa Ltd", "", ""},
		{"a firm called so", "client_name", "X", "", ""},
		{"no value where nobody looks", "Notes", "n/a", "", ""},

		// Blanks and what nobody sees.
		{"a blank at the end", "client_email", "office@acme.test ", "note outer_space", "office@acme.test"},
		{"a blank at both ends", "client_name", "\u00a0Acme\t", "note outer_space", "Acme"},
		{"a blank in a list", "resource_assistant", "asst_1; asst_2", "", ""},
		{"a blank after a password", "user_password", "Secret-1 ", "warning outer_space", ""},
		{"only a blank", "asset_group_name", " ", "", ""},
		{"a no-break space in a name", "client_name", "Acme\u00a0Dental", "warning hidden_character", "Acme Dental"},
		{"a no-break space in an address", "client_email", "office@\u00a0acme.test", "fault hidden_character", "office@acme.test"},
		{"a zero-width space in an address", "client_email", "off\u200bice@acme.test", "fault hidden_character", "office@acme.test"},
		{"a soft hyphen in an id", "resource_assistant", "asst_\u00ad1", "fault hidden_character", "asst_1"},
		{"in an id nobody has seen", "resource_knowledge_base", "kb\u200b1", "warning hidden_character", "kb1"},
		{"in a password", "user_password", "Secret\u200b-1", "warning hidden_character", ""},
		{"a joiner in Persian", "client_name", "می\u200cخواهم", "", ""},
		{"a joiner in a family", "client_name", "👩\u200d⚕️ Doc", "", ""},
		{"a joiner in Latin", "client_name", "Ac\u200dme", "warning hidden_character", "Acme"},
		{"a wide blank in Japanese", "client_name", "株式会社\u3000山田", "", ""},
		{"two lines in a name", "client_name", "Acme\nDental", "warning line_break", "Acme Dental"},
		{"two lines in an id", "billing_product_id", "prod\n1", "fault missing; fault line_break", ""},
		{"two lines in a list", "resource_assistant", "asst_1\nasst_2", "warning list_separator", ""},
		{"commas in a list", "resource_assistant", "asst_1, asst_2", "warning list_separator", ""},
		{"commas in a name", "client_name", "Smith, Jones; Sons", "", ""},

		// What steers.
		{"a terminal escape", "client_name", "\x1b[31mAcme", "fault control_character", ""},
		{"in a password", "user_password", "Sec\x07ret-1", "fault control_character", ""},
		{"of eight bits", "client_name", "A\u009b2J", "fault control_character", ""},
		{"where nobody uses it", "Notes", "\x1b[2J", "", ""},
		{"a turned name", "client_name", "Acme \u202Egpj.exe", "warning direction_mark", ""},
		{"leftovers of copying", "client_email", "\u202aoffice@acme.test\u202c", "fault direction_mark", "office@acme.test"},
		{"a turned address", "client_email", "office@\u202Eacme.test", "fault direction_mark", ""},
		{"a mark in Latin", "client_name", "Acme\u200e", "warning direction_mark", "Acme"},
		{"a mark in Hebrew", "client_name", "שלום\u200f (Acme)", "", ""},
		{"Arabic", "client_name", "شركة النور", "", ""},

		// Letters.
		{"a wrong encoding", "client_name", "MÃ¼ller & SÃ¶hne", "warning mojibake", "Müller & Söhne"},
		{"a wrong apostrophe", "client_name", "Joeâ€™s Diner", "warning mojibake", "Joe’s Diner"},
		{"a wrong encoding twice", "client_name", "MÃƒÂ¼ller", "warning mojibake", "Müller"},
		{"a wrong encoding in part", "client_name", "CafÃ© Órbita", "warning mojibake", "Café Órbita"},
		{"a wrong encoding in an address", "client_email", "mÃ¼ller@acme.test", "fault mojibake", "müller@acme.test"},
		{"Portuguese", "client_name", "SÃO JOÃO", "", ""},
		{"a trade mark", "client_name", "IRMÃ®", "", ""},
		{"French", "client_name", "L’Été – Âge d’or", "", ""},
		{"Swedish", "client_name", "Åsa Öberg AB", "", ""},
		{"Vietnamese", "client_name", "Công ty Ánh Dương", "", ""},
		{"a lost letter", "client_name", "M\ufffdller", "warning lost_letter", ""},
		{"smart quotes around an id", "resource_assistant", "“asst_1”;asst_2", "fault smart_character", "asst_1;asst_2"},
		{"a dash in an id", "billing_product_id", "prod–1", "fault missing; fault smart_character", ""},
		{"smart quotes in a name", "client_name", "Joe’s “Diner” – Bar", "", ""},
		{"a Cyrillic letter", "client_email", "office@аcme.test", "fault mixed_scripts", ""},
		{"only look-alikes", "client_email", "office@асе.test", "warning mixed_scripts", ""},
		{"a Russian address", "client_email", "иван@пример.рф", "", ""},
		{"a Greek host", "client_email", "info@ελλάδα.gr", "", ""},
		{"an umlaut", "client_email", "müller@bücher.test", "", ""},
		// What the web leaves.
		{"an entity", "client_name", "Joe &amp; Sons", "warning web_damage", "Joe & Sons"},
		{"an entity that hides a blank", "client_name", "Joe&nbsp;Diner", "warning web_damage", "Joe Diner"},
		{"twice", "client_name", "Joe &amp;amp; Sons", "warning web_damage", "Joe & Sons"},
		{"a tag in an id", "resource_assistant", "<span>asst_1</span>;asst_2", "fault web_damage", "asst_1;asst_2"},
		{"an entity in an address", "client_email", "jo&#64;acme.test", "fault web_damage", "jo@acme.test"},
		{"a formula within", "client_name", "<b>=1+1</b>", "warning web_damage", ""},
		{"in a password", "user_password", "a&amp;b-Secret", "", ""},
		{"an ampersand", "client_name", "Joe & Sons", "", ""},
		// Words for nothing.
		{"as a database writes it", "asset_group_name", `\N`, "warning placeholder", ""},
		{"in a list", "resource_assistant", "NULL", "fault placeholder", ""},
		{"in an element", "resource_assistant", "asst_1;NULL", "fault placeholder", ""},
		{"of a level", "access_assistant", "(null)", "warning placeholder; warning unseen_access", ""},
		{"a level that may be one", "access_assistant", "none", "warning unseen_access", ""},
		{"in a password", "user_password", "N/A", "fault placeholder", ""},
		{"in words", "asset_group_name", "Keine Angabe", "warning placeholder", ""},
		{"within a name", "client_name", "None of Us Ltd", "", ""},
		{"where nobody uses it", "Turnover", "NULL", "", ""},
		// Line breaks that are none to programs.
		{"a line separator", "client_name", "Joe's\u2028Diner", "warning line_break", "Joe's Diner"},
		{"a paragraph separator", "asset_group_name", "Group\u20297", "warning line_break", "Group 7"},
		// Addresses.
		{"a dot too many", "client_email", "office@acme.test.", "fault bad_email", "office@acme.test"},
		{"a name before it", "client_email", "Jo Doe <office@acme.test>", "fault bad_email", "office@acme.test"},
		{"a spreadsheet's apostrophe", "client_email", "'office@acme.test", "fault bad_email", "office@acme.test"},
		{"an underscore in the domain", "client_email", "office@ac_me.test", "fault bad_email", ""},
		{"a slip in the domain", "client_email", "office@acme.con", "warning unknown_domain", ""},
	} {
		t.Run(c.name+" "+c.column, func(t *testing.T) {
			_, fs := mapped(t, nil, valid(c.column, c.cell)...)
			var got []string
			for _, f := range fs {
				if f.Cell.Column != c.column && f.Code != "missing" {
					t.Errorf("about another column: %+v", f)
				}
				at := " " + f.Cell.Column
				if f.Cell.Column == c.column {
					at = ""
				}
				got = append(got, f.Severity.String()+" "+f.Code+at)
				wantRepair := c.repaired
				if f.Repair != nil && (f.Repair.Old != c.cell || f.Repair.New != wantRepair) {
					t.Errorf("%s: repaired to %q, want %q", f.Code, f.Repair.New, wantRepair)
				}
			}
			if got := strings.ReplaceAll(strings.Join(got, "; "), "missing ", "missing"); got != c.want {
				t.Errorf("findings are\n%s\nwant\n%s", got, c.want)
			}
			if c.repaired != "" && (len(fs) == 0 || fs[0].Repair == nil) {
				t.Fatal("no repair")
			}
			if c.repaired != "" {
				if _, again := mapped(t, nil, valid(c.column, c.repaired)...); len(again) > 0 {
					t.Errorf("the repaired cell has findings: %s", told(again))
				}
			}
		})
	}
}

// TestWhatATransformMendsIsNoDamage: where the mapping deals with single
// characters itself, nothing is said of them.
func TestWhatATransformMendsIsNoDamage(t *testing.T) {
	doc, err := mapping.Parse("m.yaml", []byte(`version: 1
ignore: [Notes]
request:
  client_details: {name: {column: Name, transform: [{replace: {"`+"\u00a0"+`": " "}}]}, email: {column: Mail}}
  client_users: [{email: {column: Mail}, password: {column: Word}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}, name: {column: Plan, lookup: {"n/a": None, Pro: Pro}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	h := &importer.Header{File: "f.csv", Row: 1, Columns: []string{"Name", "Mail", "Word", "Plan", "Notes", "Old password"}}
	m, err := mapping.New([]*importer.Header{h}, mapping.Options{Document: doc})
	if err != nil {
		t.Fatal(err)
	}
	_, fs := m.Map(importer.Row{Header: h, Number: 2, Cells: []string{"A\u00a0B", "a@b.test", "Secret-1", "n/a", "#REF!", "1.2E+10"}})
	if got := told(fs); got != "" {
		t.Errorf("findings are %s", got)
	}
}

// damagedText is text that has been through something.
func damagedText() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"Acme", "a", "B", " ", "\u00a0", "\u200b", "\u200d", "\u202e", "\u200e", "\x1b[2J", "\u009b", "Ã¼",
		"â€™", "Â", "Ã", "®", "“", "–", "\n", "\t", "é", "ש", "а",
		"#N/A", "1.23E+10", ";", ",", "@", ".", "=", "'", "-", "\ufffd", "\xff", "\xc3", "n/a", "asst_", "1"})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "")
	})
}

// TestRepairs: a repair changes something, and leaves nothing that it would
// change again; findings are UTF-8 and hold no password.
func TestRepairs(t *testing.T) {
	columns := []string{"client_name", "client_email", "billing_product_id", "resource_assistant", "resource_knowledge_base",
		"access_assistant", "Notes"}
	rapid.Check(t, func(t *rapid.T) {
		var pairs []string
		for _, c := range columns {
			pairs = append(pairs, c, damagedText().Draw(t, c))
		}
		password := "q8Zk" + damagedText().Draw(t, "password") + "Wv3x"
		pairs = append(pairs, "user_password", password)
		h, cells := header(valid(pairs...)...)
		m, err := mapping.New([]*importer.Header{h}, mapping.Options{})
		if err != nil {
			t.Fatal(err)
		}
		req, fs := m.Map(importer.Row{Header: h, Number: 2, Cells: cells})
		if _, faulty := importer.FirstFault(fs); !faulty && (req.Key == "" || req.Client.Details.Name == "") {
			t.Fatalf("no fault in %+v", req)
		}
		mended := map[string]bool{}
		for _, f := range fs {
			text := f.Message + f.Advice
			if !utf8.ValidString(text) {
				t.Fatalf("not UTF-8: %q", text)
			}
			if strings.Contains(text, "q8Zk") || strings.Contains(text, "Wv3x") {
				t.Fatalf("the password shows: %q", text)
			}
			if f.Repair == nil {
				continue
			}
			if f.Cell.Column == "user_password" || f.Repair.Old == f.Repair.New || f.Repair.Old != cells[f.Cell.Index-1] && !mended[f.Cell.Column] {
				t.Fatalf("%s: %q → %q", f.Cell.Column, f.Repair.Old, f.Repair.New)
			}
			cells[f.Cell.Index-1] = f.Repair.New
			mended[f.Cell.Column] = true
		}
		_, again := m.Map(importer.Row{Header: h, Number: 2, Cells: cells})
		for _, f := range again {
			if f.Repair != nil {
				t.Fatalf("repaired, and to be repaired again: %s %q → %q", f.Code, f.Repair.Old, f.Repair.New)
			}
		}
	})
}

func BenchmarkMapDamaged(b *testing.B) {
	h, cells := header(valid("client_name", "MÃ¼ller\u00a0GmbH ", "client_email", "office@acme.test ", "resource_assistant", "“asst_1”")...)
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
