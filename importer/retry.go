package importer

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// DefaultAttempts is how often a row is attempted unless somebody says otherwise.
const DefaultAttempts = 5

// delays yields the waiting times of one row: half a second, then each twice
// the one before up to half a minute, give or take half so that rows that
// failed together do not come back together. After a 429 it is a tenth, then
// each three times the one before: the Pacer makes everybody wait, and the row
// only has to last until a server that is closed opens again.
func delays(limited bool) *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 500*time.Millisecond, 30*time.Second
	b.Multiplier, b.RandomizationFactor = 2, 0.5
	if limited {
		b.InitialInterval, b.Multiplier = 100*time.Millisecond, 3
	}
	b.Reset()
	return b
}

// Retry repeats next while the failure is transient, which means that it
// provably created nothing: attempts in all, 0 meaning DefaultAttempts. It
// never repeats anything else. When ctx ends it returns the last failure; a server's
// Retry-After is not waited for here, since the Pacer makes everybody wait.
func Retry(next Creator, attempts int) Creator {
	if attempts <= 0 {
		attempts = DefaultAttempts
	}
	return CreatorFunc(func(ctx context.Context, req Request) (Receipt, error) {
		var wait *backoff.ExponentialBackOff // most rows need none
		var last error
		for attempt := 1; ; attempt++ {
			r, err := next.Create(ctx, req)
			kind := KindOf(err)
			if kind == KindStopped && last != nil {
				return Receipt{}, last
			}
			if kind != KindTransient || attempt >= attempts {
				return r, err
			}
			last = err
			if AsError(err).RetryAfter > 0 {
				continue
			}
			if wait == nil {
				wait = delays(AsError(err).Limited)
			}
			if !sleep(ctx, wait.NextBackOff()) {
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
