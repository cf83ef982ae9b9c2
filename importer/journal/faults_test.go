package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

// A life is what a job does with its journal, and what it was answered.
type life struct {
	path    string
	opened  bool
	run     int64
	begun   map[importer.Key]importer.AttemptID
	ended   map[importer.Key]importer.Status
	decided map[importer.Key]bool
	told    importer.HighWater
}

// live goes on until something fails.
func live(ctx context.Context, path string) (l *life, err error) {
	l = &life{path: path, begun: map[importer.Key]importer.AttemptID{}, ended: map[importer.Key]importer.Status{},
		decided: map[importer.Key]bool{}}
	s, err := Create(ctx, path, importertest.TestHeader())
	if errors.Is(err, fs.ErrExist) {
		s, err = Open(ctx, path)
	}
	if err != nil {
		return l, err
	}
	l.opened = true
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.OnCommit(ctx, func(h importer.HighWater) { l.told = h }); err != nil {
		return l, err
	}
	if l.run, err = s.StartRun(ctx, importer.Run{}); err != nil {
		return l, err
	}
	for i := range 6 {
		if err := l.send(ctx, s, importer.Key(fmt.Sprintf("k%d", i)),
			[]importer.Status{importer.Created, importer.InDoubt, importer.Failed}[i%3]); err != nil {
			return l, l.poisoned(ctx, s, err)
		}
	}
	after := importer.Entry{Key: "k1", Status: importer.Created, ClientID: "by hand"}
	if err := s.Decide(ctx, importer.Decision{Key: "k1", Action: importer.ActionCreated, After: &after}); err != nil {
		return l, l.poisoned(ctx, s, err)
	}
	l.decided["k1"] = true
	return l, s.UpdateRun(ctx, importer.Run{ID: l.run, EndedAt: time.Now()})
}

func (l *life) send(ctx context.Context, s *Store, k importer.Key, status importer.Status) error {
	a := importer.Attempt{Key: k, ClientName: "Client " + string(k), UserEmails: []string{string(k) + "@x.test"}, BegunAt: time.Now(),
		Seal:     []byte("seal"),
		Snapshot: fmt.Appendf(nil, `{"client_users":[{"email":"%s@x.test"}],"client_details":{"name":"Client %s"}}`, k, k)}
	id, err := s.Begin(ctx, a)
	if err != nil {
		return err
	}
	l.begun[k] = id
	o := importer.Outcome{Status: status, FinishedAt: time.Now()}
	if status == importer.Created {
		o.Receipt.ClientID = "id-" + string(k)
	}
	if err := s.Finish(ctx, id, o, nil); err != nil {
		return err
	}
	l.ended[k] = status
	return nil
}

// poisoned makes sure that after a failure nothing is accepted any more.
func (l *life) poisoned(ctx context.Context, s *Store, err error) error {
	if _, again := s.Begin(ctx, importer.Attempt{Key: "after the failure"}); again == nil {
		return errors.New("a request was let go after a failure")
	}
	return err
}

