package importer

import (
	"context"
	"iter"
)

// unsentChunk is how many keys are looked up at once.
const unsentChunk = 256

// Unsent is a source without the requests whose keys a journal has as created
// or in doubt: a second run over the same customers sends none of them again.
// known, which may be nil, is told each with its entry. Resends pass. Those of a
// chunk of 256 are told before its others are yielded.
//
// It looks into the journal when a chunk is read. Two requests of one source with
// one key are not its affair: the later one ends failed, code "key_taken".
func Unsent(source Requests, s Store, known func(Request, Entry)) Requests {
	return func(ctx context.Context) iter.Seq2[Request, error] {
		return func(yield func(Request, error) bool) {
			var chunk []Request
			flush := func() bool {
				left, err := unsent(ctx, s, chunk, known)
				chunk = chunk[:0]
				if err != nil {
					yield(Request{}, err)
					return false
				}
				for _, r := range left {
					if !yield(r, nil) {
						return false
					}
				}
				return true
			}
			for r, err := range source(ctx) {
				if err != nil {
					if flush() {
						yield(Request{}, err)
					}
					return
				}
				if chunk = append(chunk, r); len(chunk) == unsentChunk && !flush() {
					return
				}
			}
			flush()
		}
	}
}

func unsent(ctx context.Context, s Store, chunk []Request, known func(Request, Entry)) (left []Request, err error) {
	keys := make([]Key, len(chunk))
	for i, r := range chunk {
		keys[i] = r.EntryKey()
	}
	entries, err := s.Lookup(ctx, keys)
	if err != nil {
		return nil, AsProblem(err)
	}
	by := make(map[Key]Entry, len(entries))
	for _, e := range entries {
		by[e.Key] = e
	}
	for _, r := range chunk {
		e, there := by[r.EntryKey()]
		switch {
		case !there || !e.Status.MayExist() || r.Resend:
			left = append(left, r)
		case known != nil:
			known(r, e)
		}
	}
	return left, nil
}
