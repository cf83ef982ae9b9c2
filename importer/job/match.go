package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// toldRows bounds how many rows a refusal names.
const toldRows = 10

// A match holds a run against the plan that it follows.
type match struct {
	plan      *Plan
	rows      map[importer.Key]*PlannedRow
	met       map[importer.Key]bool // planned rows that would be sent
	differing []string              // rows that are not as planned
	more      int                   // such rows that are not told
}

func newMatch(p *Plan) *match {
	m := &match{plan: p, rows: make(map[importer.Key]*PlannedRow, len(p.Rows)), met: make(map[importer.Key]bool, len(p.Rows))}
	for i := range p.Rows {
		m.rows[p.Rows[i].Key] = &p.Rows[i]
	}
	return m
}

// see looks whether a row that would be sent is one of the plan's.
func (m *match) see(it *rows.Item) {
	m.met[it.Request.EntryKey()] = true
	if why := m.differs(it); why != "" {
		m.tell(it.Ref.String(), it.Request.EntryKey(), why)
	}
}

func (m *match) tell(row string, key importer.Key, why string) {
	if len(m.differing) == toldRows {
		m.more++
		return
	}
	m.differing = append(m.differing, fmt.Sprintf("row %s, %s: %s", row, key, why))
}

func (m *match) differs(it *rows.Item) string {
	planned := m.rows[it.Request.EntryKey()]
	if planned == nil {
		return "is not in the plan"
	}
	snapshot := it.Request.Client.Snapshot()
	if importer.Fingerprint(snapshot) == planned.Fingerprint {
		return ""
	}
	now := m.plan.fields(snapshot)
	var paths []string
	for path, h := range now {
		if planned.Fields[path] != h {
			paths = append(paths, path)
		}
	}
	for path := range planned.Fields {
		if now[path] == "" {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return "differs in " + strings.Join(paths, ", ")
}

// missing tells the planned rows of a changed input that would not be sent
// although the journal knows nothing that keeps them.
func (m *match) missing(ctx context.Context, store importer.Store, c *rows.Classifier) error {
	for part := range slices.Chunk(m.plan.Rows, rows.Chunk) {
		var keys []importer.Key
		for _, row := range part {
			keys = append(keys, row.Key)
		}
		held := map[importer.Key]bool{}
		if store != nil {
			entries, err := store.Lookup(ctx, keys)
			if err != nil {
				return err
			}
			for _, e := range entries {
				held[e.Key] = true
			}
		}
		for _, row := range part {
			_, here := c.First(row.Key)
			switch {
			case m.met[row.Key] || held[row.Key] || here && c.Rows != nil:
			case here:
				m.tell(row.Row, row.Key, "has a fault now, and would not be sent")
			default:
				m.tell(row.Row, row.Key, "is gone from the sheet, or skipped")
			}
		}
	}
	return nil
}

// fits makes sure that the run is the one that was planned.
func (m *match) fits(ctx context.Context, t *intake, c *rows.Classifier) error {
	p := m.plan
	var faults []string
	add := func(differs bool, format string, a ...any) {
		if differs {
			faults = append(faults, fmt.Sprintf(format, a...))
		}
	}
	key := t.in.Mapper.KeyDefinition()
	add(p.Target != t.target, "it is for %s, and this run for %s", p.Target, t.target)
	add(!slices.Equal(p.Key, key), "it knows customers by %v, and the mapping says %v", p.Key, key)
	add(p.Mapping != t.in.MappingDigest(), "the mapping, a lookup of it or --set is another one")
	changed := p.Input.Digest != t.in.Digest()
	if changed {
		if err := m.missing(ctx, t.store, c); err != nil {
			return err
		}
	}
	add(changed && len(m.differing) == 0, "the input has changed since, if not in what would be sent: passwords, or unused columns")
	add(changed && len(m.differing) > 0, "the input has changed since")
	faults = append(faults, m.differing...)
	if m.more > 0 {
		faults = append(faults, fmt.Sprintf("and %d more rows", m.more))
	}
	if len(faults) == 0 {
		return nil
	}
	return usage("--plan", "this run is not the one that was planned, and nothing was sent:\n  %s",
		"look at what changed, then plan again: bulkonboard plan "+t.input.Path+" --out FILE", strings.Join(faults, "\n  "))
}
