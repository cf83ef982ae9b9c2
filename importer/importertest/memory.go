package importertest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Memory is an importer.Store without a disk, for tests. Its zero value does
// not work; NewMemory makes one. It is safe for concurrent use and lives within
// a synctest bubble.
type Memory struct {
	// BeginErr and FinishErr may fail an operation before it takes place; set
	// them before the store is used.
	BeginErr  func(importer.Attempt) error
	FinishErr func(importer.AttemptID, importer.Outcome) error
	// Latency is how long each Begin and Finish takes.
	Latency time.Duration

	mu        sync.Mutex
	header    importer.JobHeader
	runs      []importer.Run
	entries   map[importer.Key]*remembered
	attempts  map[importer.AttemptID]*memoryAttempt
	last      importer.AttemptID
	decisions []importer.Decision
	aliases   []importer.Alias
	views     map[string]string
	seen      map[int64]bool
	faults    map[string][]int64
	seals     []*memorySeal // oldest first
}

type memorySeal struct {
	importer.Seal
	of *remembered
}

type remembered struct {
	importer.Entry
	order      importer.AttemptID // of the last attempt or decision
	userEmails []string
}

type memoryAttempt struct {
	key          importer.Key
	open, resend bool
	run          int64
	begun        time.Time
	status       importer.Status
	httpStatus   int
}

// NewMemory returns an empty store with this header.
func NewMemory(h importer.JobHeader) *Memory {
	return &Memory{header: h, entries: map[importer.Key]*remembered{}, attempts: map[importer.AttemptID]*memoryAttempt{}, views: map[string]string{},
		seen: map[int64]bool{}, faults: map[string][]int64{}}
}

// Lookup implements importer.Store.
func (m *Memory) Lookup(_ context.Context, keys []importer.Key) ([]importer.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []importer.Entry
	seen := map[importer.Key]bool{}
	for _, k := range keys {
		if r := m.entries[k]; r != nil && !seen[k] {
			out, seen[k] = append(out, r.Entry), true
		}
	}
	return out, nil
}

// Begin implements importer.Journal.
func (m *Memory) Begin(_ context.Context, a importer.Attempt) (importer.AttemptID, error) {
	time.Sleep(m.Latency)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.BeginErr != nil {
		if err := m.BeginErr(a); err != nil {
			return 0, err
		}
	}
	r := m.entries[a.Key]
	if r != nil && (r.Open || r.Status == importer.Created || r.Status == importer.InDoubt && !a.Resend) {
		return 0, importer.ErrKeyTaken
	}
	attempts, note := 0, ""
	if r != nil {
		attempts, note = r.Attempts, r.Note
	}
	m.last++
	m.attempts[m.last] = &memoryAttempt{key: a.Key, open: true, resend: a.Resend, run: int64(len(m.runs)), begun: a.BegunAt}
	kept := &remembered{order: m.last, userEmails: slices.Clone(a.UserEmails), Entry: importer.Entry{
		Key: a.Key, Status: importer.InDoubt, Open: true, Row: a.Row, ClientName: a.ClientName, Attempts: attempts + 1,
		BegunAt: a.BegunAt.UTC(), Snapshot: slices.Clone(a.Snapshot), Fingerprint: a.Fingerprint, SecretsMAC: a.SecretsMAC,
		Run: int64(len(m.runs)), Note: note,
	}}
	m.entries[a.Key] = kept
	for _, s := range m.seals {
		if s.of == r && r != nil {
			s.of = kept
		}
	}
	if a.Seal != nil {
		m.seals = append(m.seals, &memorySeal{importer.Seal{Attempt: m.last, BegunAt: a.BegunAt.UTC(), Sealed: slices.Clone(a.Seal)}, kept})
	}
	return m.last, nil
}

// Finish implements importer.Journal.
func (m *Memory) Finish(_ context.Context, id importer.AttemptID, o importer.Outcome, queued func()) error {
	time.Sleep(m.Latency)
	if err := m.finish(id, o); err != nil {
		return err
	}
	if queued != nil {
		queued()
	}
	return nil
}

