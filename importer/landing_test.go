package importer_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

// A slowDisk is a journal whose writes become durable one after the other, each
// a second after it was handed over or after the one before.
type slowDisk struct {
	*importertest.Memory
	late time.Duration // after an outcome that was queued is durable, until that is told

	mu    sync.Mutex
	last  chan struct{} // closed when the last write handed over is durable
	begun int           // and not finished, on the disk
	most  int
}

// write waits until a write is durable that was handed over now.
func (d *slowDisk) write(queued func(), do func() error) error {
	d.mu.Lock()
	before, mine := d.last, make(chan struct{})
	d.last = mine
	d.mu.Unlock()
	if queued != nil {
		queued()
	}
	defer close(mine)
	start := time.Now()
	if before != nil {
		<-before
	}
	time.Sleep(time.Until(start.Add(time.Second)))
	return do()
}

func (d *slowDisk) Begin(ctx context.Context, a Attempt) (id AttemptID, err error) {
	return id, d.write(nil, func() error {
		d.begun++
		d.most = max(d.most, d.begun)
		id, err = d.Memory.Begin(ctx, a)
		return err
	})
}

func (d *slowDisk) Finish(ctx context.Context, id AttemptID, o Outcome, queued func()) error {
	if queued != nil {
		defer func() { time.Sleep(d.late) }()
	}
	return d.write(queued, func() error {
		d.begun--
		return d.Memory.Finish(ctx, id, o, nil)
	})
}

func slowRig(t *testing.T, s *server, workers int) (*rig, *slowDisk) {
	r := newRig(t, s, PacerOptions{Rate: Unlimited, Workers: workers})
	return r, &slowDisk{Memory: r.journal}
}

func (d *slowDisk) send(r *rig, n int) Tally {
	r.options.Journal = d
	return Send(r.Context(), rows(n), r.server, r.options)
}

// A created row lets the next one go before its outcome is durable: a row takes
// one wait for the disk, not two. At no time are more rows begun, in the journal
// or at the server, than may be in flight.
func TestACreatedRowIsNotWaitedFor(t *testing.T) {
	for _, workers := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{latency: time.Second}
			r, d := slowRig(t, s, workers)
			began := time.Now()
			tally := d.send(r, 30)
			r.wantHalt(tally, "")
			if tally.Sent[Created] != 30 {
				t.Errorf("tally is %v", tally.Sent)
			}
			if took, most := time.Since(began), time.Duration(30/workers)*2*time.Second+time.Second; took > most {
				t.Errorf("%d workers took %s, want %s", workers, took, most)
			}
			if d.most > workers || s.most > workers {
				t.Errorf("%d begun and %d in flight at once, want %d", d.most, s.most, workers)
			}
		})
	}
}

// Any other outcome may end the run or slow it down: nobody goes before that is
// clear.
func TestOtherOutcomesAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: time.Second, answer: func(n int, req Request) (Receipt, error) {
			if n == 3 {
				return Receipt{}, fails(KindFatal, "unauthorized")
			}
			return created(req)
		}}
		r, d := slowRig(t, s, 1)
		r.wantHalt(d.send(r, 30), "unauthorized")
		if s.count() != 3 {
			t.Errorf("%d requests left, want 3", s.count())
		}
	})
}

// A created row ends a series of refused ones when it lands, not when it is told
// that it is durable: the rows behind it may be refused meanwhile.
func TestALateRowEndsNoSeries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{latency: time.Second, answer: func(n int, req Request) (Receipt, error) {
			if n > 1 {
				return Receipt{}, fails(KindRefused, "forbidden")
			}
			return created(req)
		}}
		r, d := slowRig(t, s, 1)
		d.late = 5 * time.Second
		r.options.ReadBack = func(context.Context) error { return nil }
		r.wantHalt(d.send(r, 30), "forbidden")
		if s.count() != 4 {
			t.Errorf("%d requests left, want 4", s.count())
		}
	})
}
