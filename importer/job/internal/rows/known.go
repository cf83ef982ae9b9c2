package rows

import (
	"context"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// elsewhere looks the rows that would be sent up in the other jobs.
func (s *Surveyor) elsewhere(ctx context.Context, items []*Item) error {
	if s.Survey.Known != nil || s.Others.None() {
		return nil
	}
	items = slices.DeleteFunc(slices.Clone(items), func(it *Item) bool { return !it.Send })
	reqs := make([]importer.Request, len(items))
	for i, it := range items {
		reqs[i] = it.Request
	}
	i, where, err := s.Others.Know(ctx, s.Key, reqs)
	if err == nil && i >= 0 {
		s.Survey.Known = &Elsewhere{Row: items[i].Ref, Key: reqs[i].EntryKey(), Dir: where}
	}
	return err
}

// meet notes the keys that the journal has no entry for, and counts those to
// be sent that no run has read before.
func (s *Surveyor) meet(ctx context.Context, items []*Item) error {
	if !s.Meets {
		return nil
	}
	var sending []int64
	for _, it := range items {
		key := it.Request.EntryKey()
		if it.leader != nil || it.Entry != nil || key == "" || !s.Classifier.wanted(it) || hasCode(it.Findings, CodeDuplicate) {
			continue
		}
		switch {
		case it.Send:
			sending = append(sending, key.Hash())
		case it.Status != importer.Invalid:
			continue
		}
		s.Fresh = append(s.Fresh, key.Hash())
	}
	s.Survey.FirstSeen += len(sending)
	if s.Store == nil || len(sending) == 0 {
		return nil
	}
	seen, err := s.Store.Seen(ctx, sending)
	s.Survey.FirstSeen -= len(seen)
	return importer.AsProblem(err)
}
