package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
)

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"bulkonboard": main, "bulkonboard-dying": dying, "bulkonboard-bare": bare,
		"bulkonboard-measured": measured, "bulkonboard-keyring": keyringed})
}

// tidy fails tests that leave a goroutine or a temporary file behind.
type tidy struct{ m *testing.M }

func (t tidy) Run() int {
	temp, err := os.MkdirTemp("", "bulkonboard-test")
	if err == nil {
		err = os.Setenv("TMPDIR", temp)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	manyAtOnce()
	code := t.m.Run()
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "left behind in the folder for temporary files: %v\n", left)
		code = 1
	}
	if err := errors.Join(goleak.Find(), os.RemoveAll(temp)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// manyAtOnce lets more tests run at once than there are processors, unless
// -parallel says how many: most of these wait for a process or a server.
func manyAtOnce() {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0)))
	}
}

// TestScripts is the specification of the command line: one behaviour a file.
//
// Besides testscript's own commands there are
//
//	exits CODE PROGRAM ARGS…   run and want this exit code
//	sandbox [FAULT…]           serve a twin on a socket; its address is $URL. A
//	                           second one takes the first one's place there.
//	                           Besides faults: key=KEY, file=FILE, refuse-duplicates
//	clients N                  the twin has N clients, all with different e-mails
//	requests N                 N create requests have reached the twin
//	lines FILE N               the file has N lines
//	column FILE NAME VALUE…    the values of a column, in order ("-" for empty)
//	replace FILE OLD NEW       every OLD becomes NEW; there must be one
//	without FILE TEXT          every line that holds the text goes; there must be one
//	waitfor FILE [TEXT]        wait until the file exists, and holds the text
//	terminal CODE SCREEN ANSWERS PROGRAM ARGS…
//	                           run it on a terminal where the lines of ANSWERS
//	                           are typed; what it shows goes to SCREEN
//	hook [CODE…]               serve a web hook at $HOOK; messages answered 200 go
//	                           to hook.jsonl. bulkonboard-keyring is the program
//	                           with a keyring in the folder $TEST_KEYRING
//	workbook FILE SHEET=CSV…   make a workbook; a cell 'number:N' is a number,
//	                           'date:N' a day, 'formula:F' a formula without a value
//	cells FILE SHEET COLUMN VALUE…
//	                           the values of a column of a workbook, as stored
//	mend FILE SHEET COLUMN ROW VALUE
//	                           write a text into a cell of a workbook
//	arrived N                  wait until N create requests have reached the twin
func TestScripts(t *testing.T) {
	t.Parallel()
	samples, err := filepath.Abs("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		WorkdirRoot:         t.TempDir(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, ".config"))
			e.Setenv("DBUS_SESSION_BUS_ADDRESS", "") // no real keyring
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, ".state"))
			e.Setenv("SAMPLES", samples)
			e.Setenv("VOICEAIWRAPPER_API_KEY", testKey)
			e.Setenv("BULKONBOARD_RATE", "200/s") // no script waits for what it does not look at
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "sandbox": serve, "clients": clients, "requests": requests,
			"lines": lines, "column": column, "replace": replace, "without": without, "waitfor": waitfor, "arrived": arrived, "terminal": onTerminal, "hook": hook,
			"workbook": makeWorkbook, "cells": workbookCells, "mend": mendWorkbook,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func serve(ts *testscript.TestScript, _ bool, args []string) {
	o := sandbox.Options{Key: testKey}
	for _, a := range args {
		if a == "refuse-duplicates" {
			o.RefuseDuplicates = true
		} else if key, ok := strings.CutPrefix(a, "key="); ok {
			o.Key = key
		} else if file, ok := strings.CutPrefix(a, "file="); ok {
			o.File = ts.MkAbs(file)
		} else {
			f, err := sandbox.ParseFault(a)
			ts.Check(err)
			o.Faults = append(o.Faults, f)
		}
	}
	twins.Lock()
	defer twins.Unlock()
	work := ts.Getenv("WORK")
	before := twins.of[work]
	if before != nil {
		// No server gives an id twice: a row that gets another one's is in doubt.
		// One with a file knows itself which it has given.
		twins.after[work] += before.Requests()
		if o.File == "" {
			o.After = twins.after[work]
		}
	}
	twin, err := sandbox.New(o)
	ts.Check(err)
	if before != nil {
		_ = before.Close() // the one before ends, and its address is the new one's
		twins.of[work] = twin
		return
	}
	twins.of[work] = twin
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		twins.Lock() // not twinOf: the script's environment is the script's alone
		t := twins.of[work]
		twins.Unlock()
		t.ServeHTTP(w, r)
	}))
	ts.Setenv("URL", server.URL)
	ts.Defer(func() {
		_ = twinOf(ts).Close()
		server.CloseClientConnections()
		server.Close()
	})
}

func twinOf(ts *testscript.TestScript) *sandbox.Twin {
	twins.Lock()
	defer twins.Unlock()
	t := twins.of[ts.Getenv("WORK")]
	if t == nil {
		ts.Fatalf("no sandbox was started")
	}
	return t
}

func clients(ts *testscript.TestScript, _ bool, args []string) {
	seen := map[string]bool{}
	all := twinOf(ts).Clients()
	for _, c := range all {
		if seen[c.Email] {
			ts.Fatalf("%s was created twice", c.Email)
		}
		seen[c.Email] = true
	}
	if want, _ := strconv.Atoi(args[0]); len(all) != want {
		ts.Fatalf("%d clients, want %d", len(all), want)
	}
}

func requests(ts *testscript.TestScript, _ bool, args []string) {
	if want, _ := strconv.Atoi(args[0]); twinOf(ts).Requests() != want {
		ts.Fatalf("%d requests, want %d", twinOf(ts).Requests(), want)
	}
}

func lines(ts *testscript.TestScript, _ bool, args []string) {
	n := len(records(ts, args[0]))
	if want, _ := strconv.Atoi(args[1]); n != want {
		ts.Fatalf("%s has %d lines, want %d:\n%s", args[0], n, want, ts.ReadFile(args[0]))
	}
}

func column(ts *testscript.TestScript, _ bool, args []string) {
	all := records(ts, args[0])
	at := -1
	for i, name := range all[0] {
		if name == args[1] {
			at = i
		}
	}
	if at < 0 {
		ts.Fatalf("%s has no column %s, only %v", args[0], args[1], all[0])
	}
	var got []string
	for _, r := range all[1:] {
		v := r[at]
		if v == "" {
			v = "-"
		}
		got = append(got, v)
	}
	if want := args[2:]; fmt.Sprint(got) != fmt.Sprint(want) {
		ts.Fatalf("%s, column %s:\n got %v\nwant %v\n%s", args[0], args[1], got, want, ts.ReadFile(args[0]))
	}
}

func replace(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.ReadFile(args[0])
	if !strings.Contains(s, args[1]) {
		ts.Fatalf("%s does not hold %q:\n%s", args[0], args[1], s)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(s, args[1], args[2])), 0o600))
	// A clock that counts in coarse steps must not hide the change.
	now := time.Now().Add(2 * time.Second)
	ts.Check(os.Chtimes(ts.MkAbs(args[0]), now, now))
}

func without(ts *testscript.TestScript, _ bool, args []string) {
	var kept []string
	all := strings.SplitAfter(ts.ReadFile(args[0]), "\n")
	for _, line := range all {
		if !strings.Contains(line, args[1]) {
			kept = append(kept, line)
		}
	}
	if len(kept) == len(all) {
		ts.Fatalf("no line of %s holds %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(kept, "")), 0o600))
}
