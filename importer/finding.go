package importer

// A Finding is something to tell about a row, a column or a file before
// anything is sent.
type Finding struct {
	Severity Severity
	// Code is a stable word for programs, such as "missing" or "bad_email".
	Code string
	Cell Cell
	// Path is the request path concerned, such as "client_details.email"; it
	// may be empty.
	Path    string
	Message string // what is wrong; never holds a secret
	Advice  string // what to do now; may be empty
	// Repair is the cell as it should be, where that is beyond doubt; nil else.
	// All findings of one cell have the same one.
	Repair *Repair
}

// A Repair is a change to one cell that loses nothing anybody meant. There is
// none for a cell with a secret.
type Repair struct {
	Old string // the cell as it stands
	New string
}

// A Severity says what a finding does to its row.
type Severity int

const (
	// Note is worth knowing; the row is sent.
	Note Severity = iota
	// Warning deserves a look; the row is sent.
	Warning
	// Fault makes the row invalid; it is not sent.
	Fault
)

func (s Severity) String() string {
	switch s {
	case Fault:
		return "fault"
	case Warning:
		return "warning"
	default:
		return "note"
	}
}

// FirstFault returns the first finding that makes a row invalid.
func FirstFault(fs []Finding) (Finding, bool) {
	for _, f := range fs {
		if f.Severity == Fault {
			return f, true
		}
	}
	return Finding{}, false
}

// A Mapper turns a row into a request. It is pure: the same row gives the same
// answer, whenever and wherever it is asked, and it may be used by several
// goroutines. All faults of a row are found at once; a request that comes with
// a fault is not to be sent, but its Key is set where the row has a valid one.
type Mapper interface {
	Map(Row) (Request, []Finding)
}
