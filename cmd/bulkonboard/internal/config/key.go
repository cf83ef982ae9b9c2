package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

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
}

// Key finds the API key. It is never a flag's value and never in the sheet.
func Key(ctx context.Context, s KeySource, env Env) (importer.Secret, error) {
	if s.File != "" && s.Command != "" {
		return importer.Secret{}, problem("--token-file", "and --token-command are two places for one API key", "give one of them")
	}
	if v, ok := env(KeyVariable); ok && strings.TrimSpace(v) != "" && !s.Named {
		return importer.NewSecret(strings.TrimSpace(v)), nil
	}
	switch {
	case s.File != "":
		return keyFromFile(s.File)
	case s.Command != "":
		return keyFromCommand(ctx, s.Command)
	}
	return importer.Secret{}, errNone
}

var errNone = problem("", "there is no API key",
	"put it in "+KeyVariable+", or name a file with --token-file or a program with --token-command; to rehearse without one: --sandbox")

// KeyIfAny finds the API key for what works without one, too: no key is no
// error, and an empty Secret.
func KeyIfAny(ctx context.Context, s KeySource, env Env) (importer.Secret, error) {
	key, err := Key(ctx, s, env)
	if errors.Is(err, errNone) {
		err = nil
	}
	return key, err
}

func keyFromFile(path string) (importer.Secret, error) {
	info, err := os.Stat(path)
	if err != nil {
		return importer.Secret{}, problem("--token-file", err.Error(), "")
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return importer.Secret{}, problem(path, "other users can read this API key", "chmod 600 "+path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return importer.Secret{}, problem("--token-file", err.Error(), "")
	}
	return nonEmpty(b, path)
}

func keyFromCommand(ctx context.Context, command string) (importer.Secret, error) {
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/c"
	}
	c := exec.CommandContext(ctx, shell, flag, command)
	c.Stdin = os.Stdin // it may ask for a passphrase
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		// What it printed is not shown: it may be the key.
		return importer.Secret{}, problem("--token-command", fmt.Sprintf("failed: %v", err), "")
	}
	return nonEmpty(out, "--token-command")
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
