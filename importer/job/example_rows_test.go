package job_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// A snapshot is what a program has of its customers: rows that were fetched once
// from a database or a CRM, and are the same at every pass.
type snapshot struct {
	header importer.Header
	rows   [][]string
}

// Digest is left to the job, which takes one of the rows.
func (s *snapshot) Digest() string { return "" }

func (s *snapshot) Open(context.Context) (importer.Source, error) { return &cursor{s: s}, nil }

type cursor struct {
	s  *snapshot
	at int
}

func (c *cursor) Read() (importer.Row, error) {
	if c.at == len(c.s.rows) {
		return importer.Row{}, io.EOF
	}
	c.at++
	return importer.Row{Header: &c.s.header, Number: c.at, Cells: c.s.rows[c.at-1]}, nil
}

func (c *cursor) Close() error { return nil }

// Customers that a program has, imported every night: checked first, then sent.
// The job knows what became of each, so a second run sends nothing.
func ExampleRun_rows() {
	dir, err := os.MkdirTemp("", "job")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	server, err := sandbox.New(sandbox.Options{}) // in earnest: leave API.Transport nil
	if err != nil {
		log.Fatal(err)
	}
	customers := &snapshot{
		header: importer.Header{Columns: []string{"client_name", "user_email", "user_password", "tenant_voice_provider_id"}},
		rows: [][]string{
			{"Acme Dental", "jo@acme.example", "Sample-Pass-1", "TenantVoiceProvider:123"},
			{"Globex", "li@globex.example", "Sample-Pass-2", "TenantVoiceProvider:123"},
		},
	}
	api := job.API{BaseURL: "https://api.voiceaiwrapper.app", Key: importer.NewSecret("sample"), Transport: server.Transport()}
	folder, ctx := filepath.Join(dir, "crm.job"), context.Background()
	input := job.InputOptions{Rows: customers, Path: "customers of the CRM"}
	checked, err := job.Check(ctx, job.CheckOptions{Input: input})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("checked:", checked.Counts)
	for _, first := range []bool{true, false} {
		res, err := job.Run(ctx, job.RunOptions{
			Input:  input,  // a file's Path, or Rows: an importer.Input of your own
			Dir:    folder, // the job remembers who was created
			NewJob: first,  // starting one is a decision
			API:    api,    // BaseURL and Key
		})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("run %d sent: %v; customers: %v; exit code %d\n", res.Run, res.Sent, res.Counts, res.Exit)
	}
	fmt.Println("on the server:", len(server.Clients()))
	// Output:
	// checked: 2 pending
	// run 1 sent: 2 created; customers: 2 created; exit code 0
	// run 2 sent: none; customers: 2 created; exit code 0
	// on the server: 2
}