func (m *Memory) finish(id importer.AttemptID, o importer.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.FinishErr != nil {
		if err := m.FinishErr(id, o); err != nil {
			return err
		}
	}
	a := m.attempts[id]
	switch {
	case a == nil:
		return fmt.Errorf("no attempt %d", id)
	case !a.open:
		return fmt.Errorf("attempt %d is finished already", id)
	case o.Status != importer.Created && o.Status != importer.InDoubt && o.Status != importer.Rejected && o.Status != importer.Failed:
		return fmt.Errorf("an attempt cannot end %s", o.Status)
	}
	if o.Status == importer.Created {
		for k, r := range m.entries {
			if k != a.key && r.ClientID == o.Receipt.ClientID && r.ClientID != "" {
				return &importer.ClientTakenError{ClientID: r.ClientID, Holder: k}
			}
		}
	}
	a.open, a.status, a.httpStatus = false, o.Status, o.HTTPStatus
	if o.Status == importer.Rejected || o.Status == importer.Failed {
		m.seals = slices.DeleteFunc(m.seals, func(s *memorySeal) bool { return s.Attempt == id })
	}
	e := &m.entries[a.key].Entry
	e.Open, e.Status, e.FinishedAt = false, o.Status, o.FinishedAt.UTC()
	e.HTTPStatus, e.Code, e.Message, e.Advice = o.HTTPStatus, o.Code, o.Message, o.Advice
	if a.resend && o.Status != importer.Created {
		e.Status = importer.InDoubt
	}
	if o.Status == importer.Created {
		e.ClientID, e.PrimaryEmail, e.AssetGroupID = o.Receipt.ClientID, o.Receipt.PrimaryEmail, o.Receipt.AssetGroupID
		if o.Receipt.ClientName != "" {
			e.ClientName = o.Receipt.ClientName
		}
	}
	return nil
}

// Header implements importer.Store.
func (m *Memory) Header(context.Context) (importer.JobHeader, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.header, nil
}

// SetHeader implements importer.Store.
func (m *Memory) SetHeader(_ context.Context, h importer.JobHeader) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.header.KeyDefinition, m.header.KeyFingerprint, m.header.Mapping = h.KeyDefinition, h.KeyFingerprint, h.Mapping
	return nil
}

// StartRun implements importer.Store.
func (m *Memory) StartRun(_ context.Context, r importer.Run) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.ID = int64(len(m.runs) + 1)
	m.runs = append(m.runs, r)
	return r.ID, nil
}

// UpdateRun implements importer.Store.
func (m *Memory) UpdateRun(_ context.Context, r importer.Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.ID < 1 || r.ID > int64(len(m.runs)) {
		return fmt.Errorf("no run %d", r.ID)
	}
	m.runs[r.ID-1] = r
	return nil
}

// Runs implements importer.Store.
func (m *Memory) Runs(_ context.Context, limit int) ([]importer.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := slices.Clone(m.runs)
	slices.Reverse(out)
	if limit > 0 && limit < len(out) {
		out = out[:limit]
	}
	return out, nil
}

// Recover implements importer.Store.
func (m *Memory) Recover(context.Context) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, a := range m.attempts {
		if !a.open {
			continue
		}
		a.open = false
		e := &m.entries[a.key].Entry
		e.Open, e.Status, e.FinishedAt = false, importer.InDoubt, e.BegunAt
		e.Code, e.Message, e.Advice = "crashed", importer.CrashedMessage(e.BegunAt), importer.CrashedAdvice
		n++
	}
	return n, nil
}

// Timeline implements importer.Store.
func (m *Memory) Timeline(_ context.Context, first int64, most int) (importer.Timeline, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	began, ended := map[int64]time.Time{}, map[int64]time.Time{}
	for _, a := range m.attempts {
		if t, seen := began[a.run]; !seen || a.begun.Before(t) {
			began[a.run] = a.begun
		}
		if a.begun.After(ended[a.run]) {
			ended[a.run] = a.begun
		}
	}
	var active time.Duration
	for run, t := range began {
		if run >= first {
			active += ended[run].Sub(t)
		}
	}
	out := importer.Timeline{Span: importer.SpanFor(active, most)}
	at := map[importer.Bucket]*importer.Bucket{}
	for _, a := range m.attempts {
		if a.run < first {
			continue
		}
		n := a.begun.Sub(began[a.run]) / out.Span
		which := importer.Bucket{Run: a.run, At: began[a.run].Add(n * out.Span).UTC()}
		b := at[which]
		if b == nil {
			b = &importer.Bucket{Run: which.Run, At: which.At}
			at[which] = b
		}
		b.Begun++
		if !a.open && a.status == importer.Created {
			b.Created++
		}
		if a.httpStatus == 429 {
			b.Limited++
		}
	}
	for _, b := range at {
		out.Buckets = append(out.Buckets, *b)
	}
	slices.SortFunc(out.Buckets, func(a, b importer.Bucket) int { return cmp.Or(cmp.Compare(a.Run, b.Run), a.At.Compare(b.At)) })
	return out, nil
}

