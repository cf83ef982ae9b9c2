package journal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/journal"
)

// Whom a run has created is found by name, login and client id, whoever looks:
// the run itself, another process meanwhile, and the next run after a crash.
func TestSimilarAfterACrash(t *testing.T) {
	s, path := create(t)
	sent := func(n int) importer.Attempt {
		a := attempt(n)
		a.Snapshot = fmt.Appendf(nil, `{"client_users":[{"email":"c%d@example.test"}],"client_details":{"name":"Client %d"}}`, n, n)
		return a
	}
	for n := range 20 {
		id, err := s.Begin(t.Context(), sent(n))
		if err == nil {
			o := receipt(n)
			o.Receipt.ClientName = "RENAMED " + o.Receipt.ClientName
			err = s.Finish(t.Context(), id, o, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n == 9 { // those before are written, those behind it wait
			found(t, s, 3)
		}
	}
	copied := crashed(t, path)
	for name, open := range map[string]func() (*journal.Store, error){
		"a reader beside the run": func() (*journal.Store, error) { return journal.OpenReadOnly(t.Context(), path) },
		"the run after a crash":   func() (*journal.Store, error) { return journal.Open(t.Context(), copied) },
		"a run after that":        func() (*journal.Store, error) { return journal.Open(t.Context(), copied) },
	} {
		t.Run(name, func(t *testing.T) {
			o, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = o.Close() }()
			for n := range 20 {
				found(t, o, n)
			}
		})
	}
}

// A client id comes later than the name: the answer to an attempt that was in
// flight when all idents were written is not forgotten.
func TestClientIDOfAnOpenAttempt(t *testing.T) {
	s, path := create(t)
	slow, err := s.Begin(t.Context(), attempt(0))
	if err != nil {
		t.Fatal(err)
	}
	finish := func(id importer.AttemptID, n int) {
		t.Helper()
		if err := s.Finish(t.Context(), id, receipt(n), nil); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n < 5; n++ {
		id, err := s.Begin(t.Context(), attempt(n))
		if err != nil {
			t.Fatal(err)
		}
		finish(id, n)
	}
	byClientID(t, s, 3) // all are written
	finish(slow, 0)
	o, err := journal.Open(t.Context(), crashed(t, path))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	for n := range 5 {
		byClientID(t, o, n)
	}
}

// crashed is a copy of a journal as it stands, while it is being written.
func crashed(t *testing.T, path string) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "journal.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(copied+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return copied
}

func byClientID(t *testing.T, s *journal.Store, n int) {
	t.Helper()
	got, err := s.ByClientID(t.Context(), receipt(n).Receipt.ClientID)
	if err != nil || len(got) != 1 || got[0].Key != attempt(n).Key {
		t.Errorf("client id of %d: %d entries, %v", n, len(got), err)
	}
}

func found(t *testing.T, s *journal.Store, n int) {
	t.Helper()
	for _, m := range []importer.Mark{importer.NameMark(fmt.Sprintf("client %d", n)), importer.LoginMark(fmt.Sprintf("C%d@example.test", n))} {
		got, err := s.Similar(t.Context(), []importer.Mark{m})
		if err != nil || len(got) != 1 || got[0].Entry.Row.Number != n {
			t.Errorf("a mark of %d: %d entries, %v", n, len(got), err)
		}
	}
	if got, err := s.Lookup(t.Context(), []importer.Key{attempt(n).Key}); err != nil || len(got) != 1 || got[0].Row.Number != n {
		t.Errorf("the key of %d: %d entries, %v", n, len(got), err)
	}
	byClientID(t, s, n)
}

// The attempt whose hashes fill a batch is open itself: its client id is in the
// next one, and no batch is written as if it were in this one.
func TestClientIDOfTheAttemptThatFillsABatch(t *testing.T) {
	s, path := create(t)
	a := attempt(0)
	for i := range 32 - 1 {
		a.UserEmails = append(a.UserEmails, fmt.Sprintf("x%d@example.test", i))
	}
	id, err := s.Begin(t.Context(), a)
	if err == nil {
		err = s.Finish(t.Context(), id, receipt(0), nil)
	}
	for i := 0; err == nil && i < 20; i++ { // commits, each of which writes some
		err = s.SetViewDigest(t.Context(), "v", fmt.Sprint(i))
	}
	if err != nil {
		t.Fatal(err)
	}
	o, err := journal.Open(t.Context(), crashed(t, path))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	byClientID(t, o, 0)
}

// Whoever asks finds what is durable, also while another one's question has it
// written.
func TestIdentsForManyAtOnce(t *testing.T) {
	s, _ := create(t)
	for n := range 50 {
		id, err := s.Begin(t.Context(), attempt(n))
		if err == nil {
			err = s.Finish(t.Context(), id, receipt(n), nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 5 {
					byClientID(t, s, n)
				}
			})
		}
		all.Wait()
	}
}

// A reader beside a run finds what that creates, however often it has asked.
func TestIdentsBesideARun(t *testing.T) {
	s, path := create(t)
	r, err := journal.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for n := range 5 {
		id, err := s.Begin(t.Context(), attempt(n))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Similar(t.Context(), []importer.Mark{importer.NameMark(attempt(n).ClientName)}); err != nil || len(got) != 1 {
			t.Errorf("in flight: %d entries, %v", len(got), err)
		}
		if err := s.Finish(t.Context(), id, receipt(n), nil); err != nil {
			t.Fatal(err)
		}
		for m := range n + 1 {
			byClientID(t, r, m)
		}
	}
}
