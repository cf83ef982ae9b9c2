package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// CodeAlreadyCreated is the code of a row that brings a user to a client that
// was created without it.
const CodeAlreadyCreated = "client_already_created"

// addByHand is what to do with such a row.
const addByHand = "add this user by hand, in the dashboard"

// gather reads all rows, since those of one client may be scattered, and makes
// one client of each group. Rows come in the order of the input; the client is
// classified where its first row stands.
func (p *Pass) gather(ctx context.Context) ([]*Item, error) {
	var items, clients []*Item
	groups := map[string]*Item{}
	for {
		it, err := p.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, importer.AsProblem(err)
		}
		items = append(items, it)
		group := ""
		if it.Row.Header != nil && len(it.Row.Cells) == len(it.Row.Header.Columns) {
			group = p.in.Mapper.Group(it.Row)
		}
		first := groups[group]
		switch {
		case group == "":
			clients = append(clients, it)
		case first == nil:
			groups[group], it.members = it, []*Item{it}
			clients = append(clients, it)
		default:
			it.leader, first.members = first, append(first.members, it)
		}
	}
	for _, it := range clients {
		p.merge(it)
		p.check(it)
	}
	for part := range slices.Chunk(clients, Chunk) {
		if err := p.lookup(ctx, part); err != nil {
			return nil, err
		}
	}
	for _, it := range clients {
		p.classifier.row(it)
		it.follow()
	}
	return items, io.EOF
}

// merge makes one request of the rows of a group.
func (p *Pass) merge(it *Item) {
	if len(it.members) < 2 {
		return
	}
	members := make([]mapping.Member, len(it.members))
	for i, m := range it.members {
		members[i] = mapping.Member{Row: m.Row, Request: m.Request, Findings: m.Findings}
		it.Corrected = it.Corrected || m.Corrected
	}
	it.Own = it.Request.Client.UserEmails()
	it.Request, it.Findings = p.in.Mapper.Merge(members)
	for _, m := range it.members[1:] {
		m.Own, m.Findings = m.Request.Client.UserEmails(), nil
	}
}

// follow lets the later rows of a group stand where their client stands, but
// for those that bring users to a client that was created without them.
func (it *Item) follow() {
	for _, m := range it.members {
		m.Late = ""
	}
	if len(it.members) < 2 {
		return
	}
	for _, m := range it.members[1:] {
		m.Status, m.Code, m.Entry, m.Send, m.Notes = it.Status, it.Code, it.Entry, false, it.Notes
		m.Request = it.Request
		m.Request.Row = m.Ref
	}
	if it.Status != importer.Created || it.Entry == nil {
		return
	}
	sent := it.Entry.Sent().UserEmails()
	for _, m := range it.members {
		added := slices.DeleteFunc(slices.Clone(m.Own), func(e string) bool { return slices.Contains(sent, e) })
		if len(added) > 0 && len(sent) > 0 {
			m.Late = fmt.Sprintf("the client was created before this row was there, without the user %s", added[0])
		}
	}
}
