package views

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/report"
)

// A tracker follows, in the pass that writes the results, what has become
// different since the last run. It costs 8 bytes a row.
type tracker struct {
	met     []int64        // keys of entries that stand in the input
	clients int            // of these, created or in doubt
	faults  map[int64]bool // bad rows
	changed int            // clients in changes.csv
	gone    int            // in gone.csv
}

// see takes one row in.
func (t *tracker) see(it *rows.Item, r importer.Result) {
	if it.Entry != nil && it.Leads() {
		t.met = append(t.met, it.Entry.Key.Hash())
		if it.Entry.Status.MayExist() {
			t.clients++
		}
	}
	switch r.Status {
	case importer.Invalid, importer.Rejected, importer.Failed:
	default:
		return
	}
	if !it.Leads() && it.Late == "" {
		return // its client's fault
	}
	// A row without a key is known by its cells, wherever it stands.
	who := string(it.Request.EntryKey())
	if who == "" {
		who = "?" + it.Cells()
	}
	if it.Late != "" {
		who += "\x00" + strings.Join(it.Own, " ")
	}
	h := importer.Key(who + "\x00" + r.Code).Hash()
	for t.faults[h] {
		h++ // two rows with one key and one fault
	}
	t.faults[h] = true
}

// known tells whether a row with this key was met.
func (t *tracker) known(k importer.Key) bool {
	_, ok := slices.BinarySearch(t.met, k.Hash())
	return ok
}

// NewFaults counts the bad rows that were not so in the last run of this input,
// and remembers those of this one.
func (v *Views) NewFaults(ctx context.Context, input string) (int, error) {
	before, err := v.src.Store.Faults(ctx, rows.SameInput(input))
	if err != nil {
		return 0, err
	}
	was := make(map[int64]bool, len(before))
	for _, f := range before {
		was[f] = true
	}
	n, now := 0, make([]int64, 0, len(v.track.faults))
	for f := range v.track.faults {
		if now = append(now, f); !was[f] {
			n++
		}
	}
	return n, v.src.Store.SetFaults(ctx, rows.SameInput(input), now)
}

// change writes what a created row says now that was not sent.
func (v *Views) change(w *report.Changes, it *rows.Item) error {
	if it.Status != importer.Created || !it.Leads() || !it.Drifted {
		return nil
	}
	v.track.changed++
	now := it.Request.Client.Snapshot()
	ds := importer.Differences(it.Entry.Snapshot, now)
	if len(it.Entry.Snapshot) == 0 {
		ds = []importer.Difference{{}} // taken over from a file: what was sent is not known
	}
	for _, d := range ds {
		if err := w.Write(*it.Entry, it.Ref, d, importer.Fingerprint(now)); err != nil {
			return err
		}
	}
	return nil
}

// leftSheet writes the clients that are created or in doubt and stand in no
// row of this input. Those of other inputs of the job are among them, with the
// name of theirs.
func (v *Views) leftSheet(ctx context.Context, w *report.Gone) error {
	totals, err := v.src.Store.Totals(ctx)
	if err != nil || totals.MayExist() == v.track.clients {
		return err // all of them stand in the sheet
	}
	slices.Sort(v.track.met)
	inputs := map[int64]string{}
	for _, s := range []importer.Status{importer.InDoubt, importer.Created} {
		for e, err := range v.src.Store.Walk(ctx, s, importer.Outline) {
			if err != nil {
				return err
			}
			if v.track.known(e.Key) {
				continue
			}
			v.track.gone++
			if len(inputs) == 0 {
				runs, err := v.src.Store.Runs(ctx, 0)
				if err != nil {
					return err
				}
				inputs[0] = ""
				for _, r := range runs {
					inputs[r.ID] = filepath.Base(r.Input.Path)
				}
			}
			if err := w.Write(e, inputs[e.Run]); err != nil {
				return err
			}
		}
	}
	return nil
}
