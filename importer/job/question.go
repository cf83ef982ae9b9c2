package job

import "slices"

// A Question is what a person decides before something goes on. It is a value:
// whoever shows it takes as long as it takes, holds nothing meanwhile, and
// comes back with an Answer.
type Question struct {
	ID   string // one of the Ask constants
	Text string // the question
	Why  string // what it is about; may be empty
	// Choices are what may be answered; none: any text, and an empty one leaves
	// it open.
	Choices []Choice
	Likely  string // the answer to take where nobody says another; may be empty
	// Secret tells that the answer is a passphrase: nothing of it is shown.
	Secret bool
	// Fault is why the answer before was not taken; "" if there was none.
	Fault string
}

// A Choice is one answer to a question.
type Choice struct {
	Answer string
	Means  string // what comes of it; may be empty
}

// An Answer is what somebody said to a question.
type Answer struct{ ID, Text string }

// What is asked.
const (
	AskSheet     = "sheet"     // which of several sheets
	AskProvider  = "provider"  // the voice provider's id
	AskPasswords = "passwords" // whether passwords are generated
	AskKey       = "key"       // whether a changed API key is the same account's
	AskSend      = "send"      // whether what was shown happens
	AskSame      = "same"      // whether a client id is the row's
	AskAll       = "all"       // whether passwords are handed over once more
	AskForget    = "forget"    // whether passwords are dropped
	// AskPassphrase is of a private key, and begins the ID: a job may have two.
	AskPassphrase = "passphrase "
)

// The answers where it is yes or no.
const (
	Yes = "yes"
	No  = "no"
)

// YesNo tells whether it is a question of yes or no.
func (q Question) YesNo() bool {
	return len(q.Choices) == 2 && q.Choices[0].Answer == Yes && q.Choices[1].Answer == No
}

func yesNo(id, text, yes, no string) *Question {
	return &Question{ID: id, Text: text, Choices: []Choice{{Yes, yes}, {No, no}}, Likely: No}
}

// asked are the questions that must be answered before something goes on, one
// after the other.
type asked struct {
	open    []*Question
	refused bool // somebody said no
}

// question is the next one; nil: none is left, or no more matters.
func (a *asked) question() *Question {
	if a.refused || len(a.open) == 0 {
		return nil
	}
	return a.open[0]
}

// take takes an answer, and returns the question that is answered by it; nil: none
// is. An answer that it does not know comes back as its Fault.
func (a *asked) take(said Answer) *Question {
	q := a.question()
	switch {
	case q == nil || q.ID != said.ID:
		return nil
	case len(q.Choices) > 0 && !slices.ContainsFunc(q.Choices, func(c Choice) bool { return c.Answer == said.Text }):
		q.Fault = "it is yes or no"
		return nil
	case q.YesNo() && said.Text == No:
		a.refused = true
		return nil
	}
	a.open = a.open[1:]
	return q
}

// answered fails while a question is open.
func (a *asked) answered() error {
	if q := a.question(); q != nil {
		return usage("", "this must be answered first: %s", "", q.Text)
	}
	return nil
}

// answers are those that were given so far, in their order.
type answers []Answer

// to is the last answer to a question, and the one before it.
func (a answers) to(id string) (last, before string, given bool) {
	for _, one := range a {
		if one.ID == id {
			last, before, given = one.Text, last, true
		}
	}
	return last, before, given
}
