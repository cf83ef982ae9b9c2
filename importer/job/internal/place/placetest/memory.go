package placetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// A World is where jobs live without a disk; only kept files lie in one. They
// last as long as it does. It is safe for concurrent use.
type World struct {
	dir string // of kept files

	mu   sync.Mutex
	jobs map[string]*memory
	list []string // of registered jobs
}

// NewWorld returns an empty world that keeps files in a folder.
func NewWorld(dir string) *World { return &World{dir: dir, jobs: map[string]*memory{}} }

// memory is what is known of a job.
type memory struct {
	store, draft *importertest.Memory
	held         *place.Holder
	lose         context.CancelCauseFunc
	taken        int // how often it was opened for writing
	log          bytes.Buffer
}

// A Memory is one process's view of a job in a world.
type Memory struct {
	world *World
	name  string
	*memory
}

var _ place.Place = (*Memory)(nil)

// Place is the job of this name.
func (w *World) Place(name string) *Memory {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jobs[name] == nil {
		w.jobs[name] = &memory{}
	}
	return &Memory{w, name, w.jobs[name]}
}

// Lose takes the job away from whoever holds it.
func (m *Memory) Lose(why *importer.Halt) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	if m.lose != nil {
		m.lose(why)
	}
}

func (m *Memory) String() string { return "memory:" + m.name }

// Folder implements place.Place.
func (m *Memory) Folder() string { return "" }

// Warnings implements place.Place.
func (m *Memory) Warnings() []string { return nil }

// Remains implements place.Place.
func (m *Memory) Remains() error { return nil }

// Exists implements place.Place.
func (m *Memory) Exists(context.Context) (bool, error) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	return m.store != nil, nil
}

// Version implements place.Place.
func (m *Memory) Version(context.Context) (string, error) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	return strconv.Itoa(m.taken), nil
}

// Lock implements place.Place.
func (m *Memory) Lock(ctx context.Context) (context.Context, func(), error) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	if m.held != nil {
		return nil, nil, &importer.Problem{Exit: importer.ExitBusy, Where: m.String(), What: "the job is in use by " + m.held.String()}
	}
	held, lose := context.WithCancelCause(ctx)
	m.held, m.lose = &place.Holder{PID: os.Getpid(), Host: "here", Since: time.Now().UTC()}, lose
	return held, func() {
		lose(nil)
		m.world.mu.Lock()
		defer m.world.mu.Unlock()
		m.held, m.lose = nil, nil
	}, nil
}

// Holder implements place.Place.
func (m *Memory) Holder() (place.Holder, bool) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	if m.held == nil {
		return place.Holder{}, false
	}
	return *m.held, true
}

// Open implements place.Place.
func (m *Memory) Open(context.Context) (importer.Store, error) {
	m.world.mu.Lock()
	m.taken++
	m.world.mu.Unlock()
	return m.opened()
}

// Read implements place.Place.
func (m *Memory) Read(context.Context) (importer.Store, error) {
	s, err := m.opened()
	if err != nil {
		return nil, err
	}
	return reader{s}, nil
}

func (m *Memory) opened() (importer.Store, error) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	if m.store == nil {
		return nil, importer.AsProblem(fmt.Errorf("%s: %w", m, fs.ErrNotExist))
	}
	return m.store, nil
}

// Create implements place.Place.
func (m *Memory) Create(_ context.Context, h importer.JobHeader) (importer.Store, error) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	if m.store != nil {
		return nil, &importer.Problem{Exit: importer.ExitBusy, Where: m.String(), What: "another run has just started this job"}
	}
	m.store = importertest.NewMemory(h)
	return m.store, nil
}

// Draft implements place.Place.
func (m *Memory) Draft(_ context.Context, h importer.JobHeader) (importer.Store, error) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	m.draft = importertest.NewMemory(h)
	return m.draft, nil
}

// Publish implements place.Place.
func (m *Memory) Publish(_ context.Context, draft importer.Store, over bool) (importer.Store, error) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	if m.store != nil && !over {
		return nil, &importer.Problem{Exit: importer.ExitBusy, Where: m.String(), What: "another run has just started this job"}
	}
	m.store, m.draft = m.draft, nil
	return m.store, draft.Close()
}

// Discard implements place.Place.
func (m *Memory) Discard() {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	m.draft = nil
}

// Keep implements place.Place.
func (m *Memory) Keep(name string, content []byte) error {
	path, err := m.Kept(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}

// Kept implements place.Place.
func (m *Memory) Kept(name string) (string, error) {
	return filepath.Join(m.world.dir, m.name, name), nil
}

// Log implements place.Place.
func (m *Memory) Log() (io.WriteCloser, error) { return logger{m}, nil }

type logger struct{ m *Memory }

func (l logger) Write(b []byte) (int, error) {
	l.m.world.mu.Lock()
	defer l.m.world.mu.Unlock()
	return l.m.log.Write(b)
}

func (l logger) Close() error { return nil }

// Register implements place.Place.
func (m *Memory) Register(importer.JobHeader) error {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	m.world.list = append(m.world.list, m.name)
	return nil
}

// Others implements place.Place.
func (m *Memory) Others(ctx context.Context, target, id string, _ func(string)) *place.Others {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	out := &place.Others{}
	seen := map[string]bool{m.name: true}
	for _, name := range m.world.list {
		if j := m.world.jobs[name]; !seen[name] && j.store != nil {
			seen[name] = true
			if h, err := j.store.Header(ctx); err == nil && h.Target == target && h.JobID != id {
				out.Add("memory:"+name, h, reader{j.store})
			}
		}
	}
	return out
}
