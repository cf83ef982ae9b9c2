package job

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/evidence"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// adopt makes the journal of a new job from earlier results. It stands aside
// until the run starts.
func (r *runner) adopt(ctx context.Context) error {
	if r.in.Correction != nil {
		return usage("--adopt", "a rejects file corrects a job, and cannot start one", "name the sheet itself")
	}
	a := adoption{faulty: map[string]evidence.Item{}, reach: reach{}, list: r.list, target: r.target,
		key: r.in.Mapper.KeyDefinition(), notice: r.notice}
	if err := a.gather(ctx, r.o.Adopt, r.place.Folder()); err != nil {
		return err
	}
	if err := a.valid(ctx, r.in); err != nil {
		return err
	}
	why, err := a.short(r.place.Folder())
	if err != nil {
		return err
	}
	if why != "" {
		r.notice(why + ": rows that nothing tells of are taken to be in doubt, unless --trust-results says that they were not sent")
		if err := a.unknown(ctx, r.in, why); err != nil {
			return err
		}
	}
	entries, err := a.entries(r.o.TrustResults)
	if err != nil {
		return err
	}
	if err := r.lock(ctx); err != nil {
		return err
	}
	r.adopted, r.adoptedFrom = &importer.Counts{}, a.reach.jobs()
	if err := r.draft(ctx, r.target, r.in.Mapper.KeyDefinition()); err != nil {
		return err
	}
	ds := make([]importer.Decision, 0, len(entries))
	now := time.Now().UTC()
	for _, e := range entries {
		r.adopted[e.Status]++
		ds = append(ds, importer.Decision{Key: e.Key, Action: importer.ActionAdopted, Who: r.o.Operator, At: now, ClientID: e.ClientID,
			After: &e})
	}
	// The newest last, as it was.
	slices.SortFunc(ds, func(x, y importer.Decision) int {
		if c := x.After.FinishedAt.Compare(y.After.FinishedAt); c != 0 {
			return c
		}
		return strings.Compare(string(x.Key), string(y.Key))
	})
	return r.store.Decide(ctx, ds...)
}

// entries are what the new journal is to know.
func (a *adoption) entries(trust bool) ([]importer.Entry, error) {
	entries := a.found.Entries(trust)
	for _, e := range entries {
		if e.Status == importer.Created && slices.Contains(a.gone, e.ClientID) {
			return nil, usage("--adopt", "the client %s of %s is on record as deleted, and a list says that it was created",
				"take that line out of the list, or correct its client id", e.ClientID, e.Key)
		}
	}
	return entries, nil
}

// valid looks for rows that were invalid and are valid now: somebody mended
// them, and may have run them before the journal was lost.
func (a *adoption) valid(ctx context.Context, in *rows.Input) error {
	if len(a.faulty) == 0 {
		return nil
	}
	pass, err := rows.NewPass(ctx, in, nil, &rows.Classifier{})
	if err != nil {
		return err
	}
	defer pass.Close()
	return pass.Each(ctx, func(it *rows.Item) error {
		if it.Status == importer.Invalid {
			return nil
		}
		e, was := a.faulty["key "+string(it.Request.Key)]
		if !was {
			e, was = a.faulty["row "+it.Ref.String()]
		}
		if was && !a.found.Knows(it.Request.Key) {
			e.Entry.Key = it.Request.Key
			e.Entry.ClientName, e.Entry.PrimaryEmail = it.Request.Client.Details.Name, it.Request.Client.Details.Email
			a.found.Add(e)
		}
		return nil
	})
}
