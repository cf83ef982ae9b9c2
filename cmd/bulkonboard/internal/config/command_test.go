package config

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer/job"
)

func printed(t *testing.T, command string) (string, error) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: these commands are for sh")
	}
	// The deadline is for a failure only: nothing here waits for it.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	key, err := Key(ctx, KeySource{Command: command}, nothing)
	if ctx.Err() != nil {
		t.Fatal("it hangs")
	}
	return key.Reveal(), err
}

func TestTokenCommandKnowsLittle(t *testing.T) {
	for name, value := range map[string]string{"BULKONBOARD_NOTIFY": "hook", "SOMEBODYS_SECRET": "s", "BW_SESSION": "bw", "LC_ALL": "C"} {
		t.Setenv(name, value)
	}
	got, err := printed(t, `printf %s "$BULKONBOARD_NOTIFY$SOMEBODYS_SECRET$BW_SESSION${PATH:+path}$LC_ALL"`)
	if err != nil || got != "bwpathC" {
		t.Errorf("it sees %q, %v", got, err)
	}
	if small := smallEnvironment([]string{KeyVariable + "=k", "HOME=/h", "HOMES=x"}); !slices.Equal(small, []string{"HOME=/h"}) {
		t.Errorf("%q", small)
	}
}

func TestTokenCommandWithoutEnd(t *testing.T) {
	_, err := printed(t, "yes key")
	if job.ExitOf(err) != job.ExitUsage || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Errorf("%v", err)
	}
}

// A program that starts an agent ends, and the agent holds its output open.
func TestTokenCommandThatLeavesSomethingRunning(t *testing.T) {
	pid := t.TempDir() + "/pid"
	got, err := printed(t, "sleep 300 & echo $! > "+pid+"; echo the-key")
	if b, rerr := os.ReadFile(pid); rerr == nil {
		_, _ = printed(t, "kill "+strings.TrimSpace(string(b))+"; echo x")
	}
	if err != nil || got != "the-key" {
		t.Errorf("%q, %v", got, err)
	}
}
