package job

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

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// A registry is the per-user list of jobs: so that a second job of a target is
// noticed before it sends what the first has sent already. JSON lines, one a
// job. An empty path keeps no list.
type registry struct{ path string }

type listed struct {
	ID     string `json:"id"`
	Dir    string `json:"dir"`
	Target string `json:"target"`
}

// add puts a job on the list, or notes that its folder has moved.
func (r registry) add(j listed) error {
	if r.path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(r.path), 0o700); err != nil {
		return err
	}
	l := flock.New(r.path+".lock", flock.SetPermissions(0o600))
	if err := l.Lock(); err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	all, err := r.read()
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
	durable.Sweep(r.path)
	return durable.Replace(r.path, durable.Bytes(b.Bytes()))
}

func (r registry) read() ([]listed, error) {
	if r.path == "" {
		return nil, nil
	}
	b, err := durable.ReadFile(r.path)
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
			return nil, fmt.Errorf("%s, line %d: %w", r.path, n, err)
		}
		out = append(out, j)
	}
	return out, sc.Err()
}

// byID finds the folder of a job by its id.
func (r registry) byID(id string) (dir string, ok bool) {
	all, err := r.read()
	if err != nil {
		return "", false
	}
	for _, j := range all {
		if j.ID == id {
			return j.Dir, true
		}
	}
	return "", false
}

// A neighbour is another job of the same target.
type neighbour struct {
	dir    string
	header importer.JobHeader
	store  importer.Store
}

// neighbours opens the other listed jobs of a target for reading. What cannot
// be read is warned about by name: its customers are not known.
func (r registry) neighbours(ctx context.Context, target, ownID, ownDir string, warn func(string)) []neighbour {
	all, err := r.read()
	if err != nil {
		warn(fmt.Sprintf("the list of your jobs cannot be read, so customers of other jobs are not known: %v", err))
		return nil
	}
	var out []neighbour
	for _, j := range all {
		if j.Target != target || j.ID == ownID || j.Dir == ownDir {
			continue
		}
		f := folder{dir: j.Dir}
		s, err := f.openReadOnly(ctx)
		if err != nil {
			warn(fmt.Sprintf("the job %s cannot be read, so its customers are not known here: %v (if it is gone for good, delete its line from %s)", j.Dir, err, r.path))
			continue
		}
		h, err := s.Header(ctx)
		if err != nil || h.JobID != j.ID {
			_ = s.Close()
			warn(fmt.Sprintf("the job %s is not the one that was listed (%s)", j.Dir, r.path))
			continue
		}
		out = append(out, neighbour{dir: j.Dir, header: h, store: s})
	}
	return out
}

// knows returns an entry of one of the customers, if this job has created one
// or holds one in doubt.
func (n neighbour) knows(ctx context.Context, keyDefinition []string, items []*item) (*item, error) {
	byKey := make(map[importer.Key]*item, len(items))
	keys := make([]importer.Key, 0, len(items))
	for _, it := range items {
		byKey[it.req.EntryKey()] = it
		keys = append(keys, it.req.EntryKey())
	}
	if equal(n.header.KeyDefinition, keyDefinition) {
		entries, err := n.store.Lookup(ctx, keys)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Status == importer.Created || e.Status == importer.InDoubt {
				return byKey[e.Key], nil
			}
		}
		return nil, nil
	}
	// Keys of another definition do not compare; logins do.
	for _, it := range items {
		similar, err := n.store.Similar(ctx, nil, it.req.Client.UserEmails())
		if err != nil {
			return nil, err
		}
		if len(similar) > 0 {
			return it, nil
		}
	}
	return nil, nil
}
