package place

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// Beside the list of jobs each has a mark: how far its journal had come, in
// numbers. It follows the journal's own commits, so that it is never ahead of it,
// also after a power cut; and it lies outside the job's folder, so that whoever
// puts that back, whole, does not put this back.

// markSize is the length of a mark's file, which is written over in one step.
const markSize = 512

// A Mark is how far the journal of a job had come.
type Mark struct {
	Job     string `json:"job"`
	Target  string `json:"target,omitempty"`
	Run     int64  `json:"run"`
	Attempt int64  `json:"attempt"`
	Open    bool   `json:"open,omitempty"` // the run had not ended
}

// markPath is the file of a job's mark; "" where no list is kept.
func (l List) markPath(id string) string {
	if l == "" || id == "" || id != filepath.Base(id) {
		return ""
	}
	return filepath.Join(filepath.Dir(string(l)), "marks", id+".json")
}

// MarkOf is how far the journal of a job had come, for all that was kept of it
// outside; the zero one where there is nothing.
func (l List) MarkOf(id string) (Mark, error) {
	var m Mark
	path := l.markPath(id)
	if info, err := os.Stat(filepath.Dir(path)); path == "" || err != nil || !info.IsDir() {
		return m, nil // no marks are kept, or cannot be: Register says so
	}
	b, err := durable.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		if err = json.Unmarshal(b, &m); err == nil && m.Job != id {
			err = fmt.Errorf("it is of the job %q", m.Job)
		}
	}
	if err != nil {
		return Mark{}, importer.Broken(path, err, "it says how far the journal had come: check its permissions; if it is damaged, remove it")
	}
	return m, nil
}

// TargetOf is the target of a job that was ever written here; "" if it is not
// known.
func (l List) TargetOf(id string) string {
	m, _ := l.MarkOf(id) // what cannot be read is not known
	return m.Target
}

// A marker keeps the mark of a job whose journal is written.
type marker struct {
	job, target string
	file        *os.File
	last        importer.HighWater
}

// marker begins to keep a job's mark; nil where no list is kept.
func (l List) marker(id, target string) (*marker, error) {
	path := l.markPath(id)
	if path == "" {
		return nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := durable.Update(path)
	if err != nil {
		return nil, err
	}
	return &marker{job: id, target: target, file: f}, nil
}

// keep writes how far the journal has come. What cannot be written is no reason
// to stop: the mark is behind then, and never ahead.
func (m *marker) keep(h importer.HighWater) {
	now := Mark{Job: m.job, Target: m.target, Run: h.Run, Attempt: h.Attempt, Open: h.Open}
	b, err := json.Marshal(now)
	if len(b) >= markSize {
		now.Target = ""
		b, err = json.Marshal(now)
	}
	if err != nil {
		return
	}
	b = append(b, bytes.Repeat([]byte{' '}, markSize-1-len(b))...)
	_, err = m.file.WriteAt(append(b, '\n'), 0)
	if err == nil && (h.Run != m.last.Run || h.Open != m.last.Open) {
		_ = m.file.Sync() // that a run has begun, and that it has ended, outlasts a power cut
	}
	m.last = h
}

func (m *marker) close() error {
	if m == nil {
		return nil
	}
	return m.file.Close()
}

// A marked store is the journal of a job whose mark is kept.
type marked struct {
	importer.Store
	marker *marker
}

func (s marked) Close() error { return errors.Join(s.Store.Close(), s.marker.close()) }
