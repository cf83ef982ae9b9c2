package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// KeyVariable holds the API key.
const KeyVariable = "VOICEAIWRAPPER_API_KEY"

// KeySource says where the API key may come from, besides KeyVariable.
type KeySource struct {
	File, Command string
	// Named tells that File or Command was given on the command line, where it
	// beats KeyVariable.
	Named bool
	// Account is the one of the keyring: the profile, or "" for the default.
	Account string
	Keyring Keyring // nil: none is asked
}

// credentialName is the API key's name among systemd's credentials.
const credentialName = "voiceaiwrapper-api-key"

// Key finds the API key. It is never a flag's value and never in the sheet.
func Key(ctx context.Context, s KeySource, env Env) (importer.Secret, error) {
	key, _, err := FindKey(ctx, s, env)
	return key, err
}

// Stronger keeps one of --token-file and --token-command where they come from
// different places: the command line beats the environment, and that the
// profile.
func Stronger(fs *pflag.FlagSet, file, command string) (string, string) {
	rank := func(f *pflag.Flag) int {
		switch {
		case f.Changed:
			return 2
		case f.Annotations[fromEnv] != nil:
			return 1
		}
		return 0
	}
	a, b := rank(fs.Lookup("token-file")), rank(fs.Lookup("token-command"))
	switch {
	case file == "" || command == "" || a == b:
		return file, command
	case a > b:
		return file, ""
	}
	return "", command
}

// FindKey is Key and tells where the API key came from. The first that has one
// wins: a flag, KeyVariable, --token-file or --token-command of the environment
// or the profile, systemd's credentials, the keyring.
func FindKey(ctx context.Context, s KeySource, env Env) (key importer.Secret, where string, err error) {
	if s.File != "" && s.Command != "" {
		return importer.Secret{}, "", problem("--token-file", "and --token-command are two places for one API key", "give one of them")
	}
	if v, ok := env(KeyVariable); ok && strings.TrimSpace(v) != "" && !s.Named {
		return importer.NewSecret(strings.TrimSpace(v)), KeyVariable, nil
	}
	switch {
	case s.File != "":
		credentials, _ := env(credentialsFolder)
		key, err = keyFromFile(s.File, credentials)
		return key, "the file " + s.File, err
	case s.Command != "":
		key, err = keyFromCommand(ctx, s.Command)
		return key, "--token-command", err
	}
	if dir, ok := env(credentialsFolder); ok && dir != "" {
		path := filepath.Join(dir, credentialName)
		b, err := readKey(path)
		if err == nil {
			key, err = nonEmpty(b, path)
			return key, "systemd's credential " + credentialName, err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return importer.Secret{}, "", problem(path, err.Error(), "")
		}
	}
	if s.Keyring != nil {
		if v, ok := lookUp(ctx, s.Keyring, account(s.Account)); ok {
			return importer.NewSecret(v), "the keyring (" + account(s.Account) + ")", nil
		}
	}
	return importer.Secret{}, "", errNone
}

// credentialsFolder is where systemd puts the credentials of a service.
const credentialsFolder = "CREDENTIALS_DIRECTORY"

var errNone = problem("", "there is no API key",
	"put it in "+KeyVariable+", name a file with --token-file or a program with --token-command, or keep it in the desktop keyring with "+
		"`bulkonboard login` (in a systemd service: LoadCredential="+credentialName+":FILE); to rehearse without one: --sandbox")

// KeyIfAny finds the API key for what works without one, too: no key is no
// error, and an empty Secret.
func KeyIfAny(ctx context.Context, s KeySource, env Env) (importer.Secret, error) {
	key, err := Key(ctx, s, env)
	if errors.Is(err, errNone) {
		err = nil
	}
	return key, err
}

func keyFromFile(path, credentials string) (importer.Secret, error) {
	info, err := os.Stat(path)
	if err != nil {
		return importer.Secret{}, problem("--token-file", err.Error(), "")
	}
	// Systemd's credentials stand in a folder of the service's own, and may be
	// readable by a group that is only an access list's mask.
	abs, err := filepath.Abs(path)
	ofSystemd := err == nil && credentials != "" && filepath.Dir(abs) == filepath.Clean(credentials)
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 && !(ofSystemd && info.Mode().Perm()&0o037 == 0) {
		return importer.Secret{}, problem(path, "other users can read this API key", "chmod 600 "+path)
	}
	b, err := readKey(path)
	if err != nil {
		return importer.Secret{}, problem("--token-file", err.Error(), "")
	}
	return nonEmpty(b, path)
}

// maxKey bounds a file with a key, in bytes.
const maxKey = 64 << 10

// readKey reads a file with a key, which may be a pipe.
func readKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err == nil && len(b) > maxKey {
		err = fmt.Errorf("%s has more than %d bytes, and a file with an API key has some dozen: is it the right one?", path, maxKey)
	}
	return b, err
}

func nonEmpty(b []byte, where string) (importer.Secret, error) {
	key := string(bytes.TrimSpace(b))
	if key == "" {
		return importer.Secret{}, problem(where, "the API key is empty", "")
	}
	return importer.NewSecret(key), nil
}

func problem(where, what, hint string) error {
	return &job.Problem{Exit: job.ExitUsage, Where: where, What: what, Hint: hint}
}

// IsNoKey tells that an error is the absence of an API key.
func IsNoKey(err error) bool { return errors.Is(err, errNone) }
