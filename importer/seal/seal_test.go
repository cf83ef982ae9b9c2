package seal

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func never() (string, error) { return "", errors.New("no passphrase is needed") }

func pair(t *testing.T, passphrase string) Identity {
	t.Helper()
	id, err := NewIdentity(passphrase, time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestSealAndOpen(t *testing.T) {
	one, two, other := pair(t, ""), pair(t, "several words"), pair(t, "")
	s, err := New([]string{one.Recipient, two.Recipient, " " + one.Recipient})
	if err != nil || s.Keys() != 2 {
		t.Fatalf("%d keys, %v", s.Keys(), err)
	}
	sealed, err := s.Seal([]byte("secret text"))
	if err != nil || bytes.Contains(sealed, []byte("secret text")) {
		t.Fatalf("sealed: %v", err)
	}
	for name, c := range map[string]struct {
		id    Identity
		ask   func() (string, error)
		opens bool
	}{"the first": {one, never, true}, "the second": {two, func() (string, error) { return "several words", nil }, true},
		"another": {other, never, false}} {
		o, err := Identities(c.id.File, c.ask)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := o.Open(sealed)
		if (err == nil) != c.opens || c.opens && string(got) != "secret text" {
			t.Errorf("%s opens %q, %v", name, got, err)
		}
		changed := bytes.Clone(sealed)
		changed[len(changed)-1] ^= 1
		if got, err := o.Open(changed); err == nil || len(got) > 0 {
			t.Errorf("%s opens what was changed", name)
		}
	}
	if _, err := Identities(two.File, func() (string, error) { return "wrong", nil }); !errors.Is(err, ErrPassphrase) {
		t.Errorf("a wrong passphrase: %v", err)
	}
	if bytes.Contains(two.File, []byte("AGE-SECRET")) {
		t.Error("a private key with a passphrase lies open")
	}
}

func TestFaults(t *testing.T) {
	private := strings.TrimSpace(strings.SplitAfter(string(pair(t, "").File), "\n")[2])
	for _, k := range []string{"", "age1nonsense", private} {
		if _, err := New([]string{k}); err == nil || k != "" && strings.Contains(err.Error(), "SECRET-KEY-1") {
			t.Errorf("%.10s: %v", k, err)
		}
	}
	for _, f := range []string{"", "nothing", private[:40], "age-encryption.org/v1\n", "-----BEGIN AGE ENCRYPTED FILE-----\nxx"} {
		_, err := Identities([]byte(f), func() (string, error) { return "p", nil })
		if err == nil || strings.Contains(err.Error(), "AGE-SECRET") {
			t.Errorf("%.20q: %v", f, err)
		}
	}
}

// TestStockAge opens with the program people have.
func TestStockAge(t *testing.T) {
	program, err := exec.LookPath("age")
	if err != nil {
		t.Skip("NOT TESTED: no age program here (apt install age, brew install age)")
	}
	id := pair(t, "")
	s, err := New([]string{id.Recipient})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.Seal([]byte("secret text"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key, file := filepath.Join(dir, "identity.txt"), filepath.Join(dir, "sealed.age")
	if err := errors.Join(os.WriteFile(key, id.File, 0o600), os.WriteFile(file, sealed, 0o600)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "--decrypt", "--identity", key, file).CombinedOutput()
	if err != nil || string(out) != "secret text" {
		t.Errorf("age says %q, %v", out, err)
	}
}
