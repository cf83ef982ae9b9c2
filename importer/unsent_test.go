package importer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

func TestUnsentLeavesOutWhatIsKnown(t *testing.T) {
	store := importertest.NewMemory(importertest.TestHeader())
	if _, err := store.StartRun(t.Context(), importer.Run{}); err != nil {
		t.Fatal(err)
	}
	for key, status := range map[importer.Key]importer.Status{"created": importer.Created, "doubt": importer.InDoubt,
		"again":    importer.InDoubt,
		"rejected": importer.Rejected, "failed": importer.Failed, "k299": importer.Created} {
		id, err := store.Begin(t.Context(), importer.Attempt{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Finish(t.Context(), id, importer.Outcome{Status: status, Receipt: importer.Receipt{ClientID: "id of " + string(key)}},
			nil); err != nil {
			t.Fatal(err)
		}
	}
	reqs := []importer.Request{{Key: "new"}, {Key: "created"}, {Key: "doubt"}, {Key: "again", Resend: true}, {Key: "rejected"},
		{Key: "failed"}, {Key: "renamed", Joined: "created"}}
	want := []string{"new", "again", "rejected", "failed"}
	for i := range 300 { // more than a chunk
		key := fmt.Sprintf("k%d", i)
		reqs = append(reqs, importer.Request{Key: importer.Key(key)})
		if i != 299 {
			want = append(want, key)
		}
	}
	broken := errors.New("the list ends here")
	source := func(context.Context) iter.Seq2[importer.Request, error] {
		return func(yield func(importer.Request, error) bool) {
			for _, r := range reqs {
				if !yield(r, nil) {
					return
				}
			}
			yield(importer.Request{}, broken)
		}
	}
	var got, known []string
	var end error
	for r, err := range importer.Unsent(source, store, func(r importer.Request, e importer.Entry) {
		known = append(known, fmt.Sprint(r.Key, " ", e.Status, " ", e.ClientID))
	})(t.Context()) {
		if err != nil {
			end = err
			break
		}
		got = append(got, string(r.Key))
	}
	if !errors.Is(end, broken) {
		t.Errorf("ended with %v", end)
	}
	if !slices.Equal(got, want) {
		t.Errorf("yields %v, want %v", got, want)
	}
	if want := []string{"created created id of created", "doubt in_doubt ", "renamed created id of created",
		"k299 created id of k299"}; !slices.Equal(known, want) {
		t.Errorf("knows %q, want %q", known, want)
	}
}

func TestCountsPrintThemselves(t *testing.T) {
	var c importer.Counts
	if got := fmt.Sprint(c); got != "none" {
		t.Errorf("no counts print %q", got)
	}
	c[importer.Created], c[importer.InDoubt], c[importer.Skipped] = 23, 1, 4
	if got, want := fmt.Sprintf("%v", c), "23 created, 1 in_doubt, 4 skipped"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
