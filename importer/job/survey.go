package job

import (
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
	Rows   int
	Counts importer.Counts // where the rows stand now
	Send   int             // rows a run would send
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

	Changed        int // created or in doubt, and changed in the sheet since
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
	differs    bool // it says something else of some
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

// A surveyor makes the first pass.
type surveyor struct {
	in      *opened
	store   importer.Store
	decide  *decider
	checker *mapping.Checker
	others  *place.Others // nil: nobody is asked
	key     []string      // key definition
	columns *mapping.Neighbours

	survey   Survey
	groups   map[groupKey]*Group
	order    []groupKey
	suspects []suspect
	clients  int         // of the rows, as many as there are unless they are grouped
	sending  func(*item) // is told of rows to be sent; nil: nobody
	meets    bool        // keys that are met are kept, and new ones counted
	fresh    []int64
	history  bool   // the journal holds created or in-doubt rows
	unmet    RowSet // rows that were chosen and not seen yet
}

// A suspect is a row of which no client is known and that has something in
// common with one that is.
type suspect struct {
	it      *item
	similar []importer.Entry
}

// run reads everything once and leaves the decider ready for later passes.
func (s *surveyor) run(ctx context.Context) error {
	s.checker, s.columns = mapping.NewChecker(), s.in.mapper.Neighbours()
	s.groups = make(map[groupKey]*Group)
	s.survey.Subscriptions, s.survey.Resources = map[string]int{}, map[string]int{}
	s.decide.joined = map[importer.RowRef]importer.Key{}
	s.unmet = s.decide.rows
	s.decide.suspects = map[importer.RowRef]*suspicion{}
	if s.store != nil {
		totals, err := s.store.Totals(ctx)
		if err != nil {
			return asProblem(err)
		}
		s.history = totals[importer.Created]+totals[importer.InDoubt] > 0
	}
	st, err := newStream(ctx, s.in, s.store, s.decide, s.checker)
	if err != nil {
		return err
	}
	defer st.close()
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
	s.checker.Finish()
	s.decide.first = s.checker.First
	if err := s.judge(ctx); err != nil {
		return err
	}
	s.finish()
	return nil
}

// batch counts some rows, keeping back those that may be known under another key.
func (s *surveyor) batch(ctx context.Context, items []*item) error {
	held := map[*item]bool{}
	if s.history {
		for _, it := range items {
			if it.leader != nil || it.status.MayExist() || it.status == importer.Invalid || it.aliased {
				continue // not about to become a client
			}
			similar, err := s.store.Similar(ctx, []string{it.req.Client.Details.Name}, it.req.Client.UserEmails())
			if err != nil {
				return asProblem(err)
			}
			if len(similar) > 0 {
				s.suspects = append(s.suspects, suspect{it, similar})
				held[it] = true
			}
		}
	}
	var rest []*item
	for _, it := range items {
		if !held[it] {
			s.count(it)
			rest = append(rest, it)
		}
	}
	if err := s.meet(ctx, rest); err != nil {
		return err
	}
	return s.elsewhere(ctx, rest)
}

// judge decides on the suspects, now that all keys of the input are known.
func (s *surveyor) judge(ctx context.Context) error {
	var items []*item
	for _, su := range s.suspects {
		it := su.it
		joined, suspicion, err := s.suspicion(ctx, su)
		switch {
		case err != nil:
			return err
		case joined != nil:
			s.decide.joined[it.ref] = joined.Key
			it.req.Joined, it.entry = joined.Key, joined
			s.decide.row(it)
		case suspicion != nil:
			s.decide.suspects[it.ref] = suspicion
			s.decide.row(it)
		}
		s.count(it)
		items = append(items, it)
	}
	if err := s.meet(ctx, items); err != nil {
		return err
	}
	return s.elsewhere(ctx, items)
}

// suspicion looks for a customer the row may be: the same one with another
// address (joined), or one that went missing from the sheet.
func (s *surveyor) suspicion(ctx context.Context, su suspect) (*importer.Entry, *suspicion, error) {
	var missing []importer.Entry
	for _, e := range su.similar {
		if _, here := s.checker.First(e.Key); !here && !s.taken(e.Key) {
			missing = append(missing, e)
		}
	}
	if len(missing) == 0 {
		return nil, nil, nil
	}
	if slices.Equal(s.key, importer.DefaultKeyDefinition) {
		for i := range missing {
			if sameUnderOtherAddress(su.it.req, missing[i]) {
				return &missing[i], nil, nil
			}
		}
	}
	decisions, err := s.store.Decisions(ctx, su.it.req.Key)
	if err != nil {
		return nil, nil, asProblem(err)
	}
	if last := importer.LastDecision(decisions); last != nil && last.Action == importer.ActionNew {
		return nil, nil, nil
	}
	e := missing[0]
	return nil, &suspicion{known: e, finding: importer.Finding{Severity: importer.Fault, Code: codePossibleDuplicate, Cell: su.it.row.Cell(-1),
		Message: fmt.Sprintf("may be the customer %q (%s, %s), who is missing from this input: same client name or login", e.ClientName, e.Key, e.Status),
		Advice:  "the same customer: bulkonboard settle --key " + string(su.it.req.Key) + " --same-as " + string(e.Key) + "; another one: settle … --new"}}, nil
}

// taken tells whether a row was joined to this entry already.
func (s *surveyor) taken(k importer.Key) bool {
	for _, j := range s.decide.joined {
		if j == k {
			return true
		}
	}
	return false
}

// sameUnderOtherAddress tells a row that gained or lost its client e-mail from
// another customer: the entry stands under the row's other address and has the
// same client name.
func sameUnderOtherAddress(req importer.Request, e importer.Entry) bool {
	before := e.Sent()
	if importer.Fold(before.Details.Name) != importer.Fold(req.Client.Details.Name) {
		return false
	}
	gained := firstLogin(req.Client) == e.Key
	lost := firstLogin(before) == req.Key
	return gained || lost
}

func firstLogin(c importer.Client) importer.Key {
	if len(c.Users) == 0 {
		return ""
	}
	return importer.MakeKey(c.Users[0].Email)
}

// count adds a decided row to the survey.
func (s *surveyor) count(it *item) {
	v := &s.survey
	v.Rows++
	s.unmet = s.unmet.without(it.ref)
	s.columns.Add(it.row)
	it.count(&v.Counts)
	if it.added != "" {
		it.findings = append(it.findings, importer.Finding{Severity: importer.Fault, Code: codeAlreadyCreated, Cell: it.row.Cell(-1),
			Message: it.added, Advice: "add this user by hand, in the dashboard"})
	}
	seen := map[groupKey]bool{}
	for _, f := range it.findings {
		k := groupOf(f)
		g := s.groups[k]
		if g == nil {
			g = &Group{Finding: f}
			s.groups[k] = g
			s.order = append(s.order, k)
		}
		g.differs = g.differs || g.Message != f.Message
		if !seen[k] {
			g.Rows++
			seen[k] = true
		}
	}
	if it.leader != nil {
		return
	}
	if it.req.Skipped == "" {
		s.clients++
	}
	if it.drifted && it.status.MayExist() {
		v.Changed++
	}
	if it.status == importer.Rejected && !it.send {
		v.HeldRejected++
		if it.secretsUnknown {
			v.SecretsUnknown++
		}
	}
	if !it.send {
		return
	}
	v.Send++
	if s.sending != nil {
		s.sending(it)
	}
	c := it.req.Client
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
	case it.req.Resend:
		v.Resend++
		v.Again++
	case it.entry != nil:
		v.Again++
		if (it.entry.Code == importer.CodeSettledAbsent || it.entry.Code == importer.CodeSettledDeleted) && len(v.Decided) < 20 {
			v.Decided = append(v.Decided, fmt.Sprintf("row %s, %s (%s)", it.ref, c.Details.Name, it.entry.Code))
		}
	default:
		v.New++
	}
}

