package journal

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// firstEdition is what the first edition had written of a job when it was
// killed: two runs, rows of every status, decisions of several kinds.
//
//go:embed testdata/v3.sql
var firstEdition string

// oldJournal makes a journal of the first edition: in one file, or with a
// write-ahead log, as a killed program leaves it.
func oldJournal(t *testing.T, killed bool, more ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	db, err := sql.Open("sqlite", dsn(path, lasting))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	exec := func(q string) {
		t.Helper()
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	exec(fmt.Sprintf("PRAGMA journal_mode=WAL; PRAGMA application_id=%d; PRAGMA user_version=%d", applicationID, formatBefore))
	exec(firstEdition)
	for _, q := range more {
		exec(q)
	}
	if killed {
		exec("PRAGMA wal_checkpoint(TRUNCATE); UPDATE entries SET note = 'only in the log' WHERE key = 'b@x.test'")
		copied := copyFolder(t, filepath.Dir(path))
		path = filepath.Join(copied, "journal.db")
		if err := os.Remove(path + "-shm"); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func copyFolder(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// told is what a journal says of the job of the first edition.
func told(t *testing.T, s *Store) string {
	t.Helper()
	ctx := t.Context()
	var b strings.Builder
	put := func(what string, v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		fmt.Fprintf(&b, "%s %+v\n", what, v)
	}
	keys := []importer.Key{"a@x.test", "b@x.test", "b2@x.test", "c@x.test", "d@x.test", "e@x.test", "f@x.test", "gone@x.test"}
	es, err := s.Lookup(ctx, keys)
	slices.SortFunc(es, func(x, y importer.Entry) int { return strings.Compare(string(x.Key), string(y.Key)) })
	for _, e := range es {
		snapshot := string(e.Snapshot)
		e.Snapshot = nil
		put("entry", e, err)
		put(" sent", snapshot, nil)
		e.Snapshot = []byte(snapshot)
		got, err := s.Similar(ctx, e.Marks().All())
		put(" similar", len(got), err)
		ds, err := s.Decisions(ctx, e.Key)
		put(" decided", len(ds), err)
		if e.ClientID != "" {
			got, err := s.ByClientID(ctx, e.ClientID)
			put(" with its id", len(got), err)
		}
	}
	header, err := s.Header(ctx)
	put("header", header, err)
	runs, err := s.Runs(ctx, 0)
	put("runs", runs, err)
	totals, err := s.Totals(ctx)
	put("totals", totals, err)
	line, err := s.Timeline(ctx, 1, 1)
	put("timeline", line, err)
	high, err := s.HighWater(ctx)
	put("high water", high, err)
	seals, err := s.Seals(ctx, keys)
	put("seals", seals, err)
	aliases, err := s.Aliases(ctx, []importer.Key{"old@x.test"})
	put("aliases", aliases, err)
	digest, err := s.ViewDigest(ctx, "results.csv")
	put("view", digest, err)
	seen, err := s.Seen(ctx, []int64{1, -2, 3})
	put("seen", seen, err)
	faults, err := s.Faults(ctx, "in")
	put("faults", faults, err)
	deleted, err := s.Deleted(ctx, []string{"Client:1", "Client:3"})
	put("deleted", deleted, err)
	resting, err := s.SameAs(ctx, "b@x.test")
	put("same as b", len(resting), err)
	return b.String()
}

// wanted are words that must stand in what is told.
var wanted = []string{
	"Key:a@x.test Status:created", "ClientName:ACME Ltd", "Note:checked",
	"Key:c@x.test Status:in_doubt", "Key:d@x.test Status:rejected", "Key:f@x.test Status:in_doubt Open:true", "Attempts:2",
	"high water {Run:2 Attempt:10 Open:true}", "deleted [Client:3]", "same as b 1", "SameAs:b@x.test", "totals 4 created, 2 in_doubt, 1 rejected, 1 failed",
	"Begun:6 Created:3 Limited:1", "Begun:2 Created:1", "view sha256:2", "faults [4 5]", "seen [-2 1]", "New:a@x.test", "JobID:00112233445566ff",
}

func TestCarriedOver(t *testing.T) {
	for _, killed := range []bool{false, true} {
		path := oldJournal(t, killed)
		before := folder(t, path)
		r, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		looked, aside := told(t, r), r.aside
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(aside); err == nil || aside == "" {
			t.Errorf("the copy for looking is left in %q", aside)
		}
		delete(before, "journal.db-shm")
		after := folder(t, path)
		delete(after, "journal.db-shm")
		if fmt.Sprint(before) != fmt.Sprint(after) {
			t.Error("looking has changed the folder")
		}

		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if got := told(t, s); got != looked {
			t.Errorf("who writes sees\n%s\nand who looks\n%s", got, looked)
		}
		for _, w := range wanted {
			if !strings.Contains(looked, w) {
				t.Errorf("%q is missing in\n%s", w, looked)
			}
		}
		if killed != strings.Contains(looked, "only in the log") {
			t.Error("the write-ahead log was forgotten")
		}
		if n, err := s.Recover(t.Context()); err != nil || n != 1 {
			t.Errorf("%d recovered, %v", n, err)
		}
		if _, err := s.Begin(t.Context(), importer.Attempt{Key: "a@x.test"}); !errors.Is(err, importer.ErrKeyTaken) {
			t.Errorf("a created customer is sent again: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{"journal.db"}) {
			t.Errorf("the folder holds %q", got)
		}
		// The first edition looks at this number, and refuses what is greater than 3.
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b[60:64], []byte{0, 0, 0, 4}) {
			t.Errorf("the format is %v, %v", b[60:64], err)
		}
	}
}

func folder(t *testing.T, path string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, n := range names(t, filepath.Dir(path)) {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(path), n))
		if err != nil {
			t.Fatal(err)
		}
		out[n] = string(b)
	}
	return out
}

// Whoever is killed between two steps begins anew, and nothing is lost.
func TestCarriedOverWithKills(t *testing.T) {
	path := oldJournal(t, true)
	r, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	want := told(t, r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	killed := map[string]string{}
	atStep = func(step string) { killed[step] = copyFolder(t, filepath.Dir(path)) }
	defer func() { atStep = func(string) {} }()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	atStep = func(string) {}
	if len(killed) != 4 {
		t.Errorf("there were %d steps", len(killed))
	}
	for step, dir := range killed {
		t.Run(step, func(t *testing.T) {
			left := filepath.Join(dir, "journal.db")
			for range 2 {
				s, err := Open(t.Context(), left)
				if err != nil {
					t.Fatal(err)
				}
				if got := told(t, s); got != want {
					t.Errorf("it tells\n%s\nand not\n%s", got, want)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			if got := names(t, dir); !slices.Equal(got, []string{"journal.db"}) {
				t.Errorf("the folder holds %q", got)
			}
		})
	}
}

// What somebody else has open is not carried over behind his back.
func TestNotCarriedOverInUse(t *testing.T) {
	path := oldJournal(t, false)
	db, err := sql.Open("sqlite", dsn(path, lasting))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("UPDATE entries SET note = 'x' WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "has it open") {
		t.Errorf("error is %v", err)
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM idents").Scan(&n); err != nil {
		t.Errorf("it is not what it was: %v", err)
	}
}

// The first journals had no seals.
func TestCarriedOverWithoutSeals(t *testing.T) {
	s, err := Open(t.Context(), oldJournal(t, false, "DROP TABLE seals"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Begin(context.Background(), importer.Attempt{Key: "new", Seal: []byte("x"), BegunAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Seals(t.Context(), []importer.Key{"a@x.test", "new"}); err != nil || len(got) != 1 || string(got[0].Sealed) != "x" {
		t.Errorf("%v, %v", got, err)
	}
}

// Keys are found under today's folding; of two spellings of one customer both
// stay, and the surer one has the key.
func TestCarriedOverKeysAreRespelled(t *testing.T) {
	const entry = "INSERT INTO entries (id, key, status, open, last, client_id, attempts, note) VALUES "
	const apart, composed, ascii, letters = "cafe\u0301", "café", "jo@xn--bcher-kva.example", "jo@bücher.example"
	s, err := Open(t.Context(), oldJournal(t, false,
		entry+"(21, '"+apart+"', 1, 0, 21, 'Client:21', 1, 'n')", entry+"(22, '"+composed+"', 2, 0, 22, NULL, 1, NULL)",
		entry+"(23, '"+ascii+"', 1, 0, 23, 'Client:23', 1, NULL)", entry+"(24, 'rests', 1, 0, 24, 'Client:23', 0, NULL)",
		`INSERT INTO decisions (key, record) VALUES ('`+ascii+`', '{"Key":"`+ascii+`","Action":"created"}')`,
		`INSERT INTO decisions (key, record) VALUES ('rests', '{"Key":"rests","Action":"same-as","Other":"`+ascii+`"}')`,
		`INSERT INTO aliases VALUES ('old@xn--bcher-kva.example', 'h', '`+ascii+`', 1)`,
		fmt.Sprintf("INSERT INTO seen VALUES (%d, 1)", importer.Key(ascii).Hash()),
	))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	got := map[importer.Key]importer.Entry{}
	es, err := s.Lookup(t.Context(), []importer.Key{apart, composed, composed + " (2)", ascii, letters, "rests"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		got[e.Key] = e
	}
	if len(got) != 4 || got[composed].ClientID != "Client:21" || got[composed+" (2)"].Status != importer.InDoubt ||
		got[letters].ClientID != "Client:23" {
		t.Errorf("entries are %+v", got)
	}
	if n := got[composed].Note; !strings.HasPrefix(n, "n; ") || !strings.Contains(n, composed+" (2)") {
		t.Errorf("the note does not name the twin: %q", n)
	}
	if _, err := s.Begin(t.Context(), importer.Attempt{Key: letters}); !errors.Is(err, importer.ErrKeyTaken) {
		t.Errorf("the customer is sent again: %v", err)
	}
	if ds, err := s.Decisions(t.Context(), letters); err != nil || len(ds) != 1 {
		t.Errorf("decisions: %v, %v", ds, err)
	}
	if es, err := s.SameAs(t.Context(), letters); err != nil || len(es) != 1 {
		t.Errorf("who rests on it: %v, %v", es, err)
	}
	if as, err := s.Aliases(t.Context(), []importer.Key{"old@bücher.example"}); err != nil || len(as) != 1 || as[0].New != letters {
		t.Errorf("aliases: %v, %v", as, err)
	}
	if seen, err := s.Seen(t.Context(), []int64{importer.Key(letters).Hash()}); err != nil || len(seen) != 1 {
		t.Errorf("seen: %v, %v", seen, err)
	}
}
