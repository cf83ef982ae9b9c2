package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/job"
)

// settable are flags that a profile may have.
var settable = append([]string{"rate", "job", "mapping"}, guarded...)

// inFolder makes the working folder and the user's own, each with a settings file
// if there is a text for it.
func inFolder(t *testing.T, here, own string) (env Env, herePath, ownPath string) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	config := filepath.Join(t.TempDir(), "config")
	ownPath = filepath.Join(config, "bulkonboard", ProfileFile)
	if err := os.MkdirAll(filepath.Dir(ownPath), 0o700); err != nil {
		t.Fatal(err)
	}
	herePath = filepath.Join(dir, ProfileFile)
	for path, text := range map[string]string{herePath: here, ownPath: own} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) (string, bool) { return config, name == "XDG_CONFIG_HOME" }, herePath, ownPath
}

// TestAStrangersSettings: what runs a program, moves the key or the passwords, or
// writes files is taken from nobody but the user and the administrator.
func TestAStrangersSettings(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: who may write is no matter of mode bits here")
	}
	ways := map[string]func(path string) error{"others may write": func(p string) error { return os.Chmod(p, 0o620) }}
	if os.Geteuid() == 0 {
		ways["another user's"] = func(p string) error { return os.Chown(p, 65534, 65534) }
	} else {
		t.Log("NOT TESTED: a file of another user's, which only root can make")
	}
	for _, name := range guarded {
		for what, way := range ways {
			env, path, _ := inFolder(t, "profiles: {acme: {rate: 5/s, "+name+": x}}", "")
			if _, err := ReadProfile("acme", env, settable, nil); err != nil {
				t.Errorf("%s of the user's own: %v", name, err)
			}
			if err := way(path); err != nil {
				t.Fatal(err)
			}
			_, err := ReadProfile("acme", env, settable, nil)
			if job.ExitOf(err) != job.ExitUsage || err == nil || !strings.Contains(err.Error(), ProfileFile+":1: "+name+" is not taken from here") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	env, path, _ := inFolder(t, "profiles: {acme: {rate: 5/s}}", "")
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadProfile("acme", env, settable, nil); err != nil {
		t.Errorf("a rate, which harms nobody: %v", err)
	}
}

func TestAProfileInTheWayIsTold(t *testing.T) {
	mine := "profiles: {acme: {rate: 5/s}, other: {rate: 6/s}}"
	for _, c := range []struct {
		here, own string
		told      bool
	}{
		{"profiles: {acme: {rate: 1/s}}", mine, true},
		{"profiles: {acme: {rate: 1/s}}", "profiles: {other: {rate: 6/s}}", false},
		{"profiles: {acme: {rate: 1/s}}", "", false},
		{"", mine, false},
	} {
		env, _, own := inFolder(t, c.here, c.own)
		p, err := ReadProfile("acme", env, settable, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Shadowed(env); got != "" != c.told || c.told && got != own {
			t.Errorf("%q over %q: %q", c.here, c.own, got)
		}
	}
}
