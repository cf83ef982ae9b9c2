package importertest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

func testReclassify(t *testing.T, s *suite) {
	s.sent("a", importer.Rejected)
	s.sent("b", importer.Failed)
	s.sent("c", importer.Rejected)
	s.sent("made", importer.Created)
	s.begin(attempt("open"))
	want := s.entry("a")
	want.Status, want.Advice = importer.Failed, "all of them"
	if err := s.Reclassify(s.Context(), []importer.Key{"a", "b"}, importer.Failed, "all of them"); err != nil {
		t.Fatal(err)
	}
	same(t, "the reclassified entry", s.entry("a"), want)
	c, err := s.Totals(s.Context())
	if err != nil || c[importer.Failed] != 2 || c[importer.Rejected] != 1 {
		t.Errorf("totals %v, %v", c, err)
	}
	for _, k := range []importer.Key{"made", "open", "nobody"} {
		if err := s.Reclassify(s.Context(), []importer.Key{"c", k}, importer.Failed, ""); err == nil {
			t.Errorf("%s can be reclassified", k)
		}
	}
	if err := s.Reclassify(s.Context(), []importer.Key{"c"}, importer.Created, ""); err == nil {
		t.Error("a rejected row can be reclassified created")
	}
	if got := s.entry("c").Status; got != importer.Rejected {
		t.Errorf("a row that stood beside a wrong one became %s", got)
	}
	if err := s.Reclassify(s.Context(), []importer.Key{"a"}, importer.Rejected, "correct it"); err != nil ||
		s.entry("a").Advice != "correct it" {
		t.Errorf("%v", err)
	}
}

