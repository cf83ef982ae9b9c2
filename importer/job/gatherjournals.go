package job

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/evidence"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// journals takes over what the journals in these folders know, that are behind,
// or were set aside. One that cannot be read is told of, and says nothing.
func (a *adoption) journals(ctx context.Context, dirs []string) (err error) {
	var stores []importer.Store
	defer func() {
		for _, s := range stores {
			err = errors.Join(err, s.Close())
		}
	}()
	for _, dir := range dirs {
		for _, path := range place.Journals(dir) {
			s, err := place.Evidence(ctx, path)
			if err != nil {
				a.notice("what this journal knows cannot be read, and is not taken over: " + err.Error())
				continue
			}
			stores = append(stores, s)
			if err := a.journal(ctx, path, s); err != nil {
				return err
			}
		}
	}
	// Who is deleted in one of them is so for all.
	ids := a.found.IDs()
	for _, s := range stores {
		gone, err := s.Deleted(ctx, ids)
		if err != nil {
			return err
		}
		a.gone = append(a.gone, gone...)
	}
	a.found.Gone(a.gone...)
	return nil
}

// journal takes over the entries of one journal.
func (a *adoption) journal(ctx context.Context, path string, s importer.Store) error {
	h, err := s.Header(ctx)
	switch {
	case err != nil:
		return err
	case h.Target != a.target:
		return usage(path, "this journal is of %s, not of %s", "name the list of a job of this target", h.Target, a.target)
	case !slices.Equal(h.KeyDefinition, a.key):
		return usage(path, "this journal knows its customers by %v, and the mapping says %v",
			"keep the key definition of the job whose journal it is", h.KeyDefinition, a.key)
	}
	runs, err := s.Runs(ctx, 0)
	if err != nil {
		return err
	}
	for i, r := range runs {
		if i == 0 {
			a.reach.see(h.JobID, fromJournal, r.ID)
		}
		for _, id := range r.Adopted {
			a.reach.see(id, fromJournal, 0)
		}
	}
	for _, status := range []importer.Status{importer.Created, importer.InDoubt, importer.Rejected, importer.Failed} {
		for e, err := range s.Walk(ctx, status, importer.Whole) {
			if err != nil {
				return err
			}
			open := e.Open
			if e.Open = false; open {
				e.Advice = importer.CrashedAdvice
			}
			a.found.Add(evidence.Item{Entry: e, Source: filepath.Base(path), Open: open})
		}
	}
	return nil
}
