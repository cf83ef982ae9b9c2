package job

import (
	"context"
	"path/filepath"
)

// findJob finds the job a rejects file belongs to: the folder that was named,
// else the one the file lies in, else the one beside it, else the list's.
func findJob(ctx context.Context, dir, path string, rehearsal bool, t tag, jobs registry) (string, error) {
	if dir != "" {
		return dir, nil
	}
	candidates := []string{filepath.Dir(path), Beside(path, rehearsal)}
	if listed, ok := jobs.byID(t.job); ok && !rehearsal {
		candidates = append(candidates, listed)
	}
	for _, c := range candidates {
		f, err := at(c)
		if err != nil {
			continue
		}
		s, err := f.openReadOnly(ctx)
		if err != nil {
			continue
		}
		h, err := s.Header(ctx)
		_ = s.Close()
		if err == nil && h.JobID == t.job {
			return c, nil
		}
	}
	return "", usage(path, "this is a rejects file of job %s, which is neither here nor on the list of your jobs", "name the job's folder with --job", t.job)
}
