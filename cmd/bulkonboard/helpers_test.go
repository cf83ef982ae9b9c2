package main

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
)

// twins are the sandboxes of the scripts that are running, by work folder.
var twins = struct {
	sync.Mutex
	of map[string]*sandbox.Twin
}{of: map[string]*sandbox.Twin{}}

func records(ts *testscript.TestScript, file string) [][]string {
	r := csv.NewReader(strings.NewReader(ts.ReadFile(file)))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	ts.Check(err)
	if len(all) == 0 {
		ts.Fatalf("%s is empty", file)
	}
	return all
}

// waitfor polls for a file that a program in the background makes.
func waitfor(ts *testscript.TestScript, _ bool, args []string) {
	poll(ts, args[0], func() bool { _, err := os.Stat(ts.MkAbs(args[0])); return err == nil })
}

// arrived polls for requests that have reached the twin.
func arrived(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	poll(ts, args[0]+" requests", func() bool { return twinOf(ts).Requests() >= want })
}

func poll(ts *testscript.TestScript, what string, there func() bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !there() {
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%s never came", what)
		}
	}
}
