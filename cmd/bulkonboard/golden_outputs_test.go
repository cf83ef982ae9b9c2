package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoldenOutputs holds what check, plan, run and results say of each sample:
// findings by cell, rows by status, requests by fingerprint, and the words.
func TestGoldenOutputs(t *testing.T) {
	t.Parallel()
	const samples = "../../samples"
	sheets, err := filepath.Glob(samples + "/clients*.csv")
	if err != nil {
		t.Fatal(err)
	}
	books, _ := filepath.Glob(samples + "/*.xlsx")
	exports, _ := filepath.Glob(samples + "/crm/*.csv")
	all := append(append(sheets, books...), exports...)
	if len(all) < 13 {
		t.Fatalf("only %d samples: %v", len(all), all)
	}
	for _, path := range all {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := output{desk: newDesk(t), sheet: name}
			o.copy(path, name)
			for _, mapping := range []string{path + ".mapping.yaml", filepath.Join(golden, "mappings", name+".mapping.yaml")} {
				if _, err := os.Stat(mapping); err == nil {
					o.copy(mapping, name+".mapping.yaml")
				}
			}
			o.check()
			o.plan()
			o.run("run", name, "--sandbox", "--yes", "--rate", "unlimited", "--workers", "1", "--progress", "none")
			o.run("results", "sandbox.job")
			for _, r := range o.table("sandbox.job/results.csv") {
				o.facts.WriteString(tell(r, "row", "sheet", "key", "status", "code", "client_id", "fingerprint"))
			}
			for _, view := range []string{"results", "rejects", "undo"} {
				fmt.Fprintf(&o.words, "\n%s.csv\n%s", view, o.read("sandbox.job/"+view+".csv"))
			}
			o.done("samples/" + name)
		})
	}
}

// An output is what the program says of one sheet.
type output struct {
	*desk
	sheet string
}

// run runs a command and writes down what it says.
func (o *output) run(args ...string) string {
	code, out, errs := o.call(&app{}, args...)
	fmt.Fprintf(&o.facts, "$ %s\nexit %d\n", strings.Join(args, " "), code)
	fmt.Fprintf(&o.words, "$ %s\n%s%s\n", strings.Join(args, " "), out, errs)
	return out
}

// check holds the findings for programs to facts, but for their words and for
// the repairs, of which there may be more; both forms say the same.
func (o *output) check() {
	o.t.Helper()
	o.run("check", o.sheet, "--format", "lines")
	o.run("check", o.sheet, "--format", "table")
	lines, err := csv.NewReader(strings.NewReader(o.run("check", o.sheet, "--format", "csv"))).ReadAll()
	if err != nil {
		o.t.Fatal(err)
	}
	var found struct {
		Rows      int
		Counts    map[string]int
		WouldSend int `json:"would_send"`
		Findings  []struct {
			Severity, Code, Sheet, Column, Cell, Path string
			Row                                       int
			Rows                                      int
			Everywhere                                bool
		}
	}
	if err := json.Unmarshal([]byte(o.run("check", o.sheet, "--format", "json")), &found); err != nil {
		o.t.Fatal(err)
	}
	if len(lines) != len(found.Findings)+1 {
		o.t.Errorf("%d findings as csv, %d as json", len(lines)-1, len(found.Findings))
	}
	fmt.Fprintf(&o.facts, "%d rows: %swould send %d\n", found.Rows, counted(found.Counts), found.WouldSend)
	for _, f := range found.Findings {
		where := f.Cell
		if where == "" {
			where = fmt.Sprint("row ", f.Row)
		}
		fmt.Fprintf(&o.facts, "%s,%s,%s,%s,%q,%s,%d,%t\n", f.Severity, f.Code, f.Sheet, where, f.Column, f.Path, f.Rows, f.Everywhere)
	}
}

// plan holds the rows that a plan would send to facts.
func (o *output) plan() {
	o.t.Helper()
	o.run("plan", o.sheet, "--sandbox", "--out", "plan.json")
	o.planned("plan.json")
}
