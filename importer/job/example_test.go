package job_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

const sheet = `client_name,client_email,user_email,user_password,tenant_voice_provider_id
Acme Dental,info@acme.example,jo@acme.example,Sample-Pass-1,TenantVoiceProvider:123
Globex,,,,TenantVoiceProvider:123
`

func writeSheet() (path string, remove func()) {
	dir, err := os.MkdirTemp("", "job")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(dir, "clients.csv")
	if err := os.WriteFile(path, []byte(sheet), 0o600); err != nil {
		log.Fatal(err)
	}
	return path, func() { _ = os.RemoveAll(dir) }
}

// A rehearsal: the same as a run, against a twin of the API. The run after it
// sends nothing, since the job knows what became of each row.
func ExamplePrepare() {
	path, remove := writeSheet()
	defer remove()
	options := job.RunOptions{
		Input:     job.InputOptions{Path: path},
		Rehearsal: true,
		Twin: func(dir string) (job.Transport, error) {
			twin, err := sandbox.New(sandbox.Options{File: filepath.Join(dir, "twin.jsonl")})
			if err != nil {
				return nil, err
			}
			return twin.Transport(), nil
		},
	}
	for range 2 {
		p, err := job.Prepare(context.Background(), options)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d of %d rows would be sent\n", p.Preview().Send, p.Preview().Rows)
		res, err := p.Send(context.Background())
		p.Close()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d created, %d invalid: exit code %d\n", res.Counts[importer.Created], res.Counts[importer.Invalid], res.Exit)
	}
	// Output:
	// 1 of 2 rows would be sent
	// 1 created, 1 invalid: exit code 3
	// 0 of 2 rows would be sent
	// 1 created, 1 invalid: exit code 3
}

// Check reads and maps every row and sends nothing.
func ExampleCheck() {
	path, remove := writeSheet()
	defer remove()
	checked, err := job.Check(context.Background(), job.CheckOptions{Input: job.InputOptions{Path: path}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(checked.Rows, "rows, exit code", checked.Exit)
	for _, g := range checked.Groups {
		where := g.Cell.String()
		if g.Everywhere {
			where = "every row"
		}
		fmt.Printf("%s (%s): %s\n", g.Severity, where, g.Message)
	}
	// Output:
	// 2 rows, exit code 3
	// fault (clients.csv: row 3, column "user_email"): is empty, and is needed
	// fault (clients.csv: row 3, column "user_password"): is empty, and is needed
	// note (every row): "TenantVoiceProvider:123" is sent as VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=
}
