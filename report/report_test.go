package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bulkonboard/bulkonboard/importer"
)

func TestResultsAreTheContract(t *testing.T) {
	var b bytes.Buffer
	w := NewResults(&b, "id#3")
	for _, r := range []importer.Result{
		{Row: importer.RowRef{Number: 2}, Key: "a@b.test", Status: importer.Created, ClientID: "Q2xpZW50OjE=", ClientName: "=cmd|' /C calc'!A0",
			PrimaryEmail: "a@b.test", AssetGroupID: "g", HTTPStatus: 201, Attempts: 2, FinishedAt: time.Date(2026, 11, 23, 20, 0, 0, 5,
				time.FixedZone("", 3600)), Fingerprint: "v1:00", Run: 3, Note: "x"},
		{Row: importer.RowRef{Sheet: "Two", Number: 7}, Status: importer.Invalid, Code: "missing", Message: "line\r\nbreak\x1b[31m"},
		{Key: "gone@b.test", Status: importer.InDoubt},
	} {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `row,sheet,key,status,client_id,client_name,primary_email,asset_group_id,http_status,code,message,advice,attempts,finished_at,fingerprint,run,note,_job
2,,a@b.test,created,Q2xpZW50OjE=,'=cmd|' /C calc'!A0,a@b.test,g,201,,,,2,2026-11-23T19:00:00Z,v1:00,3,x,id#3
7,Two,,invalid,,,,,,missing,"line
break` + "\uFFFD" + `[31m",,0,,,,,id#3
,,gone@b.test,in_doubt,,,,,,,,,0,,,,,id#3
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestAViewWithoutLinesHasItsHeader(t *testing.T) {
	for name, c := range map[string]struct {
		flush func(io.Writer) error
		want  string
	}{
		"results": {func(w io.Writer) error { return NewResults(w, "id#3").Flush() }, "row,sheet,key,"},
		"doubt":   {func(w io.Writer) error { return NewDoubt(w, "id#3").Flush() }, "key,row,status,client_id,"},
		"undo":    {func(w io.Writer) error { return NewUndo(w, "id#3").Flush() }, "key,client_id,client_name,primary_email,status,finished_at,fingerprint,_job\n"},
		"rejects": {func(w io.Writer) error { return NewRejects(w, []string{"a", "_key", "b"}).Flush() }, "a,b,_job,_key,_row,_status,_code,_message,_advice\n"},
	} {
		var b bytes.Buffer
		if err := c.flush(&b); err != nil || !strings.HasPrefix(b.String(), c.want) || strings.Count(b.String(), "\n") != 1 {
			t.Errorf("%s: %q, %v", name, b.String(), err)
		}
	}
}

func TestRejectsGiveBackEveryCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.StringMatching(`['=+\-@\t"; ,a-z\n]{0,6}`), 3, 3).Draw(t, "cells")
		var b bytes.Buffer
		w := NewRejects(&b, []string{"a", "b", "c"})
		if err := errors.Join(w.Write(Reject{Job: "j#1", Key: "k", Row: "2", Status: "invalid", Cells: cells}), w.Flush()); err != nil {
			t.Fatal(err)
		}
		all, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range all[1][:3] {
			if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				t.Fatalf("cell %q would be run as a formula", c)
			}
			if got := importer.Restore(c); got != cells[i] {
				t.Fatalf("%q came back as %q", cells[i], got)
			}
		}
	})
}

// rows is an importer.Source over cells.
type rows struct {
	header *importer.Header
	cells  [][]string
	at     int
}

func (r *rows) Read() (importer.Row, error) {
	if r.at == len(r.cells) {
		return importer.Row{}, io.EOF
	}
	r.at++
	row := importer.Row{Header: r.header, Number: r.at + 1, Cells: r.cells[r.at-1]}
	if row.Cells == nil {
		return row, &importer.RowError{Cell: row.Cell(-1), Code: "width", Cause: "too long"}
	}
	return row, nil
}

func (r *rows) Close() error { return nil }

func TestLinesOfOurFilesAndOfPeoples(t *testing.T) {
	src := &rows{header: &importer.Header{File: "list.csv", Columns: []string{"Client-ID", "remark", " KEY ", "Status"}},
		cells: [][]string{{" Q2xpZW50OjE= ", "x", "a@b.test", "created"}, {"", "only a remark", " ", ""}, nil, {"", "", "c@d.test", "absent"}}}
	var got []string
	for line, err := range Lines(src) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s", line.At, line.Key, line.Status, line.ClientID, line.Row))
	}
	want := []string{"list.csv: row 2|a@b.test|created|Q2xpZW50OjE=|", "list.csv: row 4: too long", "list.csv: row 5|c@d.test|absent||"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestLinesTakeBackWhatWritingGave(t *testing.T) {
	r := importer.Result{Row: importer.RowRef{Sheet: "S", Number: 7}, Key: "=k", Status: importer.Created, ClientID: "id", ClientName: "n",
		PrimaryEmail: "p",
		AssetGroupID: "g", HTTPStatus: 201, Code: "c", Message: "m", Advice: "a", Attempts: 3, FinishedAt: time.Unix(0,
			0), Fingerprint: "v1:0", Run: 9, Note: "o"}
	var b bytes.Buffer
	w := NewResults(&b, "id#3")
	if err := errors.Join(w.Write(r), w.Flush()); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i := range all[1] {
		all[1][i] = importer.Restore(all[1][i]) // as package table does with files of ours
	}
	for line, err := range Lines(&rows{header: &importer.Header{Columns: all[0]}, cells: all[1:]}) {
		line.At = importer.Cell{}
		want := Line{Row: "7", Sheet: "S", Key: "=k", Status: "created", ClientID: "id", ClientName: "n", PrimaryEmail: "p", AssetGroupID: "g",
			HTTPStatus: "201", Code: "c", Message: "m", Advice: "a", Attempts: "3", FinishedAt: "1970-01-01T00:00:00Z", Fingerprint: "v1:0", Run: "9", Note: "o", Job: "id#3"}
		if err != nil || line != want {
			t.Errorf("got %+v, %v\nwant %+v", line, err, want)
		}
	}
}

func TestSummaryHasAllItsKeys(t *testing.T) {
	var b bytes.Buffer
	if err := WriteSummary(&b, Summary{Version: SummaryVersion, Counts: importer.Counts{}.Map()}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"version", "tool_version", "job", "job_id", "run", "rehearsal", "target", "input", "started_at", "ended_at",
		"counts", "sent", "in_doubt_in_job", "exit_code", "reason", "next", "files", "created", "in_doubt", "rejected", "failed", "invalid", "pending", "skipped"} {
		if !strings.Contains(b.String(), `"`+key+`":`) {
			t.Errorf("no %s in\n%s", key, b.String())
		}
	}
	if !strings.Contains(b.String(), `"next": []`) {
		t.Errorf("no next step is not an empty list:\n%s", b.String())
	}
}

func BenchmarkResults(b *testing.B) {
	w := NewResults(io.Discard, "0123456789abcdef#3")
	r := importer.Result{Row: importer.RowRef{Number: 17}, Key: "info@acme.test", Status: importer.Created, ClientID: "Q2xpZW50OjE=",
		ClientName: "Acme Dental", PrimaryEmail: "info@acme.test", HTTPStatus: 200, Attempts: 1, FinishedAt: time.Now(), Fingerprint: "v1:0123456789abcdef0123456789abcdef", Run: 1}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(r); err != nil {
			b.Fatal(err)
		}
	}
}
