package job

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// out finds the file to write, which must not be there and not where a commit
// would publish it.
func (p *PreparedHandover) out() (string, error) {
	path := p.o.Out
	if path == "" {
		path = p.job.folder().Path("handover-" + time.Now().UTC().Format("20060102T150405.000Z") + ".csv")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", broken(path, err, "")
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", broken(abs, err, "the folder must be there: make it first")
	}
	if _, err := os.Lstat(abs); err == nil {
		return "", usage(abs, "is there already, and a handover replaces no file", "name another one with --out")
	}
	for d := dir; !p.o.Force; d = filepath.Dir(d) {
		if _, err := os.Lstat(filepath.Join(d, ".git")); err == nil {
			return "", usage(abs, "lies in a git work tree (%s), where a commit would publish the passwords",
				"name a file elsewhere with --out; to write it there all the same: --force", d)
		}
		if filepath.Dir(d) == d {
			break
		}
	}
	return abs, nil
}

// choose finds the keys of the rows that are named; nil: none are named.
func (p *PreparedHandover) choose(ctx context.Context) (map[importer.Key]bool, error) {
	if p.o.Rows == nil {
		return nil, nil
	}
	out := map[importer.Key]bool{}
	gone, err := p.job.rows(ctx, func(it *rows.Item) {
		if !p.o.Rows.Has(it.Ref) {
			return
		}
		if it.Entry != nil && it.Entry.Status == importer.Created {
			out[it.Entry.Key] = true
		}
	})
	switch {
	case err != nil:
		return nil, err
	case gone != "":
		return nil, usage("--row", "rows cannot be told by number: %s", "leave --row out, or put the input back", gone)
	case len(out) == 0:
		return nil, usage("--row", "no created client stands there", "bulkonboard results shows the rows")
	}
	return out, nil
}
