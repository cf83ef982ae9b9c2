package job

import (
	"slices"

	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/views"
)

// A reach tells how far the evidence of an adoption goes: by job, and by the
// kind of source, the last run that it tells of.
type reach map[string]map[string]int64

// The kinds of sources beside the views, which have the names of theirs.
const (
	fromLog     = "run.log"
	fromJournal = "journal.db"
)

func (r reach) see(job, kind string, run int64) {
	if r[job] == nil {
		r[job] = map[string]int64{}
	}
	r[job][kind] = max(r[job][kind], run)
}

// jobs are the ids of all that it tells of.
func (r reach) jobs() []string {
	var out []string
	for id := range r {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// covers tells whether sources of a job go as far as the list of jobs knows that
// it went. Views are whole once their run has ended, the log at any time.
func (r reach) covers(job string, m place.Mark) bool {
	by := r[job]
	whole := by[views.ResultsName] >= m.Run || by[views.UndoName] >= m.Run && by[views.DoubtName] >= m.Run
	return m.Attempt == 0 || by[fromLog] >= m.Run || by[fromJournal] >= m.Run || whole && !m.Open
}

// listNames are the lists that tell of a job's rows.
var listNames = []string{views.ResultsName, views.UndoName, views.DoubtName}
