package main

import (
	"encoding/csv"
	"os"
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
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%s never came", args[0])
		}
	}
}
