package importertest

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Lookup implements importer.Store.
func (m *Memory) Lookup(_ context.Context, keys []importer.Key) ([]importer.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []importer.Entry
	seen := map[importer.Key]bool{}
	for _, k := range keys {
		if r := m.entries[k]; r != nil && !seen[k] {
			out, seen[k] = append(out, r.Entry), true
		}
	}
	return out, nil
}

// Timeline implements importer.Store.
func (m *Memory) Timeline(_ context.Context, first int64, most int) (importer.Timeline, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	began, ended := map[int64]time.Time{}, map[int64]time.Time{}
	for _, a := range m.attempts {
		at := a.begun.Truncate(time.Second)
		if t, seen := began[a.run]; !seen || at.Before(t) {
			began[a.run] = at
		}
		if at.After(ended[a.run]) {
			ended[a.run] = at
		}
	}
	var active time.Duration
	for run, t := range began {
		if run >= first {
			active += ended[run].Sub(t)
		}
	}
	out := importer.Timeline{Span: importer.SpanFor(active, most)}
	at := map[importer.Bucket]*importer.Bucket{}
	for _, a := range m.attempts {
		if a.run < first {
			continue
		}
		n := a.begun.Truncate(time.Second).Sub(began[a.run]) / out.Span
		which := importer.Bucket{Run: a.run, At: began[a.run].Add(n * out.Span).UTC()}
		b := at[which]
		if b == nil {
			b = &importer.Bucket{Run: which.Run, At: which.At}
			at[which] = b
		}
		b.Begun++
		if !a.open && a.status == importer.Created {
			b.Created++
		}
		if a.httpStatus == 429 {
			b.Limited++
		}
	}
	for _, b := range at {
		out.Buckets = append(out.Buckets, *b)
	}
	slices.SortFunc(out.Buckets, func(a, b importer.Bucket) int { return cmp.Or(cmp.Compare(a.Run, b.Run), a.At.Compare(b.At)) })
	return out, nil
}

// Totals implements importer.Store.
func (m *Memory) Totals(context.Context) (importer.Counts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var c importer.Counts
	for _, r := range m.entries {
		c[r.Status]++
	}
	return c, nil
}

// Walk implements importer.Store.
func (m *Memory) Walk(ctx context.Context, s importer.Status, p importer.Part) iter.Seq2[importer.Entry, error] {
	return func(yield func(importer.Entry, error) bool) {
		m.mu.Lock()
		var all []remembered
		for _, r := range m.entries {
			if r.Status == s {
				all = append(all, *r)
			}
		}
		m.mu.Unlock()
		slices.SortFunc(all, func(a, b remembered) int { return int(b.order - a.order) })
		for _, r := range all {
			if err := ctx.Err(); err != nil {
				yield(importer.Entry{}, err)
				return
			}
			if !yield(partOf(r.Entry, p), nil) {
				return
			}
		}
	}
}

func partOf(e importer.Entry, p importer.Part) importer.Entry {
	switch p {
	case importer.Outline:
		e.Snapshot = nil
	case importer.Listing:
		e = importer.Entry{Key: e.Key, Status: e.Status, ClientID: e.ClientID, ClientName: e.ClientName, PrimaryEmail: e.PrimaryEmail,
			FinishedAt: e.FinishedAt, Fingerprint: e.Fingerprint}
	}
	return e
}

// Known implements importer.Store.
func (m *Memory) Known(context.Context) iter.Seq2[importer.Known, error] {
	return func(yield func(importer.Known, error) bool) {
		for _, r := range m.sorted(func(*remembered) bool { return true }) {
			k := importer.Known{Key: r.Key.Hash()}
			if r.Status == importer.Created {
				k.Fingerprint = importer.FingerprintHash(r.Fingerprint)
			}
			if !yield(k, nil) {
				return
			}
		}
	}
}

// sorted are the entries that f chooses, the oldest attempt or decision first.
func (m *Memory) sorted(f func(*remembered) bool) []remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []remembered
	for _, r := range m.entries {
		if f(r) {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b remembered) int { return int(a.order - b.order) })
	return out
}

// Similar implements importer.Store.
func (m *Memory) Similar(_ context.Context, marks []importer.Mark) ([]importer.Match, error) {
	var out []importer.Match
	found := map[importer.Mark]int{}
	for _, r := range m.sorted(func(r *remembered) bool { return r.Status.MayExist() }) {
		for _, k := range slices.Compact(slices.Sorted(slices.Values(r.Marks().All()))) {
			if slices.Contains(marks, k) && found[k] < 2 {
				found[k]++
				out = append(out, importer.Match{Mark: k, Entry: r.Entry})
			}
		}
	}
	return out, nil
}

// ByClientID implements importer.Store.
func (m *Memory) ByClientID(_ context.Context, id string) ([]importer.Entry, error) {
	return entriesOf(m.sorted(func(r *remembered) bool { return r.ClientID == id })), nil
}

// SameAs implements importer.Store.
func (m *Memory) SameAs(_ context.Context, k importer.Key) ([]importer.Entry, error) {
	return entriesOf(m.sorted(func(r *remembered) bool { return r.Entry.SameAs == k })), nil
}

func entriesOf(all []remembered) (out []importer.Entry) {
	for _, r := range all {
		out = append(out, r.Entry)
	}
	return out
}

// Deleted implements importer.Store.
func (m *Memory) Deleted(_ context.Context, ids []string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !m.deleted[id] }), nil
}
