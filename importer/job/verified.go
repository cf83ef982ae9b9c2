package job

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Verified is what reading one created client back gave.
type Verified struct {
	Entry       importer.Entry
	Differences []string // none: the same
	Err         error    // could not be verified
}

// Note is what stands in the results of it.
func (v Verified) Note(at time.Time) string {
	what := "same as sent"
	switch {
	case v.Err != nil:
		what = "could not verify: " + why(v.Err)
	case len(v.Differences) > 0:
		what = "differs in " + strings.Join(v.Differences, ", ")
	}
	return "verified " + at.UTC().Format(time.RFC3339) + ": " + what
}

func why(err error) string {
	var e *importer.Error
	if errors.As(err, &e) {
		return e.Error()
	}
	return err.Error()
}

var errNoID = errors.New("its client id is not known here")

// compare reads one created client and compares it with what was sent.
func (r *reading) compare(ctx context.Context, e importer.Entry) Verified {
	v := Verified{Entry: e}
	if e.ClientID == "" {
		v.Err = errNoID
		return v
	}
	got, err := r.readClient(ctx, e.ClientID)
	switch {
	case err != nil:
		v.Err = err
	case !tells(got):
		v.Err = fmt.Errorf("the server tells neither name nor e-mail of %s", e.ClientID)
	default:
		v.Differences = r.differences(e.Sent(), got)
	}
	return v
}
