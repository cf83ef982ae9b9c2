package rows

import (
	"context"
	"errors"
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
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

	src         *prefetch // nil: there is no input, only its correction
	correctedAt int       // next row of a correction without its base
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
	for _, l := range in.corrections {
		for _, f := range l.rows {
			f.used = false
		}
	}
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

// read takes the next row, puts corrections in its place, and maps it.
func (p *Pass) read() (*Item, error) {
	if p.src == nil {
		return p.readCorrected()
	}
	r, err := p.src.next()
	if err != nil {
		return nil, err
	}
	it := &Item{Ref: r.row.Ref(), Row: r.row, base: r.row.Cells, Request: r.req, Findings: r.findings}
	p.name(it)
	keys := []importer.Key{it.Request.Key}
	for _, l := range p.in.corrections {
		if f := l.take(it.Ref, keys...); f != nil {
			p.replace(it, f)
			keys = append(keys, it.Request.Key)
			it.Corrected = l == p.in.Correction
		}
	}
	if !p.in.Mapper.Grouped() {
		p.check(it)
	}
	return it, nil
}

// readCorrected yields the rows of a correction by themselves, where its base is gone.
func (p *Pass) readCorrected() (*Item, error) {
	l := p.in.Correction
	if l == nil || p.correctedAt >= len(l.rows) {
		return nil, io.EOF
	}
	f := l.rows[p.correctedAt]
	p.correctedAt++
	it := &Item{Ref: PlaceOf(f.place), Row: f.row}
	if key := importer.Key(f.token); len(f.token) > 0 && f.token[0] != '?' {
		it.OldKey = key
	}
	p.mapRow(it, f.err)
	it.Corrected = true
	if !p.in.Mapper.Grouped() {
		p.check(it)
	}
	return it, nil
}

// replace puts a correction in the place of a row.
func (p *Pass) replace(it *Item, f *corrected) {
	old := it.Request.Key
	it.Row, it.Findings, it.Request = f.row, nil, importer.Request{}
	p.mapRow(it, f.err)
	if len(f.token) > 0 && f.token[0] != '?' && old != it.Request.Key {
		it.OldKey = old
	}
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
	for _, f := range it.Findings {
		if f.Code == CodeDuplicate {
			it.Token = positional(it.Ref)
		}
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
	aliases, err := p.store.Aliases(ctx, keys)
	if err != nil {
		return importer.AsProblem(err)
	}
	if len(aliases) > 0 {
		var more []importer.Key
		for _, it := range items {
			if e := byKey[it.Request.EntryKey()]; it.Corrected || e != nil && e.Status.MayExist() {
				continue // the old key stands for itself
			}
			for _, a := range aliases {
				if a.Old == it.Request.Key && a.Cells == it.Cells() {
					it.Request.Joined, it.aliased = a.New, true
					more = append(more, a.New)
				}
			}
		}
		if err := get(more); err != nil {
			return err
		}
	}
	for _, it := range items {
		if key := it.Request.EntryKey(); key != "" {
			it.Entry = byKey[key]
		}
	}
	return nil
}
