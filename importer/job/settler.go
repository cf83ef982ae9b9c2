package job

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A standing is what the current input says of a row that is decided on.
type standing struct {
	row    string
	key    importer.Key // "" if it has none
	status importer.Status
	result importer.Result
	known  *importer.Entry // what it may be a duplicate of
	moved  bool            // it has the key of a customer and nothing else of them
	marks  importer.Marks  // what its customer is recognised by
	now    []byte          // what it would send; nil if it is left out
	faulty bool
}

// A settler makes decisions on many rows, each in sight of the others.
type settler struct {
	store     importer.Store
	who       string
	places    map[string]standing
	gone      string // why there are none
	seen      map[importer.Key]Decision
	ids       map[string]Decision
	at        time.Time
	decisions []importer.Decision
	job       *Job
	own       map[string]bool // the jobs whose views are this one's; nil: not asked yet
	outdated  int             // lines of a run before their row's last attempt
}

// place finds the row and fills in its key.
func (c *settler) place(r *Decision) (standing, *Problem) {
	byRow, found := c.places["row "+r.Row]
	switch {
	case r.Key == "" && r.Row == "":
		return standing{}, usage(r.String(), "neither a key nor a row is named", "")
	case r.Key == "" && c.gone != "":
		return standing{}, usage(r.String(), "rows cannot be told by number: %s", "name it by its key, as in doubt.csv", c.gone)
	case r.Key == "" && !found:
		return standing{}, usage(r.String(), "no row has the number %s", "name a row as results.csv numbers it", r.Row)
	case r.Key == "" && byRow.key == "":
		return standing{}, usage(r.String(), "this row is %s and has no key of its own: nothing was sent for it", "", byRow.status)
	case r.Key == "":
		r.Key = byRow.key
		return byRow, nil
	case r.Row != "" && c.gone == "" && (!found || byRow.key != r.Key):
		is := "there is no such row"
		if found {
			is = fmt.Sprintf("that row is %q", byRow.key)
		}
		return standing{}, usage(r.String(), "key %s and row %s do not belong together: %s",
			"the results may have been made anew since: leave the row out", r.Key, r.Row, is)
	}
	return c.places["key "+string(r.Key)], nil
}

func (c *settler) entry(ctx context.Context, k importer.Key) (*importer.Entry, error) {
	es, err := c.store.Lookup(ctx, []importer.Key{k})
	if err != nil || len(es) == 0 {
		return nil, err
	}
	return &es[0], nil
}

// becomes starts what the journal knows after a decision.
func (c *settler) becomes(e importer.Entry, status importer.Status, code, message, advice string) *importer.Entry {
	e.Status, e.Code, e.Message, e.Advice = status, code, "settled by "+c.who+": "+message, advice
	e.HTTPStatus, e.FinishedAt, e.Note, e.SameAs = 0, c.at, "", ""
	return &e
}

func (c *settler) last(ctx context.Context, k importer.Key) (*importer.Decision, error) {
	ds, err := c.store.Decisions(ctx, k)
	return importer.LastDecision(ds), err
}

// attempts tells how often a row was sent; an entry that is not there was not.
func attempts(e *importer.Entry) int {
	if e == nil {
		return 0
	}
	return e.Attempts
}
