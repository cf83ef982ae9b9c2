package importertest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// TestHeader is the header that TestJournal's stores are to be opened with.
func TestHeader() importer.JobHeader {
	return importer.JobHeader{JobID: "0123456789abcdef", Target: "https://api.example.test", KeyDefinition: importer.DefaultKeyDefinition,
		CreatedAt: time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)}
}

// TestJournal holds an importer.Store, and with it its importer.Journal, to
// their documented words. open makes a new, empty store with TestHeader each
// time it is called, and closes it when the test ends.
func TestJournal(t *testing.T, open func(t *testing.T) importer.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *suite)
	}{
		{"begin and finish", testAttempt},
		{"begin refuses what must not be sent", testTaken},
		{"finish once", testFinishOnce},
		{"finish in order", testFinishInOrder},
		{"a client has one entry", testClientTaken},
		{"resend", testResend},
		{"one of many begins wins", testRace},
		{"recover", testRecover},
		{"lookup", testLookup},
		{"walk", testWalk},
		{"similar", testSimilar},
		{"header", testHeader},
		{"runs", testRuns},
		{"timeline", testTimeline},
		{"reclassify", testReclassify},
		{"decisions", testDecisions},
		{"rekey", testRekey},
		{"aliases", testAliases},
		{"views", testViews},
		{"seen keys", testSeen},
		{"faults", testFaults},
		{"seals", testSeals},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			if _, err := s.StartRun(t.Context(), importer.Run{}); err != nil {
				t.Fatal(err)
			}
			c.test(t, &suite{T: t, Store: s})
		})
	}
}

type suite struct {
	*testing.T
	importer.Store
}

// now has no more digits than any store keeps.
var now = time.Date(2026, 11, 23, 20, 15, 30, 123000, time.UTC)

func attempt(key string) importer.Attempt {
	return importer.Attempt{Key: importer.Key(key), Row: importer.RowRef{Sheet: "S", Number: 7}, ClientName: "Client " + key,
		UserEmails: []string{"login@" + key}, Snapshot: []byte(`{"client_users":[{"email":"login@` + key + `"}]}`), Fingerprint: "v1:f", SecretsMAC: "m", BegunAt: now}
}

func (s *suite) begin(a importer.Attempt) importer.AttemptID {
	s.Helper()
	id, err := s.Begin(s.Context(), a)
	if err != nil {
		s.Fatalf("begin %s: %v", a.Key, err)
	}
	return id
}

func (s *suite) finish(id importer.AttemptID, o importer.Outcome) {
	s.Helper()
	if err := s.Finish(s.Context(), id, o, nil); err != nil {
		s.Fatalf("finish %d: %v", id, err)
	}
}

// sent takes a key from begin to an outcome.
func (s *suite) sent(key string, status importer.Status) {
	s.Helper()
	o := importer.Outcome{Status: status, Code: "code", Message: "message", Advice: "advice", HTTPStatus: 418, FinishedAt: now.Add(time.Second)}
	if status == importer.Created {
		o = importer.Outcome{Status: status, HTTPStatus: 201, FinishedAt: now.Add(time.Second),
			Receipt: importer.Receipt{ClientID: "id-" + key, ClientName: "Served " + key, PrimaryEmail: key, AssetGroupID: "g"}}
	}
	s.finish(s.begin(attempt(key)), o)
}

func (s *suite) entry(key string) importer.Entry {
	s.Helper()
	es, err := s.Lookup(s.Context(), []importer.Key{importer.Key(key)})
	if err != nil || len(es) != 1 {
		s.Fatalf("lookup %s: %d entries, %v", key, len(es), err)
	}
	return es[0]
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is\n%+v, want\n%+v", what, got, want)
	}
}

