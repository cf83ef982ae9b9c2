package job

import (
	"context"
	"strconv"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// look finds the rows that are decided on in the current input.
func (c *settler) look(ctx context.Context, j *Job, asked []Decision) (err error) {
	numbers, keys, needed := map[string]bool{}, map[importer.Key]bool{}, false
	for _, r := range asked {
		numbers[r.Row], keys[r.Key] = true, true
		needed = needed || r.Row != "" || r.Action == importer.ActionNew || r.Action == importer.ActionSameAs ||
			r.Action == importer.ActionSame || r.Action == importer.ActionDone
	}
	if !needed {
		return nil
	}
	out, seen := map[string]standing{}, map[string]int{}
	c.places = out
	c.gone, err = j.rows(ctx, func(it *rows.Item) {
		p := standing{row: it.Ref.String(), key: it.Request.EntryKey(), status: it.Status, result: it.Result(), marks: it.Marks()}
		switch it.Code {
		case rows.CodePossibleDuplicate:
			p.known = it.Suspect
		case rows.CodeKeyMoved:
			p.moved = true
		}
		if _, p.faulty = importer.FirstFault(it.Findings); it.Request.Skipped == "" && !p.faulty {
			p.now = it.Request.Client.Snapshot()
		}
		if it.Entry != nil {
			p.key = it.Entry.Key
		}
		if it.Code == rows.CodeDuplicate {
			p.key = "" // the first one's
		}
		if numbers[p.row] || p.key != "" && keys[p.key] {
			out["row "+p.row] = p
		}
		// With one sheet its number is enough.
		if bare := strconv.Itoa(it.Ref.Number); it.Ref.Sheet != "" && numbers[bare] {
			if seen[bare]++; seen[bare] == 1 {
				out["row "+bare] = p
			} else {
				delete(out, "row "+bare)
			}
		}
		if p.key != "" && (keys[p.key] || numbers[p.row] || numbers[strconv.Itoa(it.Ref.Number)]) {
			out["key "+string(p.key)] = p
		}
	})
	return err
}
