// Package evidence weighs what files of a job say of its customers when the
// job's journal is lost or behind: results, undo and doubt lists, the log of
// attempts, an older journal.
//
// It promises that a customer whom any of them knows as created or in doubt is
// never taken for one that does not exist, unless a later line of our own,
// unedited and dated, says so; and that sources which contradict each other
// come out as in doubt. It does not promise that a client exists: it says what
// is on record, no more.
//
// # How
//
// Of what is dated and unedited the newest counts: the higher attempt of that
// customer, else the later run, else the later time. What somebody edited, or
// nobody dated, counts only towards existence. A line that says "pending" or
// "invalid" is a fact of one run and outvotes no client id. Two client ids, or
// an attempt that began and is not known to have ended, are in doubt.
package evidence

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// CodeAdopted is the code of an entry that evidence left in doubt.
const CodeAdopted = "adopted"

// An Item is what one line of one file says of one customer.
type Item struct {
	// Entry is the line as a journal would know it. Attempts, Run and
	// FinishedAt are zero where the line does not say them.
	Entry importer.Entry
	// Source names the file, for people.
	Source string
	// Edited marks what somebody changed after we wrote it.
	Edited bool
	// Open marks an attempt that began, of which the source knows no end.
	Open bool
	// Why says why nobody knows, where the source tells nothing of the row.
	Why string
}

// dated tells whether the line says when it was true.
func (i Item) dated() bool {
	return i.Entry.Attempts > 0 || i.Entry.Run > 0 || !i.Entry.FinishedAt.IsZero()
}

// ofOneRun are the statuses that say nothing of the past.
func ofOneRun(s importer.Status) bool {
	return s == importer.Pending || s == importer.Invalid || s == importer.Skipped
}

// exists tells whether a status says that the client exists, or may.
func exists(s importer.Status) bool { return s == importer.Created || s == importer.InDoubt }

// compare orders two items by how new they are.
func compare(a, b Item) int {
	if a.Entry.Attempts > 0 && b.Entry.Attempts > 0 && a.Entry.Attempts != b.Entry.Attempts {
		return a.Entry.Attempts - b.Entry.Attempts
	}
	if a.Entry.Run > 0 && b.Entry.Run > 0 && a.Entry.Run != b.Entry.Run {
		return int(a.Entry.Run - b.Entry.Run)
	}
	if !a.Entry.FinishedAt.IsZero() && !b.Entry.FinishedAt.IsZero() {
		// Files keep whole seconds, a journal more.
		return a.Entry.FinishedAt.Truncate(time.Second).Compare(b.Entry.FinishedAt.Truncate(time.Second))
	}
	return 0
}

// Evidence gathers items. The zero value is ready; it is used by one goroutine.
type Evidence struct {
	items map[importer.Key][]Item
	gone  map[string]bool
}

// Add takes one more item. One without a key says nothing of anybody.
func (e *Evidence) Add(i Item) {
	if i.Entry.Key == "" {
		return
	}
	if e.items == nil {
		e.items = map[importer.Key][]Item{}
	}
	e.items[i.Entry.Key] = append(e.items[i.Entry.Key], i)
}

