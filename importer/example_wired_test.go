package importer_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/importer/journal"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// The rooms wired by hand: an Input, the mapping, a journal in a file, the API's
// client and the engine. Package job does the same and much more: questions,
// guards, views. A second run sends nothing, and tells where each row stands.
func Example_wired() {
	dir, err := os.MkdirTemp("", "wired")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	server, err := sandbox.New(sandbox.Options{}) // in earnest: leave Options.Transport nil
	if err != nil {
		log.Fatal(err)
	}
	client, err := api.New(api.Options{BaseURL: "https://api.voiceaiwrapper.app", Key: importer.NewSecret("sample"),
		Transport: server.Transport()})
	if err != nil {
		log.Fatal(err)
	}
	customers := importertest.Rows([]string{"client_name", "user_email", "user_password", "tenant_voice_provider_id"},
		[]string{"Acme Dental", "jo@acme.example", "Sample-Pass-1", "TenantVoiceProvider:123"},
		[]string{"Globex", "li@globex", "Sample-Pass-2", "TenantVoiceProvider:123"})
	for range 2 {
		if err := importOnce(context.Background(), filepath.Join(dir, "journal.db"), customers, client); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// row 3: invalid: "li@globex" is not an e-mail address: its domain is not complete
	// row 2: created Q2xpZW50OjE=
	// sent: 1 created
	// row 3: invalid: "li@globex" is not an e-mail address: its domain is not complete
	// row 2: created Q2xpZW50OjE= (in run 1)
	// sent: none
}

// importOnce is one run over a journal that only this process has.
func importOnce(ctx context.Context, path string, in importer.Input, client importer.Creator) error {
	store, err := journal.Open(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		store, err = journal.Create(ctx, path, importer.JobHeader{JobID: "0123456789abcdef", Target: "https://api.voiceaiwrapper.app",
			KeyDefinition: importer.DefaultKeyDefinition, CreatedAt: time.Now()})
	}
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	if _, err := store.Recover(ctx); err != nil { // what a run left open that died is in doubt
		return err
	}
	run := importer.Run{StartedAt: time.Now()}
	if run.ID, err = store.StartRun(ctx, run); err != nil {
		return err
	}
	unsent := importer.Unsent(requests(in), store, func(r importer.Request, e importer.Entry) {
		fmt.Printf("row %s: %s %s (in run %d)\n", r.Row, e.Status, e.ClientID, e.Run)
	})
	tally := importer.Send(ctx, unsent, client, importer.SendOptions{
		Pacer:   importer.NewPacer(importer.PacerOptions{Rate: 5, Workers: 1}),
		Journal: store,
		Observe: func(e importer.Event) { fmt.Printf("row %s: %s %s\n", e.Request.Row, e.Status, e.Receipt.ClientID) },
	})
	fmt.Println("sent:", tally.Sent)
	if tally.Halt != nil {
		return fmt.Errorf("%s: %s", tally.Halt.Reason, tally.Halt.Message)
	}
	run.EndedAt, run.Sent = time.Now(), tally.Sent.Map()
	return store.UpdateRun(ctx, run)
}

// requests are the rows of an input that have no fault, mapped by the standard
// columns.
func requests(in importer.Input) importer.Requests {
	return func(ctx context.Context) iter.Seq2[importer.Request, error] {
		return func(yield func(importer.Request, error) bool) {
			var m *mapping.Mapper
			for row, err := range importer.Rows(ctx, in) {
				if m == nil && err == nil {
					m, err = mapping.New([]*importer.Header{row.Header}, mapping.Options{})
				}
				if err != nil {
					yield(importer.Request{}, err)
					return
				}
				req, findings := m.Map(row)
				fault := false
				for _, f := range findings {
					if f.Severity == importer.Fault {
						fmt.Printf("row %s: invalid: %s\n", row.Ref(), f.Message)
						fault = true
					}
				}
				if !fault && !yield(req, nil) {
					return
				}
			}
		}
	}
}