// elsewhere looks the rows that would be sent up in the other jobs.
func (s *surveyor) elsewhere(ctx context.Context, items []*item) error {
	if s.survey.Known != nil || s.others.None() {
		return nil
	}
	items = slices.DeleteFunc(slices.Clone(items), func(it *item) bool { return !it.send })
	reqs := make([]importer.Request, len(items))
	for i, it := range items {
		reqs[i] = it.req
	}
	i, where, err := s.others.Know(ctx, s.key, reqs)
	if err == nil && i >= 0 {
		s.survey.Known = &Elsewhere{Row: items[i].ref, Key: reqs[i].EntryKey(), Dir: where}
	}
	return err
}

// finish puts the findings in order: what spoils rows first, what is everywhere
// marked as such.
func (s *surveyor) finish() {
	for _, f := range s.in.mapper.Findings() {
		s.survey.Groups = append(s.survey.Groups, Group{Finding: f})
	}
	for _, k := range s.order {
		g := *s.groups[k]
		g.Everywhere = s.clients > 1 && g.Rows == s.clients && !g.differs
		s.survey.Groups = append(s.survey.Groups, g)
	}
	for _, t := range s.columns.Findings() {
		s.survey.Groups = append(s.survey.Groups, Group{Finding: t.Finding, Rows: t.Rows})
	}
	// A stable sort keeps the order of the rows within each severity.
	slices.SortStableFunc(s.survey.Groups, func(a, b Group) int { return int(b.Severity) - int(a.Severity) })
}

