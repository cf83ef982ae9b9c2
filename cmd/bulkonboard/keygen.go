package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// passphraseVariable holds the passphrase of a private key where nobody can be
// asked for it. It is no flag: others can see a process's arguments.
const passphraseVariable = "BULKONBOARD_PASSPHRASE"

func (a *app) keygenCommand() *cobra.Command {
	var out string
	var passphrase bool
	c := &cobra.Command{
		Use:   "keygen",
		Short: "Make the pair of keys that seals passwords and opens them",
		Long: `Make a pair of keys. Passwords are sealed to the public one before they are
sent, so that no crash can lose them; "bulkonboard handover" opens them with the
private one. The private key goes into a file that only you can read, in your
configuration folder or --out; the public key is printed, and kept beside it with
the ending .pub. A key that is there is never replaced.

With --passphrase the file is of no use without the passphrase, which is asked
for twice, or taken from ` + passphraseVariable + `. The format is age's: the stock
age program opens what is sealed here.`,
		Example: `  bulkonboard keygen
  bulkonboard keygen --passphrase
  bulkonboard keygen --out /media/stick/second-key.txt`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.keygen(c.Context(), out, passphrase) },
	}
	c.Flags().StringVar(&out, "out", "", "the `file` of the private key (default: identity.txt in your configuration folder)")
	c.Flags().BoolVar(&passphrase, "passphrase", false, "protect the file with a passphrase")
	config.CommandLineOnly(c.Flags(), "out", "passphrase")
	return c
}

func (a *app) keygen(ctx context.Context, out string, protect bool) error {
	path, usual := out, a.identityPath()
	if path == "" {
		path = usual
	}
	if path == "" {
		return usagef("name a file with --out", "your configuration folder is not known")
	}
	words := ""
	if protect {
		var err error
		if words, err = a.newPassphrase(ctx); err != nil {
			return err
		}
	}
	pair, err := job.Keygen(path, words)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Private key: %s\nPublic key:  %s\n\n", display.Name(pair.Path), pair.Recipient)
	if out != "" {
		fmt.Fprintf(a.stdout, "Seal to it with: --recipient %s (or in the mapping: recipients: [%s])\n", pair.Recipient, pair.Recipient)
	} else {
		fmt.Fprintln(a.stdout, "From now on runs seal passwords to it, unless --recipient or the mapping names others.")
	}
	fmt.Fprintln(a.stdout, "Keep a copy of the private key in a safe place now: without it nobody can open the passwords, not even us.")
	return nil
}

// identityPath is where keygen keeps the private key; "" if that is not known.
func (a *app) identityPath() string {
	if dir, ok := a.env("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		return filepath.Join(dir, "bulkonboard", "identity.txt")
	}
	if dir, err := os.UserConfigDir(); err == nil {
		return filepath.Join(dir, "bulkonboard", "identity.txt")
	}
	return ""
}

// newPassphrase asks twice.
func (a *app) newPassphrase(ctx context.Context) (string, error) {
	p, err := a.passphrase(ctx, "A passphrase for the private key: ")
	if err != nil {
		return "", err
	}
	if _, set := a.env(passphraseVariable); !set {
		again, err := a.passphrase(ctx, "The same once more: ")
		if err != nil {
			return "", err
		}
		if again != p {
			return "", usagef("run keygen again", "the two passphrases differ, so no key was made")
		}
	}
	if p == "" {
		return "", usagef("leave --passphrase out to make a key without one", "the passphrase is empty, so no key was made")
	}
	return p, nil
}

// passphrase takes one from the environment, or asks on the terminal without
// showing what is typed.
func (a *app) passphrase(ctx context.Context, question string) (string, error) {
	if p, ok := a.env(passphraseVariable); ok {
		return p, nil
	}
	if !a.asks() {
		return "", usagef("put it in "+passphraseVariable, "a passphrase is needed, and there is no terminal to ask on")
	}
	fd := int(a.stdin.(*os.File).Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", &failure{err}
	}
	fmt.Fprint(a.stdout, question)
	type answer struct {
		p   []byte
		err error
	}
	typed := make(chan answer, 1)
	go func() {
		p, err := term.ReadPassword(fd)
		typed <- answer{p, err}
	}()
	select {
	case got := <-typed:
		fmt.Fprintln(a.stdout)
		if got.err != nil {
			return "", &failure{got.err}
		}
		return string(got.p), nil
	case <-ctx.Done():
		_ = term.Restore(fd, before) // or the shell would stay silent
		return "", &job.Problem{Exit: job.ExitInterrupted, What: "interrupted"}
	}
}
