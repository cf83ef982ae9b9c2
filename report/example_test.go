package report_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/report"
)

// A line of the results for each row, whatever the row ended as.
func ExampleNewResults() {
	var out bytes.Buffer
	w := report.NewResults(&out, "0123456789abcdef#1")
	for _, r := range []importer.Result{
		{Row: importer.RowRef{Number: 2}, Key: "info@acme.example", Status: importer.Created, ClientID: "Q2xpZW50OjE=", ClientName: "=Acme",
			PrimaryEmail: "info@acme.example", HTTPStatus: 201, Attempts: 1, FinishedAt: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), Run: 1},
		{Row: importer.RowRef{Number: 3}, Key: "jo@globex.example", Status: importer.Invalid, Code: "missing", Message: "no password",
			Advice: "fill it in"},
	} {
		if err := w.Write(r); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Print(out.String())
	// Output:
	// row,sheet,key,status,client_id,client_name,primary_email,asset_group_id,http_status,code,message,advice,attempts,finished_at,fingerprint,run,note,_job
	// 2,,info@acme.example,created,Q2xpZW50OjE=,'=Acme,info@acme.example,,201,,,,1,2026-02-03T04:05:06Z,,1,,0123456789abcdef#1
	// 3,,jo@globex.example,invalid,,,,,,missing,no password,fill it in,0,,,,,0123456789abcdef#1
}

// What people hand back is read by its columns, whatever else was added.
func ExampleLines() {
	src, err := importertest.Rows([]string{"Key", "my remarks", "status"},
		[]string{"info@acme.example", "called them", "absent"}).Open(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for line, err := range report.Lines(src) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(line.Key, line.Status)
	}
	// Output:
	// info@acme.example absent
}