// kept wants all that was answered to be there, and nobody to be sent again.
func (l *life) kept(t *testing.T, path string) {
	t.Helper()
	s, err := Open(t.Context(), path)
	if errors.Is(err, fs.ErrNotExist) && !l.opened {
		return
	}
	if err != nil {
		t.Fatalf("it does not open: %v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	h, err := s.HighWater(t.Context())
	if err != nil || h.Run < l.told.Run || h.Attempt < l.told.Attempt || h.Run < l.run {
		t.Errorf("it stands at %+v, and has told %+v (%v)", h, l.told, err)
	}
	if _, err := s.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	for k := range l.begun {
		es, err := s.Lookup(t.Context(), []importer.Key{k})
		if err != nil || len(es) != 1 {
			t.Fatalf("%s: %d entries, %v", k, len(es), err)
		}
		e := es[0]
		if want, ended := l.ended[k]; ended && e.Status != want && !(k == "k1" && e.Status == importer.Created) {
			t.Errorf("%s is %s, and was %s", k, e.Status, want)
		}
		if l.decided[k] && e.ClientID != "by hand" {
			t.Errorf("%s was decided on, and is %+v", k, e)
		}
		_, err = s.Begin(t.Context(), importer.Attempt{Key: k})
		if sendable := l.ended[k] == importer.Failed; sendable != (err == nil) && !(k == "k5" || k == "k2") {
			t.Errorf("%s (%s) is sent again: %v", k, e.Status, err)
		}
		if e.Status != importer.Created && e.Status != importer.InDoubt {
			continue
		}
		if ms, err := s.Similar(t.Context(), []importer.Mark{importer.NameMark("client " + string(k)),
			importer.LoginMark(string(k) + "@x.test")}); err != nil || len(ms) != 2 && !l.decided[k] && k != "k1" {
			t.Errorf("%s is found by %d of its marks, %v", k, len(ms), err)
		}
	}
}

// whole counts the ops of a life without faults.
func whole(t *testing.T, live func(dir string) error) map[string]int {
	t.Helper()
	dir := t.TempDir()
	disk.arm(t, dir, fault{}, -1)
	if err := live(dir); err != nil {
		t.Fatal(err)
	}
	return disk.count
}

var faultsTried = []struct {
	fault
	nth int // of every so many ops one is spoilt
}{{diskFull, 3}, {badWrite, 11}, {badSync, 3}, {badRead, 9}, {badReading, 13}}

// TestFaultsAtEveryWrite spoils each write, sync and read of a job's life, one
// at a time. What was answered is there afterwards, for the program that goes
// on and for the one after it if it was killed with the fault.
func TestFaultsAtEveryWrite(t *testing.T) {
	all := whole(t, func(dir string) error {
		l, err := live(t.Context(), filepath.Join(dir, "journal.db"))
		if err == nil && len(l.ended) != 6 {
			err = fmt.Errorf("%d rows", len(l.ended))
		}
		return err
	})
	for _, c := range faultsTried {
		t.Run(c.name, func(t *testing.T) {
			if all[c.op] < 20 {
				t.Fatalf("there are but %d", all[c.op])
			}
			for n := 0; n < all[c.op]; n += everyNth(c.nth) {
				dir, dead := t.TempDir(), ""
				path := filepath.Join(dir, "journal.db")
				disk.arm(t, dir, c.fault, n)
				disk.onHit = func() { dead = copyFolder(t, dir) }
				l, err := live(t.Context(), path)
				disk.disarm()
				if err == nil && len(l.ended) != 6 {
					t.Errorf("nothing was said of it")
				}
				l.kept(t, path)
				if dead != "" && c.op != "read" {
					_ = os.Remove(filepath.Join(dead, "journal.db-shm"))
					l.kept(t, filepath.Join(dead, "journal.db"))
				}
				if t.Failed() {
					t.Fatalf("%s %d of %d; the journal said: %v", c.op, n, all[c.op], err)
				}
			}
		})
	}
}

// TestFaultsInCarryingOver spoils each write, sync and read of it: it is done,
// or can be done again.
func TestFaultsInCarryingOver(t *testing.T) {
	carry := func(path string) error {
		s, err := Open(t.Context(), path)
		if err != nil {
			return err
		}
		return s.Close()
	}
	var want string
	all := whole(t, func(dir string) error {
		check(t, os.CopyFS(dir, os.DirFS(filepath.Dir(oldJournal(t, true)))))
		r, err := OpenReadOnly(t.Context(), filepath.Join(dir, "journal.db"))
		check(t, err)
		want = told(t, r)
		check(t, r.Close())
		clear(disk.count)
		return carry(filepath.Join(dir, "journal.db"))
	})
	for _, c := range faultsTried {
		t.Run(c.name, func(t *testing.T) {
			for n := 0; n < all[c.op]; n += everyNth(c.nth) {
				path := oldJournal(t, true)
				disk.arm(t, filepath.Dir(path), c.fault, n)
				err := carry(path)
				disk.disarm()
				s, again := Open(t.Context(), path)
				if again != nil {
					t.Fatalf("%s %d of %d (%v): it cannot be carried over again: %v", c.op, n, all[c.op], err, again)
				}
				if got := told(t, s); got != want {
					t.Errorf("%s %d of %d (%v): it tells\n%s\nand not\n%s", c.op, n, all[c.op], err, got, want)
				}
				check(t, s.Close())
				if got := names(t, filepath.Dir(path)); len(got) != 1 {
					t.Errorf("the folder holds %q", got)
				}
			}
		})
	}
}

// TestFaultsInReading: what cannot be read is an error, and never less than
// what is there.
func TestFaultsInReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	l, err := live(t.Context(), path)
	check(t, err)
	look := func(path string) (string, error) {
		s, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			return "", err
		}
		defer func() { _ = s.Close() }()
		var keys []importer.Key
		var marks []importer.Mark
		for k := range l.begun {
			keys, marks = append(keys, k), append(marks, importer.NameMark("client "+string(k)))
		}
		es, err1 := s.Lookup(t.Context(), keys)
		ms, err2 := s.Similar(t.Context(), marks)
		totals, err3 := s.Totals(t.Context())
		known, walked := 0, 0
		for _, err := range s.Known(t.Context()) {
			err1 = errors.Join(err1, err)
			known++
		}
		for _, err := range s.Walk(t.Context(), importer.Created, importer.Whole) {
			err2 = errors.Join(err2, err)
			walked++
		}
		return fmt.Sprintln(len(es), len(ms), totals, known, walked), errors.Join(err1, err2, err3)
	}
	var want string
	all := whole(t, func(dir string) error {
		copyFile(t, path, filepath.Join(dir, "journal.db"))
		want, err = look(filepath.Join(dir, "journal.db"))
		return err
	})
	for n := range all["read"] {
		disk.arm(t, filepath.Dir(path), badReading, n)
		got, err := look(path)
		disk.disarm()
		if err == nil && got != want {
			t.Errorf("read %d of %d: it tells %s, and not %s", n, all["read"], got, want)
		}
	}
	if got, err := look(path); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
}