func testAttempt(t *testing.T, s *suite) {
	id := s.begin(attempt("a@x.test"))
	open := importer.Entry{Key: "a@x.test", Status: importer.InDoubt, Open: true, Row: importer.RowRef{Sheet: "S", Number: 7}, ClientName: "Client a@x.test",
		Attempts: 1, BegunAt: now, Snapshot: attempt("a@x.test").Snapshot, Fingerprint: "v1:f", SecretsMAC: "m", Run: 1}
	same(t, "the begun entry", s.entry("a@x.test"), open)

	s.finish(id, importer.Outcome{Status: importer.Rejected, HTTPStatus: 422, Code: "http_422", Message: "no", Advice: "mend", FinishedAt: now.Add(time.Second)})
	rejected := open
	rejected.Open, rejected.Status, rejected.FinishedAt = false, importer.Rejected, now.Add(time.Second)
	rejected.HTTPStatus, rejected.Code, rejected.Message, rejected.Advice = 422, "http_422", "no", "mend"
	same(t, "the rejected entry", s.entry("a@x.test"), rejected)

	later := attempt("a@x.test")
	later.Row.Number, later.Fingerprint, later.BegunAt = 9, "v1:g", now.Add(time.Hour)
	id = s.begin(later)
	again := open
	again.Row.Number, again.Fingerprint, again.BegunAt, again.Attempts = 9, "v1:g", now.Add(time.Hour), 2
	same(t, "the entry begun again", s.entry("a@x.test"), again)

	s.finish(id, importer.Outcome{Status: importer.Created, HTTPStatus: 200, FinishedAt: now.Add(2 * time.Hour),
		Receipt: importer.Receipt{ClientID: "id", ClientName: "Served", PrimaryEmail: "p", AssetGroupID: "g"}})
	created := again
	created.Open, created.Status, created.FinishedAt, created.HTTPStatus = false, importer.Created, now.Add(2*time.Hour), 200
	created.ClientID, created.ClientName, created.PrimaryEmail, created.AssetGroupID = "id", "Served", "p", "g"
	same(t, "the created entry", s.entry("a@x.test"), created)
}

func testTaken(t *testing.T, s *suite) {
	s.sent("created", importer.Created)
	s.sent("in doubt", importer.InDoubt)
	s.sent("failed", importer.Failed)
	s.sent("rejected", importer.Rejected)
	s.begin(attempt("open"))
	for key, taken := range map[string]bool{"created": true, "in doubt": true, "open": true, "failed": false, "rejected": false, "new": false} {
		if _, err := s.Begin(s.Context(), attempt(key)); errors.Is(err, importer.ErrKeyTaken) != taken || !taken && err != nil {
			t.Errorf("begin of a key that is %s: %v", key, err)
		}
	}
	resend := attempt("created")
	resend.Resend = true
	if _, err := s.Begin(s.Context(), resend); !errors.Is(err, importer.ErrKeyTaken) {
		t.Errorf("a created client can be sent again: %v", err)
	}
}

func testFinishOnce(t *testing.T, s *suite) {
	id := s.begin(attempt("a"))
	if err := s.Finish(s.Context(), id, importer.Outcome{Status: importer.Pending}, nil); err == nil {
		t.Error("an attempt ended pending")
	}
	s.finish(id, importer.Outcome{Status: importer.Failed, FinishedAt: now})
	if err := s.Finish(s.Context(), id, importer.Outcome{Status: importer.Created, FinishedAt: now}, nil); err == nil {
		t.Error("an attempt was finished twice")
	}
	if err := s.Finish(s.Context(), id+1000, importer.Outcome{Status: importer.Failed, FinishedAt: now}, nil); err == nil {
		t.Error("an attempt that never was is finished")
	}
	if got := s.entry("a").Status; got != importer.Failed {
		t.Errorf("the entry is %s", got)
	}
}

