package job

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// elsewhere yields sampled rows that were not sent yet: first those that differ
// from the refused ones in what all of these have in common, since that may be
// what is refused.
func (f *feed) elsewhere(_ context.Context, refused []importer.Request) iter.Seq2[importer.Request, error] {
	common := inCommon(refused)
	var others, alike []sampled
	for _, i := range rand.New(rand.NewPCG(3, uint64(len(refused)))).Perm(len(f.sample)) {
		if s := f.sample[i]; differs(common, s.req) {
			others = append(others, s)
		} else {
			alike = append(alike, s)
		}
	}
	return func(yield func(importer.Request, error) bool) {
		for _, s := range slices.Concat(others, alike) {
			if f.jump(s) && !yield(f.leaving(s.req), nil) {
				return
			}
		}
	}
}

// jump takes a sampled row before its turn; false if it has had its turn.
func (f *feed) jump(s sampled) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := s.req.Row
	if !f.waiting[at] || f.late[s.req.EntryKey()] {
		return false
	}
	delete(f.waiting, at)
	f.jumped[at], f.from[at] = true, s.status
	return true
}

// inCommon are the values that all of these have.
func inCommon(reqs []importer.Request) map[string]string {
	var out map[string]string
	for _, r := range reqs {
		is := importer.Fields(r.Client.Snapshot())
		if out == nil {
			out = is
			continue
		}
		for path, v := range out {
			if is[path] != v {
				delete(out, path)
			}
		}
	}
	return out
}

// differs tells whether a request has another value than these somewhere.
func differs(common map[string]string, r importer.Request) bool {
	is := importer.Fields(r.Client.Snapshot())
	for path, v := range common {
		if is[path] != v {
			return true
		}
	}
	return false
}
