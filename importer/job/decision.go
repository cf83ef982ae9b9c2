package job

import (
	"fmt"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Decision is one that somebody asks for: Key, Action and, for their actions,
// ClientID and Other are given. Who, At and what becomes of the row are filled
// in when it is made.
type Decision struct {
	importer.Decision
	Row    string        // as the current results number it, "17" or "Sheet1!17"; may be empty if Key is set, which then must agree
	SentAt string        // the attempt it is about, as in doubt.csv; "" is any
	Job    string        // the job and run of the view that it was read from, its _job; "" is nobody's
	Line   importer.Cell // its line in a file; zero if it comes from none
}

func (r Decision) String() string {
	switch {
	case r.Line.Row > 0:
		return r.Line.String()
	case r.Row != "":
		return "--row " + r.Row
	default:
		return "--key " + string(r.Key)
	}
}

// shownFaults bounds what is told of a file in which much is wrong.
const shownFaults = 20

// together makes one problem of all faults of a file.
func together(faults []*Problem, of int) *Problem {
	if of == 1 {
		return faults[0]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d decisions cannot be taken, so none was:", len(faults), of)
	for i, f := range faults {
		if i == shownFaults {
			fmt.Fprintf(&b, "\n  and %d more", len(faults)-i)
			break
		}
		b.WriteString("\n  " + f.Error())
		if f.Hint != "" {
			b.WriteString(" (" + f.Hint + ")")
		}
	}
	return usage("", "%s", "correct the file and settle --from it again", b.String())
}

// actionWords are what a file may say.
const actionWords = "write created, exists, absent, deleted, new, same, same-as:KEY, change-done or reopen"
