package rows

import (
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// The codes of findings that this package itself makes or looks for.
const (
	CodeDuplicate         = "duplicate_key"
	CodePossibleDuplicate = "possible_duplicate"
	CodeKeyMoved          = "key_moved"
)

// A Classifier says what becomes of a row: a pure function of the row, what the
// journal knows of it, and what the survey found out about its neighbours.
type Classifier struct {
	APIKey         string // for comparing secrets; "" counts them as unchanged
	Resend         bool   // --on-doubt resend
	RetryRejected  bool
	Rows           RowSet // nil: all
	CorrectionOnly bool   // only rows of the correction are sent

	First   func(importer.Key) (importer.RowRef, bool) // where a key stands first; nil before the survey
	joined  map[importer.RowRef]importer.Key           // rows that a correction gave another key, and that stay where they were
	rulings map[importer.RowRef]ruling                 // whose rows the questionable ones are
}

// row classifies one item.
func (c *Classifier) row(it *Item) {
	// It may have been classified before it was known whose row it is.
	it.Send, it.Request.Resend, it.Notes, it.Drifted, it.unchanged = false, false, nil, false, false
	if it.Request.Skipped != "" {
		it.Status, it.Code, it.Notes = importer.Skipped, "skipped", []string{it.Request.Skipped}
		if it.Entry != nil && it.Entry.Status.MayExist() {
			it.Notes = append(it.Notes, "its customer is "+standing(*it.Entry))
		}
		return
	}
	it.apply()
	fault, faulty := importer.FirstFault(it.Findings)
	dup := faulty && hasCode(it.Findings, CodeDuplicate)
	e := it.Entry
	switch {
	case dup:
		// The later of two rows with one key is nobody's row, whatever the
		// journal knows of the key.
		it.Entry = nil
		it.invalid(CodeDuplicate)
	case it.ruling != nil && it.ruling.what == keyMoved:
		// Nor is this one: the journal knows somebody else under its key.
		it.Entry = nil
		it.invalid(CodeKeyMoved)
	case e != nil && e.Status == importer.Created:
		it.Status = importer.Created
		it.drift(fault, faulty)
	case e != nil && e.Status == importer.InDoubt:
		it.Status = importer.InDoubt
		it.drift(fault, faulty)
		it.Send = c.Resend && !faulty && !e.Open && c.wanted(it)
		it.Request.Resend = it.Send
	case faulty:
		it.invalid(fault.Code)
	case e != nil && e.Status == importer.Rejected:
		it.Status = importer.Rejected
		it.Send = (c.RetryRejected || c.changed(it)) && c.wanted(it)
	case e != nil:
		it.Status = importer.Failed
		it.Send = c.wanted(it)
	default:
		it.Status = importer.Pending
		it.Send = c.wanted(it)
	}
}

// wanted tells whether this run may send the row at all.
func (c *Classifier) wanted(it *Item) bool {
	if c.CorrectionOnly && !it.Corrected {
		return false
	}
	return c.Rows == nil || c.Rows.Has(it.Ref) || slices.ContainsFunc(it.members, func(m *Item) bool { return c.Rows.Has(m.Ref) })
}

// changed tells a mended row from a repeated one.
func (c *Classifier) changed(it *Item) bool {
	e := it.Entry
	now := importer.Fingerprint(it.Request.Client.Snapshot())
	if !strings.HasPrefix(e.Fingerprint, importer.FingerprintVersion) {
		return false // of another version: not comparable
	}
	if e.Fingerprint != now {
		return true
	}
	changed, known := importer.SecretsChanged(e.SecretsMAC, it.Request.Client.SecretsMAC(c.APIKey))
	it.secretsUnknown = !known
	return changed
}

// duplicate finds the later of two rows with one key, from the survey.
func (c *Classifier) duplicate(it *Item) (importer.Finding, bool) {
	if c.First == nil || it.Request.Key == "" {
		return importer.Finding{}, false
	}
	if first, ok := c.First(it.Request.Key); !ok || first == it.Ref {
		return importer.Finding{}, false
	} else {
		return mapping.DuplicateKey(it.Row.Cell(-1), first), true
	}
}

func (it *Item) invalid(code string) {
	it.Status, it.Code, it.Send = importer.Invalid, code, false
}

// drift notes what a known row says now that was not sent.
func (it *Item) drift(fault importer.Finding, faulty bool) {
	if faulty {
		it.Notes = append(it.Notes, "the row has a fault now: "+fault.Message)
		return
	}
	if it.aliased {
		return // the row as it was before its correction
	}
	e := it.Entry
	if !strings.HasPrefix(e.Fingerprint, importer.FingerprintVersion) {
		return
	}
	now := it.Request.Client.Snapshot()
	switch {
	case importer.Fingerprint(now) == e.Fingerprint:
		it.unchanged = true
		return
	case len(e.Snapshot) == 0: // taken over from a file
		it.Notes = append(it.Notes, "changed since it was sent")
	default:
		it.Notes = append(it.Notes, "changed since it was sent: "+strings.Join(importer.Changed(e.Snapshot, now), ", "))
	}
	it.Drifted = true
}

func hasCode(fs []importer.Finding, code string) bool {
	return slices.ContainsFunc(fs, func(f importer.Finding) bool { return f.Code == code })
}
