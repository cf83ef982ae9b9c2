package job_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place/placetest"
)

// An ended store loses its job after so many attempts.
type ended struct {
	importer.Store
	begun *atomic.Int64
	after int64
	lose  func()
}

func (e ended) Begin(ctx context.Context, a importer.Attempt) (importer.AttemptID, error) {
	if e.begun.Add(1) == e.after {
		e.lose()
	}
	return e.Store.Begin(ctx, a)
}

// TestALostJobEndsTheRun: whoever loses the job while it sends stops at once,
// says why, and is not taken for somebody who was interrupted.
func TestALostJobEndsTheRun(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "clients.csv")
	var b strings.Builder
	b.WriteString("client_name,user_email,user_password,tenant_voice_provider_id\n")
	for i := range 50 {
		fmt.Fprintf(&b, "Acme %d,a%d@acme.test,Secret-%d,TenantVoiceProvider:1\n", i, i, i)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		twin, err := sandbox.New(sandbox.Options{Key: "key"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = twin.Close() }()
		world := placetest.NewWorld(dir)
		run := func(after int64) (job.Result, error) {
			p := world.Place("job")
			var begun atomic.Int64
			return job.Run(context.Background(), job.RunOptions{
				Input: job.InputOptions{Path: path}, NewJob: after > 0,
				API:  job.API{BaseURL: "http://127.0.0.1:1", Key: importer.NewSecret("key"), Transport: twin.Transport()},
				Rate: 100, Workers: 2, // each request has its time, so that word gets around
				Store: func(s importer.Store) importer.Store {
					return ended{s, &begun, after, func() {
						p.Lose(&importer.Halt{Reason: importer.StopJournal, Message: "the lease is over"})
					}}
				},
			}.In(p))
		}
		res, err := run(10)
		if err != nil || res.Exit != job.ExitFailed || !res.Halt.For(importer.StopJournal) || res.Halt.Message != "the lease is over" {
			t.Errorf("exit code %d, halted by %+v, %v", res.Exit, res.Halt, err)
		}
		if n := len(twin.Clients()); n != res.Sent[importer.Created] || n > 12 { // what was begun goes to its end
			t.Errorf("%d clients after the job was lost at the tenth", n)
		}
		if res, err = run(0); err != nil || res.Exit != job.ExitDone || len(twin.Clients()) != 50 {
			t.Errorf("going on: exit code %d, %d clients, %v", res.Exit, len(twin.Clients()), err)
		}
	})
}
