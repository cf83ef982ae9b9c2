package rows

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// Chunk is how many rows are looked up in the journal at once.
const Chunk = 256

// A Pass yields the items of an input, classified. It is used by one goroutine.
type Pass struct {
	in         *Input
	store      importer.Store // nil: no job yet
	classifier *Classifier
	checker    *mapping.Checker // nil: duplicates are known from the survey

	src         *prefetch // nil: there is no input, only rejects that came back
	corrections *correction.Pass
	rejectAt    int // next row of rejects that stand by themselves
	ready       []*Item
	end         error
}

// NewPass starts a pass over an input. The classifier is the one that a survey
// has left ready, or a new one. store may be nil: no row is known then. Close
// ends the pass.
func NewPass(ctx context.Context, in *Input, store importer.Store, c *Classifier) (*Pass, error) {
	if c.First == nil {
		return newPass(ctx, in, store, c, mapping.NewChecker())
	}
	return newPass(ctx, in, store, c, nil)
}

func newPass(ctx context.Context, in *Input, store importer.Store, c *Classifier, checker *mapping.Checker) (*Pass, error) {
	p := &Pass{in: in, store: store, classifier: c, checker: checker}
	p.corrections = in.snapshot.Pass(table.Hash)
	if in.Base == nil {
		return p, nil
	}
	src, err := in.Base.Open(ctx)
	if err != nil {
		return nil, importer.AsProblem(err)
	}
	p.src = newPrefetch(src, in.Mapper)
	return p, nil
}

// Close ends the pass; the input stays open.
func (p *Pass) Close() {
	if p.src != nil {
		p.src.close()
	}
}

// Each calls f for every item, until f fails.
func (p *Pass) Each(ctx context.Context, f func(*Item) error) error {
	for {
		it, err := p.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = f(it)
		}
		if err != nil {
			return err
		}
	}
}

// Next returns the next item; io.EOF ends the pass.
func (p *Pass) Next(ctx context.Context) (*Item, error) {
	if len(p.ready) == 0 {
		var err error
		if p.ready, err = p.batch(ctx); err != nil {
			return nil, err
		}
	}
	it := p.ready[0]
	p.ready = p.ready[1:]
	return it, nil
}

// batch returns some items at once, at least one; io.EOF ends the pass.
func (p *Pass) batch(ctx context.Context) ([]*Item, error) {
	if p.end != nil {
		return nil, p.end
	}
	items, err := p.fill(ctx)
	if p.end = err; len(items) == 0 && err != nil {
		return nil, err
	}
	return items, nil
}

// fill reads, maps, looks up and classifies one chunk; where rows make groups,
// the first chunk is everything.
func (p *Pass) fill(ctx context.Context) ([]*Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, importer.AsProblem(err) // also where there is no journal that would notice
	}
	if p.in.Mapper.Grouped() {
		return p.gather(ctx)
	}
	items := make([]*Item, 0, Chunk)
	var end error
	for len(items) < Chunk {
		it, err := p.read()
		if err != nil {
			end = err
			break
		}
		items = append(items, it)
	}
	if err := p.lookup(ctx, items); err != nil {
		return nil, err
	}
	for _, it := range items {
		p.classifier.row(it)
	}
	if errors.Is(end, io.EOF) {
		return items, io.EOF
	}
	return items, importer.AsProblem(end)
}

// read takes the next row, with its corrections in place, and maps it.
func (p *Pass) read() (*Item, error) {
	if p.src == nil {
		return p.readReject()
	}
	r, err := p.src.next()
	if err != nil {
		return nil, err
	}
	it := &Item{Ref: r.row.Ref(), Row: r.row, base: r.row.Cells, sheetKey: sheetKey(p.in.Mapper, r.req), Request: r.req, Findings: r.findings}
	it.Corrected = p.in.own[it.Ref]
	p.name(it)
	p.correct(it, r)
	if !p.in.Mapper.Grouped() {
		p.check(it)
	}
	return it, nil
}

// sheetKey is the key by which corrections name a row: it is the client's, where
// rows make groups, and a row that is left out claims none.
func sheetKey(m *mapping.Mapper, req importer.Request) importer.Key {
	if m.Grouped() || req.Skipped != "" {
		return ""
	}
	return req.Key
}

// correct puts the corrections of a row in place.
func (p *Pass) correct(it *Item, r mappedRow) {
	cells, at, named := p.corrections.Row(r.row, it.sheetKey, func() string { return sameness(r.req) })
	if at == nil {
		return
	}
	it.Row.Cells, it.corrected, it.replaced = cells, at, r.req.Client.Users
	p.mapRow(it, without(r.err, at))
	if named && it.sheetKey != "" && it.Request.Key != it.sheetKey {
		it.OldKey, it.sheetMarks = it.sheetKey, (&Item{Request: r.req}).Marks()
	}
}

