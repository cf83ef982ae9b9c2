package importertest

import (
	"context"
	"fmt"
	"slices"
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
	deleted   map[string]bool
	changes   int64
	onCommit  func(importer.HighWater)
	told      importer.HighWater
}

type memorySeal struct {
	importer.Seal
	of *remembered
}

type remembered struct {
	importer.Entry
	order importer.AttemptID // of the last attempt or decision
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
	return &Memory{header: h, entries: map[importer.Key]*remembered{}, attempts: map[importer.AttemptID]*memoryAttempt{},
		views: map[string]string{},
		seen:  map[int64]bool{}, faults: map[string][]int64{}, deleted: map[string]bool{}}
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
	var before importer.Entry
	var marks *importer.Marks
	if r != nil {
		before = r.Entry
		marks, _ = before.Remark(a)
	}
	m.last++
	m.attempts[m.last] = &memoryAttempt{key: a.Key, open: true, resend: a.Resend, run: int64(len(m.runs)), begun: a.BegunAt}
	kept := &remembered{order: m.last, Entry: importer.Entry{
		Key: a.Key, Status: importer.InDoubt, Open: true, Row: a.Row, ClientName: a.ClientName, Attempts: before.Attempts + 1,
		BegunAt: a.BegunAt.UTC(), Snapshot: slices.Clone(a.Snapshot), Fingerprint: a.Fingerprint, SecretsMAC: a.SecretsMAC,
		Run: int64(len(m.runs)), Note: before.Note, NewMarks: marks,
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
	m.changed()
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
		if e.NewMarks != nil && e.ClientName != "" && !slices.Contains(e.NewMarks.All(), importer.NameMark(e.ClientName)) {
			e.NewMarks.Names = append(e.NewMarks.Names, e.ClientName)
		}
	}
	m.changed()
	return nil
}

// Header implements importer.Store.
func (m *Memory) Header(context.Context) (importer.JobHeader, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.header, nil
}

// StartRun implements importer.Store.
func (m *Memory) StartRun(_ context.Context, r importer.Run) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.ID = int64(len(m.runs) + 1)
	m.runs = append(m.runs, r)
	m.tell()
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
	m.tell()
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
	m.changed()
	return n, nil
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
	m.changed()
	return nil
}

// HighWater implements importer.Store.
func (m *Memory) HighWater(context.Context) (importer.HighWater, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.highWater(), nil
}

func (m *Memory) highWater() importer.HighWater {
	n := len(m.runs)
	return importer.HighWater{Run: int64(n), Attempt: int64(m.last), Open: n > 0 && m.runs[n-1].EndedAt.IsZero()}
}

// OnCommit implements importer.Store.
func (m *Memory) OnCommit(_ context.Context, f func(importer.HighWater)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onCommit, m.told = f, importer.HighWater{Run: -1}
	m.tell()
	return nil
}

// changed is what each write calls that views show.
func (m *Memory) changed() {
	m.changes++
	m.tell()
}

func (m *Memory) tell() {
	if h := m.highWater(); m.onCommit != nil && h != m.told {
		m.told = h
		m.onCommit(h)
	}
}

// Changes implements importer.Store.
func (m *Memory) Changes(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changes, nil
}

// SetHeader implements importer.Store.
func (m *Memory) SetHeader(_ context.Context, h importer.JobHeader) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	h.JobID, h.Target, h.CreatedAt = m.header.JobID, m.header.Target, m.header.CreatedAt
	m.header = h
	return nil
}

// Close implements importer.Store.
func (m *Memory) Close() error { return nil }
