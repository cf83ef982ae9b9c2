package importertest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Decide implements importer.Store.
func (m *Memory) Decide(_ context.Context, ds ...importer.Decision) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range ds {
		if r := m.entries[d.Key]; r != nil && r.Open || d.After != nil && (d.After.Open || d.After.Key != d.Key) {
			return fmt.Errorf("%q is in flight: it cannot be decided on", d.Key)
		}
	}
	for _, d := range ds {
		m.decide(d)
	}
	m.changed()
	return nil
}

func (m *Memory) decide(d importer.Decision) {
	m.last++
	if d.Action == importer.ActionDeleted && d.Before != nil && d.Before.ClientID != "" {
		m.deleted[d.Before.ClientID] = true
	}
	after := d.After
	old := m.entries[d.Key]
	if d.Forget && after == nil {
		m.seals = slices.DeleteFunc(m.seals, func(s *memorySeal) bool { return s.of == old })
		delete(m.entries, d.Key)
	}
	d.After, d.Forget = nil, false
	m.decisions = append(m.decisions, d)
	if after == nil {
		return
	}
	r := &remembered{Entry: *after, order: m.last}
	for _, s := range m.seals {
		if old != nil && s.of == old {
			s.of = r
		}
	}
	delete(m.deleted, after.ClientID)
	m.entries[d.Key] = r
}

// Rekey implements importer.Store.
func (m *Memory) Rekey(_ context.Context, definition []string, moves map[importer.Key]importer.Key, who string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	moved := map[importer.Key]*remembered{}
	for old, r := range m.entries {
		to := moves[old]
		if r.Open || to == "" || moved[to] != nil {
			return fmt.Errorf("%q cannot get the key %q", old, to)
		}
		moved[to] = r
	}
	for old := range m.entries {
		m.entries[old].Key = moves[old]
		m.decisions = append(m.decisions, importer.Decision{Key: moves[old], Action: importer.ActionRekey, Who: who, At: at, Other: old})
	}
	m.entries, m.aliases, m.header.KeyDefinition = moved, nil, definition
	m.last++
	m.changed()
	return nil
}

// Annotate implements importer.Store.
func (m *Memory) Annotate(_ context.Context, k importer.Key, note string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.entries[k]
	if r == nil {
		return fmt.Errorf("no entry %q", k)
	}
	r.Note = note
	m.changed()
	return nil
}

// Decisions implements importer.Store.
func (m *Memory) Decisions(_ context.Context, keys ...importer.Key) ([]importer.Decision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []importer.Decision
	for _, d := range m.decisions {
		if slices.Contains(keys, d.Key) {
			out = append(out, d)
		}
	}
	return out, nil
}

// AddAlias implements importer.Store.
func (m *Memory) AddAlias(_ context.Context, a importer.Alias) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.aliases = slices.DeleteFunc(m.aliases, func(o importer.Alias) bool { return o.Old == a.Old && o.Cells == a.Cells })
	m.aliases = append(m.aliases, a)
	m.changed()
	return nil
}

// Aliases implements importer.Store.
func (m *Memory) Aliases(_ context.Context, keys []importer.Key) ([]importer.Alias, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []importer.Alias
	for _, a := range m.aliases {
		if slices.Contains(keys, a.Old) {
			out = append(out, a)
		}
	}
	return out, nil
}

// ViewDigest implements importer.Store.
func (m *Memory) ViewDigest(_ context.Context, name string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.views[name], nil
}

// SetViewDigest implements importer.Store.
func (m *Memory) SetViewDigest(_ context.Context, name, digest string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.views[name] = digest
	return nil
}

// Seals implements importer.Store.
func (m *Memory) Seals(_ context.Context, keys []importer.Key) ([]importer.Seal, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []importer.Seal
	for _, s := range slices.Backward(m.seals) {
		if slices.Contains(keys, s.of.Key) {
			o := s.Seal
			o.Key, o.Sealed = s.of.Key, slices.Clone(s.Sealed)
			out = append(out, o)
		}
	}
	return out, nil
}

// HandOver implements importer.Store.
func (m *Memory) HandOver(_ context.Context, ids []importer.AttemptID, forget bool, at time.Time, ds ...importer.Decision) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if !slices.ContainsFunc(m.seals, func(s *memorySeal) bool { return s.Attempt == id }) {
			return fmt.Errorf("no credentials of attempt %d are kept", id)
		}
	}
	for _, s := range m.seals {
		if slices.Contains(ids, s.Attempt) {
			s.HandedAt = at.UTC()
		}
	}
	if forget {
		m.seals = slices.DeleteFunc(m.seals, func(s *memorySeal) bool { return slices.Contains(ids, s.Attempt) })
	}
	m.decisions = append(m.decisions, ds...)
	m.last += importer.AttemptID(len(ds))
	m.changed()
	return nil
}

// See implements importer.Store.
func (m *Memory) See(_ context.Context, _ int64, keys []int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range keys {
		m.seen[k] = true
	}
	return nil
}

// Seen implements importer.Store.
func (m *Memory) Seen(_ context.Context, keys []int64) ([]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []int64
	for _, k := range keys {
		if m.seen[k] && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out, nil
}

// SetFaults implements importer.Store.
func (m *Memory) SetFaults(_ context.Context, input string, faults []int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults[input] = slices.Compact(slices.Sorted(slices.Values(faults)))
	return nil
}

// Faults implements importer.Store.
func (m *Memory) Faults(_ context.Context, input string) ([]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.faults[input]), nil
}
