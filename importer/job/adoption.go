package job

import (
	"github.com/bulkonboard/bulkonboard/importer/job/internal/evidence"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// An adoption gathers what the files of a job tell of its rows whose journal is
// lost.
type adoption struct {
	found evidence.Evidence
	// faulty are the lines of rows that were invalid: of no account unless the
	// row is valid now.
	faulty map[string]evidence.Item // by "key K", or "row R" where there was none

	reach  reach
	list   place.List
	target string
	key    []string // its definition
	notice func(string)
	gone   []string // client ids that are on record as deleted
}

func (a *adoption) rehearsal() bool { return a.target == TargetSandbox }
