package rows

import (
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

func client(name, email string) importer.Client {
	return importer.Client{Details: importer.Details{Name: name, Email: email},
		Users: []importer.User{{Email: "login-" + email, Password: importer.NewSecret("Pass-word-1")}}}
}

// known is what the journal knows of a client after it was sent.
func known(s importer.Status, c importer.Client, apiKey string) *importer.Entry {
	snapshot := c.Snapshot()
	return &importer.Entry{Key: importer.MakeKey(c.Details.Email), Status: s, ClientName: c.Details.Name, Attempts: 1, Run: 4,
		Snapshot: snapshot, Fingerprint: importer.Fingerprint(snapshot), SecretsMAC: c.SecretsMAC(apiKey)}
}

// TestWhatBecomesOfARow holds every branch of the classifier.
func TestWhatBecomesOfARow(t *testing.T) {
	const apiKey = "key"
	acme := client("Acme", "acme@x.example")
	renamed := client("Acme Ltd", "acme@x.example")
	password := client("Acme", "acme@x.example")
	password.Users[0].Password = importer.NewSecret("Pass-word-2")
	fault := importer.Finding{Severity: importer.Fault, Code: "bad_email", Message: "not an address"}
	warning := importer.Finding{Severity: importer.Warning, Code: "looks_odd", Message: "odd"}
	duplicate := importer.Finding{Severity: importer.Fault, Code: CodeDuplicate, Message: "stands twice"}
	ref := importer.RowRef{Number: 7}

	entry := func(s importer.Status, change ...func(*importer.Entry)) *importer.Entry {
		e := known(s, acme, apiKey)
		for _, f := range change {
			f(e)
		}
		return e
	}
	open := func(e *importer.Entry) { e.Open = true }
	oldFingerprint := func(e *importer.Entry) { e.Fingerprint = "v0:1" }
	fromFile := func(e *importer.Entry) { e.Snapshot, e.Fingerprint = nil, importer.FingerprintVersion+"other" }

	ruled := func(v verdict) func(*Item) {
		return func(it *Item) { it.ruling = &ruling{what: v} }
	}

	for _, c := range []struct {
		what     string
		rules    Classifier
		client   *importer.Client // nil: Acme
		findings []importer.Finding
		entry    *importer.Entry
		skipped  string
		change   func(*Item)

		status importer.Status
		send   bool
		resend bool
		code   string
		note   string // is part of a note; "" is no note at all
	}{
		{what: "a new row", status: importer.Pending, send: true},
		{what: "a warning keeps no row", findings: []importer.Finding{warning}, status: importer.Pending, send: true},
		{what: "a faulty row", findings: []importer.Finding{warning, fault}, status: importer.Invalid, code: "bad_email"},
		{what: "another row was chosen", rules: Classifier{Rows: RowSet{{from: 8, to: 8}}}, status: importer.Pending},
		{what: "this row was chosen", rules: Classifier{Rows: RowSet{{from: 7, to: 8}}}, status: importer.Pending, send: true},
		{what: "another row of its group was chosen", rules: Classifier{Rows: RowSet{{from: 9, to: 9}}},
			change: func(it *Item) { it.members = []*Item{it, {Ref: importer.RowRef{Number: 9}}} }, status: importer.Pending, send: true},
		{what: "a correction sends its own rows only", rules: Classifier{CorrectionOnly: true}, status: importer.Pending},
		{what: "a corrected row", rules: Classifier{CorrectionOnly: true}, change: func(it *Item) { it.Corrected = true },
			status: importer.Pending, send: true},

		{what: "created", entry: entry(importer.Created), status: importer.Created},
		{what: "created, and changed since", client: &renamed, entry: entry(importer.Created), status: importer.Created,
			note: "changed since it was sent: client_details.name"},
		{what: "created, and taken over from a file", entry: entry(importer.Created, fromFile), status: importer.Created, note: "changed since it was sent"},
		{what: "created by another version", client: &renamed, entry: entry(importer.Created, oldFingerprint), status: importer.Created},
		{what: "created, and faulty now", findings: []importer.Finding{fault}, entry: entry(importer.Created), status: importer.Created,
			note: "the row has a fault now: not an address"},
		{what: "created, and left out now", skipped: "Status is Cancelled", entry: entry(importer.Created), status: importer.Skipped, code: "skipped",
			note: "Status is Cancelled; its customer is created in run 4"},
		{what: "in doubt, and left out now", skipped: "Status is Cancelled", entry: entry(importer.InDoubt), status: importer.Skipped, code: "skipped",
			note: "Status is Cancelled; its customer is in doubt since run 4"},
		{what: "the later of two rows of a created key", findings: []importer.Finding{duplicate}, entry: entry(importer.Created),
			status: importer.Invalid, code: CodeDuplicate},

		{what: "in doubt waits", entry: entry(importer.InDoubt), status: importer.InDoubt},
		{what: "in doubt, to be resent", rules: Classifier{Resend: true}, entry: entry(importer.InDoubt), status: importer.InDoubt, send: true, resend: true},
		{what: "in doubt, faulty now", rules: Classifier{Resend: true}, findings: []importer.Finding{fault}, entry: entry(importer.InDoubt),
			status: importer.InDoubt, note: "the row has a fault now"},
		{what: "in flight is not resent", rules: Classifier{Resend: true}, entry: entry(importer.InDoubt, open), status: importer.InDoubt},
		{what: "in doubt, another was chosen", rules: Classifier{Resend: true, Rows: RowSet{{from: 1, to: 1}}}, entry: entry(importer.InDoubt), status: importer.InDoubt},

		{what: "rejected and the same", entry: entry(importer.Rejected), status: importer.Rejected},
		{what: "rejected and mended", client: &renamed, entry: entry(importer.Rejected), status: importer.Rejected, send: true},
		{what: "rejected, another password", client: &password, entry: entry(importer.Rejected), status: importer.Rejected, send: true},
		{what: "rejected by another version", client: &renamed, entry: entry(importer.Rejected, oldFingerprint), status: importer.Rejected},
		{what: "rejected, sent again on purpose", rules: Classifier{RetryRejected: true}, entry: entry(importer.Rejected), status: importer.Rejected, send: true},
		{what: "rejected, faulty now", findings: []importer.Finding{fault}, entry: entry(importer.Rejected), status: importer.Invalid, code: "bad_email"},
		{what: "failed goes again", entry: entry(importer.Failed), status: importer.Failed, send: true},
		{what: "failed, another was chosen", rules: Classifier{Rows: RowSet{{from: 1, to: 1}}}, entry: entry(importer.Failed), status: importer.Failed},

		{what: "left out by the filter", skipped: "Status is Cancelled", status: importer.Skipped, code: "skipped", note: "Status is Cancelled"},
		{what: "left out though it failed", skipped: "Status is Cancelled", entry: entry(importer.Failed), status: importer.Skipped, code: "skipped", note: "Status is Cancelled"},
		{what: "a row whose correction was created", client: &renamed, entry: entry(importer.Created), change: func(it *Item) { it.aliased = true },
			status: importer.Created},
		{what: "a possible duplicate", change: ruled(possibleDuplicate), status: importer.Invalid, code: CodePossibleDuplicate},
		{what: "a possible duplicate that failed before", entry: entry(importer.Failed), change: ruled(possibleDuplicate), status: importer.Invalid, code: CodePossibleDuplicate},
		{what: "another's key", entry: entry(importer.Created), change: ruled(keyMoved), status: importer.Invalid, code: CodeKeyMoved},
		{what: "the key of one in doubt", rules: Classifier{Resend: true}, entry: entry(importer.InDoubt), change: ruled(keyMoved), status: importer.Invalid, code: CodeKeyMoved},
		{what: "another's key, and a fault", findings: []importer.Finding{fault}, entry: entry(importer.Created), change: ruled(keyMoved), status: importer.Invalid, code: CodeKeyMoved},
		{what: "known under another key", entry: entry(importer.Created), change: ruled(joined), status: importer.Created},
	} {
		c.rules.APIKey = apiKey
		it := &Item{Ref: ref, Findings: c.findings, Entry: c.entry, Send: true}
		it.Request = importer.Request{Key: importer.MakeKey(acme.Details.Email), Client: acme, Skipped: c.skipped}
		if c.client != nil {
			it.Request.Client = *c.client
		}
		if c.change != nil {
			c.change(it)
		}
		c.rules.row(it)
		notes := strings.Join(it.Notes, "; ")
		if it.Status != c.status || it.Send != c.send || it.Request.Resend != c.resend || it.Code != c.code {
			t.Errorf("%s: %s, send %v, resend %v, code %q; want %s, %v, %v, %q", c.what,
				it.Status, it.Send, it.Request.Resend, it.Code, c.status, c.send, c.resend, c.code)
		}
		if (c.note == "") != (notes == "") || !strings.Contains(notes, c.note) {
			t.Errorf("%s: notes %q, want %q", c.what, notes, c.note)
		}
	}
}
