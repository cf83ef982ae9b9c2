package rows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// A Survey is what the first pass over an input found: where each row stands,
// and what a run would do. Nothing was sent.
type Survey struct {
	Sheets    []string // that are read; nil for what has none
	HeaderRow int      // of the column names, where all sheets have them in the same; else 0
	Rows      int
	Counts    importer.Counts // where the rows stand now
	Send      int             // rows a run would send
	// Of those to be sent:
	New           int // never sent before
	FirstSeen     int // of these, customers that no run of the job has read before
	Again         int // sent before: failed, rejected and changed, or in doubt and resent
	Resend        int // in doubt, sent again on purpose
	Decided       []string
	Users         int
	Generated     int            // passwords that are made up
	Subscriptions map[string]int // clients by product id
	Resources     map[string]int // ids handed out, by kind

	CorrectedCells int // that are not as they stand in the sheet
	CorrectedRows  int // that have any
	Changed        int // created or in doubt, and changed in the sheet since
	Changes        int // of rows with a known customer's key, those that lack a name or login of the customer's
	Customers      int // rows with a known customer's key
	HeldRejected   int // rejected, unchanged, not sent again
	SecretsUnknown int // of those, how many might have a new password that cannot be compared
	Groups         []Group
	Known          *Elsewhere // a customer another job knows; nil if none
}

// Elsewhere is a customer that a run would send although another job has
// created it or holds it in doubt.
type Elsewhere struct {
	Row importer.RowRef
	Key importer.Key
	Dir string
}

// A Group is one kind of finding with the number of rows it was found in.
type Group struct {
	importer.Finding     // the first one
	Rows             int // how many rows have it
	// Everywhere tells that all rows have it, and that it says the same of all.
	Everywhere bool
	differs    bool            // it says something else of some
	at         importer.RowRef // the row of the first one
}

type groupKey struct {
	severity importer.Severity
	code     string
	column   string
	path     string
}

func groupOf(f importer.Finding) groupKey {
	return groupKey{f.Severity, f.Code, f.Cell.Column, f.Path}
}

// A Surveyor makes the first pass.
type Surveyor struct {
	In         *Input
	Store      importer.Store
	Classifier *Classifier
	checker    *mapping.Checker
	Others     *place.Others // nil: nobody is asked
	Key        []string      // key definition
	columns    *mapping.Neighbours

	Survey  Survey
	groups  map[groupKey]*Group
	sheets  map[string]int // their order
	order   []groupKey
	witness *witness    // nil: the journal knows no customer yet
	held    []*Item     // suspects, as far as they are held
	hold    int         // how many are; 0: mostHeld, negative: all
	clients int         // of the rows, as many as there are unless they are grouped
	Sending func(*Item) // is told of rows to be sent; nil: nobody
	// Passwords takes those of all rows, sent or not; nil: nobody.
	Passwords func(...importer.Secret)
	Meets     bool               // keys that are met are kept, and new ones counted
	Aliases   []importer.Alias   // keys that corrections took, to be kept before anything is sent
	unused    []importer.Finding // corrections that fit nowhere
	Fresh     []int64
	unmet     RowSet // rows that were chosen and not seen yet
}

