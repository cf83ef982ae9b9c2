package place

import (
	"context"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
)

// newest fails for a journal that has forgotten what the log beside it knows: an
// older one that was put back, or one whose write-ahead log was cleaned away, is
// whole and opens clean, and whoever sends by it sends twice. The log says of
// each attempt that it began, after the journal's own commit and before the
// request leaves.
//
// Lines of another job do not count, nor do those that name none.
func (f *Folder) newest(ctx context.Context, s importer.Store) error {
	lines, err := lastLogged(f.path(LogName))
	if err != nil {
		return importer.Broken(f.path(LogName), err, "it says what the journal must contain: check its permissions")
	}
	if len(lines) == 0 {
		return nil
	}
	h, err := s.Header(ctx)
	if err != nil {
		return importer.AsProblem(err)
	}
	runs, err := s.Runs(ctx, 1)
	if err != nil {
		return importer.AsProblem(err)
	}
	var last importer.Run
	if len(runs) > 0 {
		last = runs[0]
	}
	cut := map[importer.Key]logged{} // of a run that came to no end
	for _, l := range lines {
		switch {
		case l.Job != h.JobID:
		case l.Run > last.ID:
			return f.behind(fmt.Sprintf("run %d, which attempted row %s (%s), and the journal ends with run %d", l.Run, l.Row, l.Key, last.ID))
		case l.Run == last.ID && last.EndedAt.IsZero():
			cut[importer.Key(l.Key)] = l
		}
	}
	return f.knows(ctx, s, cut)
}

// knows fails where a journal has nothing of an attempt.
func (f *Folder) knows(ctx context.Context, s importer.Store, attempts map[importer.Key]logged) error {
	if len(attempts) == 0 {
		return nil
	}
	keys := make([]importer.Key, 0, len(attempts))
	for k := range attempts {
		keys = append(keys, k)
	}
	entries, err := s.Lookup(ctx, keys)
	if err != nil {
		return importer.AsProblem(err)
	}
	for _, e := range entries {
		delete(attempts, e.Key)
	}
	for k, l := range attempts {
		decided, err := s.Decisions(ctx, k)
		if err != nil {
			return importer.AsProblem(err)
		}
		if len(decided) == 0 {
			return f.behind(fmt.Sprintf("the attempt of row %s (%s) in run %d, which the journal does not know", l.Row, l.Key, l.Run))
		}
	}
	return nil
}

func (f *Folder) behind(ahead string) error {
	return &importer.Problem{Exit: importer.ExitFailed, Where: f.path(journalName),
		What: "this journal is not the newest: " + LogName + " knows " + ahead,
		Hint: "nothing was sent or changed: put the newest journal.db back, together with its journal.db-wal; if it is lost, move this one elsewhere and take over what is left with --adopt " + f.path("results.csv")}
}
