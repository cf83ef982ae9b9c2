package job

import "github.com/bulkonboard/bulkonboard/importer"

// HandoverOptions say how a job's passwords are handed over. Format and Identity
// are required.
type HandoverOptions struct {
	Who      string // on record
	Format   string // "mailmerge" or "bitwarden"
	Portal   string // the address where the clients log in; may be empty
	Out      string // "" is a new file in the job's folder
	Rows     RowSet // nil: no rows are named
	All      bool   // also what was handed over before
	Forget   bool   // the seals are dropped once the file is written
	Force    bool   // also into a git work tree
	Identity string // path of the private key
	// Named tells that somebody named Identity: a rehearsal then does not look
	// for its own key.
	Named bool
	// Test opens one seal by Try, and writes nothing.
	Test    bool
	Command func(Next) []string
	Notice  func(string) // may be nil
}

// A HandoverResult is what a handover did.
type HandoverResult struct {
	Path      string // of the file; "" if there was nothing to hand over
	Clients   int
	Logins    int
	Several   int // logins with more than one candidate password
	Before    int // clients that were handed over before, and are not in this file
	Sheet     int // created clients whose passwords were not sealed: they are in the sheet
	Forgotten int // created clients whose seals were dropped after an earlier handover
	Unopened  int // clients whose seals this key does not open
	Forgot    bool
	Declined  bool
	Rehearsal bool
	Result    Result // the views that were written anew
}

// Exit is the exit code.
func (h HandoverResult) Exit() int {
	switch {
	case h.Declined:
		return ExitStopped
	case h.Unopened > 0:
		return ExitFailed
	}
	return ExitDone
}

// Formats are the layouts of a handover.
var Formats = []string{"mailmerge", "bitwarden"}

// A PreparedHandover is a handover that has opened nothing yet. While a question
// is open it holds nothing. It is used by one goroutine.
type PreparedHandover struct {
	asked
	job    *Job
	o      HandoverOptions
	path   string // of the file
	keys   []*identity
	chosen map[importer.Key]bool // the keys of the rows that are named; nil: none are named
}

// Question is what must be answered before Write or Try; nil: nothing.
func (p *PreparedHandover) Question() *Question { return p.question() }

// Answer answers the Question.
func (p *PreparedHandover) Answer(a Answer) {
	q := p.take(a)
	if q == nil || !q.Secret {
		return
	}
	for _, k := range p.keys {
		if q.ID == AskPassphrase+k.path {
			k.passphrase = &a.Text
		}
	}
}
