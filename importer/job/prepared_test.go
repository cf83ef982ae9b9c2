package job_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place/placetest"
)

// A desk is where somebody prepares runs of one sheet.
type desk struct {
	t     *testing.T
	sheet string
	twin  *sandbox.Twin
	at    func() place.Place
}

// everywhere runs a test with a job in a folder, and with one in memory.
func everywhere(t *testing.T, test func(*testing.T, desk)) {
	for name, at := range map[string]func(t *testing.T, dir string) func() place.Place{
		"folder": func(t *testing.T, dir string) func() place.Place {
			return func() place.Place { return folderAt(t, filepath.Join(dir, "the.job")) }
		},
		"memory": func(_ *testing.T, dir string) func() place.Place {
			w := placetest.NewWorld(dir)
			return func() place.Place { return w.Place("the.job") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			test(t, deskIn(t, filepath.Join(dir, "clients.csv"), at(t, dir)))
		})
	}
}

func folderAt(t *testing.T, dir string) place.Place {
	t.Helper()
	p, err := place.At(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func deskIn(t *testing.T, sheet string, at func() place.Place) desk {
	t.Helper()
	twin, err := sandbox.New(sandbox.Options{Key: "key"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = twin.Close() })
	return desk{t, sheet, twin, at}
}

// write makes a sheet of these customers.
func (d desk) write(names ...string) {
	d.t.Helper()
	var b strings.Builder
	b.WriteString("client_name,user_email,user_password,tenant_voice_provider_id\n")
	for _, n := range names {
		fmt.Fprintf(&b, "%s,%s@x.test,Secret-%s,TenantVoiceProvider:1\n", n, strings.ToLower(n), n)
	}
	if err := os.WriteFile(d.sheet, []byte(b.String()), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) options(asks bool) job.RunOptions {
	return job.RunOptions{Input: job.InputOptions{Path: d.sheet}, NewJob: !asks && len(d.twin.Clients()) == 0, Asks: asks, Rate: importer.Unlimited,
		API: job.API{BaseURL: "http://127.0.0.1:1", Key: importer.NewSecret("key"), Transport: d.twin.Transport()}}.In(d.at())
}

func (d desk) prepare() *job.Prepared {
	d.t.Helper()
	p, err := job.Prepare(d.t.Context(), d.options(true))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(p.Close)
	return p
}

func (d desk) run() {
	d.t.Helper()
	if res, err := job.Run(d.t.Context(), d.options(false)); err != nil || res.Exit != job.ExitDone {
		d.t.Fatalf("exit code %d, %v", res.Exit, err)
	}
}

func answer(t *testing.T, p *job.Prepared, id, text string) {
	t.Helper()
	q := p.Question()
	if q == nil || q.ID != id || !q.YesNo() || q.Text == "" {
		t.Fatalf("the question is %+v, want %s", q, id)
	}
	p.Answer(job.Answer{ID: id, Text: text})
}

// TestAnOpenQuestionHoldsNothing: whoever thinks keeps nobody from the job, and
// what was shown is what happens.
func TestAnOpenQuestionHoldsNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, d desk) {
		d.write("Ann", "Bob")
		d.run()
		d.write("Ann", "Bob", "Cat")
		p := d.prepare()
		if p.Preview().Send != 1 {
			t.Errorf("%d would be sent", p.Preview().Send)
		}
		if _, err := p.Send(t.Context()); job.ExitOf(err) != job.ExitUsage || len(d.twin.Clients()) != 2 {
			t.Errorf("sent before the answer: %v", err)
		}
		j, err := job.OpenIn(t.Context(), d.at(), job.ModeRead)
		if err != nil {
			t.Fatal(err)
		}
		s, err := j.Status(t.Context())
		if err != nil || s.Running != nil {
			t.Errorf("held by %v, %v", s.Running, err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		answer(t, p, job.AskSend, job.Yes)
		if res, err := p.Send(t.Context()); err != nil || res.Sent[importer.Created] != 1 || len(d.twin.Clients()) != 3 {
			t.Errorf("sent %v, %v", res.Sent, err)
		}
	})
}

// TestSomebodyRanWhileTheQuestionWasOpen: the answer was to something else.
func TestSomebodyRanWhileTheQuestionWasOpen(t *testing.T) {
	everywhere(t, func(t *testing.T, d desk) {
		d.write("Ann")
		d.run()
		d.write("Ann", "Bob", "Cat")
		p := d.prepare()
		answer(t, p, job.AskSend, job.Yes)

		// Meanwhile somebody deletes Ann's client, and says so.
		j, err := job.OpenIn(t.Context(), d.at(), job.ModeSettle)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Settle(job.SettleOptions{Who: "other"}).Decide(t.Context(),
			[]job.Decision{{Decision: importer.Decision{Key: "ann@x.test", Action: importer.ActionDeleted}}}); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}

		if _, err := p.Send(t.Context()); !errors.Is(err, job.ErrMeanwhile) || len(d.twin.Clients()) != 1 {
			t.Fatalf("%v, and %d clients", err, len(d.twin.Clients()))
		}
		if p.Preview().Send != 3 {
			t.Errorf("%d would be sent now", p.Preview().Send)
		}
		answer(t, p, job.AskSend, job.Yes)
		if res, err := p.Send(t.Context()); err != nil || res.Sent[importer.Created] != 3 {
			t.Errorf("sent %v, %v", res.Sent, err)
		}
	})
}

// TestSomebodyElseSentItAll: nothing is left, and nothing is sent twice.
func TestSomebodyElseSentItAll(t *testing.T) {
	everywhere(t, func(t *testing.T, d desk) {
		d.write("Ann")
		d.run()
		d.write("Ann", "Bob", "Cat")
		p := d.prepare()
		answer(t, p, job.AskSend, job.Yes)
		d.run()
		if res, err := p.Send(t.Context()); err != nil || res.Exit != job.ExitDone || res.Sent.Total() != 0 || len(d.twin.Clients()) != 3 {
			t.Errorf("exit code %d, sent %v, %d clients, %v", res.Exit, res.Sent, len(d.twin.Clients()), err)
		}
	})
}

// TestSomebodyStartsTheJobMeanwhile: a job is started once.
func TestSomebodyStartsTheJobMeanwhile(t *testing.T) {
	everywhere(t, func(t *testing.T, d desk) {
		d.write("Ann")
		p := d.prepare()
		answer(t, p, job.AskSend, job.Yes)
		d.run()
		if _, err := p.Send(t.Context()); job.ExitOf(err) != job.ExitBusy || len(d.twin.Clients()) != 1 {
			t.Errorf("%v, and %d clients", err, len(d.twin.Clients()))
		}
	})
}

func TestNoMeansNothingIsSent(t *testing.T) {
	everywhere(t, func(t *testing.T, d desk) {
		d.write("Ann")
		p := d.prepare()
		answer(t, p, job.AskSend, "maybe")
		if q := p.Question(); q == nil || q.Fault == "" {
			t.Errorf("after a strange answer the question is %+v", q)
		}
		answer(t, p, job.AskSend, job.No)
		res, err := p.Send(t.Context())
		if err != nil || res.Exit != job.ExitStopped || !res.Halt.For(importer.StopDeclined) || len(d.twin.Clients()) != 0 {
			t.Errorf("exit code %d, %+v, %v", res.Exit, res.Halt, err)
		}
		if yes, err := d.at().Exists(t.Context()); yes || err != nil {
			t.Errorf("a job was started: %v", err)
		}
	})
}
