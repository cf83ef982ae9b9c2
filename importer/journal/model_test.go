package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

// A double is a journal and the plain memory that it must be like, whatever
// happens to its file meanwhile.
type double struct {
	t    *testing.T
	r    *rand.Rand
	path string
	*Store
	like *importertest.Memory
	at   time.Time
	log  []string
}

var doubleKeys = func() (out []importer.Key) {
	for i := range 12 {
		out = append(out, importer.Key(fmt.Sprintf("k%d", i)))
	}
	return out
}()

// TestLikeMemory does the same at random to a journal that is closed, killed
// and opened again, and to the plain one, and wants the same answers.
func TestLikeMemory(t *testing.T) {
	seeds := 15
	if everyNth(2) == 1 { // a soak
		seeds = 2000
	}
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "journal.db")
			s, err := Create(t.Context(), path, importertest.TestHeader())
			check(t, err)
			d := &double{t: t, r: rand.New(rand.NewPCG(seed, 1)), path: path, Store: s, like: importertest.NewMemory(importertest.TestHeader()),
				at: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)}
			defer func() { _ = d.Store.Close() }()
			for range 150 {
				d.step()
				if t.Failed() {
					t.Fatalf("after\n%s", strings.Join(d.log, "\n"))
				}
			}
			d.compare(d.Store)
		})
	}
}

// everyNth is how many of the ops are spoilt, one after the other: all of them
// in a soak.
func everyNth(n int) int {
	if os.Getenv("BULKONBOARD_SOAK") != "" {
		return 1
	}
	return n
}

func (d *double) some(keys []importer.Key) importer.Key { return keys[d.r.IntN(len(keys))] }

func (d *double) step() {
	d.at = d.at.Add(time.Duration(d.r.IntN(1_500_000)) * time.Microsecond)
	switch n := d.r.IntN(100); {
	case n < 40:
		d.begin()
	case n < 75:
		d.finish()
	case n < 83:
		d.decide()
	case n < 86:
		d.reclassify()
	case n < 88:
		d.both("note", func(s importer.Store) error {
			return s.Annotate(d.t.Context(), d.some(doubleKeys[:1]), fmt.Sprint("note ", d.at))
		})
	case n < 90:
		d.both("recover", func(s importer.Store) error { _, err := s.Recover(d.t.Context()); return err })
	case n < 91:
		d.rekey()
	case n < 93:
		d.both("run", func(s importer.Store) error { _, err := s.StartRun(d.t.Context(), importer.Run{}); return err })
	case n < 96:
		d.reopen()
	case n < 98:
		d.compare(d.Store)
	default:
		r, err := OpenReadOnly(d.t.Context(), d.path)
		check(d.t, err)
		d.compare(r)
		check(d.t, r.Close())
	}
}

// both does the same to both, which must both fail or both succeed.
func (d *double) both(what string, do func(importer.Store) error) bool {
	d.t.Helper()
	d.log = append(d.log, what)
	got, want := do(d.Store), do(d.like)
	if (got == nil) != (want == nil) {
		d.t.Errorf("%s: %v, and in memory %v", what, got, want)
	}
	return want == nil
}

func (d *double) begin() {
	k, version := d.some(doubleKeys), d.r.IntN(3)
	name, login := fmt.Sprintf("Name %s %d", k, version), fmt.Sprintf("%s-%d@x.test", k, version)
	if d.r.IntN(4) == 0 {
		login = "agency@x.test"
	}
	a := importer.Attempt{Key: k, Row: importer.RowRef{Number: d.r.IntN(50)}, Resend: d.r.IntN(3) == 0, ClientName: name,
		UserEmails: []string{login},
		Snapshot:   fmt.Appendf(nil, `{"client_users":[{"email":%q}],"client_details":{"name":%q}}`, login, name), Fingerprint: "v1:" + name +
			login, BegunAt: d.at}
	if d.r.IntN(3) == 0 {
		a.Seal = []byte(name)
	}
	var ids []importer.AttemptID
	d.both(fmt.Sprintf("begin %s, resend %v", k, a.Resend), func(s importer.Store) error {
		id, err := s.Begin(d.t.Context(), a)
		ids = append(ids, id)
		return err
	})
	if ids[0] != ids[1] {
		d.t.Errorf("attempt %d, and in memory %d", ids[0], ids[1])
	}
}

func (d *double) highWater() int64 {
	h, err := d.like.HighWater(d.t.Context())
	check(d.t, err)
	return h.Attempt
}

func (d *double) outcome() importer.Outcome {
	o := importer.Outcome{Status: []importer.Status{importer.Created, importer.Created, importer.InDoubt, importer.Rejected,
		importer.Failed}[d.r.IntN(5)],
		HTTPStatus: []int{200, 429}[d.r.IntN(2)], Code: "c", FinishedAt: d.at}
	if o.Status == importer.Created {
		o.Receipt = importer.Receipt{ClientID: fmt.Sprint("id", d.r.IntN(20)), ClientName: []string{"", "Served"}[d.r.IntN(2)]}
	}
	return o
}

// recent is the number of one of the last attempts or decisions.
func (d *double) recent() importer.AttemptID {
	return importer.AttemptID(max(1, d.highWater()-int64(d.r.IntN(12))))
}

func (d *double) finish() {
	id, o := d.recent(), d.outcome()
	d.both(fmt.Sprintf("finish %d %s", id, o.Status), func(s importer.Store) error { return s.Finish(d.t.Context(), id, o, nil) })
}

