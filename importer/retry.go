package importer

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// A Policy says how often a row is attempted and how long to wait in between.
// Its zero value works.
type Policy struct {
	MaxAttempts int           // counts the first one; 0 means 5
	MinDelay    time.Duration // before the second attempt, give or take half; 0 means 500 ms
	MaxDelay    time.Duration // no delay is longer, give or take half; 0 means 30 s
}

func (p Policy) attempts() int {
	if p.MaxAttempts <= 0 {
		return 5
	}
	return p.MaxAttempts
}

// delays yields the waiting times of one row, each twice the one before, give
// or take half so that rows that failed together do not come back together.
func (p Policy) delays() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 500*time.Millisecond, 30*time.Second
	b.Multiplier, b.RandomizationFactor = 2, 0.5
	if p.MinDelay > 0 {
		b.InitialInterval = p.MinDelay
	}
	if p.MaxDelay > 0 {
		b.MaxInterval = p.MaxDelay
	}
	b.Reset()
	return b
}

// Retry repeats next while the failure is transient, which means that it
// provably created nothing, and Policy allows another attempt. It never
// repeats anything else. When ctx ends it returns the last failure; a server's
// Retry-After is not waited for here, since the Pacer makes everybody wait.
func Retry(next Creator, p Policy) Creator {
	return CreatorFunc(func(ctx context.Context, req Request) (Receipt, error) {
		var delays *backoff.ExponentialBackOff // most rows need none
		var last error
		for attempt := 1; ; attempt++ {
			r, err := next.Create(ctx, req)
			kind := KindOf(err)
			if kind == KindStopped && last != nil {
				return Receipt{}, last
			}
			if kind != KindTransient || attempt >= p.attempts() {
				return r, err
			}
			last = err
			if AsError(err).RetryAfter > 0 {
				continue
			}
			if delays == nil {
				delays = p.delays()
			}
			if !sleep(ctx, delays.NextBackOff()) {
				return Receipt{}, last
			}
		}
	})
}

// sleep waits unless ctx ends first, and tells which.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
