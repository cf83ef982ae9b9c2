package importertest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

func testHeader(t *testing.T, s *suite) {
	h, err := s.Header(s.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the header", h, TestHeader())
	h.JobID, h.Target, h.CreatedAt = "other", "other", now
	h.KeyDefinition, h.KeyFingerprint, h.Mapping, h.MovedTo = []string{"a", "b"}, "fp", importer.MappingRecord{Path: "p",
		Content: "c"}, "elsewhere"
	if err := s.SetHeader(s.Context(), h); err != nil {
		t.Fatal(err)
	}
	want := TestHeader()
	want.KeyDefinition, want.KeyFingerprint, want.Mapping, want.MovedTo = h.KeyDefinition, h.KeyFingerprint, h.Mapping, h.MovedTo
	got, err := s.Header(s.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the changed header", got, want)
}

func testRuns(t *testing.T, s *suite) {
	r := importer.Run{StartedAt: now, Operator: "o", Input: importer.InputRecord{Path: "/p", Digest: "d", Sets: []string{"a=b"}, Rows: 3},
		Counts: map[string]int{"created": 3}, Halted: []importer.Key{"k"}, Corrections: []importer.CorrectionRecord{{File: "f", Digest: "d"}}}
	id, err := s.StartRun(s.Context(), r)
	if err != nil || id != 2 {
		t.Fatalf("the second run is %d, %v", id, err)
	}
	r.ID, r.EndedAt, r.ExitCode = id, now.Add(time.Minute), 5
	if err := s.UpdateRun(s.Context(), r); err != nil {
		t.Fatal(err)
	}
	runs, err := s.Runs(s.Context(), 1)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	same(t, "the run", runs[0], r)
	if runs, err := s.Runs(s.Context(), 0); err != nil || len(runs) != 2 || runs[1].ID != 1 {
		t.Errorf("runs are %+v, %v", runs, err)
	}
	if err := s.UpdateRun(s.Context(), importer.Run{ID: 99}); err == nil {
		t.Error("a run that never was is updated")
	}
	s.begin(attempt("a"))
	if got := s.entry("a").Run; got != 2 {
		t.Errorf("an attempt of run 2 is on record under run %d", got)
	}
}

func testTimeline(t *testing.T, s *suite) {
	if got, err := s.Timeline(s.Context(), 1, 10); err != nil || len(got.Buckets) != 0 {
		t.Errorf("nothing was sent yet: %+v, %v", got, err)
	}
	send := func(key string, after time.Duration, status importer.Status, http int) {
		a := attempt(key)
		a.BegunAt = now.Add(after)
		s.finish(s.begin(a), importer.Outcome{Status: status, HTTPStatus: http, FinishedAt: a.BegunAt.Add(time.Second)})
	}
	for i := range 90 {
		send(fmt.Sprintf("a%d", i), time.Duration(i)*time.Second, importer.Created, 201)
	}
	if _, err := s.StartRun(s.Context(), importer.Run{}); err != nil {
		t.Fatal(err)
	}
	// The next day; what is cut by a quiet hour is no bucket.
	send("b", 24*time.Hour, importer.Failed, 429)
	send("b", 24*time.Hour+time.Second, importer.Created, 201)
	send("c", 25*time.Hour, importer.Rejected, 422)
	open := attempt("d")
	open.BegunAt = now.Add(25 * time.Hour)
	s.begin(open)

	began := now.Truncate(time.Second)
	day := began.Add(24 * time.Hour)
	for _, c := range []struct {
		first int64
		most  int
		want  importer.Timeline
	}{
		{2, 60, importer.Timeline{Span: time.Minute, Buckets: []importer.Bucket{
			{Run: 2, At: day, Begun: 2, Created: 1, Limited: 1}, {Run: 2, At: day.Add(time.Hour), Begun: 2}}}},
		{1, 3, importer.Timeline{Span: 30 * time.Minute, Buckets: []importer.Bucket{
			{Run: 1, At: began, Begun: 90, Created: 90}, {Run: 2, At: day, Begun: 2, Created: 1, Limited: 1}, {Run: 2, At: day.Add(time.Hour),
				Begun: 2}}}},
		{3, 3, importer.Timeline{Span: time.Second}},
	} {
		got, err := s.Timeline(s.Context(), c.first, c.most)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("the timeline from run %d in %d", c.first, c.most), got, c.want)
	}
}

func testDecisions(t *testing.T, s *suite) {
	s.sent("a", importer.InDoubt)
	before := s.entry("a")
	e := before
	e.Status, e.ClientID, e.Code, e.Note = importer.Created, "id", "settled_created", "n"
	d := importer.Decision{Key: "a", Action: importer.ActionCreated, Who: "w", At: now, ClientID: "id", Before: &before, After: &e}
	if err := s.Decide(s.Context(), d); err != nil {
		t.Fatal(err)
	}
	same(t, "the settled entry", s.entry("a"), e)
	ds, err := s.Decisions(s.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	d.After = nil
	same(t, "the decisions", ds, []importer.Decision{d})

	// A decision alone, and one that makes an entry, in one step.
	fresh := importer.Entry{Key: "c", Status: importer.Created, ClientID: "id", ClientName: "Cat", PrimaryEmail: "Cat@c.test"}
	if err := s.Decide(s.Context(), importer.Decision{Key: "b", Action: importer.ActionNew, At: now},
		importer.Decision{Key: "c", Action: importer.ActionSameAs, At: now, Other: "a", After: &fresh}); err != nil {
		t.Fatal(err)
	}
	same(t, "the entry a decision made", s.entry("c"), fresh)
	s.similar("it is found by", map[importer.Mark][]string{importer.NameMark("cat"): {"c"}, importer.LoginMark("cat@c.test"): {"c"}})
	es, err := s.ByClientID(s.Context(), "id")
	if err != nil || len(es) != 2 || es[0].Key != "a" || es[1].Key != "c" {
		t.Errorf("entries with the id: %v, %v", es, err)
	}
	if es, err := s.ByClientID(s.Context(), "other"); err != nil || len(es) != 0 {
		t.Errorf("entries with another id: %v, %v", es, err)
	}

	// One that cannot be taken spoils those beside it.
	s.begin(attempt("open"))
	if err := s.Decide(s.Context(), importer.Decision{Key: "c", Action: importer.ActionReopen, At: now, Forget: true},
		importer.Decision{Key: "open", Action: importer.ActionAbsent, At: now,
			After: &importer.Entry{Key: "open", Status: importer.Failed}}); err == nil {
		t.Error("a row in flight was decided on")
	}
	same(t, "the entry beside it", s.entry("c"), fresh)

	if err := s.Decide(s.Context(), importer.Decision{Key: "c", Action: importer.ActionReopen, At: now, Forget: true}); err != nil {
		t.Fatal(err)
	}
	if es, err := s.Lookup(s.Context(), []importer.Key{"c"}); err != nil || len(es) != 0 {
		t.Errorf("a forgotten entry is there: %v, %v", es, err)
	}
	s.similar("a forgotten entry", map[importer.Mark][]string{importer.NameMark("cat"): nil, importer.LoginMark("cat@c.test"): nil})

	if err := s.Annotate(s.Context(), "a", "checked"); err != nil || s.entry("a").Note != "checked" {
		t.Errorf("the note is %q, %v", s.entry("a").Note, err)
	}
	if err := s.Annotate(s.Context(), "nobody", "x"); err == nil {
		t.Error("an entry that is not there has a note")
	}
}

func testRekey(t *testing.T, s *suite) {
	s.sent("a", importer.Created)
	s.sent("b", importer.InDoubt)
	if err := s.AddAlias(s.Context(), importer.Alias{Old: "x", Cells: "1", New: "a"}); err != nil {
		t.Fatal(err)
	}
	def := []string{"client_details.name"}
	for _, moves := range []map[importer.Key]importer.Key{{"a": "1"}, {"a": "1", "b": "1"}, {"a": "1", "b": ""}} {
		if err := s.Rekey(s.Context(), def, moves, "w", now); err == nil {
			t.Errorf("%v was carried out", moves)
		}
		if got := s.entry("a").Status; got != importer.Created {
			t.Fatalf("a is %s", got)
		}
	}
	// The new key of one may be the old key of another.
	if err := s.Rekey(s.Context(), def, map[importer.Key]importer.Key{"a": "b", "b": "c"}, "w", now); err != nil {
		t.Fatal(err)
	}
	if a, b := s.entry("b").Status, s.entry("c").Status; a != importer.Created || b != importer.InDoubt {
		t.Errorf("they are %s and %s", a, b)
	}
	ds, err := s.Decisions(s.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the decisions", ds, []importer.Decision{{Key: "c", Action: importer.ActionRekey, Who: "w", At: now, Other: "b"}})
	h, err := s.Header(s.Context())
	if err != nil || len(h.KeyDefinition) != 1 || h.KeyDefinition[0] != def[0] {
		t.Errorf("the key definition is %v, %v", h.KeyDefinition, err)
	}
	if as, err := s.Aliases(s.Context(), []importer.Key{"x"}); err != nil || len(as) != 0 {
		t.Errorf("aliases are left: %v, %v", as, err)
	}
}

func testAliases(t *testing.T, s *suite) {
	for _, a := range []importer.Alias{{Old: "a", Cells: "1", New: "b", Run: 1}, {Old: "a", Cells: "2", New: "c", Run: 1},
		{Old: "a", Cells: "1", New: "d", Run: 2}} {
		if err := s.AddAlias(s.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Aliases(s.Context(), []importer.Key{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(x, y importer.Alias) int { return int(x.Cells[0]) - int(y.Cells[0]) })
	same(t, "the aliases", got, []importer.Alias{{Old: "a", Cells: "1", New: "d", Run: 2}, {Old: "a", Cells: "2", New: "c", Run: 1}})
	if none, err := s.Aliases(s.Context(), []importer.Key{"d"}); err != nil || len(none) != 0 {
		t.Errorf("aliases of a new key: %v, %v", none, err)
	}
}

func testViews(t *testing.T, s *suite) {
	for _, want := range []string{"", "one", "two"} {
		if got, err := s.ViewDigest(s.Context(), "results.csv"); err != nil || got != want {
			t.Errorf("digest is %q, %v; want %q", got, err, want)
		}
		if err := s.SetViewDigest(s.Context(), "results.csv", map[string]string{"": "one", "one": "two", "two": "three"}[want]); err != nil {
			t.Fatal(err)
		}
	}
}

func testSeen(t *testing.T, s *suite) {
	a, b, c := importer.Key("a").Hash(), importer.Key("b").Hash(), importer.Key("c").Hash()
	if a == b || a == 0 {
		t.Fatalf("hashes are %d and %d", a, b)
	}
	for run, keys := range [][]int64{{a, b}, {b, a, b}, nil} {
		if err := s.See(s.Context(), int64(run+1), keys); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Seen(s.Context(), []int64{c, b, a})
	slices.Sort(got)
	want := []int64{min(a, b), max(a, b)}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("seen are %v, %v; want %v", got, err, want)
	}
	if got, err := s.Seen(s.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("of no keys %v were seen, %v", got, err)
	}
}

func testFaults(t *testing.T, s *suite) {
	for _, step := range []struct {
		input string
		set   []int64
	}{{"one", []int64{-1 << 63, 7, 1<<63 - 1}}, {"two", []int64{7, 7}}, {"one", []int64{5}}, {"two", nil}} {
		if err := s.SetFaults(s.Context(), step.input, step.set); err != nil {
			t.Fatal(err)
		}
		got, err := s.Faults(s.Context(), step.input)
		slices.Sort(got)
		if want := slices.Compact(slices.Clone(step.set)); err != nil || !slices.Equal(got, want) {
			t.Errorf("faults are %v, %v; want %v", got, err, want)
		}
	}
	if got, err := s.Faults(s.Context(), "one"); err != nil || !slices.Equal(got, []int64{5}) {
		t.Errorf("the other input's are %v, %v", got, err)
	}
}

func testSeals(t *testing.T, s *suite) {
	sealed := func(key, seal string, resend bool) importer.AttemptID {
		a := attempt(key)
		a.Seal, a.Resend = []byte(seal), resend
		return s.begin(a)
	}
	seals := func(want ...string) []importer.Seal {
		t.Helper()
		got, err := s.Seals(s.Context(), []importer.Key{"a", "b", "c", "nobody"})
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, o := range got {
			texts = append(texts, string(o.Key)+":"+string(o.Sealed))
		}
		same(t, "what is kept", texts, want)
		return got
	}
	// An attempt that is open may have reached the server; one that was
	// rejected or failed has not made a client.
	s.finish(sealed("a", "failed", false), importer.Outcome{Status: importer.Failed, FinishedAt: now})
	s.finish(sealed("a", "rejected", false), importer.Outcome{Status: importer.Rejected, FinishedAt: now})
	s.finish(sealed("a", "doubt", false), importer.Outcome{Status: importer.InDoubt, FinishedAt: now})
	first := sealed("a", "again", true)
	if got := seals("a:again", "a:doubt"); len(got) == 2 &&
		(got[0].Attempt != first || !got[0].BegunAt.Equal(now) || !got[0].HandedAt.IsZero()) {
		t.Errorf("the newest is %+v", got[0])
	}
	s.finish(first, importer.Outcome{Status: importer.Created, FinishedAt: now, Receipt: importer.Receipt{ClientID: "id"}})
	sealed("b", "cut", false)
	if _, err := s.Recover(s.Context()); err != nil {
		t.Fatal(err)
	}
	// A decision leaves the seals where they are.
	e := s.entry("b")
	e.Status, e.Open = importer.Failed, false
	if err := s.Decide(s.Context(), importer.Decision{Key: "b", Action: importer.ActionAbsent, At: now, After: &e}); err != nil {
		t.Fatal(err)
	}
	got := seals("b:cut", "a:again", "a:doubt")

	at := now.Add(time.Hour)
	d := importer.Decision{Key: "a", Action: importer.ActionHandover, Who: "w", At: at}
	if err := s.HandOver(s.Context(), []importer.AttemptID{got[1].Attempt, 1000}, true, at, d); err == nil {
		t.Error("what is not kept was handed over")
	}
	if ds, err := s.Decisions(s.Context(), "a"); err != nil || len(ds) != 0 {
		t.Errorf("decisions beside one that was refused: %v, %v", ds, err)
	}
	if err := s.HandOver(s.Context(), []importer.AttemptID{got[1].Attempt}, false, at, d); err != nil {
		t.Fatal(err)
	}
	if got = seals("b:cut", "a:again", "a:doubt"); !got[1].HandedAt.Equal(at) || !got[0].HandedAt.IsZero() {
		t.Errorf("handed over: %v, %v", got[1].HandedAt, got[0].HandedAt)
	}
	ds, err := s.Decisions(s.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the decisions", ds, []importer.Decision{d})
	if err := s.HandOver(s.Context(), []importer.AttemptID{got[1].Attempt, got[2].Attempt}, true, at); err != nil {
		t.Fatal(err)
	}
	seals("b:cut")

	// They follow the entry to another key, and go with it.
	if err := s.Rekey(s.Context(), []string{"x"}, map[importer.Key]importer.Key{"a": "b", "b": "c"}, "w", now); err != nil {
		t.Fatal(err)
	}
	seals("c:cut")
	if err := s.Decide(s.Context(), importer.Decision{Key: "c", Action: importer.ActionReopen, At: now, Forget: true}); err != nil {
		t.Fatal(err)
	}
	seals()
}
