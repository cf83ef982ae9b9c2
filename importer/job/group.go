package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

const codeAlreadyCreated = "client_already_created"

// gather reads all rows, since those of one client may be scattered, and makes
// one client of each group. Rows come in the order of the input; the client is
// decided on where its first row stands.
func (s *stream) gather(ctx context.Context) ([]*item, error) {
	var items, clients []*item
	groups := map[string]*item{}
	for {
		it, err := s.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, asProblem(err)
		}
		items = append(items, it)
		group := ""
		if it.row.Header != nil && len(it.row.Cells) == len(it.row.Header.Columns) {
			group = s.in.mapper.Group(it.row)
		}
		first := groups[group]
		switch {
		case group == "":
			clients = append(clients, it)
		case first == nil:
			groups[group], it.members = it, []*item{it}
			clients = append(clients, it)
		default:
			it.leader, first.members = first, append(first.members, it)
		}
	}
	for _, it := range clients {
		s.merge(it)
		s.check(it)
	}
	for part := range slices.Chunk(clients, chunk) {
		if err := s.lookup(ctx, part); err != nil {
			return nil, err
		}
	}
	for _, it := range clients {
		s.decide.row(it)
		it.follow()
	}
	return items, io.EOF
}

// merge makes one request of the rows of a group.
func (s *stream) merge(it *item) {
	if len(it.members) < 2 {
		return
	}
	members := make([]mapping.Member, len(it.members))
	for i, m := range it.members {
		members[i] = mapping.Member{Row: m.row, Request: m.req, Findings: m.findings}
		it.fixed = it.fixed || m.fixed
	}
	it.own = it.req.Client.UserEmails()
	it.req, it.findings = s.in.mapper.Merge(members)
	for _, m := range it.members[1:] {
		m.own, m.findings = m.req.Client.UserEmails(), nil
	}
}

// follow lets the later rows of a group stand where their client stands, but
// for those that bring users to a client that was created without them.
func (it *item) follow() {
	if len(it.members) < 2 {
		return
	}
	for _, m := range it.members[1:] {
		m.status, m.code, m.entry, m.send, m.notes = it.status, it.code, it.entry, false, it.notes
		m.req = it.req
		m.req.Row = m.ref
	}
	if it.status != importer.Created || it.entry == nil {
		return
	}
	sent := it.entry.Sent().UserEmails()
	for _, m := range it.members {
		added := slices.DeleteFunc(slices.Clone(m.own), func(e string) bool { return slices.Contains(sent, e) })
		if len(added) > 0 && len(sent) > 0 {
			m.added = fmt.Sprintf("the client was created before this row was there, without the user %s", added[0])
		}
	}
}

// count counts a client where it stands, and a row that came too late for its
// client by itself.
func (it *item) count(c *importer.Counts) {
	if it.added != "" {
		c[importer.Invalid]++
	}
	if it.leader == nil {
		c[it.status]++
	}
}
