package job

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// The codes of findings that this package itself makes or looks for.
const (
	codeDuplicate         = "duplicate_key"
	codePossibleDuplicate = "possible_duplicate"
)

// A decider says what becomes of a row: a pure function of the row, what the
// journal knows of it, and what the survey found out about its neighbours.
type decider struct {
	apiKey        string // for comparing secrets; "" counts them as unchanged
	resend        bool   // --on-doubt resend
	retryRejected bool
	rows          RowSet // nil: all
	correction    bool   // only rows of the correction are sent

	first    func(importer.Key) (importer.RowRef, bool) // where a key stands first; nil before the survey
	joined   map[importer.RowRef]importer.Key           // rows known under another key
	suspects map[importer.RowRef]*suspicion             // possible duplicates
}

// A suspicion is a row that may be a customer the journal knows already.
type suspicion struct {
	finding importer.Finding
	known   importer.Entry
}

// row decides one item.
func (d *decider) row(it *item) {
	it.send, it.req.Resend = false, false // it may have been decided before it was joined
	if su, ok := d.suspects[it.ref]; ok {
		it.findings, it.suspect = append(it.findings, su.finding), &su.known
	}
	if it.req.Skipped != "" && !(it.entry != nil && it.entry.Status.MayExist()) {
		it.status, it.code, it.notes = importer.Skipped, "skipped", append(it.notes, it.req.Skipped)
		return
	}
	fault, faulty := importer.FirstFault(it.findings)
	dup := faulty && hasCode(it.findings, codeDuplicate)
	e := it.entry
	switch {
	case dup:
		// The later of two rows with one key is nobody's row, whatever the
		// journal knows of the key.
		it.entry = nil
		it.invalid(codeDuplicate)
	case e != nil && e.Status == importer.Created:
		it.status = importer.Created
		it.drift(fault, faulty)
	case e != nil && e.Status == importer.InDoubt:
		it.status = importer.InDoubt
		it.drift(fault, faulty)
		it.send = d.resend && !faulty && !e.Open && d.wanted(it)
		it.req.Resend = it.send
	case faulty:
		it.invalid(fault.Code)
	case it.aliased:
		it.notes = append(it.notes, fmt.Sprintf("corrected to %s, which is not created yet: mend the row in the sheet or feed the corrected rejects back", it.req.Joined))
		it.status = importer.Rejected
		if e != nil {
			it.status = e.Status
		}
	case e != nil && e.Status == importer.Rejected:
		it.status = importer.Rejected
		it.send = (d.retryRejected || d.changed(it)) && d.wanted(it)
	case e != nil:
		it.status = importer.Failed
		it.send = d.wanted(it)
	default:
		it.status = importer.Pending
		it.send = d.wanted(it)
	}
}

// wanted tells whether this run may send the row at all.
func (d *decider) wanted(it *item) bool {
	if d.correction && !it.fixed {
		return false
	}
	return d.rows == nil || d.rows.Has(it.ref) || slices.ContainsFunc(it.members, func(m *item) bool { return d.rows.Has(m.ref) })
}

// changed tells a mended row from a repeated one.
func (d *decider) changed(it *item) bool {
	e := it.entry
	now := importer.Fingerprint(it.req.Client.Snapshot())
	if !strings.HasPrefix(e.Fingerprint, importer.FingerprintVersion) {
		return false // of another version: not comparable
	}
	if e.Fingerprint != now {
		return true
	}
	changed, known := importer.SecretsChanged(e.SecretsMAC, it.req.Client.SecretsMAC(d.apiKey))
	it.secretsUnknown = !known
	return changed
}

// duplicate finds the later of two rows with one key, from the survey.
func (d *decider) duplicate(it *item) (importer.Finding, bool) {
	if d.first == nil || it.req.Key == "" {
		return importer.Finding{}, false
	}
	if first, ok := d.first(it.req.Key); !ok || first == it.ref {
		return importer.Finding{}, false
	} else {
		return mapping.DuplicateKey(it.row.Cell(-1), first), true
	}
}

func (it *item) invalid(code string) {
	it.status, it.code, it.send = importer.Invalid, code, false
}

// drift notes what a known row says now that was not sent.
func (it *item) drift(fault importer.Finding, faulty bool) {
	if faulty {
		it.notes = append(it.notes, "the row has a fault now: "+fault.Message)
		return
	}
	if it.aliased || it.req.Skipped != "" {
		return // the row as it was before its correction
	}
	e := it.entry
	if !strings.HasPrefix(e.Fingerprint, importer.FingerprintVersion) {
		return
	}
	now := it.req.Client.Snapshot()
	switch {
	case importer.Fingerprint(now) == e.Fingerprint:
		return
	case len(e.Snapshot) == 0: // taken over from a file
		it.notes = append(it.notes, "changed since it was sent")
	default:
		it.notes = append(it.notes, "changed since it was sent: "+strings.Join(importer.Changed(e.Snapshot, now), ", "))
	}
	it.drifted = true
}

func hasCode(fs []importer.Finding, code string) bool {
	for _, f := range fs {
		if f.Code == code {
			return true
		}
	}
	return false
}

// result is the item as a line of the results.
func (it *item) result() importer.Result {
	r := importer.Result{Row: it.ref, Key: it.req.EntryKey(), Status: it.status,
		ClientName: it.req.Client.Details.Name, PrimaryEmail: it.req.Client.Details.Email}
	if it.entry != nil {
		r = importer.ResultOf(it.ref, *it.entry)
		r.Status = it.status
	}
	if it.added != "" {
		r.Status, r.HTTPStatus, r.Code, r.Message, r.Advice = importer.Invalid, 0, codeAlreadyCreated, it.added, "add this user by hand, in the dashboard"
	}
	if it.status == importer.Invalid {
		if it.leader != nil {
			it.findings = it.leader.findings
		}
		r.HTTPStatus = 0
		r.Code, r.Message, r.Advice = it.code, faults(it.findings), ""
		for _, f := range it.findings {
			if f.Severity == importer.Fault {
				r.Advice = f.Advice
				break
			}
		}
	}
	if it.entry == nil && it.req.Skipped == "" && it.req.Client.Details.Name != "" {
		r.Fingerprint = importer.Fingerprint(it.req.Client.Snapshot())
	}
	for _, n := range it.notes {
		if r.Note != "" {
			r.Note += "; "
		}
		r.Note += n
	}
	return r
}

// faults tells all faults of a row in one line.
func faults(fs []importer.Finding) string {
	var parts []string
	for _, f := range fs {
		if f.Severity != importer.Fault {
			continue
		}
		p := f.Message
		if f.Cell.Column != "" {
			p = fmt.Sprintf("column %q: %s", f.Cell.Column, p)
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, "; ")
}
