package importertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

func testLookup(t *testing.T, s *suite) {
	if es, err := s.Lookup(s.Context(), nil); err != nil || len(es) != 0 {
		t.Errorf("no keys: %v, %v", es, err)
	}
	var keys []importer.Key
	for i := range 700 {
		key := fmt.Sprintf("k'%d;\"\\", i)
		keys = append(keys, importer.Key(key), importer.Key("absent"+key))
		s.begin(attempt(key))
	}
	es, err := s.Lookup(s.Context(), append(keys, keys[0]))
	if err != nil || len(es) != 700 {
		t.Fatalf("%d entries, %v", len(es), err)
	}
	c, err := s.Totals(s.Context())
	if err != nil || c[importer.InDoubt] != 700 || c.Total() != 700 {
		t.Errorf("totals %v, %v", c, err)
	}
}

func testWalk(t *testing.T, s *suite) {
	const n = 600
	for i := range n {
		s.sent(fmt.Sprintf("k%04d", i), importer.Failed)
	}
	s.sent("other", importer.Created)
	next := n
	for e, err := range s.Walk(s.Context(), importer.Failed, importer.Whole) {
		next--
		if want := importer.Key(fmt.Sprintf("k%04d", next)); err != nil || e.Key != want {
			t.Fatalf("got %s, %v, want %s", e.Key, err, want)
		}
		// The store can be written meanwhile, and what is written does not come again.
		s.sent(string(e.Key), importer.Created)
	}
	if next != 0 {
		t.Fatalf("%d left", next)
	}
	for e, err := range s.Walk(s.Context(), importer.Created, importer.Whole) {
		if err != nil || e.Key != "k0000" {
			t.Errorf("the walk begins with %s, %v", e.Key, err)
		}
		break
	}
	over, cancel := context.WithCancel(s.Context())
	cancel()
	yielded := 0
	for _, err := range s.Walk(over, importer.Created, importer.Whole) {
		if yielded++; !errors.Is(err, context.Canceled) || yielded > 1 {
			t.Errorf("a walk under a context that has ended yields %v", err)
		}
	}
	if yielded != 1 {
		t.Error("a walk under a context that has ended yields no error")
	}
}

// A walk of a part tells of it what a whole one does, and no more.
func testParts(t *testing.T, s *suite) {
	s.sent("a", importer.Created)
	want := s.entry("a")
	for part, want := range map[importer.Part]importer.Entry{importer.Whole: want, importer.Outline: partOf(want, importer.Outline),
		importer.Listing: partOf(want, importer.Listing)} {
		for e, err := range s.Walk(s.Context(), importer.Created, part) {
			if err != nil {
				t.Fatal(err)
			}
			same(t, fmt.Sprintf("part %d", part), e, want)
		}
	}
}

// known is what Known yields: fingerprints by key.
func (s *suite) known() map[int64]int64 {
	s.Helper()
	out := map[int64]int64{}
	for k, err := range s.Known(s.Context()) {
		if _, twice := out[k.Key]; err != nil || twice {
			s.Fatalf("key %d again: %v, %v", k.Key, twice, err)
		}
		out[k.Key] = k.Fingerprint
	}
	return out
}

func testKnown(t *testing.T, s *suite) {
	same(t, "what a new journal knows", s.known(), map[int64]int64{})
	want := map[int64]int64{}
	hash := importer.FingerprintHash("v1:f")
	for key, status := range map[string]importer.Status{"created": importer.Created, "doubt": importer.InDoubt, "failed": importer.Failed,
		"rejected": importer.Rejected} {
		s.sent(key, status)
		want[importer.Key(key).Hash()] = 0
	}
	want[importer.Key("created").Hash()] = hash
	s.begin(attempt("open"))
	want[importer.Key("open").Hash()] = 0
	same(t, "what is known", s.known(), want)

	s.sent("failed", importer.Created)
	want[importer.Key("failed").Hash()] = hash
	e := s.entry("created")
	e.Status = importer.Failed
	if err := s.Decide(s.Context(), importer.Decision{Key: e.Key, Action: importer.ActionDeleted, At: now, After: &e},
		importer.Decision{Key: "doubt", Action: importer.ActionReopen, At: now, Forget: true}); err != nil {
		t.Fatal(err)
	}
	want[importer.Key("created").Hash()] = 0
	delete(want, importer.Key("doubt").Hash())
	same(t, "what is known then", s.known(), want)
	for range s.Known(s.Context()) {
		break
	}
}

// similar asks for all the marks at once, and compares by key.
func (s *suite) similar(what string, want map[importer.Mark][]string) {
	s.Helper()
	var marks []importer.Mark
	for m := range want {
		marks = append(marks, m)
	}
	got, err := s.Similar(s.Context(), marks)
	if err != nil {
		s.Fatal(err)
	}
	found := map[importer.Mark][]string{}
	for m, keys := range want {
		found[m] = nil
		slices.Sort(keys)
	}
	for _, m := range got {
		found[m.Mark] = append(found[m.Mark], string(m.Entry.Key))
		slices.Sort(found[m.Mark])
	}
	same(s.T, what, found, want)
}

func named(key, name string, logins ...string) importer.Attempt {
	a := attempt(key)
	a.ClientName, a.UserEmails, a.Fingerprint = name, logins, "v1:"+name+fmt.Sprint(logins)
	users := ""
	for i, l := range logins {
		if i > 0 {
			users += ","
		}
		users += fmt.Sprintf(`{"email":%q}`, l)
	}
	a.Snapshot = fmt.Appendf(nil, `{"client_users":[%s],"client_details":{"name":%q}}`, users, name)
	return a
}

