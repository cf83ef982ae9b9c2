package job

import (
	"math/rand/v2"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// sampledRows of those to be sent are remembered by the survey.
const sampledRows = 256

// A spread is rows to be sent from all over the input, each as likely as any
// other: to find out whether a refusal that row after row meets is about these
// rows. The zero value works.
type spread struct {
	kept []sampled
	seen int
	rnd  *rand.Rand
}

type sampled struct {
	req    importer.Request
	status importer.Status // where the row stands
}

// add takes a row in, or does not.
func (s *spread) add(it *rows.Item) {
	if s.rnd == nil {
		s.rnd = rand.New(rand.NewPCG(1, 2)) // the same rows in every run of an input
	}
	s.seen++
	row := sampled{it.Request, it.Status}
	if len(s.kept) < sampledRows {
		s.kept = append(s.kept, row)
	} else if at := s.rnd.IntN(s.seen); at < sampledRows {
		s.kept[at] = row
	}
}
