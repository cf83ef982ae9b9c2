package main

import (
	"encoding/csv"
	"strings"
	"sync"

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
