package importer

import (
	"context"
	"time"

	"github.com/rs/zerolog"
)

// Log writes two lines for every attempt of next: that it begins, and how it
// ended and how long it took, each with whose it was and, within Record, its
// number. No secret is among the fields.
func Log(next Creator, l zerolog.Logger) Creator {
	return CreatorFunc(func(ctx context.Context, req Request) (Receipt, error) {
		start := time.Now()
		l := l
		if req.attempt > 0 {
			l = l.With().Int64("attempt", int64(req.attempt)).Logger()
		}
		// Before the request leaves: whoever finds the journal without this
		// attempt knows that it is not the newest.
		l.Debug().Str("row", req.Row.String()).Str("key", string(req.EntryKey())).Msg("begun")
		r, err := next.Create(ctx, req)
		ev := l.Info()
		if err != nil {
			ev = l.Warn()
		}
		ev = ev.Str("row", req.Row.String()).Str("key", string(req.EntryKey())).
			Stringer("status", StatusOf(req, err)).Dur("took_ms", time.Since(start))
		if req.Resend {
			ev = ev.Bool("resend", true)
		}
		if err == nil {
			ev.Str("client_id", r.ClientID).Int("http_status", r.HTTPStatus).Msg("attempt")
			return r, nil
		}
		e := AsError(err)
		ev = ev.Stringer("kind", e.Kind).Str("code", e.Code).Str("message", e.Message)
		if e.HTTPStatus > 0 {
			ev = ev.Int("http_status", e.HTTPStatus)
		}
		if e.RetryAfter > 0 {
			ev = ev.Dur("retry_after_ms", e.RetryAfter)
		}
		ev.Msg("attempt")
		return r, err
	})
}
