package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
)

func (a *app) loginCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "login",
		Short: "Keep the API key in the desktop keyring",
		Long: `Ask for the API key, look at its shape, and keep it in the desktop keyring, for
this profile or for runs without one. Nothing else is written and nothing is
sent. Without a terminal the key is one line of standard input.

Where there is no keyring use VOICEAIWRAPPER_API_KEY, --token-file, --token-command,
or in a systemd service LoadCredential=voiceaiwrapper-api-key:FILE.`,
		Example: `  bulkonboard login
  bulkonboard login --profile acme
  pass show acme/key | bulkonboard login --profile acme`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			key, err := a.askSecret("API key (not shown): ")
			if err != nil {
				return err
			}
			if err := config.Login(c.Context(), a.keyring, a.profile.Name, key); err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, "Kept in the keyring. To take it out: bulkonboard logout"+a.profileArgument())
			return nil
		},
	}
}

func (a *app) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Take the API key out of the desktop keyring",
		Long: `Take the API key out of the desktop keyring, the one of this profile or of runs
without one. The key itself stays valid until it is disabled in the dashboard.`,
		Example: `  bulkonboard logout
  bulkonboard logout --profile acme`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			was, err := config.Logout(c.Context(), a.keyring, a.profile.Name)
			switch {
			case err != nil:
				return err
			case !was:
				fmt.Fprintln(a.stdout, "There was none in the keyring.")
			default:
				fmt.Fprintln(a.stdout, "Taken out of the keyring. To make the key useless everywhere, disable it in the dashboard.")
			}
			return nil
		},
	}
}

func (a *app) profileArgument() string {
	if a.profile.Name == "" {
		return ""
	}
	return " --profile " + a.profile.Name
}

// askSecret asks without an echo on a terminal, and else reads a line.
func (a *app) askSecret(question string) (string, error) {
	f, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return readLine(a.stdin), nil
	}
	fmt.Fprint(a.stderr, question)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.stderr)
	if err != nil {
		return "", &failure{err}
	}
	return string(b), nil
}
