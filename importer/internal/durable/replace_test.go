package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

var at = time.Date(2026, 11, 23, 19, 56, 12, 0, time.UTC)

func put(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSupersedeKeepsWhatSomebodyEdited(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "results.csv")
	now := time.Date(2026, 11, 23, 19, 56, 12, 0, time.UTC)
	first, err := Supersede(path, "", now, put("one"))
	if err != nil || first.KeptAs != "" || read(t, path) != "one" {
		t.Fatalf("%+v, %v", first, err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
	second, err := Supersede(path, first.Digest, now, put("two"))
	if err != nil || second.KeptAs != "" {
		t.Fatalf("our own file was kept: %+v, %v", second, err)
	}
	for i, want := range []string{"results.edited-20261123T195612Z.csv", "results.edited-20261123T195612Z-2.csv"} {
		edit := fmt.Sprintf("edited %d", i)
		if err := os.WriteFile(path, []byte(edit), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Supersede(path, second.Digest, now, put("three"))
		if err != nil || filepath.Base(got.KeptAs) != want || read(t, got.KeptAs) != edit || read(t, path) != "three" {
			t.Fatalf("%+v, %v", got, err)
		}
		// Nobody edited what is the same as what is written now.
		if got, err := Supersede(path, "", now, put("three")); err != nil || got.KeptAs != "" {
			t.Fatalf("%+v, %v", got, err)
		}
	}
}

func TestSweepTakesWhatTheKilledLeft(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "list")
	f, err := newPending(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	// Nobody cleans up after a killed process.
	for _, name := range []string{"list", ".list.1", ".list2.3", ".lis4", ".list"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	Sweep(path)
	var left []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{".lis4", ".list", ".list.1", ".list2.3", "list"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
	_ = f.Cleanup()
}

func TestReplaceLeavesTheOldFileWhenItFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "results.csv")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if err := Replace(path, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return boom }); !errors.Is(err, boom) {
		t.Errorf("error is %v", err)
	}
	if read(t, path) != "old" {
		t.Error("the old file is gone")
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(filepath.Join(dir, "folder"), put("x")); err == nil {
		t.Error("a folder was replaced")
	}
	var names []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, []string{"folder", "results.csv"}) {
		t.Errorf("left behind: %v", names)
	}
}