func (d *double) reclassify() {
	keys := []importer.Key{d.some(doubleKeys), d.some(doubleKeys)}
	to := []importer.Status{importer.Rejected, importer.Failed, importer.Failed, importer.Created}[d.r.IntN(4)]
	d.both(fmt.Sprint("reclassify ", keys, to), func(s importer.Store) error { return s.Reclassify(d.t.Context(), keys, to, "advice") })
}

func (d *double) decide() {
	k := d.some(doubleKeys)
	es, err := d.like.Lookup(d.t.Context(), []importer.Key{k})
	check(d.t, err)
	dec := importer.Decision{Key: k, Action: importer.ActionNew, At: d.at}
	after := importer.Entry{Key: k, ClientName: "Decided", PrimaryEmail: "decided@x.test"}
	if len(es) > 0 {
		before := es[0]
		dec.Before = &before
		after = before
		after.Open = false
	}
	switch d.r.IntN(5) {
	case 0:
		dec.Forget = true
	case 1:
		dec.Action, after.Status, after.ClientID = importer.ActionDeleted, importer.Failed, ""
		dec.After = &after
	case 2:
		after.Status, after.ClientID, after.SameAs = importer.Created, fmt.Sprint("id", d.r.IntN(20)), d.some(doubleKeys)
		dec.After = &after
	case 3:
		after.Status = importer.InDoubt
		after.NewMarks = &importer.Marks{Names: []string{fmt.Sprint("Renamed ", k)}, Logins: []string{"new@x.test"}}
		dec.After = &after
	}
	d.both(fmt.Sprintf("decide on %s: forget %v, %+v", k, dec.Forget, dec.After),
		func(s importer.Store) error { return s.Decide(d.t.Context(), dec) })
}

func (d *double) rekey() {
	moves := map[importer.Key]importer.Key{}
	for i, k := range d.r.Perm(len(doubleKeys)) {
		moves[doubleKeys[i]] = doubleKeys[k]
	}
	d.both("rekey", func(s importer.Store) error { return s.Rekey(d.t.Context(), []string{"x"}, moves, "w", d.at) })
}

// reopen closes the journal, or goes on with what a kill leaves of it.
func (d *double) reopen() {
	if d.r.IntN(2) == 0 {
		d.log = append(d.log, "closed and opened")
		check(d.t, d.Store.Close())
	} else {
		d.log = append(d.log, "killed")
		old := d.Store
		d.path = killed(d.t, d.path)
		defer func() { _ = old.Close() }()
	}
	s, err := Open(d.t.Context(), d.path)
	check(d.t, err)
	d.Store = s
}

// compare wants the same answers, and no key twice.
func (d *double) compare(s *Store) {
	t, ctx := d.t, d.t.Context()
	t.Helper()
	all := func(of importer.Store) (out []string) {
		put := func(what string, v any, err error) {
			check(t, err)
			out = append(out, fmt.Sprintf("%s %+v", what, v))
		}
		es, err := of.Lookup(ctx, doubleKeys)
		slices.SortFunc(es, func(x, y importer.Entry) int { return strings.Compare(string(x.Key), string(y.Key)) })
		marks := []importer.Mark{importer.LoginMark("agency@x.test"), importer.NameMark("served"), importer.NameMark("decided"),
			importer.LoginMark("new@x.test")}
		for _, e := range es {
			marks = append(marks, e.Marks().All()...)
			if e.NewMarks != nil {
				put("marks", *e.NewMarks, nil)
				e.NewMarks = nil
			}
			put("entry", e, err)
			ds, err := of.Decisions(ctx, e.Key)
			put("decided", len(ds), err)
		}
		carried := map[importer.Mark][]string{}
		ms, err := of.Similar(ctx, marks)
		for _, m := range ms {
			carried[m.Mark] = append(carried[m.Mark], string(m.Entry.Key))
		}
		for m, keys := range carried {
			if len(keys) > 1 {
				carried[m] = []string{"several"}
			}
		}
		put("similar", carried, err)
		var ids []string
		for i := range 20 {
			ids = append(ids, fmt.Sprint("id", i))
			es, err := of.ByClientID(ctx, ids[i])
			put(ids[i], len(es), err)
		}
		gone, err := of.Deleted(ctx, ids)
		slices.Sort(gone)
		put("deleted", gone, err)
		for _, k := range doubleKeys {
			es, err := of.SameAs(ctx, k)
			put("same as", len(es), err)
		}
		known := map[int64]int64{}
		for k, err := range of.Known(ctx) {
			check(t, err)
			known[k.Key] = k.Fingerprint
		}
		put("known", known, nil)
		for _, status := range []importer.Status{importer.Created, importer.InDoubt, importer.Rejected, importer.Failed} {
			for e, err := range of.Walk(ctx, status, importer.Listing) {
				put("walk", e, err)
			}
		}
		seals, err := of.Seals(ctx, doubleKeys)
		put("seals", seals, err)
		high, err := of.HighWater(ctx)
		put("high water", high, err)
		line, err := of.Timeline(ctx, 1, 4)
		put("timeline", line, err)
		return out
	}
	got, want := all(s), all(d.like)
	if !reflect.DeepEqual(got, want) {
		for i := range got {
			if i >= len(want) || got[i] != want[i] {
				t.Errorf("it tells\n%s\nand memory\n%s", got[i], append(want, "nothing")[min(i, len(want))])
				break
			}
		}
	}
	var twice int
	err := s.db.QueryRow("SELECT count(*) FROM (SELECT key FROM entries GROUP BY key HAVING count(*) > 1)").Scan(&twice)
	if err := errors.Join(err); err != nil || twice > 0 {
		t.Errorf("%d keys have two entries, %v", twice, err)
	}
}
