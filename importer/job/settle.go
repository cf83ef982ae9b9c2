package job

import "github.com/bulkonboard/bulkonboard/importer"

// SettleOptions say who decides on rows of a job, and how.
type SettleOptions struct {
	Who string // on record with every decision
	// ReadBack has a client id that somebody gives read back before it counts.
	// What the server says of it is told, and may be a Question. API reaches the
	// server; BaseURL is the job's.
	ReadBack bool
	API      API
	Twin     func(dir string) (Transport, error) // the server of a rehearsal's job
	Command  func(Next) []string
	Notice   func(string) // may be nil
}

// A Settlement is a job while people decide on its rows. The job is taken for
// each call and given back after it, so that nothing is held while somebody
// thinks, and what was decided counts at once. It is used by one goroutine.
type Settlement struct {
	job     *Job
	o       SettleOptions
	decided int
	// outdated lines were given that decide nothing.
	outdated int

	reader *reading // nil before the first use
	// unreadable is why nothing can be read back.
	unreadable error
	read       map[given]Confirmation
	agreed     map[given]bool
	open       *given // the id that a question is open about
}

// Settle begins to take decisions. End ends that; the job is closed by whoever
// opened it, for settling.
func (j *Job) Settle(o SettleOptions) *Settlement {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	return &Settlement{job: j, o: o, read: map[given]Confirmation{}, agreed: map[given]bool{}}
}

// Close closes the job.
func (s *Settlement) Close() error { return s.job.Close() }

// A Confirmation is what the server says of a client id that somebody gave.
type Confirmation struct {
	Row      importer.Entry // the row the id is for
	ClientID string
	Client   importer.Readback
	Err      error // it could not be read: nothing is known of it
	// Missing tells that the server knows no such client.
	Missing bool
	// Differs tells that neither name nor e-mail are those that were sent.
	Differs bool
}

// given is a client id that somebody gave for a row.
type given struct {
	key importer.Key
	id  string
}

func givenBy(d importer.Decision) given { return given{d.Key, d.ClientID} }