// IDs are all client ids that the items name.
func (e *Evidence) IDs() []string {
	ids := map[string]bool{}
	for _, items := range e.items {
		for _, i := range items {
			if i.Entry.ClientID != "" {
				ids[i.Entry.ClientID] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// Gone says that people have said of these client ids that they are deleted:
// they make no two ids of a customer.
func (e *Evidence) Gone(ids ...string) {
	if e.gone == nil {
		e.gone = map[string]bool{}
	}
	for _, id := range ids {
		e.gone[id] = true
	}
}

// Knows tells whether there is anything of a customer.
func (e *Evidence) Knows(k importer.Key) bool { return len(e.items[k]) > 0 }

// Entries are what a journal should know, by key. With trust, rows that our own
// newest line calls failed, rejected or pending are taken as they stand;
// without it the line may be older than the last run, and they are in doubt.
func (e *Evidence) Entries(trust bool) []importer.Entry {
	var out []importer.Entry
	for _, k := range slices.Sorted(maps.Keys(e.items)) {
		if entry, ok := e.decide(e.items[k], trust); ok {
			out = append(out, entry)
		}
	}
	return out
}

// decide weighs all that is said of one customer; ok is false where it comes to
// nothing that a journal keeps.
func (e *Evidence) decide(items []Item, trust bool) (entry importer.Entry, ok bool) {
	newest, agreed := weigh(items)
	ids := e.clientIDs(items)
	switch {
	case len(ids) > 1:
		return inDoubt(newest, "different files give it different client ids: "+strings.Join(ids, ", ")), true
	case newest.Open:
		return inDoubt(newest, "its last attempt began, and no file tells how it ended"), true
	case !agreed:
		return inDoubt(newest, "files contradict each other: "+said(items)), true
	case newest.Entry.Status == importer.InDoubt:
		return newest.Entry, true
	case newest.Entry.Status == importer.Created:
		return withID(newest, items, ids), true
	case ofOneRun(newest.Entry.Status) && len(ids) == 1:
		return withID(newest, items, ids), true
	case newest.Entry.Status == importer.Skipped, trust && ofOneRun(newest.Entry.Status):
		return importer.Entry{}, false
	case trust && newest.dated() && !newest.Edited:
		return newest.Entry, true
	}
	if newest.Why != "" {
		return inDoubt(newest, newest.Why), true
	}
	return inDoubt(newest, fmt.Sprintf("taken over from %s, where it is %s; the file may be older than the last run", newest.Source,
		newest.Entry.Status)), true
}

// weigh finds the item that counts. agreed is false where what is as new, or
// what counts towards existence only, says something else.
func weigh(items []Item) (newest Item, agreed bool) {
	items = slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return i.Open && ended(items, i) })
	slices.SortStableFunc(items, func(a, b Item) int {
		if c := rank(b) - rank(a); c != 0 {
			return c
		}
		return compare(b, a)
	})
	newest, agreed = items[0], true
	for _, i := range items[1:] {
		same := rank(i) == rank(newest) && compare(i, newest) == 0
		towards := rank(i) < rank(newest) && exists(i.Entry.Status) && !ofOneRun(newest.Entry.Status) && !settledSince(newest, i)
		if (same || towards) && differ(newest, i) {
			agreed = false
		}
		newest.Open = newest.Open || same && i.Open
	}
	if ofOneRun(newest.Entry.Status) {
		for _, i := range items {
			if !ofOneRun(i.Entry.Status) { // it outvotes nothing that is known of an attempt
				return weigh(slices.DeleteFunc(items, func(i Item) bool { return ofOneRun(i.Entry.Status) }))
			}
		}
	}
	return newest, agreed
}

// rank puts what is dated and our own first.
func rank(i Item) int {
	if i.Edited || !i.dated() {
		return 0
	}
	return 1
}

// settledSince tells that what counts is later than a line which counts less:
// it says that the client is gone, or names the one that is there.
func settledSince(newest, i Item) bool {
	return i.dated() && newest.dated() && compare(newest, i) > 0
}

// differ tells whether two lines cannot both be true.
func differ(a, b Item) bool {
	if ofOneRun(a.Entry.Status) || ofOneRun(b.Entry.Status) {
		return false
	}
	return a.Entry.Status != b.Entry.Status
}

// ended tells whether another source knows how that attempt ended.
func ended(items []Item, open Item) bool {
	return slices.ContainsFunc(items, func(i Item) bool {
		return !i.Open && !i.Edited && i.Entry.Attempts >= open.Entry.Attempts && open.Entry.Attempts > 0 && !ofOneRun(i.Entry.Status)
	})
}

// clientIDs are those that stand for one customer, the deleted ones left out.
func (e *Evidence) clientIDs(items []Item) []string {
	var ids []string
	for _, i := range items {
		if i.Entry.ClientID != "" && !e.gone[i.Entry.ClientID] {
			ids = append(ids, i.Entry.ClientID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// withID is a created entry with all that is known of the client.
func withID(newest Item, items []Item, ids []string) importer.Entry {
	for _, i := range items {
		if i.Entry.Status == importer.Created && (len(ids) == 0 || i.Entry.ClientID == ids[0]) && fuller(i, newest) {
			newest = i
		}
	}
	e := newest.Entry
	e.Status = importer.Created
	if len(ids) == 1 {
		e.ClientID = ids[0]
	}
	return e
}

// fuller tells whether a line is a better description of a created client.
func fuller(i, than Item) bool {
	return than.Entry.Status != importer.Created || i.Entry.ClientID != "" && than.Entry.ClientID == ""
}

func inDoubt(i Item, why string) importer.Entry {
	e := i.Entry
	e.Status, e.Code, e.ClientID, e.Open = importer.InDoubt, CodeAdopted, "", false
	e.Message, e.Advice = why, importer.CrashedAdvice
	return e
}

// said lists who says what, for people.
func said(items []Item) string {
	var parts []string
	for _, i := range items {
		p := i.Source + " says " + i.Entry.Status.String()
		if !slices.Contains(parts, p) && len(parts) < 5 {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}
