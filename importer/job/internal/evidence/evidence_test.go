package evidence_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/evidence"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// item is a line that our own program wrote and nobody edited.
func item(source string, s importer.Status, attempts int, run int64, id string) evidence.Item {
	e := importer.Entry{Key: "a@x.example", Status: s, Attempts: attempts, Run: run, ClientID: id}
	if s != importer.Pending && s != importer.Invalid {
		e.FinishedAt = noon.Add(time.Duration(run) * time.Hour)
	}
	return evidence.Item{Entry: e, Source: source}
}

func with(i evidence.Item, change func(*evidence.Item)) evidence.Item {
	change(&i)
	return i
}

func edited(i *evidence.Item)  { i.Edited = true }
func open(i *evidence.Item)    { i.Open = true }
func undated(i *evidence.Item) { i.Entry.Attempts, i.Entry.Run, i.Entry.FinishedAt = 0, 0, time.Time{} }
func noRun(i *evidence.Item)   { i.Entry.Attempts, i.Entry.Run = 0, 0 }

func TestEvidence(t *testing.T) {
	const (
		created, doubt, failed, rejected = importer.Created, importer.InDoubt, importer.Failed, importer.Rejected
		pending, invalid                 = importer.Pending, importer.Invalid
	)
	for _, c := range []struct {
		what       string
		items      []evidence.Item
		gone       []string // ids that are on record as deleted
		want       string   // status, client id
		trusted    string   // with trust; "" is as without
		inItsWords string
	}{
		{what: "created", items: []evidence.Item{item("results.csv", created, 1, 1, "c1")}, want: "created c1"},
		{what: "failed: the file may be old", items: []evidence.Item{item("results.csv", failed, 1, 1, "")}, want: "in_doubt", trusted: "failed",
			inItsWords: "may be older"},
		{what: "pending", items: []evidence.Item{item("results.csv", pending, 0, 1, "")}, want: "in_doubt", trusted: "nothing"},
		{what: "a newer attempt counts: a rejected row was sent again",
			items: []evidence.Item{item("results.csv", rejected, 1, 1, ""), item("run.log", created, 2, 2, "c1")}, want: "created c1"},
		{what: "a newer attempt counts: deleted and sent again, and refused",
			items: []evidence.Item{item("undo.csv", created, 1, 1, "c1"), item("results.csv", failed, 2, 2, "")},
			gone:  []string{"c1"}, want: "in_doubt", trusted: "failed"},
		{what: "deleted, and created again",
			items: []evidence.Item{item("undo.csv", created, 1, 1, "c1"), item("journal.db", created, 2, 2, "c2")},
			gone:  []string{"c1"}, want: "created c2"},
		{what: "the journal is behind, the log goes on",
			items: []evidence.Item{item("journal.db", failed, 1, 1, ""), with(item("run.log", doubt, 2, 2, ""), open)}, want: "in_doubt",
			inItsWords: "no file tells how it ended"},
		{what: "an attempt that one source knows to have ended",
			items: []evidence.Item{with(item("run.log", doubt, 1, 1, ""), open), item("results.csv", created, 1, 1, "c1")}, want: "created c1"},
		{what: "an attempt that a list called in doubt and the log saw created",
			items: []evidence.Item{item("doubt.csv", doubt, 1, 1, ""), item("run.log", created, 1, 1, "c1")}, want: "in_doubt", inItsWords: "contradict"},
		{what: "pending outvotes no id", items: []evidence.Item{item("results.csv", pending, 0, 3, ""), item("undo.csv", created, 0, 1, "c1")},
			want: "created c1"},
		{what: "invalid outvotes no doubt", items: []evidence.Item{item("results.csv", invalid, 0, 3, ""), item("doubt.csv", doubt, 1, 1, "")},
			want: "in_doubt"},
		{what: "two ids", items: []evidence.Item{item("results.csv", created, 1, 1, "c1"), item("undo.csv", created, 1, 1, "c2")},
			want: "in_doubt", inItsWords: "c1, c2"},
		{what: "an edited line says that it exists",
			items: []evidence.Item{with(item("results.edited-1.csv", created, 1, 1, "c1"), edited)}, want: "created c1"},
		{what: "an edited line says that it does not",
			items: []evidence.Item{with(item("results.csv", failed, 1, 1, ""), edited)}, want: "in_doubt", trusted: "in_doubt"},
		{what: "an undated line says that it does not",
			items: []evidence.Item{with(item("list.csv", failed, 1, 1, ""), undated)}, want: "in_doubt", trusted: "in_doubt"},
		{what: "an edited line contradicts ours", items: []evidence.Item{item("results.csv", failed, 1, 1, ""),
			with(item("results.edited-1.csv", created, 1, 1, "c1"), edited)}, want: "in_doubt", trusted: "in_doubt", inItsWords: "contradict"},
		{what: "an edited line cannot talk an id away",
			items: []evidence.Item{item("undo.csv", created, 1, 1, "c1"), with(item("results.edited-1.csv", failed, 9, 9, ""), edited)}, want: "created c1"},
		{what: "undo.csv knows no attempts, only times",
			items: []evidence.Item{with(item("undo.csv", created, 1, 2, "c1"), noRun), item("results.csv", failed, 1, 1, "")}, want: "created c1"},
		{what: "a fraction of a second is no contradiction",
			items: []evidence.Item{item("undo.csv", created, 0, 1, "c1"),
				with(item("journal.db", created, 0, 1, "c1"), func(i *evidence.Item) { i.Entry.FinishedAt = i.Entry.FinishedAt.Add(time.Millisecond) })},
			want: "created c1"},
	} {
		for _, trust := range []bool{false, true} {
			want := c.want
			if trust && c.trusted != "" {
				want = c.trusted
			}
			// The order in which files are read must not matter.
			for _, reversed := range []bool{false, true} {
				var e evidence.Evidence
				e.Gone(c.gone...)
				for n := range c.items {
					if reversed {
						n = len(c.items) - 1 - n
					}
					e.Add(c.items[n])
				}
				got, words := "nothing", ""
				for _, entry := range e.Entries(trust) {
					got, words = strings.TrimSpace(entry.Status.String()+" "+entry.ClientID), entry.Message
				}
				if got != want {
					t.Errorf("%s (trust %t, reversed %t): %s, want %s (%s)", c.what, trust, reversed, got, want, words)
				}
				if !trust && !strings.Contains(words, c.inItsWords) {
					t.Errorf("%s: says %q", c.what, words)
				}
			}
		}
	}
}
