package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/evidence"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// ofJob takes in which job and run a line of a view is of, and refuses what is
// of a rehearsal, or of another target.
func (a *adoption) ofJob(where, job, file string) *Problem {
	if job == "" {
		return nil // a list of somebody's own, taken as said
	}
	t, rehearsal, fault := tagOf(where, job)
	switch {
	case fault != nil:
		return fault
	case rehearsal && !a.rehearsal():
		return usage(where, "these are the results of a rehearsal: no client of them exists", "name the results of the real job")
	case !rehearsal && a.rehearsal():
		return usage(where, "these are the results of a real job, and this is a rehearsal", "name the results of the rehearsal")
	}
	if target := a.list.TargetOf(t.Job); target != "" && target != a.target {
		return usage(where, "these are the results of a job for %s, not for %s", "name the results of a job of this target", target, a.target)
	}
	for _, kind := range listNames {
		if base, _, _ := strings.Cut(kind, "."); strings.HasPrefix(file, base+".") {
			a.reach.see(t.Job, kind, t.Run)
		}
	}
	return nil
}

// short is why what was gathered may not be all that was sent; "": it is.
func (a *adoption) short(own string) (string, error) {
	if a.rehearsal() {
		return "", nil
	}
	ids := a.reach.jobs()
	if id := a.list.IDAt(own); id != "" && !slices.Contains(ids, id) {
		ids = append(ids, id)
	}
	for _, id := range ids {
		m, err := a.list.MarkOf(id)
		if err != nil {
			return "", err
		}
		if !a.reach.covers(id, m) {
			return fmt.Sprintf("the list of your jobs knows run %d of the job %s, and no list, log or journal that is left does", m.Run, id), nil
		}
	}
	return "", nil
}

// unknown takes valid rows that nothing tells of for rows that may have been
// sent, why says why.
func (a *adoption) unknown(ctx context.Context, in *rows.Input, why string) error {
	pass, err := rows.NewPass(ctx, in, nil, &rows.Classifier{})
	if err != nil {
		return err
	}
	defer pass.Close()
	return pass.Each(ctx, func(it *rows.Item) error {
		key := it.Request.Key
		if it.Status != importer.Pending || key == "" || a.found.Knows(key) {
			return nil
		}
		c := it.Request.Client
		a.found.Add(evidence.Item{Entry: importer.Entry{Key: key, Row: it.Ref, Status: importer.Pending, ClientName: c.Details.Name,
			PrimaryEmail: c.Details.Email},
			Source: in.Name(), Why: "it may have been sent: " + why})
		return nil
	})
}
