package rows

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// An Item is one row of the input on its way: what it says, what the journal
// knows of it, and what follows.
type Item struct {
	Ref        importer.RowRef // its place in the input, also when corrected
	Row        importer.Row
	Request    importer.Request
	Findings   []importer.Finding
	Entry      *importer.Entry // nil: the journal does not know it
	Token      string          // _key of the rejects
	base       []string        // the cells as they stand in the input; nil without it
	sheetKey   importer.Key    // the row's own key as it stands there; "" if it has none
	sheetMarks importer.Marks  // what it says beside that key there, where corrections gave it another
	corrected  []int           // cells that are not as they stand there
	replaced   []importer.User // users as they stand there, where cells were corrected
	OldKey     importer.Key    // the key it had before corrections gave it another
	rekeyed    bool            // that it has another one is on record, with the cells as they stand there
	Corrected  bool            // a row of the rejects file that is being run
	aliased    bool            // what became of it with its correction stands under another key
	Suspect    *importer.Entry // the customer it may be, or whose key it has; nil: none
	ruling     *ruling         // whose row it is, where that was in question
	Own        []string        // the users its own row brings to a group
	Late       string          // why a row of a group came too late; "" if it did not
	members    []*Item         // the rows of a group whose client stands here, itself the first
	leader     *Item           // where the client of a later row stands; nil: here

	Status  importer.Status // where it stands
	Send    bool            // a run sends it
	Code    string          // for rows that are invalid
	Notes   []string
	Drifted bool // created or in doubt, and says something now that was not sent

	unchanged bool // created or in doubt, and just as it was sent

	// secretsUnknown: a rejected row whose passwords cannot be compared with
	// those that were sent.
	secretsUnknown bool
}

// Cells is the hash of the row's cells as they stand in the input, "" without it.
func (it *Item) Cells() string {
	if it.base == nil {
		return ""
	}
	return table.Hash(it.base)
}

// sheetRow is the row as it stands in the input.
func (it *Item) sheetRow() importer.Row {
	row := it.Row
	row.Cells = it.base
	return row
}

// Leads tells whether the row's client stands here: not at an earlier row of
// its group.
func (it *Item) Leads() bool { return it.leader == nil }

// Count counts a client where it stands, and a row that came too late for its
// client by itself.
func (it *Item) Count(c *importer.Counts) {
	if it.Late != "" {
		c[importer.Invalid]++
	}
	if it.leader == nil {
		c[it.Status]++
	}
}

// Result is the item as a line of the results.
func (it *Item) Result() importer.Result {
	r := importer.Result{Row: it.Ref, Key: it.Request.EntryKey(), Status: it.Status,
		ClientName: it.Request.Client.Details.Name, PrimaryEmail: it.Request.Client.Details.Email}
	if it.Entry != nil {
		r = importer.ResultOf(it.Ref, *it.Entry)
		r.Status = it.Status
	}
	if it.Late != "" {
		r.Status, r.HTTPStatus, r.Code, r.Message, r.Advice = importer.Invalid, 0, CodeAlreadyCreated, it.Late, addByHand
	}
	if it.Status == importer.Invalid {
		if it.leader != nil {
			it.Findings = it.leader.Findings
		}
		r.HTTPStatus = 0
		// What is held is what the row says, whoever was sent under its key.
		if d := it.Request.Client.Details; d.Name != "" {
			r.ClientName, r.PrimaryEmail = d.Name, d.Email
		}
		first, _ := importer.FirstFault(it.Findings)
		r.Code, r.Message, r.Advice = it.Code, faults(it.Findings), first.Advice
	}
	if it.Entry == nil && it.Request.Skipped == "" && it.Request.Client.Details.Name != "" {
		r.Fingerprint = importer.Fingerprint(it.Request.Client.Snapshot())
	}
	for _, n := range it.Notes {
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

// Passwords are those that the row has, also if it is not sent, and those that
// corrections took out of it, which may have been sent before.
func (it *Item) Passwords() []importer.Secret {
	var out []importer.Secret
	for _, u := range slices.Concat(it.Request.Client.Users, it.replaced) {
		out = append(out, u.Password)
	}
	return out
}

// Marks are what the row's customer is recognised by, beside the key.
func (it *Item) Marks() importer.Marks {
	c := it.Request.Client
	return importer.Marks{Names: []string{c.Details.Name}, Logins: c.UserEmails()}
}
