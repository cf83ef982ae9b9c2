package config

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/bulkonboard/bulkonboard/importer/job"
)

// A stuck keyring waits for a screen that is not there.
type stuck struct{ free chan struct{} }

func (s stuck) Get(string) (string, error) { <-s.free; return "", nil }
func (s stuck) Set(string, string) error   { <-s.free; return nil }
func (s stuck) Delete(string) error        { <-s.free; return nil }

func nothing(string) (string, bool) { return "", false }

func TestKeyringThatHangsIsNoKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := stuck{make(chan struct{})}
		start := time.Now()
		_, err := Key(t.Context(), KeySource{Keyring: k}, nothing)
		if took := time.Since(start); !IsNoKey(err) || took > keyringPatience {
			t.Errorf("after %s: %v", took, err)
		}
		if err := Login(t.Context(), k, "", "key-for-tests"); job.ExitOf(err) != job.ExitFailed {
			t.Errorf("login: %v", err)
		}
		close(k.free)
		synctest.Wait()
	})
}

func TestDesktop(t *testing.T) {
	keyring.MockInit()
	d := Desktop{Env: func(string) (string, bool) { return "unix:path=/there", true }}
	if _, err := d.Get("default"); !errors.Is(err, ErrNoKey) {
		t.Errorf("an empty keyring: %v", err)
	}
	if err := Login(t.Context(), d, "acme", " key-for-tests\n"); err != nil {
		t.Fatal(err)
	}
	key, where, err := FindKey(t.Context(), KeySource{Keyring: d, Account: "acme"}, nothing)
	if err != nil || key.Reveal() != "key-for-tests" || where != "the keyring (acme)" {
		t.Errorf("%s, %v", where, err)
	}
	if _, err := Key(t.Context(), KeySource{Keyring: d}, nothing); !IsNoKey(err) {
		t.Errorf("the default account has another's key: %v", err)
	}
	if was, err := Logout(t.Context(), d, "acme"); !was || err != nil {
		t.Errorf("logout: %v, %v", was, err)
	}
	if was, err := Logout(t.Context(), d, "acme"); was || err != nil {
		t.Errorf("logout again: %v, %v", was, err)
	}
}