// What is begun once an outcome is queued stands behind it.
func testFinishInOrder(t *testing.T, s *suite) {
	for i := range 50 {
		created := importer.Outcome{Status: importer.Created, Receipt: importer.Receipt{ClientID: fmt.Sprintf("id-%d", i)}, FinishedAt: now}
		first, second := fmt.Sprintf("first-%d", i), fmt.Sprintf("second-%d", i)
		id := s.begin(attempt(first))
		calls, begun := 0, make(chan error, 1)
		err := s.Finish(t.Context(), id, created, func() {
			calls++
			go func() {
				_, err := s.Begin(t.Context(), attempt(second))
				es, lerr := s.Lookup(t.Context(), []importer.Key{importer.Key(first)})
				if len(es) != 1 || es[0].Open {
					err = errors.New("the outcome comes after what was begun behind it")
				}
				begun <- errors.Join(err, lerr)
			}()
		})
		if err == nil && calls == 0 {
			t.Skip("it keeps no order")
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(err, <-begun); err != nil || calls != 1 {
			t.Fatalf("%v; queued %d times", err, calls)
		}
		same(t, "status", s.entry(first).Status, importer.Created)
	}
}

// A client id that another entry holds makes no second customer created.
func testClientTaken(t *testing.T, s *suite) {
	s.sent("a", importer.Created)
	created := importer.Outcome{Status: importer.Created, Receipt: importer.Receipt{ClientID: "id-a"}, FinishedAt: now}
	id := s.begin(attempt("b"))
	var taken *importer.ClientTakenError
	if err := s.Finish(s.Context(), id, created, nil); !errors.As(err, &taken) || taken.Holder != "a" || taken.ClientID != "id-a" {
		t.Fatalf("the same client again: %v", err)
	}
	if e := s.entry("b"); !e.Open || e.Status != importer.InDoubt {
		t.Errorf("the refused attempt is %+v", e)
	}
	s.finish(id, importer.Outcome{Status: importer.InDoubt, Message: "id-a", FinishedAt: now})
	if e := s.entry("b"); e.Status != importer.InDoubt || e.ClientID != "" {
		t.Errorf("in the end it is %+v", e)
	}
	// A row in doubt that is sent again may come back with what is nobody's, or its own.
	again := attempt("b")
	again.Resend = true
	created.Receipt.ClientID = "id-b"
	s.finish(s.begin(again), created)
	// What was removed is held by nobody.
	e := s.entry("b")
	e.Status, e.ClientID = importer.Failed, ""
	if err := s.Decide(s.Context(), importer.Decision{Key: "b", Action: importer.ActionDeleted, At: now, After: &e}); err != nil {
		t.Fatal(err)
	}
	s.finish(s.begin(attempt("c")), created)
	// Two at once: one of them.
	var g sync.WaitGroup
	refused := make(chan error, 20)
	created.Receipt.ClientID = "id-d"
	for i := range 20 {
		id := s.begin(attempt(fmt.Sprintf("d%d", i)))
		g.Go(func() { refused <- s.Finish(context.Background(), id, created, func() {}) })
	}
	g.Wait()
	close(refused)
	n := 0
	for err := range refused {
		if errors.As(err, &taken) {
			n++
		} else if err != nil {
			t.Error(err)
		}
	}
	if es, err := s.ByClientID(s.Context(), "id-d"); n != 19 || len(es) != 1 || err != nil {
		t.Errorf("%d of 20 were refused, and %d hold it; %v", n, len(es), err)
	}
}

func testResend(t *testing.T, s *suite) {
	for status, want := range map[importer.Status]importer.Status{
		importer.Rejected: importer.InDoubt, importer.Failed: importer.InDoubt, importer.InDoubt: importer.InDoubt, importer.Created: importer.Created,
	} {
		key := status.String()
		s.sent(key, importer.InDoubt)
		a := attempt(key)
		a.Resend = true
		s.finish(s.begin(a), importer.Outcome{Status: status, Code: "maybe_exists", FinishedAt: now, Receipt: importer.Receipt{ClientID: key}})
		if e := s.entry(key); e.Status != want || e.Code != "maybe_exists" || e.Attempts != 2 {
			t.Errorf("resent and %s: the entry is %s, code %q, after %d attempts; want %s", status, e.Status, e.Code, e.Attempts, want)
		}
	}
}

func testRace(t *testing.T, s *suite) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := map[string]int{}
	for i := range 64 {
		key := fmt.Sprintf("k%d", i%8)
		wg.Go(func() {
			_, err := s.Begin(context.Background(), attempt(key))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won[key]++
			case !errors.Is(err, importer.ErrKeyTaken):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(won) != 8 {
		t.Errorf("%d keys were begun, want 8", len(won))
	}
	for key, n := range won {
		if n != 1 {
			t.Errorf("%s was begun %d times", key, n)
		}
	}
}

func testRecover(t *testing.T, s *suite) {
	s.sent("done", importer.Created)
	s.begin(attempt("cut"))
	id := s.begin(attempt("cut too"))
	if n, err := s.Recover(s.Context()); err != nil || n != 2 {
		t.Fatalf("%d recovered, %v", n, err)
	}
	e := s.entry("cut")
	if e.Status != importer.InDoubt || e.Open || e.Code != "crashed" || e.Message == "" || e.Advice == "" || e.FinishedAt.IsZero() {
		t.Errorf("entry is %+v", e)
	}
	if got := s.entry("done").Status; got != importer.Created {
		t.Errorf("a finished row became %s", got)
	}
	if n, err := s.Recover(s.Context()); err != nil || n != 0 {
		t.Errorf("%d recovered again, %v", n, err)
	}
	if err := s.Finish(s.Context(), id, importer.Outcome{Status: importer.Created, FinishedAt: now}, nil); err == nil {
		t.Error("a recovered attempt was finished")
	}
}

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
	const n = 1000
	for i := range n {
		s.sent(fmt.Sprintf("k%04d", i), importer.Failed)
	}
	s.sent("other", importer.Created)
	next := n
	for e, err := range s.Walk(s.Context(), importer.Failed) {
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
	for e, err := range s.Walk(s.Context(), importer.Created) {
		if err != nil || e.Key != "k0000" {
			t.Errorf("the walk begins with %s, %v", e.Key, err)
		}
		break
	}
	over, cancel := context.WithCancel(s.Context())
	cancel()
	yielded := 0
	for _, err := range s.Walk(over, importer.Created) {
		if yielded++; !errors.Is(err, context.Canceled) || yielded > 1 {
			t.Errorf("a walk under a context that has ended yields %v", err)
		}
	}
	if yielded != 1 {
		t.Error("a walk under a context that has ended yields no error")
	}
}

func testSimilar(t *testing.T, s *suite) {
	for key, status := range map[string]importer.Status{"created": importer.Created, "in doubt": importer.InDoubt, "failed": importer.Failed} {
		a := attempt(key)
		a.ClientName, a.UserEmails = "Acme  Dental", []string{"jo@acme.test"}
		s.finish(s.begin(a), importer.Outcome{Status: status, FinishedAt: now, Receipt: importer.Receipt{ClientID: key}})
	}
	for _, c := range []struct {
		names, emails []string
		want          int
	}{
		{[]string{" acme dental "}, nil, 2}, {nil, []string{"JO@acme.test"}, 2}, {[]string{"acme dental"}, []string{"jo@acme.test"}, 2},
		{[]string{"jo@acme.test"}, nil, 0}, {nil, []string{"acme dental"}, 0}, {[]string{"other", ""}, []string{""}, 0}, {nil, nil, 0},
	} {
		es, err := s.Similar(s.Context(), c.names, c.emails)
		if err != nil || len(es) != c.want {
			t.Errorf("names %q, e-mails %q: %d entries, %v; want %d", c.names, c.emails, len(es), err, c.want)
		}
	}
}

func testHeader(t *testing.T, s *suite) {
	h, err := s.Header(s.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the header", h, TestHeader())
	h.JobID, h.Target, h.CreatedAt = "other", "other", now
	h.KeyDefinition, h.KeyFingerprint, h.Mapping = []string{"a", "b"}, "fp", importer.MappingRecord{Path: "p", Content: "c"}
	if err := s.SetHeader(s.Context(), h); err != nil {
		t.Fatal(err)
	}
	want := TestHeader()
	want.KeyDefinition, want.KeyFingerprint, want.Mapping = h.KeyDefinition, h.KeyFingerprint, h.Mapping
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

	day := now.Add(24 * time.Hour)
	for _, c := range []struct {
		first int64
		most  int
		want  importer.Timeline
	}{
		{2, 60, importer.Timeline{Span: time.Minute, Buckets: []importer.Bucket{
			{Run: 2, At: day, Begun: 2, Created: 1, Limited: 1}, {Run: 2, At: day.Add(time.Hour), Begun: 2}}}},
		{1, 3, importer.Timeline{Span: 30 * time.Minute, Buckets: []importer.Bucket{
			{Run: 1, At: now, Begun: 90, Created: 90}, {Run: 2, At: day, Begun: 2, Created: 1, Limited: 1}, {Run: 2, At: day.Add(time.Hour), Begun: 2}}}},
		{3, 3, importer.Timeline{Span: time.Second}},
	} {
		got, err := s.Timeline(s.Context(), c.first, c.most)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("the timeline from run %d in %d", c.first, c.most), got, c.want)
	}
}

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
	if err := s.Reclassify(s.Context(), []importer.Key{"a"}, importer.Rejected, "correct it"); err != nil || s.entry("a").Advice != "correct it" {
		t.Errorf("%v", err)
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
	for _, by := range [][2][]string{{{"cat"}, nil}, {nil, {"cat@c.test"}}} {
		if es, err := s.Similar(s.Context(), by[0], by[1]); err != nil || len(es) != 1 {
			t.Errorf("it is not found by %v: %v, %v", by, es, err)
		}
	}
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
		importer.Decision{Key: "open", Action: importer.ActionAbsent, At: now, After: &importer.Entry{Key: "open", Status: importer.Failed}}); err == nil {
		t.Error("a row in flight was decided on")
	}
	same(t, "the entry beside it", s.entry("c"), fresh)

	if err := s.Decide(s.Context(), importer.Decision{Key: "c", Action: importer.ActionReopen, At: now, Forget: true}); err != nil {
		t.Fatal(err)
	}
	if es, err := s.Lookup(s.Context(), []importer.Key{"c"}); err != nil || len(es) != 0 {
		t.Errorf("a forgotten entry is there: %v, %v", es, err)
	}
	if es, err := s.Similar(s.Context(), []string{"cat"}, nil); err != nil || len(es) != 0 {
		t.Errorf("a forgotten entry is found by its name: %v, %v", es, err)
	}

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
	for _, a := range []importer.Alias{{Old: "a", Cells: "1", New: "b", Run: 1}, {Old: "a", Cells: "2", New: "c", Run: 1}, {Old: "a", Cells: "1", New: "d", Run: 2}} {
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
	if got := seals("a:again", "a:doubt"); len(got) == 2 && (got[0].Attempt != first || !got[0].BegunAt.Equal(now) || !got[0].HandedAt.IsZero()) {
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
