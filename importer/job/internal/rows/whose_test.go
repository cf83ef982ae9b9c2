package rows

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// What the sheets of these tests look like, by the columns they have.
const (
	twoColumns = `version: 1
skip: [{column: State, in: [off]}]
request:
  client_details: {name: {column: Name}, email: {column: Mail}}
  client_users: [{email: {column: Login}, password: {generate: {length: 20}}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
`
	oneColumn = `version: 1
request:
  client_details: {name: {column: Name}, email: {column: Mail}}
  client_users: [{email: {column: Mail}, password: {generate: {length: 20}}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
`
	nameAsKey = "key: [client_details.name]\n" + twoColumns
	groups    = `version: 1
group_by: [Name]
request:
  client_details: {name: {column: Name}}
  client_users: [{email: {column: Login}, password: {generate: {length: 20}}}]
  client_asset_group: {tenant_voice_provider_id: {const: "TenantVoiceProvider:1"}}
`
)

// A night is a job whose customers were sent, and another sheet.
type night struct {
	t       *testing.T
	store   importer.Store
	mapping string
	dir     string
	n       int
}

func newNight(t *testing.T, mapping string) *night {
	return &night{t: t, mapping: mapping, dir: t.TempDir(), store: importertest.NewMemory(importertest.TestHeader())}
}

