package job

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// lookEvery is how often a run looks whether somebody has edited its input.
const lookEvery = 200 * time.Millisecond

// A feed yields the requests of the rows to be sent; those that halted the
// last run come last.
type feed struct {
	pass    *rows.Pass
	in      *rows.Input
	apiKey  string
	late    map[importer.Key]bool
	tail    []importer.Request
	none    bool      // the survey has found nothing to send: no pass is needed to see it again
	most    int       // requests it yields before it pretends to be at its end; 0: all
	yielded int       // requests
	looked  time.Time // whether the input has changed

	sample []sampled // rows that may go before their turn

	mu      sync.Mutex
	from    map[importer.RowRef]importer.Status // where rows on their way stood before
	waiting map[importer.RowRef]bool            // rows of the sample that have not had their turn
	jumped  map[importer.RowRef]bool            // rows that went before it
}

// newFeed begins the second pass.
func (r *runner) newFeed(ctx context.Context) (*feed, error) {
	store := r.store
	if r.isNew && r.adopted == nil && r.in.Correction == nil {
		store = nil // it knows nobody but the rows that this pass has yielded
	}
	p, err := rows.NewPass(ctx, r.in, store, r.decide)
	if err != nil {
		return nil, err
	}
	f := &feed{pass: p, in: r.in, apiKey: r.secretsKey(), none: r.result.Survey.Send == 0, sample: r.sample.kept,
		late: map[importer.Key]bool{},
		from: map[importer.RowRef]importer.Status{}, waiting: map[importer.RowRef]bool{}, jumped: map[importer.RowRef]bool{}}
	for _, s := range f.sample {
		f.waiting[s.req.Row] = true
	}
	for _, k := range r.last.Halted {
		f.late[k] = true
	}
	return f, nil
}

// requests are importer.Requests.
func (f *feed) requests(ctx context.Context) iter.Seq2[importer.Request, error] {
	return func(yield func(importer.Request, error) bool) {
		for !f.none && (f.most == 0 || f.yielded < f.most) {
			req, err := f.next(ctx)
			f.yielded++
			if errors.Is(err, io.EOF) || !yield(req, err) || err != nil {
				return
			}
		}
	}
}

// next is the next request; io.EOF: there is none.
func (f *feed) next(ctx context.Context) (importer.Request, error) {
	for {
		it, err := f.pass.Next(ctx)
		if errors.Is(err, io.EOF) && len(f.tail) > 0 {
			req := f.tail[0]
			f.tail = f.tail[1:]
			return req, nil
		}
		if err != nil {
			return importer.Request{}, err
		}
		if !it.Send {
			continue
		}
		if err := f.changed(); err != nil {
			return importer.Request{}, err
		}
		if f.gone(it) {
			continue
		}
		if req := f.leaving(it.Request); f.late[req.EntryKey()] {
			f.tail = append(f.tail, req)
		} else {
			return req, nil
		}
	}
}

// gone tells whether a row went before its turn, which has come.
func (f *feed) gone(it *rows.Item) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.jumped[it.Ref] {
		return true
	}
	delete(f.waiting, it.Ref)
	f.from[it.Ref] = it.Status
	return false
}

// leaving is a request as it is sent.
func (f *feed) leaving(r importer.Request) importer.Request {
	r.SecretsMAC = r.Client.SecretsMAC(f.apiKey)
	return r
}

// changed fails when the input is no longer the one that was read. The rows
// come from verified bytes in any case; this ends a run whose rest is of
// yesterday. A young file is compared byte for byte, hence not for every row.
func (f *feed) changed() error {
	if time.Since(f.looked) < lookEvery {
		return nil
	}
	f.looked = time.Now()
	return f.in.Changed()
}

// left tells where a row that has ended stood before.
func (f *feed) left(ref importer.RowRef) importer.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.from[ref]
	delete(f.from, ref)
	return s
}