// Run reads everything once and leaves the classifier ready for later passes.
func (s *Surveyor) Run(ctx context.Context) error {
	s.checker, s.columns = mapping.NewChecker(), s.In.Mapper.Neighbours()
	s.groups, s.sheets = make(map[groupKey]*Group), s.In.SheetOrder()
	s.Survey.Subscriptions, s.Survey.Resources = map[string]int{}, map[string]int{}
	s.Classifier.joined, s.Classifier.rulings, s.unmet = map[importer.RowRef]importer.Key{}, nil, s.Classifier.Rows
	if s.In.Mapper.Grouped() {
		s.hold = -1 // there all rows are held
	} else if s.hold == 0 {
		s.hold = mostHeld
	}
	if s.Store != nil {
		totals, err := s.Store.Totals(ctx)
		if err != nil {
			return importer.AsProblem(err)
		}
		if totals.MayExist() > 0 {
			s.witness = &witness{recogniser{s.Store, s.Key}, newEvidence(s.checker.FirstHash), s.In}
		}
	}
	st, err := newPass(ctx, s.In, s.Store, s.Classifier, s.checker)
	if err != nil {
		return err
	}
	defer st.Close()
	for {
		items, err := st.batch(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := s.batch(ctx, items); err != nil {
			return err
		}
	}
	if s.In.Base != nil {
		s.unused = s.In.unused(st.corrections)
	}
	s.checker.Finish()
	s.Classifier.First = s.checker.First
	if err := s.judge(ctx); err != nil {
		return err
	}
	s.finish()
	return nil
}

// batch counts some rows, but for those of which nobody can tell yet whose they
// are.
func (s *Surveyor) batch(ctx context.Context, items []*Item) error {
	if s.Passwords != nil {
		for _, it := range items {
			s.Passwords(it.Passwords()...)
		}
	}
	if s.witness == nil {
		return s.counted(ctx, items)
	}
	suspects, err := s.witness.see(ctx, items)
	if err != nil {
		return err
	}
	var rest []*Item
	for _, it := range items {
		switch {
		case !suspects[it] && !suspects[it.leader]:
			rest = append(rest, it)
		case s.hold < 0 || len(s.held) < s.hold:
			s.held = append(s.held, it)
		}
	}
	return s.counted(ctx, rest)
}

// mostHeld is how many suspects are held until the survey has seen all rows.
// If there are more, the input is read once more for them.
const mostHeld = 4096

// counted counts rows whose places are known.
func (s *Surveyor) counted(ctx context.Context, items []*Item) error {
	for _, it := range items {
		s.count(it)
	}
	if err := s.meet(ctx, items); err != nil {
		return err
	}
	return s.elsewhere(ctx, items)
}

// judge says whose rows the suspects are, now that all rows were seen, and counts
// them.
func (s *Surveyor) judge(ctx context.Context) error {
	w := s.witness
	if w == nil {
		return nil
	}
	s.Classifier.rulings, s.Survey.Changes = w.rule()
	pass := &Pass{in: s.In, store: s.Store, classifier: s.Classifier}
	for part := range slices.Chunk(s.held, Chunk) {
		if err := pass.judged(ctx, part); err != nil {
			return err
		}
	}
	for _, it := range s.held {
		if it.leader == nil {
			s.Classifier.row(it)
			it.follow()
		}
	}
	if err := s.counted(ctx, s.held); err != nil {
		return err
	}
	more := w.suspects
	s.witness, s.held = nil, nil
	if s.hold < 0 || len(more) <= s.hold {
		return nil
	}
	return s.again(ctx, more[s.hold:])
}

// again counts suspects that were not held, in the order of the rows.
func (s *Surveyor) again(ctx context.Context, suspects []suspect) error {
	pass, err := newPass(ctx, s.In, s.Store, s.Classifier, nil)
	if err != nil {
		return err
	}
	defer pass.Close()
	var items []*Item
	flush := func() error {
		defer func() { items = nil }()
		return s.counted(ctx, items)
	}
	err = pass.Each(ctx, func(it *Item) error {
		if len(suspects) == 0 || it.Ref != suspects[0].ref {
			return nil
		}
		if suspects, items = suspects[1:], append(items, it); len(items) < Chunk {
			return nil
		}
		return flush()
	})
	return errors.Join(err, flush())
}

// count adds a decided row to the survey.
func (s *Surveyor) count(it *Item) {
	v := &s.Survey
	v.Rows++
	s.unmet = s.unmet.without(it.Ref)
	s.columns.Add(it.Row)
	it.Count(&v.Counts)
	if len(it.corrected) > 0 {
		v.CorrectedCells += len(it.corrected)
		v.CorrectedRows++
	}
	if it.OldKey != "" && !it.rekeyed && it.Request.Joined == "" && it.Request.Key != "" && it.Status != importer.Invalid && it.base != nil {
		s.Aliases = append(s.Aliases, importer.Alias{Old: it.OldKey, Cells: it.Cells(), New: it.Request.Key})
	}
	if it.Late != "" {
		it.Findings = append(it.Findings, importer.Finding{Severity: importer.Fault, Code: CodeAlreadyCreated, Cell: it.Row.Cell(-1),
			Message: it.Late, Advice: addByHand})
	}
	s.group(it.Ref, it.Findings...)
	if it.leader != nil {
		return
	}
	if it.Request.Skipped == "" {
		s.clients++
	}
	if it.Entry != nil && it.Entry.Status.MayExist() || it.ruling != nil && it.ruling.what == keyMoved {
		v.Customers++
	}
	if it.Drifted && it.Status.MayExist() {
		v.Changed++
	}
	if it.Status == importer.Rejected && !it.Send {
		v.HeldRejected++
		if it.secretsUnknown {
			v.SecretsUnknown++
		}
	}
	if !it.Send {
		return
	}
	v.Send++
	if s.Sending != nil {
		s.Sending(it)
	}
	c := it.Request.Client
	v.Users += len(c.Users)
	for _, u := range c.Users {
		if u.Generate != nil {
			v.Generated++
		}
	}
	if c.Billing != nil && c.Billing.Product != nil {
		v.Subscriptions[c.Billing.Product.ID]++
	}
	for kind, ids := range c.Resources {
		v.Resources[kind] += len(ids)
	}
	switch {
	case it.Request.Resend:
		v.Resend++
		v.Again++
	case it.Entry != nil:
		v.Again++
		if (it.Entry.Code == importer.CodeSettledAbsent || it.Entry.Code == importer.CodeSettledDeleted) && len(v.Decided) < 20 {
			v.Decided = append(v.Decided, fmt.Sprintf("row %s, %s (%s)", it.Ref, c.Details.Name, it.Entry.Code))
		}
	default:
		v.New++
	}
}

// group adds the findings of one row to those of their kinds.
func (s *Surveyor) group(at importer.RowRef, fs ...importer.Finding) {
	seen := map[groupKey]bool{}
	for _, f := range fs {
		k := groupOf(f)
		g := s.groups[k]
		if g == nil {
			g = &Group{Finding: f, at: at}
			s.groups[k] = g
			s.order = append(s.order, k)
		}
		g.differs = g.differs || g.Message != f.Message
		if s.above(at, g.at) < 0 { // suspects are counted last
			g.Finding, g.at = f, at
		}
		if !seen[k] {
			g.Rows++
			seen[k] = true
		}
	}
}

// above compares the places of rows: the one above is less.
func (s *Surveyor) above(a, b importer.RowRef) int {
	return cmp.Or(cmp.Compare(s.sheets[a.Sheet], s.sheets[b.Sheet]), cmp.Compare(a.Number, b.Number))
}

// finish puts the findings in order: what spoils rows first, what is everywhere
// marked as such.
func (s *Surveyor) finish() {
	for _, f := range s.unused {
		s.group(importer.RowRef{Sheet: f.Cell.Sheet, Number: f.Cell.Row}, f)
	}
	for _, f := range s.In.Mapper.Findings() {
		s.Survey.Groups = append(s.Survey.Groups, Group{Finding: f})
	}
	slices.SortStableFunc(s.order, func(a, b groupKey) int { return s.above(s.groups[a].at, s.groups[b].at) })
	for _, k := range s.order {
		g := *s.groups[k]
		g.Everywhere = s.clients > 1 && g.Rows == s.clients && !g.differs
		s.Survey.Groups = append(s.Survey.Groups, g)
	}
	for _, t := range s.columns.Findings() {
		s.Survey.Groups = append(s.Survey.Groups, Group{Finding: t.Finding, Rows: t.Rows})
	}
	// A stable sort keeps the order of the rows within each severity.
	slices.SortStableFunc(s.Survey.Groups, func(a, b Group) int { return int(b.Severity) - int(a.Severity) })
}

// List tells every finding in the order of the rows, but for those that stand
// in every row. It makes one more pass, so that a sheet with a fault in every other row
// costs no more memory than one without.
func (s *Surveyor) List(ctx context.Context, tell func(importer.Finding) error) error {
	everywhere := map[groupKey]bool{}
	for _, g := range s.Survey.Groups {
		if g.Everywhere {
			everywhere[groupOf(g.Finding)] = true
		}
	}
	pass, err := newPass(ctx, s.In, s.Store, s.Classifier, mapping.NewChecker())
	if err != nil {
		return err
	}
	defer pass.Close()
	each := func(fs []importer.Finding) error {
		for _, f := range fs {
			if everywhere[groupOf(f)] {
				continue
			}
			if err := tell(f); err != nil {
				return err
			}
		}
		return nil
	}
	if err := pass.Each(ctx, func(it *Item) error { return each(append(it.Findings, s.columns.Check(it.Row)...)) }); err != nil {
		return err
	}
	return each(s.unused)
}

// Fits tells whether these are the rows that were meant: as many as there must
// be, with those that were chosen.
func (s *Surveyor) Fits(file string, least int) error {
	if least = max(least, 1); s.In.Correction == nil && s.Survey.Rows < least {
		return &importer.Problem{Exit: importer.ExitFailed, Where: file, What: fmt.Sprintf("has %d rows, fewer than %d", s.Survey.Rows, least),
			Hint: "is it the right file? --min-rows says how many there must be"}
	}
	if len(s.unmet) > 0 {
		return importer.Usage(file, "it has no row %s", "rows have the numbers that the spreadsheet shows and results.csv lists", s.unmet[0])
	}
	if k := s.Survey.Known; k != nil {
		return importer.Usage(file, "row %s (%s) is a customer of the job %s already: this run would create it again",
			"go on with that job ("+importer.CommandLine("--job", k.Dir)+"); if sending these customers once more is meant, add --separate-job",
			k.Row, k.Key, k.Dir)
	}
	return nil
}
