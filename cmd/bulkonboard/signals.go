package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// interruptible ends the context at the first signal, and the process at the
// second: a crash is safe. A terminal that goes away counts as a signal, unless
// whoever started the program wants it to outlive the terminal (nohup).
func (a *app) interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	// A reader that goes away must not end a run: with somebody listening, the
	// signal is only an error of the write. Ignoring it would do as well here,
	// and be handed down to every program that we start.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		for n := 1; ; n++ {
			select {
			case <-done:
				return
			case <-signals:
			}
			if n > 1 {
				a.leave()
			}
			cancel()
			// On its own: a terminal that is stopped would keep the second
			// signal from being seen.
			go fmt.Fprintln(a.stderr, "\nstopping: no new rows; those in flight finish first (once more to leave at once)")
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		signal.Stop(pipe)
		close(done)
		cancel()
	}
}

// leave ends the process now. What it says is a courtesy that a terminal which
// takes no text must not hold up.
func (a *app) leave() {
	said := make(chan struct{})
	go func() {
		fmt.Fprintln(a.stderr, a.leftAtOnce())
		close(said)
	}()
	select {
	case <-said:
	case <-time.After(time.Second):
	}
	os.Exit(job.ExitInterrupted)
}

// leftAtOnce says what leaving now means and what comes next.
func (a *app) leftAtOnce() string {
	n, dir := 0, ""
	if s := a.sending.Load(); s != nil {
		n, dir = s.tell().Pace.InFlight, s.dir
	}
	switch n {
	case 0:
		return "left at once: no row was in flight; run the same command again to go on"
	case 1:
		return "left at once: 1 row in flight is in doubt now and held; next: " + a.settleIn(dir)
	}
	return fmt.Sprintf("left at once: %d rows in flight are in doubt now and held; next: %s", n, a.settleIn(dir))
}

func (a *app) settleIn(dir string) string {
	return display.Command(a.underProfile(settleCommand(job.Next{Dir: dir})))
}

// A sending is a run that sends: where its job is, and how far it is.
type sending struct {
	dir  string
	tell func() job.Progress
}

// An outlet is a stream whose reader may go away, or whose disk may be full: it
// takes what is written all the same, and keeps the first error. What was sent
// must be put on record whoever still listens.
type outlet struct {
	to io.Writer

	mu  sync.Mutex
	err error
}

func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		_, o.err = o.to.Write(p)
	}
	return len(p), nil
}

// lost tells whether something could not be written although its reader is
// still there: a head that has seen enough has lost nothing.
func (o *outlet) lost() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err != nil && !errors.Is(o.err, syscall.EPIPE) && !errors.Is(o.err, io.ErrClosedPipe)
}