func (s *suite) highWater() importer.HighWater {
	s.Helper()
	h, err := s.HighWater(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return h
}

func testHighWater(t *testing.T, s *suite) {
	same(t, "the mark of the first run", s.highWater(), importer.HighWater{Run: 1, Open: true})
	id := s.begin(attempt("a"))
	same(t, "after a begin", s.highWater(), importer.HighWater{Run: 1, Attempt: int64(id), Open: true})
	s.finish(id, importer.Outcome{Status: importer.InDoubt, FinishedAt: now})
	same(t, "after its end", s.highWater(), importer.HighWater{Run: 1, Attempt: int64(id), Open: true})
	if err := s.UpdateRun(s.Context(), importer.Run{ID: 1, EndedAt: now}); err != nil {
		t.Fatal(err)
	}
	same(t, "after the run", s.highWater(), importer.HighWater{Run: 1, Attempt: int64(id)})
	if err := s.Decide(s.Context(), importer.Decision{Key: "a", Action: importer.ActionNew, At: now}); err != nil {
		t.Fatal(err)
	}
	decided := s.highWater()
	if decided.Attempt <= int64(id) {
		t.Errorf("a decision leaves the mark at %+v", decided)
	}
	if _, err := s.StartRun(s.Context(), importer.Run{}); err != nil {
		t.Fatal(err)
	}
	same(t, "after another run began", s.highWater(), importer.HighWater{Run: 2, Attempt: decided.Attempt, Open: true})
	if err := s.UpdateRun(s.Context(), importer.Run{ID: 1, EndedAt: now}); err != nil || !s.highWater().Open {
		t.Errorf("an earlier run has ended this one: %v", err)
	}
	if next := s.begin(attempt("b")); int64(next) <= decided.Attempt {
		t.Errorf("attempt %d came after %d", next, decided.Attempt)
	}
}

// What is told is never ahead of the journal, and knows all that was answered.
func testOnCommit(t *testing.T, s *suite) {
	var told []importer.HighWater
	last := func() importer.HighWater { return told[len(told)-1] }
	if err := s.OnCommit(s.Context(), func(h importer.HighWater) { told = append(told, h) }); err != nil {
		t.Fatal(err)
	}
	same(t, "what is told at once", told, []importer.HighWater{{Run: 1, Open: true}})
	for i := range 20 {
		id := s.begin(attempt(fmt.Sprint(i)))
		same(t, "what is told of a begin", last(), importer.HighWater{Run: 1, Attempt: int64(id), Open: true})
		s.finish(id, importer.Outcome{Status: importer.Failed, FinishedAt: now})
		same(t, "the journal", s.highWater(), last())
	}
	before := len(told)
	if err := s.SetViewDigest(s.Context(), "v", "d"); err != nil || len(told) != before {
		t.Errorf("what is no news is told: %v", err)
	}
	if err := s.UpdateRun(s.Context(), importer.Run{ID: 1, EndedAt: now}); err != nil || last().Open {
		t.Errorf("the end of the run is not told: %v", err)
	}
	if err := s.OnCommit(s.Context(), nil); err != nil {
		t.Fatal(err)
	}
	before = len(told)
	if s.begin(attempt("more")); len(told) != before {
		t.Error("who asked no more was told")
	}
}

func testChanges(t *testing.T, s *suite) {
	var last int64
	changed := func(what string, want bool) {
		t.Helper()
		n, err := s.Changes(s.Context())
		if err != nil || n < last || (n > last) != want {
			t.Errorf("%s: %d after %d, %v", what, n, last, err)
		}
		last = n
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	changed("a new journal", last > 0)
	id := s.begin(attempt("a"))
	changed("a begin", true)
	s.finish(id, importer.Outcome{Status: importer.Rejected, FinishedAt: now})
	changed("a finish", true)
	check(s.Reclassify(s.Context(), []importer.Key{"a"}, importer.Failed, ""))
	changed("a reclassification", true)
	check(s.Annotate(s.Context(), "a", "note"))
	changed("a note", true)
	check(s.Decide(s.Context(), importer.Decision{Key: "a", Action: importer.ActionNew, At: now}))
	changed("a decision", true)
	check(s.AddAlias(s.Context(), importer.Alias{Old: "a", New: "b"}))
	changed("an alias", true)
	s.begin(attempt("b"))
	changed("a begin", true)
	_, err := s.Recover(s.Context())
	check(err)
	changed("a recovery", true)
	check(s.SetViewDigest(s.Context(), "v", "d"))
	check(s.See(s.Context(), 1, []int64{1}))
	check(s.SetFaults(s.Context(), "i", []int64{1}))
	check(s.UpdateRun(s.Context(), importer.Run{ID: 1, EndedAt: now}))
	_, err = s.StartRun(s.Context(), importer.Run{})
	check(err)
	changed("what no view shows", false)
}

func testDeleted(t *testing.T, s *suite) {
	deleted := func(what string, want ...string) {
		t.Helper()
		got, err := s.Deleted(s.Context(), []string{"id-a", "id-b", "id-none", ""})
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", what, got, err, want)
		}
	}
	s.sent("a", importer.Created)
	s.sent("b", importer.Created)
	deleted("nothing was deleted")
	before := s.entry("a")
	gone := before
	gone.Status, gone.ClientID = importer.Failed, ""
	d := importer.Decision{Key: "a", Action: importer.ActionDeleted, At: now, ClientID: before.ClientID, Before: &before, After: &gone}
	if err := s.Decide(s.Context(), d); err != nil {
		t.Fatal(err)
	}
	deleted("one was", "id-a")
	again := attempt("a")
	s.finish(s.begin(again), importer.Outcome{Status: importer.Created, FinishedAt: now, Receipt: importer.Receipt{ClientID: "id-new"}})
	deleted("the row was sent again", "id-a")
	if err := s.Decide(s.Context(), importer.Decision{Key: "a", Action: importer.ActionReopen, At: now, Before: &gone,
		After: &before}); err != nil {
		t.Fatal(err)
	}
	deleted("that was taken back")
	if got, err := s.Deleted(s.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("of none: %v, %v", got, err)
	}
}

func testSameAs(t *testing.T, s *suite) {
	resting := func(what string, want ...string) {
		t.Helper()
		got, err := s.SameAs(s.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, e := range got {
			keys = append(keys, string(e.Key))
		}
		if !slices.Equal(keys, want) {
			t.Errorf("%s: %q rest on it, want %q", what, keys, want)
		}
	}
	s.sent("a", importer.Created)
	s.sent("c", importer.Failed)
	a := s.entry("a")
	var ds []importer.Decision
	for _, key := range []importer.Key{"b", "c"} {
		e := a
		e.Key, e.SameAs = key, "a"
		ds = append(ds, importer.Decision{Key: key, Action: importer.ActionSameAs, At: now, Other: "a", After: &e})
	}
	if err := s.Decide(s.Context(), ds...); err != nil {
		t.Fatal(err)
	}
	resting("two", "b", "c")
	same(t, "one of them", s.entry("b").SameAs, importer.Key("a"))
	e := s.entry("c")
	e.Status, e.SameAs = importer.Failed, ""
	if err := s.Decide(s.Context(), importer.Decision{Key: "c", Action: importer.ActionReopen, At: now, After: &e}); err != nil {
		t.Fatal(err)
	}
	resting("one was taken back", "b")
	e = s.entry("b")
	e.Status = importer.Failed
	if err := s.Decide(s.Context(), importer.Decision{Key: "b", Action: importer.ActionDeleted, At: now, After: &e}); err != nil {
		t.Fatal(err)
	}
	s.begin(attempt("b"))
	resting("the other was sent")
}
