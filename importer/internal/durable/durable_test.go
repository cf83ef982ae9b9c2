package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestOnlyPlainFiles tries every way to open a file on what is none. It would
// hang if an opening waited for the other end of the pipe.
func TestOnlyPlainFiles(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "elsewhere")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	odd := map[string]string{"folder": filepath.Join(dir, "folder")}
	if err := os.Mkdir(odd["folder"], 0o700); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link": secret, "broken link": filepath.Join(dir, "nothing")} {
		odd[name] = filepath.Join(dir, name)
		if err := os.Symlink(target, odd[name]); err != nil {
			t.Skipf("NOT TESTED: no links here: %v", err)
		}
	}
	if pipe := filepath.Join(dir, "pipe"); makePipe(pipe) == nil {
		odd["pipe"] = pipe
	}
	closing := func(f *os.File, err error) error {
		if f != nil {
			_ = f.Close()
		}
		return err
	}
	ways := map[string]func(string) error{
		"Open":      func(p string) error { return closing(Open(p)) },
		"Append":    func(p string) error { return closing(Append(p)) },
		"Update":    func(p string) error { return closing(Update(p)) },
		"ReadFile":  func(p string) error { _, err := ReadFile(p); return err },
		"Check":     Check,
		"Replace":   func(p string) error { return Replace(p, Bytes([]byte("new"))) },
		"Supersede": func(p string) error { _, err := Supersede(p, "", at, Bytes([]byte("new"))); return err },
		"Retire":    func(p string) error { _, err := Retire(p, "", at); return err },
		"Standing":  func(p string) error { _, _, err := Standing(p, "secret"); return err },
	}
	for what, path := range odd {
		for name, way := range ways {
			var refused *Refused
			if err := way(path); !errors.As(err, &refused) {
				t.Errorf("%s of a %s: %v", name, what, err)
			}
		}
		if err := Create(path, Bytes([]byte("new"))); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Create of a %s: %v", what, err)
		}
	}
	if read(t, secret) != "secret" {
		t.Error("a link was followed")
	}
	if _, err := os.Lstat(filepath.Join(dir, "nothing")); err == nil {
		t.Error("a broken link was followed")
	}
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new")
	boom := errors.New("boom")
	if err := Create(path, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return boom }); !errors.Is(err, boom) {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("half a file was left")
	}
	if err := Create(path, put("whole")); err != nil || read(t, path) != "whole" {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
	if err := Create(path, put("other")); !errors.Is(err, fs.ErrExist) || read(t, path) != "whole" {
		t.Errorf("written over: %v", err)
	}
}

func TestPublishTakesNoName(t *testing.T) {
	dir := t.TempDir()
	aside, path := filepath.Join(dir, "aside"), filepath.Join(dir, "name")
	for _, err := range []error{Create(aside, put("new")), Create(path, put("old"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := Publish(aside, path); !errors.Is(err, fs.ErrExist) || read(t, path) != "old" {
		t.Errorf("the name was taken: %v", err)
	}
	if err := errors.Join(os.Remove(path), Publish(aside, path)); err != nil || read(t, path) != "new" {
		t.Errorf("not published: %v", err)
	}
	if _, err := os.Lstat(aside); err == nil {
		t.Error("it stands aside still")
	}
}
