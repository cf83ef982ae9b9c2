package job

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// rekey moves every customer of the job to the key that the new definition
// gives it: both keys of one row of this input, and for customers that are not
// in it those of what was sent.
func (r *runner) rekey(ctx context.Context, def []string) error {
	if r.in.Correction != nil {
		return usage("--rekey", "a rejects file holds some of the customers only", "name the sheet itself")
	}
	moves, err := r.rekeyRows(ctx, def)
	if err != nil {
		return err
	}
	var lost []importer.Key
	for _, status := range []importer.Status{importer.Created, importer.InDoubt, importer.Rejected, importer.Failed} {
		for e, err := range r.store.Walk(ctx, status, importer.Whole) {
			if err != nil {
				return err
			}
			if moves[e.Key] != "" {
				continue
			}
			var sent importer.Client
			if len(e.Snapshot) > 0 && json.Unmarshal(e.Snapshot, &sent) == nil {
				moves[e.Key] = mapping.KeyOf(sent, def)
			}
			if moves[e.Key] == "" {
				lost = append(lost, e.Key)
			}
		}
	}
	if len(lost) > 0 {
		return usage("--rekey", "%d customers are not in this input, and what was sent for them does not tell their new keys: %q and so on",
			"add their rows to the sheet once, then --rekey again", len(lost), lost[0])
	}
	if err := r.store.Rekey(ctx, def, moves, r.o.Operator, time.Now().UTC()); err != nil {
		return &Problem{Exit: ExitUsage, Where: "--rekey", What: err.Error(), Hint: "choose a key that tells all customers apart", Cause: err}
	}
	r.o.Notice(fmt.Sprintf("the job's %d customers are known by %v from now on; it was %v", len(moves), def, r.header.KeyDefinition))
	return nil
}

// rekeyRows computes both keys of each row of the input.
func (r *runner) rekeyRows(ctx context.Context, def []string) (map[importer.Key]importer.Key, error) {
	pass, err := rows.NewPass(ctx, r.in, nil, &rows.Classifier{})
	if err != nil {
		return nil, err
	}
	defer pass.Close()
	moves := map[importer.Key]importer.Key{}
	err = pass.Each(ctx, func(it *rows.Item) error {
		old, now := mapping.KeyOf(it.Request.Client, r.header.KeyDefinition), mapping.KeyOf(it.Request.Client, def)
		if old != "" && now != "" && moves[old] == "" {
			moves[old] = now
		}
		return nil
	})
	return moves, err
}
