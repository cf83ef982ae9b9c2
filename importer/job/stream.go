package job

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// chunk is how many rows are looked up in the journal at once.
const chunk = 256

// An item is one row of the input on its way: what it says, what the journal
// knows of it, and what follows.
type item struct {
	ref      importer.RowRef // its place in the input, also when corrected
	row      importer.Row
	req      importer.Request
	findings []importer.Finding
	entry    *importer.Entry // nil: the journal does not know it
	token    string          // _key of the rejects
	base     []string        // the cells as they stand in the input; nil without it
	oldKey   importer.Key    // the key it had before the correction
	fixed    bool            // a row of the correction that is being run
	aliased  bool            // its correction stands under another key
	suspect  *importer.Entry // the customer it may be; nil: none
	own      []string        // the users its own row brings to a group
	added    string          // why a row of a group came too late; "" if it did not
	members  []*item         // the rows of a group whose client stands here, itself the first
	leader   *item           // where the client of a later row stands; nil: here

	status  importer.Status // where it stands
	send    bool            // a run sends it
	code    string          // for rows that are invalid
	notes   []string
	drifted bool // created or in doubt, and says something now that was not sent

	// secretsUnknown: a rejected row whose passwords cannot be compared with
	// those that were sent.
	secretsUnknown bool
}

// cells is the hash of the row's cells as they stand in the input, "" without it.
func (it *item) cells() string {
	if it.base == nil {
		return ""
	}
	return table.Hash(it.base)
}

// leads tells whether the row's client stands here: not at an earlier row of
// its group.
func (it *item) leads() bool { return it.leader == nil }

// A stream yields the items of an input, decided. One pass, one goroutine.
type stream struct {
	in      *opened
	store   importer.Store // nil: no job yet
	decide  *decider
	checker *mapping.Checker // nil: duplicates are known from the survey

	src   *ahead // nil: there is no input, only its correction
	fixAt int    // next fix of a correction without its base
	ready []*item
	end   error
}

func newStream(ctx context.Context, in *opened, store importer.Store, d *decider, c *mapping.Checker) (*stream, error) {
	s := &stream{in: in, store: store, decide: d, checker: c}
	for _, l := range in.layers {
		for _, f := range l.fixes {
			f.used = false
		}
	}
	if in.base == nil {
		return s, nil
	}
	src, err := in.base.Open(ctx)
	if err != nil {
		return nil, asProblem(err)
	}
	s.src = readAhead(src, in.mapper)
	return s, nil
}

func (s *stream) close() {
	if s.src != nil {
		s.src.close()
	}
}

