package job

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/seal"
	"github.com/bulkonboard/bulkonboard/report"
)

// logins are the passwords that are handed over, as they are gathered.
type logins struct {
	store   importer.Store
	openers []*seal.Opener
	all     bool // also those that were handed over before
	portal  string

	keys  []importer.Key // of the clients in the file
	notes map[importer.Key]string
	seals []importer.AttemptID
	lines []report.Login
	done  HandoverResult
}

// gatherAtOnce is how many clients' seals are looked up at once.
const gatherAtOnce = 256

// gather opens what is to be handed over, in the order of the runs and of the
// rows in them.
func (h *logins) gather(ctx context.Context, wanted map[importer.Key]bool) error {
	h.notes = map[importer.Key]string{}
	var created []importer.Entry
	for e, err := range h.store.Walk(ctx, importer.Created, importer.Outline) {
		if err != nil {
			return err
		}
		// A row that is the same client as another has no logins of its own.
		if e.Code != importer.CodeSettledSameAs && (wanted == nil || wanted[e.Key]) {
			created = append(created, e)
		}
	}
	slices.SortStableFunc(created, func(a, b importer.Entry) int {
		return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Row.Sheet, b.Row.Sheet), cmp.Compare(a.Row.Number, b.Row.Number))
	})
	for part := range slices.Chunk(created, gatherAtOnce) {
		keys := make([]importer.Key, len(part))
		for i, e := range part {
			keys[i] = e.Key
		}
		seals, err := h.store.Seals(ctx, keys)
		if err != nil {
			return err
		}
		of := map[importer.Key][]importer.Seal{}
		for _, s := range seals {
			of[s.Key] = append(of[s.Key], s)
		}
		for _, e := range part {
			if err := h.client(ctx, e, of[e.Key], wanted != nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// client adds the logins of one client.
func (h *logins) client(ctx context.Context, e importer.Entry, seals []importer.Seal, named bool) error {
	decisions, err := h.store.Decisions(ctx, e.Key)
	if err != nil {
		return err
	}
	since := notBefore(decisions)
	seals = slices.DeleteFunc(seals, func(s importer.Seal) bool { return s.BegunAt.Before(since) })
	forgotten := func(d importer.Decision) bool { return d.Action == importer.ActionForget && !d.At.Before(since) }
	if len(seals) == 0 {
		if slices.ContainsFunc(decisions, forgotten) {
			h.done.Forgotten++
		} else {
			h.done.Sheet++
		}
		return nil
	}
	fresh := slices.ContainsFunc(seals, func(s importer.Seal) bool { return s.HandedAt.IsZero() })
	if !fresh && !h.all && !named {
		h.done.Before++
		return nil
	}
	var logins []report.Login // those of one user in a row, newest first
	for _, s := range seals {
		c, err := opened(h.openers, s.Sealed)
		if err != nil {
			h.done.Unopened++ // all of its candidates or none: half would mislead
			return nil
		}
		for _, u := range c.Users {
			logins = append(logins, report.Login{Client: e.ClientName, Email: u.Email, Password: u.Password,
				Portal: h.portal, SentAt: s.BegunAt})
		}
	}
	logins = candidates(logins)
	for _, l := range logins {
		if l.Of > 1 && l.Candidate == 1 {
			h.done.Several++
		}
		if l.Candidate == 1 {
			h.done.Logins++
		}
	}
	h.done.Clients++
	h.keys, h.lines = append(h.keys, e.Key), append(h.lines, logins...)
	h.notes[e.Key] = e.Note
	for _, s := range seals {
		h.seals = append(h.seals, s.Attempt)
	}
	return nil
}

// notBefore is when the newest client of a row can have been created at the
// earliest: what was sent before somebody found it absent or deleted it is no
// password of a client that is there.
func notBefore(ds []importer.Decision) time.Time {
	before := []time.Time{{}}
	for _, d := range ds {
		last := before[len(before)-1]
		switch d.Action {
		case importer.ActionAbsent, importer.ActionDeleted:
			last = d.At
		case importer.ActionReopen:
			if len(before) > 1 {
				before = before[:len(before)-1]
			}
			continue
		case importer.ActionHandover, importer.ActionForget:
			continue // decides nothing: nothing to take back
		}
		before = append(before, last)
	}
	return before[len(before)-1]
}

// candidates puts the passwords of each user together, the newest first and
// each once, and counts them.
func candidates(all []report.Login) []report.Login {
	var out []report.Login
	done := map[string]bool{}
	for _, l := range all {
		user := importer.Fold(l.Email)
		if done[user] {
			continue
		}
		done[user] = true
		first := len(out)
		for _, o := range all {
			same := func(p report.Login) bool { return p.Password == o.Password }
			if importer.Fold(o.Email) == user && !slices.ContainsFunc(out[first:], same) {
				out = append(out, o)
			}
		}
		for i := first; i < len(out); i++ {
			out[i].Candidate, out[i].Of = i-first+1, len(out)-first
		}
	}
	return out
}
