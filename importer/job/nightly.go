package job

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/report"
)

// The names of the views that tell how sheet and accounts drift apart.
const (
	changesName = "changes.csv"
	goneName    = "gone.csv"
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

// newFaults counts the bad rows that were not so in the last run of this input.
func (v *viewer) newFaults(ctx context.Context, input string) (int, error) {
	before, err := v.store.Faults(ctx, rows.SameInput(input))
	if err != nil {
		return 0, asProblem(err)
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
	return n, asProblem(v.store.SetFaults(ctx, rows.SameInput(input), now))
}

// change writes what a created row says now that was not sent.
func (v *viewer) change(w *report.Changes, it *rows.Item) error {
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
func (v *viewer) leftSheet(ctx context.Context, w *report.Gone) error {
	totals, err := v.store.Totals(ctx)
	if err != nil || totals[importer.Created]+totals[importer.InDoubt] == v.track.clients {
		return asProblem(err) // all of them stand in the sheet
	}
	slices.Sort(v.track.met)
	inputs := map[int64]string{}
	for _, s := range []importer.Status{importer.InDoubt, importer.Created} {
		for e, err := range v.store.Walk(ctx, s, importer.Outline) {
			if err != nil {
				return err
			}
			if v.track.known(e.Key) {
				continue
			}
			v.track.gone++
			if len(inputs) == 0 {
				runs, err := v.store.Runs(ctx, 0)
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

// doneByHand decides that the present difference of a created row was carried
// over by hand: the row as it is counts as what was sent.
func (c *settler) doneByHand(r Decision, e *importer.Entry, p standing, d *importer.Decision) (changes bool, fault *Problem) {
	switch {
	case e == nil || e.Status != importer.Created:
		return false, usage(r.String(), "%s is not created: there is nothing to change by hand", "", r.Key)
	case c.gone != "":
		return false, usage(r.String(), "what the row says now cannot be told: %s", "run the sheet again first", c.gone)
	case p.faulty:
		return false, usage(r.String(), "%s has a fault in the sheet now, so what it says cannot be taken", "mend the row and run the sheet again first", r.Key)
	case p.now == nil:
		return false, usage(r.String(), "%s is not in the current input", "", r.Key)
	case importer.Fingerprint(p.now) == e.Fingerprint:
		return false, nil
	}
	after := *e
	after.Snapshot, after.Fingerprint = p.now, importer.Fingerprint(p.now)
	d.ClientID, d.After = e.ClientID, &after
	return true, nil
}

// known turns a 3 into 0 where no row is newly bad.
func (r *runner) knownFaults(v *viewer, err error) {
	if err == nil && r.o.KnownFaults && v.complete && r.result.Exit == ExitRejects && r.result.NewFaults == 0 {
		r.result.Exit = ExitDone
	}
}
