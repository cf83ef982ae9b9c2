package job_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// free makes sure that nobody has the job: somebody else can take it.
func (d desk) free(what string) {
	d.t.Helper()
	j, err := job.OpenIn(d.t.Context(), d.at(), job.ModeSettle)
	if err != nil {
		d.t.Fatalf("%s, the job is held: %v", what, err)
	}
	if err := j.Close(); err != nil {
		d.t.Fatal(err)
	}
}

// doubtful runs a sheet whose customers are created, and puts them in doubt as
// if no answer had come; their ids come back.
func (d desk) doubtful(names ...string) map[importer.Key]string {
	d.t.Helper()
	d.write(names...)
	d.run()
	s, err := d.at().Open(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	ids := map[importer.Key]string{}
	for e, err := range s.Walk(d.t.Context(), importer.Created, importer.Whole) {
		if err != nil {
			d.t.Fatal(err)
		}
		ids[e.Key] = e.ClientID
	}
	for k := range ids {
		es, err := s.Lookup(d.t.Context(), []importer.Key{k})
		if err != nil || len(es) != 1 {
			d.t.Fatal(err)
		}
		after := es[0]
		after.Status, after.ClientID = importer.InDoubt, ""
		if err := s.Decide(d.t.Context(), importer.Decision{Key: k, Action: importer.ActionAdopted, After: &after}); err != nil {
			d.t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		d.t.Fatal(err)
	}
	return ids
}

func (d desk) settlement() *job.Settlement {
	d.t.Helper()
	j, err := job.OpenIn(d.t.Context(), d.at(), job.ModeSettle)
	if err != nil {
		d.t.Fatal(err)
	}
	s := j.Settle(job.SettleOptions{Who: "somebody", ReadBack: true,
		API: job.API{Key: importer.NewSecret("key"), Transport: d.twin.Transport()}})
	d.t.Cleanup(func() { _ = s.Close() })
	return s
}

func created(key importer.Key, id string) []job.Decision {
	return []job.Decision{{Decision: importer.Decision{Key: key, Action: importer.ActionCreated, ClientID: id}}}
}

// TestSettlingHoldsNothingWhileSomebodyThinks: neither while rows are looked at,
// nor while an id is doubted; what was decided counts at once.
func TestSettlingHoldsNothingWhileSomebodyThinks(t *testing.T) {
	everywhere(t, func(t *testing.T, d desk) {
		ids := d.doubtful("Ann", "Bob")
		s := d.settlement()
		qs, err := s.Unsettled(t.Context())
		if err != nil || len(qs) != 2 {
			t.Fatalf("%d rows, %v", len(qs), err)
		}
		d.free("while somebody looks")

		out, err := s.Decide(t.Context(), created("ann@x.test", ids["bob@x.test"]))
		if err != nil || out.Question == nil || !out.Question.YesNo() || len(out.Read) != 1 || !out.Read[0].Differs || len(out.Made) > 0 {
			t.Fatalf("%+v, %v", out, err)
		}
		d.free("while an id is doubted")
		if out, err = s.Decide(t.Context(), created("ann@x.test", ids["bob@x.test"])); err != nil || out.Question == nil || len(out.Made) > 0 {
			t.Errorf("decided without an answer: %+v, %v", out, err)
		}
		s.Answer(job.Answer{ID: job.AskSame, Text: job.No})
		if out, err = s.Decide(t.Context(), created("ann@x.test", ids["bob@x.test"])); err != nil || out.Question != nil || len(out.Made) > 0 {
			t.Errorf("decided against the answer: %+v, %v", out, err)
		}
		if out, err = s.Decide(t.Context(), created("ann@x.test", ids["ann@x.test"])); err != nil || len(out.Made) != 1 {
			t.Errorf("the right id: %+v, %v", out, err)
		}
		d.free("between two decisions")
		if qs, err = s.Unsettled(t.Context()); err != nil || len(qs) != 1 {
			t.Errorf("%d rows are left, %v", len(qs), err)
		}
		if res, err := s.End(t.Context()); err != nil || res.InDoubt != 1 {
			t.Errorf("%d in doubt, %v", res.InDoubt, err)
		}
	})
}

// TestAnUnknownIDIsAskedAbout: the server's word that there is no such client is
// not overheard, and not taken for the truth either.
func TestAnUnknownIDIsAskedAbout(t *testing.T) {
	everywhere(t, func(t *testing.T, d desk) {
		d.doubtful("Ann")
		s := d.settlement()
		const id = "Q2xpZW50Ojc3Nw=="
		out, err := s.Decide(t.Context(), created("ann@x.test", id))
		if err != nil || out.Question == nil || len(out.Read) != 1 || !out.Read[0].Missing || len(out.Made) > 0 {
			t.Fatalf("%+v, %v", out, err)
		}
		s.Answer(job.Answer{ID: job.AskSame, Text: job.Yes})
		if out, err = s.Decide(t.Context(), created("ann@x.test", id)); err != nil || len(out.Made) != 1 || out.Made[0].After.ClientID != id {
			t.Errorf("%+v, %v", out, err)
		}
	})
}

// TestARunMeanwhileKeepsDecisionsWaiting: a decision that meets a run at the job
// says so, and can be made when it has ended.
func TestARunMeanwhileKeepsDecisionsWaiting(t *testing.T) {
	everywhere(t, func(t *testing.T, d desk) {
		ids := d.doubtful("Ann")
		s := d.settlement()
		if _, err := s.Unsettled(t.Context()); err != nil {
			t.Fatal(err)
		}
		j, err := job.OpenIn(t.Context(), d.at(), job.ModeSettle)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decide(t.Context(), created("ann@x.test", ids["ann@x.test"])); job.ExitOf(err) != job.ExitBusy {
			t.Errorf("exit code %d, %v", job.ExitOf(err), err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if out, err := s.Decide(t.Context(), created("ann@x.test", ids["ann@x.test"])); err != nil || len(out.Made) != 1 {
			t.Errorf("%+v, %v", out, err)
		}
	})
}

// TestAHandoverAsksBeforeItHolds: a passphrase and a yes are waited for without
// the job, and a no opens nothing.
func TestAHandoverAsksBeforeItHolds(t *testing.T) {
	everywhere(t, func(t *testing.T, d desk) {
		key, err := job.Keygen(filepath.Join(t.TempDir(), "key.txt"), "")
		if err != nil {
			t.Fatal(err)
		}
		lock(t, key.Path, "open sesame")
		d.sealed("Ann", key.Recipient)
		out := filepath.Join(t.TempDir(), "logins.csv")
		prepare := func(o job.HandoverOptions) *job.PreparedHandover {
			t.Helper()
			j, err := job.OpenIn(t.Context(), d.at(), job.ModeSettle)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = j.Close() })
			o.Format, o.Out, o.Identity, o.Named, o.Who = "mailmerge", out, key.Path, true, "somebody"
			p, err := j.PrepareHandover(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		say := func(p *job.PreparedHandover, text string) {
			t.Helper()
			d.free("while somebody is asked")
			q := p.Question()
			if q == nil || q.Secret == q.YesNo() {
				t.Fatalf("the question is %+v", q)
			}
			p.Answer(job.Answer{ID: q.ID, Text: text})
		}
		p := prepare(job.HandoverOptions{Forget: true})
		if _, err := p.Write(t.Context()); job.ExitOf(err) != job.ExitUsage {
			t.Errorf("written before the answer: %v", err)
		}
		say(p, "open sesame")
		say(p, job.No)
		if h, err := p.Write(t.Context()); err != nil || !h.Declined || h.Exit() != job.ExitStopped {
			t.Errorf("%+v, %v", h, err)
		}
		p = prepare(job.HandoverOptions{})
		say(p, "open barley")
		if _, err := p.Write(t.Context()); job.ExitOf(err) != job.ExitUsage {
			t.Errorf("a wrong passphrase: %v", err)
		}
		if _, err := os.Lstat(out); err == nil {
			t.Fatal("something was written")
		}
		p = prepare(job.HandoverOptions{Forget: true})
		say(p, "open sesame")
		say(p, job.Yes)
		if h, err := p.Write(t.Context()); err != nil || h.Logins != 1 || !h.Forgot || h.Path != out {
			t.Errorf("%+v, %v", h, err)
		}
		d.free("afterwards")
	})
}

// sealed runs a customer whose password is generated, and sealed to a key.
func (d desk) sealed(name, recipient string) {
	d.t.Helper()
	d.write(name)
	mapping := `version: 1
ignore: [user_password]
request:
  client_details: {name: {column: client_name}}
  client_users:
    - {email: {column: user_email}, password: {generate: {length: 20}}}
  client_asset_group: {tenant_voice_provider_id: {column: tenant_voice_provider_id}}
`
	if err := os.WriteFile(job.MappingFor(d.sheet), []byte(mapping), 0o600); err != nil {
		d.t.Fatal(err)
	}
	o := d.options(false)
	o.Recipients = []string{recipient}
	if res, err := job.Run(d.t.Context(), o); err != nil || res.Exit != job.ExitDone {
		d.t.Fatalf("exit code %d, %v", res.Exit, err)
	}
}

// lock puts a private key under a passphrase that costs no second to try.
func lock(t *testing.T, path, passphrase string) {
	t.Helper()
	plain, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(10)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(plain)
	if err := errors.Join(err, w.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}
