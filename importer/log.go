package importer

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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

// LogLines writes lines of JSON so that nothing in them steers a terminal: what JSON
// itself leaves as it is (delete, the controls from U+0080 on, marks that turn the
// direction of writing, line separators) is escaped. The values stay what they are.
func LogLines(w io.Writer) io.Writer { return logLines{w} }

type logLines struct{ io.Writer }

func (l logLines) Write(p []byte) (int, error) {
	if !steers(p) {
		return l.Writer.Write(p)
	}
	var b strings.Builder
	for _, r := range string(p) {
		switch {
		case r == '\n' || !steering(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	if _, err := io.WriteString(l.Writer, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

func steers(p []byte) bool {
	for i := 0; i < len(p); {
		if c := p[i]; c < utf8.RuneSelf {
			if c != '\n' && steering(rune(c)) {
				return true
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(p[i:])
		if steering(r) {
			return true
		}
		i += n
	}
	return false
}

// steering tells characters that move, hide or turn what stands around them.
func steering(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