// Totals implements importer.Store.
func (m *Memory) Totals(context.Context) (importer.Counts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var c importer.Counts
	for _, r := range m.entries {
		c[r.Status]++
	}
	return c, nil
}

// Walk implements importer.Store.
func (m *Memory) Walk(ctx context.Context, s importer.Status) iter.Seq2[importer.Entry, error] {
	return func(yield func(importer.Entry, error) bool) {
		m.mu.Lock()
		var all []remembered
		for _, r := range m.entries {
			if r.Status == s {
				all = append(all, *r)
			}
		}
		m.mu.Unlock()
		slices.SortFunc(all, func(a, b remembered) int { return int(b.order - a.order) })
		for _, r := range all {
			if err := ctx.Err(); err != nil {
				yield(importer.Entry{}, err)
				return
			}
			if !yield(r.Entry, nil) {
				return
			}
		}
	}
}

// Similar implements importer.Store.
func (m *Memory) Similar(_ context.Context, names, emails []string) ([]importer.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	has := func(list []string, v string) bool {
		return importer.Fold(v) != "" && slices.ContainsFunc(list, func(s string) bool { return importer.Fold(s) == importer.Fold(v) })
	}
	var out []importer.Entry
	for _, r := range m.entries {
		if r.Status != importer.Created && r.Status != importer.InDoubt {
			continue
		}
		if has(names, r.ClientName) || slices.ContainsFunc(r.userEmails, func(e string) bool { return has(emails, e) }) {
			out = append(out, r.Entry)
		}
	}
	slices.SortFunc(out, func(a, b importer.Entry) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return out, nil
}

// ByClientID implements importer.Store.
func (m *Memory) ByClientID(_ context.Context, id string) ([]importer.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []*remembered
	for _, r := range m.entries {
		if r.ClientID == id {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *remembered) int { return int(a.order - b.order) })
	var out []importer.Entry
	for _, r := range all {
		out = append(out, r.Entry)
	}
	return out, nil
}

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
		after := d.After
		if d.Forget {
			gone := m.entries[d.Key]
			m.seals = slices.DeleteFunc(m.seals, func(s *memorySeal) bool { return s.of == gone })
			delete(m.entries, d.Key)
		}
		d.After, d.Forget = nil, false
		m.decisions = append(m.decisions, d)
		if after == nil {
			continue
		}
		m.last++
		r := &remembered{Entry: *after, order: m.last}
		if old := m.entries[d.Key]; old != nil {
			for _, s := range m.seals {
				if s.of == old {
					s.of = r
				}
			}
			r.userEmails = old.userEmails
		} else if e := importer.Fold(after.PrimaryEmail); e != "" {
			r.userEmails = []string{e}
		}
		m.entries[d.Key] = r
	}
	return nil
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
	return nil
}

// Reclassify implements importer.Journal.
func (m *Memory) Reclassify(_ context.Context, keys []importer.Key, to importer.Status, advice string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	either := func(s importer.Status) bool { return s == importer.Rejected || s == importer.Failed }
	for _, k := range keys {
		if r := m.entries[k]; r == nil || !either(r.Status) || !either(to) {
			return fmt.Errorf("%q cannot become %s", k, to)
		}
	}
	for _, k := range keys {
		m.entries[k].Status, m.entries[k].Advice = to, advice
	}
	return nil
}

// Decisions implements importer.Store.
func (m *Memory) Decisions(_ context.Context, k importer.Key) ([]importer.Decision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []importer.Decision
	for _, d := range m.decisions {
		if d.Key == k {
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
	return nil
}

// Close implements importer.Store.
func (m *Memory) Close() error { return nil }

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