// read surveys a sheet of lines such as "Acme acme@x.test login@x.test", a
// blank between the cells and "-" for an empty one.
func (n *night) read(lines ...string) (*Surveyor, []*Item) {
	n.t.Helper()
	n.n++
	path := filepath.Join(n.dir, fmt.Sprintf("night%d.csv", n.n))
	text := map[string]string{twoColumns: "Name,Mail,Login,State", oneColumn: "Name,Mail", nameAsKey: "Name,Mail,Login,State", groups: "Name,Login"}[n.mapping]
	width := strings.Count(text, ",") + 1
	for _, l := range lines {
		cells := strings.Fields(l)
		for i := range cells {
			cells[i] = strings.TrimPrefix(cells[i], "-")
		}
		for len(cells) < width {
			cells = append(cells, "")
		}
		text += "\n" + strings.Join(cells, ",")
	}
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		n.t.Fatal(err)
	}
	in, err := Open(n.t.Context(), path, table.Options{}, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(in.Close)
	doc, err := mapping.Parse("m.yaml", []byte(n.mapping))
	if err != nil {
		n.t.Fatal(err)
	}
	in.Mapping = Mapping{doc, "m.yaml", importer.MappingRecord{}}
	if err := in.Compile(nil); err != nil {
		n.t.Fatal(err)
	}
	s := &Surveyor{In: in, Store: n.store, Classifier: &Classifier{}, Key: in.Mapper.KeyDefinition()}
	if err := s.Run(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
	return s, n.pass(s)
}

// pass reads the sheet once more, as a run does when it sends.
func (n *night) pass(s *Surveyor) (items []*Item) {
	n.t.Helper()
	p, err := NewPass(n.t.Context(), s.In, n.store, s.Classifier)
	if err != nil {
		n.t.Fatal(err)
	}
	defer p.Close()
	if err := p.Each(n.t.Context(), func(it *Item) error { items = append(items, it); return nil }); err != nil {
		n.t.Fatal(err)
	}
	return items
}

// send sends what is to be sent, with this outcome.
func (n *night) send(items []*Item, s importer.Status) {
	n.t.Helper()
	ctx := context.Background()
	if _, err := n.store.StartRun(ctx, importer.Run{}); err != nil {
		n.t.Fatal(err)
	}
	for _, it := range items {
		if !it.Send {
			continue
		}
		c := it.Request.Client
		id, err := n.store.Begin(ctx, importer.Attempt{Key: it.Request.EntryKey(), Row: it.Ref, ClientName: c.Details.Name, UserEmails: c.UserEmails(),
			Snapshot: c.Snapshot(), Fingerprint: importer.Fingerprint(c.Snapshot()), BegunAt: time.Now()})
		if err == nil {
			o := importer.Outcome{Status: s, FinishedAt: time.Now()}
			if s == importer.Created {
				o.Receipt = importer.Receipt{ClientID: fmt.Sprintf("id-%d", id), ClientName: c.Details.Name, PrimaryEmail: c.Details.Email}
			}
			err = n.store.Finish(ctx, id, o, nil)
		}
		if err != nil {
			n.t.Fatal(err)
		}
	}
}

// words tell what becomes of rows: "new" is sent, "known" is created or in doubt,
// and anything else is a code.
func words(items []*Item) string {
	var out []string
	for _, it := range items {
		word := it.Code
		switch {
		case it.Late != "":
			word = "late"
		case it.Status.MayExist():
			word = "known"
		case it.Status == importer.Pending && it.Send:
			word = "new"
		case it.Code == CodePossibleDuplicate:
			word = "duplicate"
		case it.Code == CodeKeyMoved:
			word = "moved"
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

// sheet is the one that most of these tests begin with.
var sheet = []string{"Acme acme@x l1@x", "Beta beta@x l2@x", "Gamma gamma@x l3@x", "Delta delta@x l4@x"}

func TestWhoseRowIsThis(t *testing.T) {
	t.Parallel()
	one := []string{"Acme acme@x", "Beta beta@x", "Gamma gamma@x", "Delta delta@x"}
	agency := []string{"Acme acme@x our@x", "Beta beta@x our@x", "Gamma gamma@x our@x"}
	branches := []string{"Acme north@x l1@x", "Acme south@x l2@x", "Acme west@x l3@x"}
	teams := []string{"Beta u3@x", "Alpha u1@x", "Alpha u2@x"}
	for _, c := range []struct {
		what    string
		mapping string // "" is twoColumns
		before  []string
		now     []string
		want    string
		changed int
	}{
		{"the same sheet", "", sheet, sheet, "known known known known", 0},
		{"sorted as a whole", "", sheet, []string{sheet[2], sheet[0], sheet[3], sheet[1]}, "known known known known", 0},

		{"the e-mails slipped by one", "", sheet,
			[]string{"Acme new@x l1@x", "Beta acme@x l2@x", "Gamma beta@x l3@x", "Delta gamma@x l4@x"}, "duplicate moved moved moved", 3},
		{"the e-mails slipped, and a row was added", "", sheet,
			[]string{"Acme new@x l1@x", "Beta acme@x l2@x", "Gamma beta@x l3@x", "Delta gamma@x l4@x", "Eta delta@x l5@x"}, "duplicate moved moved moved moved", 4},
		{"the e-mails slipped up, and the last is empty", "", sheet,
			[]string{"Acme beta@x l1@x", "Beta gamma@x l2@x", "Gamma delta@x l3@x", "Delta - l4@x"}, "moved moved moved duplicate", 3},
		{"the e-mails sorted alone", "", sheet,
			[]string{"Acme beta@x l1@x", "Beta delta@x l2@x", "Gamma acme@x l3@x", "Delta gamma@x l4@x"}, "moved moved moved moved", 4},
		{"two e-mails swapped", "", sheet,
			[]string{"Acme beta@x l1@x", "Beta acme@x l2@x", sheet[2], sheet[3]}, "moved moved known known", 2},
		{"both columns of e-mails slipped", "", sheet,
			[]string{"Acme new@x l0@x", "Beta acme@x l1@x", "Gamma beta@x l2@x", "Delta gamma@x l3@x"}, "duplicate known known known", 3},
		{"two e-mails swapped, and one row has a fault", "", sheet,
			[]string{"Acme beta@x l1", "Beta acme@x l2@x"}, "moved moved", 2},
		{"the e-mails slipped, and one name is empty", "", sheet,
			[]string{"- new@x l1@x", "Beta acme@x l2@x", "Gamma beta@x l3@x", "Delta gamma@x l4@x"}, "missing moved moved moved", 3},
		{"an e-mail copied down", "", sheet, []string{sheet[0], "Beta acme@x l2@x", sheet[2], sheet[3]}, "known duplicate_key known known", 0},
		{"an e-mail copied up", "", sheet, []string{"Acme beta@x l1@x", sheet[1], sheet[2], sheet[3]}, "moved duplicate_key known known", 1},

		{"one column: the e-mails slipped by one", oneColumn, one,
			[]string{"Acme new@x", "Beta acme@x", "Gamma beta@x", "Delta gamma@x"}, "duplicate moved moved moved", 3},
		{"one column: sorted alone", oneColumn, one, []string{"Acme beta@x", "Beta delta@x", "Gamma acme@x", "Delta gamma@x"}, "moved moved moved moved", 4},
		{"one column: swapped", oneColumn, one, []string{"Acme beta@x", "Beta acme@x", one[2], one[3]}, "moved moved known known", 2},
		{"one column: renamed", oneColumn, one, []string{"Zeta acme@x", one[1], one[2], one[3]}, "known known known known", 1},
		{"one column: names slipped", oneColumn, one, []string{"New acme@x", "Acme beta@x", "Beta gamma@x", "Gamma delta@x"}, "moved moved moved moved", 4},
		{"login and e-mail are one, in two columns: names slipped", "", []string{"Acme acme@x acme@x", "Beta beta@x beta@x"},
			[]string{"New acme@x acme@x", "Acme beta@x beta@x"}, "known known", 2},
		{"login and e-mail are one, in two columns: e-mails swapped", "", []string{"Acme acme@x acme@x", "Beta beta@x beta@x"},
			[]string{"Acme beta@x acme@x", "Beta acme@x beta@x"}, "moved moved", 2},
		{"login and e-mail are one, in two columns: another customer", "", []string{"Acme acme@x acme@x", "Beta beta@x beta@x"},
			[]string{"Zeta acme@x zeta@x", "Beta beta@x beta@x"}, "moved known", 1},

		{"an agency's login: nothing new", "", agency, agency, "known known known", 0},
		{"an agency's login: a new customer", "", agency, append(slices.Clone(agency), "Delta delta@x our@x"), "known known known new", 0},
		{"an agency's login: all others are gone", "", agency, []string{"Delta delta@x our@x", "Eta eta@x our@x", "Zeta zeta@x our@x"}, "new new new", 0},
		{"an agency's login: one is known, and three are new", "", agency[:1], []string{"Delta delta@x our@x", "Eta eta@x our@x", "Zeta zeta@x our@x"}, "new new new", 0},
		{"an agency's login: renamed", "", agency, []string{"Acme2 acme@x our@x", agency[1], agency[2]}, "known known known", 1},
		{"an agency's login: the agency has another one", "", agency, []string{"Acme acme@x us@x", "Beta beta@x us@x", "Gamma gamma@x us@x"}, "known known known", 0},
		{"an agency's login: the e-mails sorted alone", "", agency, []string{"Acme beta@x our@x", "Beta gamma@x our@x", "Gamma acme@x our@x"}, "moved moved moved", 3},
		{"an agency's own customer", "", []string{"Agency our@x boss@x", "Acme acme@x l1@x"},
			[]string{"Agency our@x boss@x", "Acme acme@x l1@x", "Beta beta@x our@x"}, "known known new", 0},

		{"branches: a new one", "", branches, append(slices.Clone(branches), "Acme east@x l4@x"), "known known known new", 0},
		{"branches: one is known, and has another", "", branches[:1], branches[:2], "known new", 0},
		{"branches: the e-mails sorted alone", "", branches, []string{"Acme south@x l1@x", "Acme west@x l2@x", "Acme north@x l3@x"}, "moved moved moved", 3},
		{"branches: one has another login", "", branches, []string{"Acme north@x l9@x", branches[1], branches[2]}, "known known known", 1},
		{"branches: one is another customer", "", branches, []string{"Zeta north@x l9@x", branches[1], branches[2]}, "moved known known", 1},
		{"branches: one has another address", "", branches, []string{"Acme centre@x l1@x", branches[1], branches[2]}, "duplicate known known", 0},

		{"names are the key: nothing new", nameAsKey, sheet, sheet, "known known known known", 0},
		{"names are the key, and slipped", nameAsKey, sheet,
			[]string{"New acme@x l1@x", "Acme beta@x l2@x", "Beta gamma@x l3@x", "Gamma delta@x l4@x"}, "duplicate moved moved moved", 3},
		{"names are the key, and one is another", nameAsKey, sheet, []string{"Zeta acme@x l1@x", sheet[1], sheet[2], sheet[3]}, "duplicate known known known", 0},
		{"names are the key, and a login is another", nameAsKey, sheet, []string{"Acme acme@x l9@x", sheet[1], sheet[2], sheet[3]}, "moved known known known", 1},
		{"names are the key, and an e-mail is another", nameAsKey, sheet, []string{"Acme office@x l1@x", sheet[1], sheet[2], sheet[3]}, "known known known known", 0},

		{"the names slipped alone", "", sheet, []string{"New acme@x l1@x", "Acme beta@x l2@x", "Beta gamma@x l3@x", "Gamma delta@x l4@x"}, "known known known known", 4},
		{"the logins slipped alone", "", sheet, []string{"Acme acme@x l0@x", "Beta beta@x l1@x", "Gamma gamma@x l2@x", "Delta delta@x l3@x"}, "known known known known", 4},
		{"renamed", "", sheet, []string{"Zeta acme@x l1@x", sheet[1], sheet[2], sheet[3]}, "known known known known", 1},
		{"renamed, with another login", "", sheet, []string{"Zeta acme@x l9@x", sheet[1], sheet[2], sheet[3]}, "moved known known known", 1},
		{"another login", "", sheet, []string{"Acme acme@x l9@x", sheet[1], sheet[2], sheet[3]}, "known known known known", 1},
		{"named as another one is", "", sheet, []string{"Beta acme@x l9@x", sheet[1], sheet[2], sheet[3]}, "moved known known known", 1},
		{"a name and a login of two others", "", sheet, []string{"Beta acme@x l3@x"}, "moved", 1},
		{"a new address", "", sheet, []string{"Acme office@x l1@x", sheet[1], sheet[2], sheet[3]}, "duplicate known known known", 0},
		{"a new address and a new name", "", sheet, []string{"Zeta office@x l1@x", sheet[1], sheet[2], sheet[3]}, "duplicate known known known", 0},
		{"a new address that was the login", "", sheet, []string{"Acme l1@x boss@x", sheet[1], sheet[2], sheet[3]}, "duplicate known known known", 0},
		{"the old address is the login of another name", "", sheet, []string{"Zeta office@x acme@x", sheet[1]}, "duplicate known", 0},
		{"an address too many", "", []string{"Acme acme@x l1@x"}, []string{"Acme - l1@x"}, "known", 0},
		{"an address that was missing", "", []string{"Acme - l1@x"}, []string{"Acme acme@x l1@x"}, "known", 0},

		{"left out", "", sheet, []string{"Acme acme@x l1@x off", sheet[1], sheet[2], sheet[3]}, "skipped known known known", 0},
		{"left out, and another has the name", "", sheet, []string{"Acme acme@x l1@x off", sheet[1], "Acme other@x l7@x"}, "skipped known new", 0},
		{"left out under another one's key", "", sheet,
			[]string{"Acme new@x l1@x", "Beta acme@x l2@x off", "Gamma beta@x l3@x"}, "duplicate skipped moved", 1},
		{"known, and its name left out elsewhere", "", sheet, []string{"Zeta acme@x l9@x", "Acme other@x l8@x off"}, "moved skipped", 1},
		{"left out and there", "", sheet, []string{"Acme acme@x l1@x off", "Acme acme@x l1@x", "Acme more@x l6@x"}, "skipped known new", 0},

		{"three are gone, and two have come", "", append(slices.Clone(sheet), "Eta eta@x l5@x", "Theta theta@x l6@x"),
			[]string{sheet[1], sheet[3], "Theta theta@x l6@x", "Iota iota@x l7@x", "Kappa kappa@x l8@x"}, "known known known new new", 0},

		{"groups: the same", groups, teams, teams, "known known known", 0},
		{"groups: a user moved to the head of another", groups, teams, []string{"Beta u1@x", "Beta u3@x", "Alpha u2@x"}, "late known known", 1},
		{"groups: a user moved to the end of another", groups, teams, []string{"Beta u3@x", "Beta u2@x", "Alpha u1@x"}, "known late known", 1},
		{"groups: sorted", groups, teams, []string{"Alpha u2@x", "Alpha u1@x", "Beta u3@x"}, "known known known", 0},
		{"groups: the first user is gone", groups, teams, []string{"Beta u3@x", "Alpha u2@x"}, "known known", 0},
		{"groups: the first users swapped", groups, append(slices.Clone(teams), "Beta u4@x"),
			[]string{"Beta u1@x", "Beta u4@x", "Alpha u3@x", "Alpha u2@x"}, "moved moved moved moved", 2},
		{"groups: all users of one moved to a new one", groups, teams, []string{"Beta u3@x", "Gamma u1@x", "Gamma u2@x"}, "known known known", 1},
		{"groups: one user of one makes a new one", groups, teams, []string{"Beta u3@x", "Alpha u1@x", "Gamma u2@x"}, "known known duplicate", 1},
		{"groups: the logins sorted alone", groups, teams, []string{"Beta u1@x", "Alpha u2@x", "Alpha u3@x"}, "moved duplicate duplicate", 1},
	} {
		for _, status := range []importer.Status{importer.Created, importer.InDoubt} {
			t.Run(c.what+", "+status.String(), func(t *testing.T) {
				t.Parallel()
				n := newNight(t, c.mapping)
				if n.mapping == "" {
					n.mapping = twoColumns
				}
				_, items := n.read(dotted(c.before)...)
				n.send(items, status)
				s, items := n.read(dotted(c.now)...)
				want := c.want
				if status == importer.InDoubt {
					want = strings.ReplaceAll(want, "late", "known") // whoever settles it looks at its users, too
				}
				if got := words(items); got != want {
					t.Errorf("%s, want %s", got, want)
				}
				if s.Survey.Changes != c.changed {
					t.Errorf("%d rows changed, want %d", s.Survey.Changes, c.changed)
				}
				var counts importer.Counts
				for _, it := range items {
					it.Count(&counts)
				}
				if counts != s.Survey.Counts {
					t.Errorf("the survey counts %v, and the pass %v", s.Survey.Counts, counts)
				}
			})
		}
	}
}

// dotted makes "acme@x" an address.
func dotted(lines []string) (out []string) {
	for _, l := range lines {
		out = append(out, strings.ReplaceAll(l, "@x", "@x.example"))
	}
	return out
}

// TestMovedIsTold: what is said of a row names the customer and the way out.
func TestMovedIsTold(t *testing.T) {
	t.Parallel()
	n := newNight(t, twoColumns)
	_, items := n.read(dotted(sheet)...)
	n.send(items, importer.Created)
	s, items := n.read(dotted([]string{"Acme new@x l1@x", "Beta acme@x l2@x", "Zeta delta@x l9@x"})...)
	for i, want := range []struct{ message, advice, token string }{
		{`may be the customer "Acme" (acme@x.example, created), whose own row, 3, says something else: same client name or login`,
			"the same customer: bulkonboard settle --row 2 --same-as acme@x.example; another one: bulkonboard settle --row 2 --new", "new@x.example"},
		{"has the address of Acme, created in run 1, and nothing else of it: did a column slip? What Acme was known by stands in row 2",
			"correct the sheet; or bulkonboard settle --row 3 --same if Acme was renamed; another customer needs an address of its own", "?!3"},
		{"has the address of Delta, created in run 1, and nothing else of it: did a column slip?",
			"correct the sheet; or bulkonboard settle --row 4 --same if Delta was renamed; another customer needs an address of its own", "?!4"},
	} {
		r := items[i].Result()
		if r.Message != want.message || r.Advice != want.advice || items[i].Token != want.token || r.ClientID != "" {
			t.Errorf("row %s: %q\n%q\n%s %s", r.Row, r.Message, r.Advice, items[i].Token, r.ClientID)
		}
		if items[i].Suspect == nil {
			t.Errorf("row %s: the customer is not known", r.Row)
		}
	}
	if s.Survey.Customers != 2 || len(s.Survey.Groups) != 3 {
		t.Errorf("%d customers, %v", s.Survey.Customers, s.Survey.Groups)
	}
}

// TestManySuspects: what is not held is counted all the same, and once.
func TestManySuspects(t *testing.T) {
	t.Parallel()
	n := newNight(t, oneColumn)
	var before, now []string
	const rows = 4*Chunk + 7
	for i := range rows {
		before = append(before, fmt.Sprintf("C%d c%d@x", i, i))
		now = append(now, fmt.Sprintf("C%d c%d@x", i, i+1))
	}
	_, items := n.read(dotted(before)...)
	n.send(items, importer.Created)
	for _, most := range []int{1, Chunk, rows - 1, rows, mostHeld} {
		s, _ := n.read(dotted(before)...)
		again := &Surveyor{In: s.In, Store: n.store, Classifier: &Classifier{}, Key: s.Key, hold: most}
		if err := again.Run(t.Context()); err != nil || again.Survey.Counts[importer.Created] != rows {
			t.Errorf("%d held: %v, %v", most, again.Survey.Counts, err)
		}
		s, _ = n.read(dotted(now)...)
		again = &Surveyor{In: s.In, Store: n.store, Classifier: &Classifier{}, Key: s.Key, hold: most}
		if err := again.Run(t.Context()); err != nil || again.Survey.Counts[importer.Invalid] != rows || again.Survey.Rows != rows {
			t.Errorf("%d held: %v, %v", most, again.Survey.Counts, err)
		}
		if g := again.Survey.Groups[0]; g.Rows < rows-1 {
			t.Errorf("%d held: %v", most, again.Survey.Groups)
		}
	}
}

// TestNewStaysNew: who was said to be a customer of its own is not asked about
// again.
func TestNewStaysNew(t *testing.T) {
	t.Parallel()
	n := newNight(t, twoColumns)
	_, items := n.read(dotted(sheet)...)
	n.send(items, importer.Created)
	changed := dotted([]string{"Acme office@x l1@x", "Beta info@x l2@x"})
	err := n.store.Decide(t.Context(), importer.Decision{Key: "info@x.example", Action: importer.ActionNew},
		importer.Decision{Key: "office@x.example", Action: importer.ActionNew}, importer.Decision{Key: "office@x.example", Action: importer.ActionReopen})
	if err != nil {
		t.Fatal(err)
	}
	if _, items := n.read(changed...); words(items) != "duplicate new" {
		t.Error(words(items))
	}
}

// TestOneClientUnderTwoKeys: two rows that are one client by somebody's word
// share what they are known by.
func TestOneClientUnderTwoKeys(t *testing.T) {
	t.Parallel()
	n := newNight(t, twoColumns)
	_, items := n.read(dotted(sheet)...)
	n.send(items, importer.Created)
	es, err := n.store.Lookup(t.Context(), []importer.Key{"acme@x.example"})
	if err != nil || len(es) != 1 {
		t.Fatal(es, err)
	}
	twin := es[0]
	twin.Key, twin.SameAs = "office@x.example", es[0].Key
	if err := n.store.Decide(t.Context(), importer.Decision{Key: twin.Key, Action: importer.ActionSameAs, After: &twin}); err != nil {
		t.Fatal(err)
	}
	for now, want := range map[string]string{
		"Acme office@x l1@x":                 "known",
		"Acme acme@x l1@x":                   "known",
		"Acme third@x l7@x":                  "duplicate",
		"Zeta office@x l9@x":                 "moved",
		"Acme office@x l1@x+Acme new@x l8@x": "known new",
	} {
		if _, items := n.read(dotted(strings.Split(now, "+"))...); words(items) != want {
			t.Errorf("%s: %s, want %s", now, words(items), want)
		}
	}
}
