package place

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// A List is the path of the per-user list of jobs: so that a second job of a
// target is noticed before it sends what the first has sent already. JSON
// lines, one a job. "" keeps no list.
type List string

type listed struct {
	ID     string `json:"id"`
	Dir    string `json:"dir"`
	Target string `json:"target"`
}

// add puts a job on the list, or notes that its folder has moved.
func (l List) add(j listed) error {
	if l == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(string(l)), 0o700); err != nil {
		return err
	}
	lock := flock.New(string(l)+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	all, err := l.read()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, o := range append(all, j) {
		if o != j && (o.ID == j.ID || o.Dir == j.Dir) {
			continue // it moved here, or was here before
		}
		if o == j && bytes.Contains(b.Bytes(), []byte(j.ID)) {
			continue
		}
		line, err := json.Marshal(o)
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	durable.Sweep(string(l))
	return durable.Replace(string(l), durable.Bytes(b.Bytes()))
}

func (l List) read() ([]listed, error) {
	if l == "" {
		return nil, nil
	}
	b, err := durable.ReadFile(string(l))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []listed
	sc := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; sc.Scan(); n++ {
		var j listed
		if err := json.Unmarshal(sc.Bytes(), &j); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", l, n, err)
		}
		out = append(out, j)
	}
	return out, sc.Err()
}

// Find finds the folder of a job by its id: in one of the folders given, else
// in the list's.
func (l List) Find(ctx context.Context, id string, dirs ...string) (dir string, ok bool) {
	all, _ := l.read() // what cannot be read finds nothing
	for _, j := range all {
		if j.ID == id {
			dirs = append(dirs, j.Dir)
		}
	}
	for _, dir := range dirs {
		f, err := At(dir, l)
		if err != nil {
			continue
		}
		s, err := f.Read(ctx)
		if err != nil {
			continue
		}
		h, err := s.Header(ctx)
		_ = s.Close()
		if err == nil && h.JobID == id {
			return dir, true
		}
	}
	return "", false
}

// IDAt is the id of the job that is listed in this folder; "": none is.
func (l List) IDAt(dir string) string {
	_, id := l.lastAt(dir)
	return id
}

// lastAt is the mark of the job that is listed in this folder, and its id.
func (l List) lastAt(dir string) (Mark, string) {
	all, _ := l.read() // Others says what cannot be read
	for _, j := range all {
		if j.Dir == dir {
			m, err := l.MarkOf(j.ID)
			if err != nil {
				m.Attempt = 1 // it knew something
			}
			return m, j.ID
		}
	}
	return Mark{}, ""
}

// Others opens the other listed jobs of a target for reading. What cannot be
// read is warned about by name: its customers are not known. The job with this id or
// folder is the one that asks; "" for one that has none yet.
func (l List) Others(ctx context.Context, target, ownID, ownDir string, warn func(string)) *Others {
	out := &Others{}
	all, err := l.read()
	if err != nil {
		warn(fmt.Sprintf("the list of your jobs cannot be read, so customers of other jobs are not known: %v", err))
		return out
	}
	for _, j := range all {
		if j.Target != target || j.ID == ownID || j.Dir == ownDir {
			continue
		}
		s, err := (&Folder{dir: j.Dir, list: l}).Read(ctx)
		if err != nil {
			warn(fmt.Sprintf("the job %s cannot be read, so its customers are not known here: %v (if it is gone for good, delete its line from %s)",
				j.Dir, err, l))
			out.miss(l, j)
			continue
		}
		h, err := s.Header(ctx)
		if err != nil || h.JobID != j.ID {
			_ = s.Close()
			warn(fmt.Sprintf("the job %s is not the one that was listed (%s)", j.Dir, l))
			out.miss(l, j)
			continue
		}
		out.Add(j.Dir, h, s)
	}
	return out
}