// each calls f for every item, until f fails.
func (s *stream) each(ctx context.Context, f func(*item) error) error {
	for {
		it, err := s.next(ctx)
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

// next returns the next item; io.EOF ends the pass.
func (s *stream) next(ctx context.Context) (*item, error) {
	if len(s.ready) == 0 {
		var err error
		if s.ready, err = s.batch(ctx); err != nil {
			return nil, err
		}
	}
	it := s.ready[0]
	s.ready = s.ready[1:]
	return it, nil
}

// batch returns some items at once, at least one; io.EOF ends the pass.
func (s *stream) batch(ctx context.Context) ([]*item, error) {
	if s.end != nil {
		return nil, s.end
	}
	items, err := s.fill(ctx)
	if s.end = err; len(items) == 0 && err != nil {
		return nil, err
	}
	return items, nil
}

// fill reads, maps, looks up and decides one chunk; where rows make groups,
// the first chunk is everything.
func (s *stream) fill(ctx context.Context) ([]*item, error) {
	if err := ctx.Err(); err != nil {
		return nil, asProblem(err) // also where there is no journal that would notice
	}
	if s.in.mapper.Grouped() {
		return s.gather(ctx)
	}
	items := make([]*item, 0, chunk)
	var end error
	for len(items) < chunk {
		it, err := s.read()
		if err != nil {
			end = err
			break
		}
		items = append(items, it)
	}
	if err := s.lookup(ctx, items); err != nil {
		return nil, err
	}
	for _, it := range items {
		s.decide.row(it)
	}
	if errors.Is(end, io.EOF) {
		return items, io.EOF
	}
	return items, asProblem(end)
}

// read takes the next row, puts corrections in its place, and maps it.
func (s *stream) read() (*item, error) {
	if s.src == nil {
		return s.readFix()
	}
	r, err := s.src.next()
	if err != nil {
		return nil, err
	}
	it := &item{ref: r.row.Ref(), row: r.row, base: r.row.Cells, req: r.req, findings: r.findings}
	s.name(it)
	keys := []importer.Key{it.req.Key}
	for _, l := range s.in.layers {
		if f := l.take(it.ref, keys...); f != nil {
			s.replace(it, f)
			keys = append(keys, it.req.Key)
			it.fixed = l == s.in.correction
		}
	}
	if !s.in.mapper.Grouped() {
		s.check(it)
	}
	return it, nil
}

// readFix yields the rows of a correction by themselves, where its base is gone.
func (s *stream) readFix() (*item, error) {
	l := s.in.correction
	if l == nil || s.fixAt >= len(l.fixes) {
		return nil, io.EOF
	}
	f := l.fixes[s.fixAt]
	s.fixAt++
	it := &item{ref: placeOf(f.place), row: f.row}
	if key := importer.Key(f.token); len(f.token) > 0 && f.token[0] != '?' {
		it.oldKey = key
	}
	s.mapRow(it, f.err)
	it.fixed = true
	if !s.in.mapper.Grouped() {
		s.check(it)
	}
	return it, nil
}

// placeOf reads a _row: "17" or "Sheet1!17". What it cannot read is no place.
func placeOf(s string) importer.RowRef {
	var r importer.RowRef
	if i := strings.LastIndex(s, "!"); i >= 0 {
		r.Sheet, s = s[:i], s[i+1:]
	}
	r.Number, _ = strconv.Atoi(s)
	return r
}

// replace puts a correction in the place of a row.
func (s *stream) replace(it *item, f *fix) {
	old := it.req.Key
	it.row, it.findings, it.req = f.row, nil, importer.Request{}
	s.mapRow(it, f.err)
	if len(f.token) > 0 && f.token[0] != '?' && old != it.req.Key {
		it.oldKey = old
	}
}

func (s *stream) mapRow(it *item, spoilt *importer.RowError) {
	it.req, it.findings = mapRow(s.in.mapper, it.row, spoilt)
	s.name(it)
}

// name gives a row that was mapped its place and its token.
func (s *stream) name(it *item) {
	it.req.Row = it.ref
	it.token = string(it.req.Key)
	if it.token == "" || s.in.mapper.Grouped() {
		it.token = positional(it.ref)
	}
}

// check looks at the row beside all others.
func (s *stream) check(it *item) {
	if it.req.Skipped != "" {
		return // it claims no key
	}
	if s.checker != nil {
		it.findings = append(it.findings, s.checker.Check(it.req, it.row.Cell(-1))...)
	} else if f, dup := s.decide.duplicate(it); dup {
		it.findings = append(it.findings, f)
	}
	for _, f := range it.findings {
		if f.Code == codeDuplicate {
			it.token = positional(it.ref)
		}
	}
}

// lookup adds what the journal knows: through an alias, a join, or the key.
func (s *stream) lookup(ctx context.Context, items []*item) error {
	if s.store == nil || len(items) == 0 {
		return nil
	}
	byKey := make(map[importer.Key]*importer.Entry, len(items))
	keys := make([]importer.Key, 0, len(items))
	for _, it := range items {
		if it.req.Joined = s.decide.joined[it.ref]; it.req.EntryKey() != "" {
			keys = append(keys, it.req.EntryKey())
		}
	}
	get := func(keys []importer.Key) error {
		entries, err := s.store.Lookup(ctx, keys)
		if err != nil {
			return asProblem(err)
		}
		for i := range entries {
			byKey[entries[i].Key] = &entries[i]
		}
		return nil
	}
	if err := get(keys); err != nil {
		return err
	}
	aliases, err := s.store.Aliases(ctx, keys)
	if err != nil {
		return asProblem(err)
	}
	if len(aliases) > 0 {
		var more []importer.Key
		for _, it := range items {
			if e := byKey[it.req.EntryKey()]; it.fixed || e != nil && e.Status.MayExist() {
				continue // the old key stands for itself
			}
			for _, a := range aliases {
				if a.Old == it.req.Key && a.Cells == it.cells() {
					it.req.Joined, it.aliased = a.New, true
					more = append(more, a.New)
				}
			}
		}
		if err := get(more); err != nil {
			return err
		}
	}
	for _, it := range items {
		if key := it.req.EntryKey(); key != "" {
			it.entry = byKey[key]
		}
	}
	return nil
}