func testSimilar(t *testing.T, s *suite) {
	for key, status := range map[string]importer.Status{"created": importer.Created, "in doubt": importer.InDoubt, "failed": importer.Failed} {
		s.finish(s.begin(named(key, "Acme  Dental", "jo@acme.test")),
			importer.Outcome{Status: status, FinishedAt: now, Receipt: importer.Receipt{ClientID: key, ClientName: "ACME Ltd"}})
	}
	s.begin(named("open", "Bolt", "bo@bolt.test"))
	both := []string{"created", "in doubt"}
	s.similar("who carries what", map[importer.Mark][]string{
		importer.NameMark(" acme dental "): both, importer.LoginMark("JO@acme.test"): both, importer.NameMark("acme ltd"): {"created"},
		importer.NameMark("jo@acme.test"): nil, importer.LoginMark("acme dental"): nil, importer.NameMark("other"): nil,
		importer.NameMark("bolt"): {"open"}, importer.LoginMark("bo@bolt.test"): {"open"},
	})
	if got, err := s.Similar(s.Context(), []importer.Mark{importer.NameMark(""), importer.LoginMark(" ")}); err != nil || len(got) != 0 {
		t.Errorf("nothing is carried by %v, %v", got, err)
	}
	if got, err := s.Similar(s.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("no mark is carried by %v, %v", got, err)
	}
	got, err := s.Similar(s.Context(), []importer.Mark{importer.NameMark("bolt")})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	same(t, "the entry", got[0].Entry, s.entry("open"))
}

// Of a mark that many carry two are enough, and those are found among ones that
// do not count.
func testSimilarForMany(t *testing.T, s *suite) {
	const n = 300
	want := map[importer.Mark][]string{}
	for i := range n {
		key, status := fmt.Sprintf("k%d", i), importer.Created
		if i < n/2 {
			status = importer.Failed
		}
		s.finish(s.begin(named(key, "Name "+key, "agency@x.test", key)), importer.Outcome{Status: status, FinishedAt: now})
		want[importer.NameMark("name "+key)], want[importer.LoginMark(key)] = nil, nil
		if status == importer.Created {
			want[importer.NameMark("name "+key)], want[importer.LoginMark(key)] = []string{key}, []string{key}
		}
	}
	s.similar("each has its own", want)
	got, err := s.Similar(s.Context(), []importer.Mark{importer.LoginMark("agency@x.test")})
	if err != nil || len(got) != 2 || got[0].Entry.Key == got[1].Entry.Key {
		t.Errorf("%d carry the agency's login, %v", len(got), err)
	}
}

// A customer that was renamed is recognised by the new marks, and no more by
// the old.
func testNewMarks(t *testing.T, s *suite) {
	s.finish(s.begin(named("a", "Acme", "jo@acme.test")),
		importer.Outcome{Status: importer.Created, FinishedAt: now, Receipt: importer.Receipt{ClientID: "1"}})
	before := s.entry("a")
	e := before
	e.ClientName, e.NewMarks = "Apex", &importer.Marks{Names: []string{"Apex"}, Logins: []string{"mo@apex.test"}}
	if err := s.Decide(s.Context(), importer.Decision{Key: "a", Action: importer.ActionNew, At: now, Before: &before, After: &e}); err != nil {
		t.Fatal(err)
	}
	same(t, "the entry", s.entry("a"), e)
	s.similar("the renamed one", map[importer.Mark][]string{importer.NameMark("acme"): nil, importer.LoginMark("jo@acme.test"): nil,
		importer.NameMark("apex"): {"a"}, importer.LoginMark("mo@apex.test"): {"a"}})
	if err := s.Decide(s.Context(), importer.Decision{Key: "a", Action: importer.ActionReopen, At: now, Before: &e,
		After: &before}); err != nil {
		t.Fatal(err)
	}
	s.similar("the one that is what it was", map[importer.Mark][]string{importer.NameMark("acme"): {"a"},
		importer.LoginMark("jo@acme.test"): {"a"},
		importer.NameMark("apex"):          nil, importer.LoginMark("mo@apex.test"): nil})
}

// What provably was not created leaves no marks behind; what may have been
// keeps them beside the new ones.
func testMarksAgain(t *testing.T, s *suite) {
	for key, status := range map[string]importer.Status{"failed": importer.Failed, "doubt": importer.InDoubt} {
		s.finish(s.begin(named(key, "Old "+key, "old@"+key, "both@"+key)), importer.Outcome{Status: status, FinishedAt: now})
		a := named(key, "New "+key, "new@"+key, "both@"+key)
		a.Resend = status == importer.InDoubt
		s.finish(s.begin(a), importer.Outcome{Status: importer.Created, FinishedAt: now,
			Receipt: importer.Receipt{ClientID: key, ClientName: "Served " + key}})
	}
	want := map[importer.Mark][]string{}
	for key, old := range map[string][]string{"failed": nil, "doubt": {"doubt"}} {
		for _, m := range []importer.Mark{importer.NameMark("new " + key), importer.LoginMark("new@" + key), importer.LoginMark("both@" + key),
			importer.NameMark("served " + key)} {
			want[m] = []string{key}
		}
		want[importer.NameMark("old "+key)], want[importer.LoginMark("old@"+key)] = old, slices.Clone(old)
	}
	s.similar("who carries what", want)
	if m := s.entry("failed").NewMarks; m != nil {
		t.Errorf("marks of its own: %+v", m)
	}
	all := s.entry("doubt").Marks().All()
	for m, keys := range want {
		if slices.Contains(all, m) != slices.Contains(keys, "doubt") {
			t.Errorf("the entry's marks are %+v", s.entry("doubt").Marks())
		}
	}
}
