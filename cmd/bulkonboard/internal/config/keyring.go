package config

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"time"
	"unicode"

	"github.com/zalando/go-keyring"

	"github.com/bulkonboard/bulkonboard/importer/job"
)

// A Keyring keeps secrets by account, as the desktop's does. What is not there
// is ErrNoKey.
type Keyring interface {
	Get(account string) (string, error)
	Set(account, secret string) error
	Delete(account string) error
}

// ErrNoKey is what a Keyring answers for an account it does not know.
var ErrNoKey = errors.New("not in the keyring")

// Desktop is the keyring of the desktop: Secret Service, macOS Keychain, or
// Windows Credential Manager.
type Desktop struct{ Env Env }

// there tells whether asking makes sense: on Linux without a session bus the
// library would start one.
func (d Desktop) there() error {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return nil
	}
	if v, ok := d.Env("DBUS_SESSION_BUS_ADDRESS"); ok && v != "" {
		return nil
	}
	return errors.New("there is no desktop session")
}

const service = "bulkonboard"

// keyringPatience is how long a keyring may take to answer, since one without
// a screen to ask on may wait for ever.
const keyringPatience = 5 * time.Second

// Get returns the secret of an account.
func (d Desktop) Get(account string) (string, error) {
	if err := d.there(); err != nil {
		return "", err
	}
	s, err := keyring.Get(service, account)
	return s, known(err)
}

// Set keeps a secret.
func (d Desktop) Set(account, secret string) error {
	if err := d.there(); err != nil {
		return err
	}
	return keyring.Set(service, account, secret)
}

// Delete forgets an account.
func (d Desktop) Delete(account string) error {
	if err := d.there(); err != nil {
		return err
	}
	return known(keyring.Delete(service, account))
}

func known(err error) error {
	if errors.Is(err, keyring.ErrNotFound) {
		return ErrNoKey
	}
	return err
}

// patiently calls f, and gives up when it takes too long: f goes on alone then,
// and ends with the process.
func patiently(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, keyringPatience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errors.New("the keyring does not answer")
	}
}

// lookUp asks the keyring, which may not be there: then it has no key.
func lookUp(ctx context.Context, k Keyring, account string) (string, bool) {
	found := make(chan string, 1)
	err := patiently(ctx, func() error {
		s, err := k.Get(account)
		found <- s
		return err
	})
	if err != nil {
		return "", false
	}
	s := <-found
	return s, s != ""
}

func account(profile string) string {
	if profile == "" {
		return "default"
	}
	return profile
}

// instead names the other places for an API key.
const instead = "keep the API key in " + KeyVariable + ", in a file of your own (--token-file), or let a program print it (--token-command)"

// Login keeps an API key in the keyring, after a look at its shape.
func Login(ctx context.Context, k Keyring, profile, key string) error {
	key = strings.TrimSpace(key)
	switch {
	case key == "":
		return problem("", "the API key is empty: nothing was kept", "")
	case len(key) < 8 || len(key) > 1000:
		return problem("", "this does not look like an API key, by its length: nothing was kept",
			"copy it whole from the dashboard: Settings, API Keys")
	case strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || r == ' ' }):
		return problem("", "an API key has no blanks and no special characters: nothing was kept",
			"copy it by itself, without quotes or the word Bearer")
	}
	if err := patiently(ctx, func() error { return k.Set(account(profile), key) }); err != nil {
		return &job.Problem{Exit: job.ExitFailed, Where: "keyring", What: "it cannot be used here: " + err.Error(), Hint: instead, Cause: err}
	}
	return nil
}

// Logout takes an API key out of the keyring; false: there was none.
func Logout(ctx context.Context, k Keyring, profile string) (bool, error) {
	err := patiently(ctx, func() error { return k.Delete(account(profile)) })
	switch {
	case errors.Is(err, ErrNoKey):
		return false, nil
	case err != nil:
		return false, &job.Problem{Exit: job.ExitFailed, Where: "keyring", What: "it cannot be used here: " + err.Error(), Cause: err}
	}
	return true, nil
}
