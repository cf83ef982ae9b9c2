package job

import (
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Preview is what a run is about to do, before the first request.
type Preview struct {
	Survey
	Input     string // file as given
	Corrects  string // the input that a rejects file corrects; "" for any other
	Mapping   string // what reads it
	Target    string
	Account   string // names the API key without telling it
	Rehearsal bool
	NewJob    bool
	Adopted   *importer.Counts // rows a new job takes over from earlier results; nil: none
	Dir       string
	Rate      float64
	RateFound float64 // below Rate: where the run starts, since the last one found it; else 0
	Limit     int     // rows sent at most; 0 is no limit
	Pilot     int     // rows attempted before anything else; 0 is no pilot
	Keys      int     // how many keys can open the passwords; 0: they are not kept
	Throwaway bool    // the key is the rehearsal's own
}

// Duration is how long the rows take at the ceiling of the rate, or at the one
// that was found.
func (p Preview) Duration() time.Duration {
	n := p.Send
	if p.Limit > 0 {
		n = min(n, p.Limit)
	}
	rate := p.Rate
	if p.RateFound > 0 {
		rate = p.RateFound
	}
	if rate >= importer.Unlimited || rate <= 0 {
		return 0
	}
	return time.Duration(float64(n) / rate * float64(time.Second)).Round(time.Second)
}

// question asks whether it may happen; nil where nothing would.
func (p Preview) question() *Question {
	text := "Create them?"
	switch {
	case p.NewJob && p.Send == 0:
		text = "Start this new job?"
	case p.NewJob:
		text = "Start this new job and create them?"
	case p.Send == 0:
		return nil
	}
	return yesNo(AskSend, text, "it happens, and cannot be undone from here", "nothing is sent")
}

// preview is what a survey found, for people.
func (t *intake) preview(s Survey, rate float64) Preview {
	p := Preview{Survey: s, Input: t.input.Path, Mapping: t.in.Mapper.Name(), Target: t.target, Rehearsal: t.rehearsed,
		NewJob: t.store == nil, Dir: t.name(), Rate: rate, RateFound: rateFound(t.last, rate)}
	if t.in.Correction != nil {
		p.Corrects = t.in.Record.Path
	}
	return p
}

// rateFound is the rate that the last run found the server to accept, where
// that is below what is asked for; else 0.
func rateFound(last importer.Run, asked float64) float64 {
	if last.RateFound < asked {
		return last.RateFound
	}
	return 0
}
