package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
)

// hook serves a web hook that answers with these codes in turn, and then with
// the last one; what it is sent goes to hook.jsonl.
func hook(ts *testscript.TestScript, _ bool, args []string) {
	codes := []int{http.StatusOK}
	for i, a := range args {
		n, err := strconv.Atoi(a)
		ts.Check(err)
		if i == 0 {
			codes = nil
		}
		codes = append(codes, n)
	}
	file, err := os.OpenFile(ts.MkAbs("hook.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := codes[0]
		if len(codes) > 1 {
			codes = codes[1:]
		}
		var m json.RawMessage
		if code == http.StatusOK && json.NewDecoder(r.Body).Decode(&m) == nil {
			_, _ = file.Write(append(m, '\n'))
		}
		w.WriteHeader(code)
	}))
	ts.Setenv("HOOK", server.URL+"/s3cret-hook")
	ts.Defer(func() {
		server.Close()
		_ = file.Close()
	})
}

// keyringed is the program with a keyring of its own, so that no test touches a
// real one.
func keyringed() {
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.LookupEnv, keyring: fileKeyring(os.Getenv("TEST_KEYRING"))}
	os.Exit(a.run(os.Args[1:]))
}

// A fileKeyring keeps secrets in a folder, a file for each account.
type fileKeyring string

func (k fileKeyring) path(account string) string { return filepath.Join(string(k), account) }

func (k fileKeyring) Get(account string) (string, error) {
	b, err := os.ReadFile(k.path(account))
	if errors.Is(err, fs.ErrNotExist) {
		return "", config.ErrNoKey
	}
	return string(b), err
}

func (k fileKeyring) Set(account, secret string) error {
	return os.WriteFile(k.path(account), []byte(secret), 0o600)
}

func (k fileKeyring) Delete(account string) error {
	err := os.Remove(k.path(account))
	if errors.Is(err, fs.ErrNotExist) {
		return config.ErrNoKey
	}
	return err
}