// meet notes the keys that the journal has no entry for, and counts those to
// be sent that no run has read before.
func (s *surveyor) meet(ctx context.Context, items []*item) error {
	if !s.meets {
		return nil
	}
	var sending []int64
	for _, it := range items {
		key := it.req.EntryKey()
		if it.leader != nil || it.entry != nil || key == "" || !s.decide.wanted(it) || hasCode(it.findings, codeDuplicate) {
			continue
		}
		switch {
		case it.send:
			sending = append(sending, key.Hash())
		case it.status != importer.Invalid:
			continue
		}
		s.fresh = append(s.fresh, key.Hash())
	}
	s.survey.FirstSeen += len(sending)
	if s.store == nil || len(sending) == 0 {
		return nil
	}
	seen, err := s.store.Seen(ctx, sending)
	s.survey.FirstSeen -= len(seen)
	return asProblem(err)
}

// current opens the input of a run again and surveys it, for reading what the
// journal says of its rows.
func current(ctx context.Context, p place.Place, s importer.Store, h importer.JobHeader, run importer.Run) (*opened, *decider, error) {
	in, err := reopen(ctx, p, run)
	if err != nil {
		return nil, nil, err
	}
	d := &decider{}
	if in.baseGone != "" {
		return in, d, nil
	}
	if in.mapped, err = rememberedMapping(run.Mapping); err == nil {
		err = in.compile(run.Input.Sets)
	}
	if err != nil {
		in.close()
		return nil, nil, err
	}
	sv := &surveyor{in: in, store: s, decide: d, key: h.KeyDefinition}
	if err := sv.run(ctx); err != nil {
		in.close()
		if errors.Is(err, importer.ErrInputChanged) {
			return &opened{baseGone: err.Error(), record: run.Input}, d, nil
		}
		return nil, nil, err
	}
	return in, d, nil
}

// list tells every finding in the order of the rows, but for those that stand
// in every row. It makes one more pass, so that a sheet with a fault in every other row
// costs no more memory than one without.
func (s *surveyor) list(ctx context.Context, tell func(importer.Finding) error) error {
	everywhere := map[groupKey]bool{}
	for _, g := range s.survey.Groups {
		if g.Everywhere {
			everywhere[groupOf(g.Finding)] = true
		}
	}
	pass, err := newStream(ctx, s.in, s.store, s.decide, mapping.NewChecker())
	if err != nil {
		return err
	}
	defer pass.close()
	return pass.each(ctx, func(it *item) error {
		fs := append(it.findings, s.columns.Check(it.row)...)
		for _, f := range fs {
			if everywhere[groupOf(f)] {
				continue
			}
			if err := tell(f); err != nil {
				return err
			}
		}
		return nil
	})
}

// fits tells whether these are the rows that were meant: as many as there must
// be, with those that were chosen, and with a place for every correction.
func (s *surveyor) fits(file string, least int) error {
	if l := s.in.correction; l != nil && s.in.baseGone == "" {
		if f := l.unused(); f != nil {
			return usage(f.row.Cell(l.column[importer.RejectKey]).String(), "no row of %s has the _key %q, so this correction fits nowhere",
				"do not change the columns _job, _key and _row; new customers belong into the sheet itself", s.in.record.Path, f.token)
		}
	}
	if least = max(least, 1); s.in.correction == nil && s.survey.Rows < least {
		return &Problem{Exit: ExitFailed, Where: file, What: fmt.Sprintf("has %d rows, fewer than %d", s.survey.Rows, least),
			Hint: "is it the right file? --min-rows says how many there must be"}
	}
	if len(s.unmet) > 0 {
		return usage(file, "it has no row %s", "rows have the numbers that the spreadsheet shows and results.csv lists", s.unmet[0])
	}
	if k := s.survey.Known; k != nil {
		return usage(file, "row %s (%s) is a customer of the job %s already: this run would create it again",
			"go on with that job (--job "+k.Dir+"); if sending these customers once more is meant, add --separate-job", k.Row, k.Key, k.Dir)
	}
	return nil
}
