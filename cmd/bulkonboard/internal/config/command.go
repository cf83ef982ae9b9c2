package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// passedOn are the variables that a --token-command gets: what a program needs to
// run, to ask a person, and to find the password manager's own session. A name
// that ends in "*" stands for all that begin so.
var passedOn = strings.Fields(`PATH HOME USER LOGNAME SHELL TERM TZ LANG LANGUAGE LC_* TMPDIR TMP TEMP XDG_* DISPLAY WAYLAND_DISPLAY
 DBUS_SESSION_BUS_ADDRESS SSH_* GPG_* GNUPGHOME PASSWORD_STORE_* OP_* BW_* VAULT_* AWS_* AZURE_* GOOGLE_* CLOUDSDK_* CREDENTIALS_DIRECTORY
 SYSTEMROOT WINDIR COMSPEC PATHEXT APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES USERPROFILE USERNAME HOMEDRIVE HOMEPATH`)

// smallEnvironment leaves out of an environment what a --token-command need not
// know: our own settings, an API key, other programs' secrets.
func smallEnvironment(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		return !slices.ContainsFunc(passedOn, func(p string) bool {
			begins, many := strings.CutSuffix(p, "*")
			return name == p || many && strings.HasPrefix(name, begins)
		})
	})
}

// held is how long a program may leave its output open after it has ended, as one
// does that starts an agent.
const held = 2 * time.Second

func keyFromCommand(ctx context.Context, command string) (importer.Secret, error) {
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/c"
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	out := &bounded{most: maxKey, full: stop}
	c := exec.CommandContext(ctx, shell, flag, command)
	c.Stdin = os.Stdin // it may ask for a passphrase
	c.Stdout, c.Stderr = out, os.Stderr
	c.Env, c.WaitDelay = smallEnvironment(os.Environ()), held
	err := c.Run()
	switch {
	case out.over:
		return importer.Secret{}, problem("--token-command", fmt.Sprintf("printed more than %d bytes, and an API key has some dozen", maxKey),
			"let it print the key alone")
	case err != nil && !(errors.Is(err, exec.ErrWaitDelay) && c.ProcessState.Success()):
		// What it printed is not shown: it may be the key.
		return importer.Secret{}, problem("--token-command", fmt.Sprintf("failed: %v", err), "")
	}
	return nonEmpty(out.kept.Bytes(), "--token-command")
}

// bounded keeps what is written, up to a bound; beyond it, it calls full.
type bounded struct {
	kept bytes.Buffer // no part of it: its ReadFrom knows no bound
	most int
	full func()
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) > b.most {
		b.over = true
		b.full()
		return 0, errors.New("too much")
	}
	return b.kept.Write(p)
}
