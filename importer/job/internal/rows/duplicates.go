package rows

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A suspect is a row of which no client is known and that has something in
// common with one that is.
type suspect struct {
	it      *Item
	similar []importer.Entry
}

// similar finds, for all rows that are about to become clients, the entries that
// carry a mark of theirs.
func (s *Surveyor) similar(ctx context.Context, items []*Item) (map[*Item][]importer.Entry, error) {
	if !s.history {
		return nil, nil
	}
	carriers := map[importer.Mark][]*Item{}
	for _, it := range items {
		if it.leader != nil || it.Status.MayExist() || it.Status == importer.Invalid || it.aliased {
			continue // not about to become a client
		}
		c := it.Request.Client
		for _, m := range (importer.Marks{Names: []string{c.Details.Name}, Logins: c.UserEmails()}).All() {
			carriers[m] = append(carriers[m], it)
		}
	}
	matches, err := s.Store.Similar(ctx, slices.Collect(maps.Keys(carriers)))
	if err != nil {
		return nil, err
	}
	out := map[*Item][]importer.Entry{}
	for _, m := range matches {
		for _, it := range carriers[m.Mark] {
			if !slices.ContainsFunc(out[it], func(e importer.Entry) bool { return e.Key == m.Entry.Key }) {
				out[it] = append(out[it], m.Entry)
			}
		}
	}
	for _, of := range out {
		slices.SortFunc(of, func(a, b importer.Entry) int { return cmp.Compare(a.Key, b.Key) })
	}
	return out, nil
}

// judge decides on the suspects, now that all keys of the input are known.
func (s *Surveyor) judge(ctx context.Context) error {
	var items []*Item
	for _, su := range s.suspects {
		it := su.it
		joined, suspicion, err := s.suspicion(ctx, su)
		switch {
		case err != nil:
			return err
		case joined != nil:
			s.Classifier.joined[it.Ref] = joined.Key
			it.Request.Joined, it.Entry = joined.Key, joined
			s.Classifier.row(it)
		case suspicion != nil:
			s.Classifier.suspects[it.Ref] = suspicion
			s.Classifier.row(it)
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
func (s *Surveyor) suspicion(ctx context.Context, su suspect) (*importer.Entry, *suspicion, error) {
	var missing []importer.Entry
	for _, e := range su.similar {
		if _, here := s.checker.First(e.Key); !here && !s.taken(e.Key) {
			missing = append(missing, e)
		}
	}
	if len(missing) == 0 {
		return nil, nil, nil
	}
	if slices.Equal(s.Key, importer.DefaultKeyDefinition) {
		for i := range missing {
			if sameUnderOtherAddress(su.it.Request, missing[i]) {
				return &missing[i], nil, nil
			}
		}
	}
	decisions, err := s.Store.Decisions(ctx, su.it.Request.Key)
	if err != nil {
		return nil, nil, importer.AsProblem(err)
	}
	if last := importer.LastDecision(decisions); last != nil && last.Action == importer.ActionNew {
		return nil, nil, nil
	}
	e := missing[0]
	return nil, &suspicion{known: e, finding: importer.Finding{Severity: importer.Fault, Code: CodePossibleDuplicate, Cell: su.it.Row.Cell(-1),
		Message: fmt.Sprintf("may be the customer %q (%s, %s), who is missing from this input: same client name or login", e.ClientName, e.Key, e.Status),
		Advice:  "the same customer: bulkonboard settle --key " + string(su.it.Request.Key) + " --same-as " + string(e.Key) + "; another one: settle … --new"}}, nil
}

// taken tells whether a row was joined to this entry already.
func (s *Surveyor) taken(k importer.Key) bool {
	for _, j := range s.Classifier.joined {
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
