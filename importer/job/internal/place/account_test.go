package place_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

func account(t *testing.T) place.Account {
	t.Helper()
	return place.Account{Dir: filepath.Join(t.TempDir(), "accounts"), Target: "https://api.example"}
}

func TestOneRunHasAnAccount(t *testing.T) {
	t.Parallel()
	a := account(t)
	first, err := a.Acquire(t.Context(), "one", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	var busy *place.BusyError
	if _, err := a.Acquire(t.Context(), "two", 0, nil); !errors.As(err, &busy) || busy.Turn.Job != "one" || busy.Turn.PID != os.Getpid() {
		t.Fatalf("two runs at once: %v", err)
	}
	other := a
	other.Label = "another account of this target"
	h, err := other.Acquire(t.Context(), "three", 0, nil)
	if err != nil {
		t.Fatalf("another account waits for this one: %v", err)
	}
	h.Release()
	if last, err := a.Last(); err != nil || last.Ended {
		t.Errorf("a turn that goes on has ended: %+v, %v", last, err)
	}
	first.Release()
	if last, err := a.Last(); err != nil || !last.Ended {
		t.Errorf("a turn that was given back goes on: %+v, %v", last, err)
	}
	second, err := a.Acquire(t.Context(), "two", 0, nil)
	if err != nil || second.Turn.Number != first.Turn.Number+1 {
		t.Fatalf("turn %+v after %+v: %v", second, first, err)
	}
	second.Release()
	if last, err := a.Last(); err != nil || last != second.Turn {
		t.Errorf("last turn %+v, %v", last, err)
	}
}

func TestARunWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	a := account(t)
	first, err := a.Acquire(t.Context(), "one", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := a.Acquire(t.Context(), "two", time.Minute, func(for_ place.Turn) {
		if for_.Job != "one" {
			t.Errorf("waits for %s", for_)
		}
		first.Release()
	})
	if err != nil {
		t.Fatal(err)
	}
	var busy *place.BusyError
	if _, err := a.Acquire(t.Context(), "three", time.Millisecond, nil); !errors.As(err, &busy) {
		t.Errorf("waited in vain: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := a.Acquire(ctx, "three", time.Minute, func(place.Turn) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted while waiting: %v", err)
	}
	h.Release()
}