// without is what is still wrong with a row once cells of it were corrected. A
// row that was wrong as a whole is what they make of it.
func without(e *importer.RowError, corrected []int) *importer.RowError {
	if e == nil || !e.CellOnly {
		return nil
	}
	var out *importer.RowError
	for _, c := range e.Cells() {
		if slices.Contains(corrected, c.Cell.Index-1) {
			continue
		}
		one := *c
		one.More = nil
		if out == nil {
			out = &one
		} else {
			out.More = append(out.More, &one)
		}
	}
	return out
}

// readReject yields the rows of a rejects file by themselves, where the input is
// gone.
func (p *Pass) readReject() (*Item, error) {
	l := p.in.Correction
	if l == nil || p.rejectAt >= len(l.rows) {
		return nil, io.EOF
	}
	f := l.rows[p.rejectAt]
	p.rejectAt++
	it := &Item{Ref: PlaceOf(f.place), Row: f.row, Corrected: true}
	p.mapRow(it, f.err)
	if key := importer.Key(f.token); !f.positional() && key != it.Request.Key {
		it.OldKey = key
	}
	if !p.in.Mapper.Grouped() {
		p.check(it)
	}
	return it, nil
}

func (p *Pass) mapRow(it *Item, spoilt *importer.RowError) {
	it.Request, it.Findings = mapRow(p.in.Mapper, it.Row, spoilt)
	p.name(it)
}

// name gives a row that was mapped its place and its token.
func (p *Pass) name(it *Item) {
	it.Request.Row = it.Ref
	it.Token = string(it.Request.Key)
	if it.Token == "" || p.in.Mapper.Grouped() {
		it.Token = positional(it.Ref)
	}
}

// check looks at the row beside all others.
func (p *Pass) check(it *Item) {
	if it.Request.Skipped != "" {
		return // it claims no key
	}
	if p.checker != nil {
		it.Findings = append(it.Findings, p.checker.Check(it.Request, it.Row.Cell(-1))...)
	} else if f, dup := p.classifier.duplicate(it); dup {
		it.Findings = append(it.Findings, f)
	}
	if hasCode(it.Findings, CodeDuplicate) {
		it.Token = positional(it.Ref)
	}
}

// lookup adds what the journal knows: through an alias, a join, or the key.
func (p *Pass) lookup(ctx context.Context, items []*Item) error {
	if p.store == nil || len(items) == 0 {
		return nil
	}
	byKey := make(map[importer.Key]*importer.Entry, len(items))
	keys := make([]importer.Key, 0, len(items))
	for _, it := range items {
		if it.Request.Joined = p.classifier.joined[it.Ref]; it.Request.EntryKey() != "" {
			keys = append(keys, it.Request.EntryKey())
		}
	}
	get := func(keys []importer.Key) error {
		entries, err := p.store.Lookup(ctx, keys)
		if err != nil {
			return importer.AsProblem(err)
		}
		for i := range entries {
			byKey[entries[i].Key] = &entries[i]
		}
		return nil
	}
	if err := get(keys); err != nil {
		return err
	}
	if err := p.join(ctx, items, byKey, get); err != nil {
		return err
	}
	for _, it := range items {
		if key := it.Request.EntryKey(); key != "" {
			it.Entry = byKey[key]
		}
	}
	return p.judged(ctx, items)
}

// join leads rows to entries that stand under another key. A row whose
// corrections gave it another one stays where it was while that entry is created
// or in doubt, unless the correction came first, or the row has nothing of that
// customer: the key had moved to it. A row without its correction is led to what
// became of it.
func (p *Pass) join(ctx context.Context, items []*Item, byKey map[importer.Key]*importer.Entry, get func([]importer.Key) error) error {
	var old, sheet []importer.Key
	for _, it := range items {
		switch {
		case it.OldKey != "":
			old = append(old, it.OldKey)
		case it.Request.Key != "" && !it.Corrected:
			sheet = append(sheet, it.Request.Key)
		}
	}
	mayExist := func(k importer.Key) bool { return byKey[k] != nil && byKey[k].Status.MayExist() }
	aliases, err := p.store.Aliases(ctx, slices.Concat(old, sheet))
	if err == nil && len(old) > 0 {
		err = get(old)
	}
	if err != nil {
		return importer.AsProblem(err)
	}
	var more []importer.Key
	for _, a := range aliases {
		more = append(more, a.New)
	}
	if len(more) > 0 {
		if err := get(more); err != nil {
			return err
		}
	}
	for _, it := range items {
		key := it.Request.Key
		if it.OldKey != "" {
			first := true // that the correction is read
			for _, a := range aliases {
				if a.Old == it.OldKey && a.New == key {
					first, it.rekeyed = false, it.rekeyed || a.Cells == it.Cells()
				}
			}
			if p.checker != nil && first && mayExist(it.OldKey) && !mayExist(key) && it.shares(*byKey[it.OldKey]) {
				p.classifier.joined[it.Ref] = it.OldKey
				it.Request.Joined = it.OldKey
			}
			continue
		}
		for _, a := range aliases {
			if !it.Corrected && a.Old == key && a.Cells == it.Cells() && mayExist(a.New) && !mayExist(key) && it.Request.Joined == "" {
				it.Request.Joined, it.aliased = a.New, true
			}
		}
	}
	return nil
}
