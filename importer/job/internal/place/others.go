package place

import (
	"context"
	"errors"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Others are other jobs of a target, open for reading.
type Others struct {
	jobs []other
	// Missing are those that have sent and cannot be read, by their place.
	Missing []string
}

type other struct {
	where  string
	header importer.JobHeader
	store  importer.Store
}

// Add adds a job; where is what texts and commands call it.
func (o *Others) Add(where string, h importer.JobHeader, s importer.Store) {
	o.jobs = append(o.jobs, other{where, h, s})
}

// miss takes a job in that cannot be read.
func (o *Others) miss(l List, j listed) {
	if m, err := l.MarkOf(j.ID); err != nil || m.Attempt > 0 {
		o.Missing = append(o.Missing, j.Dir)
	}
}

// None tells that there is nobody to ask.
func (o *Others) None() bool { return o == nil || len(o.jobs) == 0 }

// Close closes them.
func (o *Others) Close() error {
	var errs []error
	for _, j := range o.jobs {
		errs = append(errs, j.store.Close())
	}
	o.jobs = nil
	return errors.Join(errs...)
}

// Know finds the first of these customers that another job has created or holds
// in doubt, and that job; -1: none does. Keys are of this definition. Each job
// is asked for all of them at once.
func (o *Others) Know(ctx context.Context, definition []string, reqs []importer.Request) (i int, where string, err error) {
	if o.None() || len(reqs) == 0 {
		return -1, "", nil
	}
	for _, j := range o.jobs {
		i, err := j.knows(ctx, definition, reqs)
		if err != nil {
			return -1, j.where, importer.Broken(j.where, err,
				"that job knows customers of the same account; repair it, or remove it from the list of jobs")
		}
		if i >= 0 {
			return i, j.where, nil
		}
	}
	return -1, "", nil
}

func (j other) knows(ctx context.Context, definition []string, reqs []importer.Request) (int, error) {
	if !slices.Equal(j.header.KeyDefinition, definition) {
		return j.similar(ctx, reqs)
	}
	keys := make([]importer.Key, len(reqs))
	for i, r := range reqs {
		keys[i] = r.EntryKey()
	}
	entries, err := j.store.Lookup(ctx, keys)
	if err != nil {
		return -1, err
	}
	first := -1
	for _, e := range entries {
		if !e.Status.MayExist() {
			continue
		}
		if i := slices.Index(keys, e.Key); first < 0 || i < first {
			first = i
		}
	}
	return first, nil
}

// similar asks by logins: keys of another definition do not compare.
func (j other) similar(ctx context.Context, reqs []importer.Request) (int, error) {
	var marks []importer.Mark
	first := map[importer.Mark]int{}
	for i, r := range reqs {
		for _, m := range (importer.Marks{Logins: r.Client.UserEmails()}).All() {
			if _, twice := first[m]; !twice {
				marks, first[m] = append(marks, m), i
			}
		}
	}
	known, err := j.store.Similar(ctx, marks)
	if err != nil {
		return -1, err
	}
	found := -1
	for _, k := range known {
		if i := first[k.Mark]; found < 0 || i < found {
			found = i
		}
	}
	return found, nil
}
