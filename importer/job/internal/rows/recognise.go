package rows

import (
	"context"
	"maps"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// found is what the journal knows of the marks of some rows.
type found struct {
	by        map[importer.Mark][]customer // those who have a mark: one, or two of one client
	common    map[importer.Mark]bool       // marks that several have
	addresses map[importer.Mark]customer   // those whose key has this address
	entries   map[int64]importer.Entry
}

// A recogniser asks the journal who has marks.
type recogniser struct {
	store importer.Store
	key   keyDefinition
}

// find asks for marks, and for the customers that are known by one of these
// addresses, all at once.
func (r recogniser) find(ctx context.Context, marks map[importer.Mark]bool, addresses map[importer.Key]bool) (*found, error) {
	f := &found{by: map[importer.Mark][]customer{}, common: map[importer.Mark]bool{}, addresses: map[importer.Mark]customer{},
		entries: map[int64]importer.Entry{}}
	matches, err := r.store.Similar(ctx, slices.Collect(maps.Keys(marks)))
	if err != nil {
		return nil, importer.AsProblem(err)
	}
	customers := map[int64]customer{}
	add := func(e importer.Entry) customer {
		h := e.Key.Hash()
		if _, there := customers[h]; !there {
			customers[h], f.entries[h] = r.key.customer(e), e
		}
		return customers[h]
	}
	for _, m := range matches {
		c := add(m.Entry)
		if slices.Contains(c.addresses, m.Mark) {
			f.addresses[m.Mark] = c
		}
		if c.has(m.Mark) {
			f.by[m.Mark] = append(f.by[m.Mark], c)
		}
	}
	for m, cs := range f.by {
		if len(cs) > 1 && !oneClient(f.entries[cs[0].key], f.entries[cs[1].key]) {
			f.common[m] = true
			delete(f.by, m)
		}
	}
	if len(addresses) == 0 {
		return f, nil
	}
	entries, err := r.store.Lookup(ctx, slices.Collect(maps.Keys(addresses)))
	for _, e := range entries {
		if e.Status.MayExist() {
			f.addresses[importer.LoginMark(string(e.Key))] = add(e)
		}
	}
	return f, importer.AsProblem(err)
}

// of asks for all marks of some rows, and of the customers whose keys they have.
func (r recogniser) of(ctx context.Context, bs []bearer) (*found, error) {
	marks, addresses := map[importer.Mark]bool{}, map[importer.Key]bool{}
	for _, b := range bs {
		ask := b.marks()
		if e := b.customer(); e != nil {
			ask = append(ask, e.Marks().All()...)
		} else if r.key.byAddress() {
			for _, l := range b.Request.Client.UserEmails() {
				addresses[importer.MakeKey(l)] = true
			}
		}
		for _, m := range ask {
			marks[m] = true
		}
	}
	return r.find(ctx, marks, addresses)
}

// customer is the created or in-doubt entry with the row's key; nil if there is
// none, or if another row has the key, too, and has it first.
func (b bearer) customer() *importer.Entry {
	if b.Entry == nil || !b.Entry.Status.MayExist() {
		return nil
	}
	return b.Entry
}

// A witness gathers evidence while a survey reads.
type witness struct {
	recogniser
	*evidence
	in *Input
}

// see takes some rows in, and tells which of them are suspects.
func (w *witness) see(ctx context.Context, items []*Item) (suspects map[*Item]bool, err error) {
	var bs []bearer
	for _, it := range items {
		b := bearer{Item: it}
		e := b.customer()
		switch {
		case it.leader != nil:
			continue
		case it.unchanged && it.Request.Joined != "":
			w.aside[e.Key.Hash()] = true
			continue
		case it.unchanged && e.NewMarks == nil:
			continue
		}
		b = newBearer(w.in, it)
		switch {
		case e != nil && (it.Request.Skipped != "" || it.Request.Joined != ""): // left out, or by a correction
			h := e.Key.Hash()
			w.aside[h] = w.aside[h] || b.as(*e)
		case e != nil && b.as(*e):
			continue
		}
		bs = append(bs, b)
	}
	if len(bs) == 0 {
		return nil, nil
	}
	f, err := w.of(ctx, bs)
	if err != nil {
		return nil, err
	}
	different, err := w.different(ctx, bs, f)
	if err != nil {
		return nil, err
	}
	suspects = map[*Item]bool{}
	for _, b := range bs {
		w.sight(b, f)
		switch s, yes := w.suspect(b, f); {
		case !yes || different[b.Request.Key] && !s.known:
		default:
			suspects[b.Item] = true
			w.suspects = append(w.suspects, s)
		}
	}
	return suspects, nil
}

// different are the keys of rows that have marks of somebody, and of which a
// person said that they are customers of their own.
func (w *witness) different(ctx context.Context, bs []bearer, f *found) (map[importer.Key]bool, error) {
	asked := map[importer.Key]bool{}
	for _, b := range bs {
		if b.customer() == nil && b.Status != importer.Invalid && (f.knows(b.marks()) || f.addressed(b.logins)) {
			asked[b.Request.Key] = true
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	ds, err := w.store.Decisions(ctx, slices.Collect(maps.Keys(asked))...)
	if err != nil {
		return nil, importer.AsProblem(err)
	}
	by := map[importer.Key][]importer.Decision{}
	for _, d := range ds {
		by[d.Key] = append(by[d.Key], d)
	}
	out := map[importer.Key]bool{}
	for k, ds := range by {
		last := importer.LastDecision(ds)
		out[k] = last != nil && last.Action == importer.ActionNew
	}
	return out, nil
}

func (f *found) knows(marks []importer.Mark) bool {
	return slices.ContainsFunc(marks, func(m importer.Mark) bool { return len(f.by[m]) > 0 })
}

func (f *found) addressed(logins []importer.Mark) bool {
	return slices.ContainsFunc(logins, func(m importer.Mark) bool { _, yes := f.addresses[m]; return yes })
}

// sight notes where marks are.
func (w *witness) sight(b bearer, f *found) {
	own := int64(0)
	if e := b.customer(); e != nil {
		own = e.Key.Hash()
	}
	for i, m := range b.marks() {
		if cs := f.by[m]; len(cs) > 0 {
			s, seen := w.marks[m]
			if !seen {
				s = sighting{of: cs[0].key, login: i >= len(b.names)}
				if len(cs) > 1 {
					s.twin = cs[1].key
				}
			}
			w.marks[m] = s.saw(b.Ref, own != 0 && (own == s.of || own == s.twin))
		}
		if c, yes := f.addresses[m]; yes && i >= len(b.names) {
			s, seen := w.addresses[m]
			if !seen {
				s = sighting{of: c.key, login: true}
			}
			w.addresses[m] = s.saw(b.Ref, own == c.key)
		}
	}
}

// suspect tells whether it is in question whose row this is.
func (w *witness) suspect(b bearer, f *found) (suspect, bool) {
	s := suspect{ref: b.Ref, carries: b.marks(), logins: b.logins}
	e := b.customer()
	switch {
	case b.Request.Skipped != "" || b.Request.Joined != "" || b.Code == CodeDuplicate:
		return s, false
	case e == nil:
		if b.Status == importer.Invalid || b.Request.Key == "" || !f.knows(s.carries) && !f.addressed(s.logins) {
			return s, false
		}
		s.joins = w.joins(b, f)
		return s, true
	}
	c := w.key.customer(*e)
	s.known, s.own = true, c.key
	w.loose[c.key] = slices.ContainsFunc(s.carries, c.has)
	only := func(m importer.Mark) bool {
		return slices.ContainsFunc(f.by[m], func(o customer) bool { return o.key == c.key })
	}
	for _, m := range c.names {
		if only(m) {
			s.names = append(s.names, m)
		}
	}
	for _, m := range c.logins {
		if only(m) && !c.guessed {
			s.ownLogins = append(s.ownLogins, m)
		}
	}
	keyed := slices.ContainsFunc(b.logins, func(l importer.Mark) bool { return slices.Contains(c.addresses, l) })
	s.kept = keyed && b.ownLogin && c.keyLogin
	s.lostLogin = c.keyLogin && !keyed
	s.faint = slices.ContainsFunc(s.carries, func(m importer.Mark) bool { return c.has(m) && f.common[m] })
	w.loose[c.key] = w.loose[c.key] || s.kept
	s.joins = w.joins(b, f)
	return s, true
}

// joins are the customers that a row belongs to although it has another key,
// unless they have a row of their own: of the same name, and under another
// address of the row.
func (w *witness) joins(b bearer, f *found) (out []int64) {
	group := len(b.members) > 0 && w.key.byAddress()
	if !group && (b.customer() != nil || !slices.Equal(w.key, importer.DefaultKeyDefinition)) {
		return nil
	}
	some := func(logins []string) []string {
		if group {
			return logins
		}
		return logins[:min(1, len(logins))] // the one that stands in for the client's e-mail
	}
	join := func(c customer, under bool) {
		if under && c.key != b.Request.Key.Hash() && !slices.Contains(out, c.key) && f.named(c, b.names) {
			out = append(out, c.key)
		}
	}
	for _, l := range some(b.Request.Client.UserEmails()) {
		if c, known := f.addresses[importer.LoginMark(l)]; known {
			join(c, true)
		}
	}
	for _, c := range f.by[importer.LoginMark(string(b.Request.Key))] {
		join(c, slices.ContainsFunc(some(f.entries[c.key].Sent().UserEmails()), func(l string) bool {
			return importer.MakeKey(l) == b.Request.Key
		}))
	}
	return out
}

// named tells whether a customer has one of these names.
func (f *found) named(c customer, names []importer.Mark) bool {
	known := importer.Marks{Names: f.entries[c.key].Marks().Names}
	return slices.ContainsFunc(known.All(), func(m importer.Mark) bool { return slices.Contains(names, m) })
}
