package table

import "github.com/bulkonboard/bulkonboard/importer"

// A Kind tells files of ours from those of others. Ours have apostrophes that
// keep a spreadsheet from running cells as formulas; Read takes them back.
type Kind int

const (
	// Plain files are anybody's; they are read as they stand.
	Plain Kind = iota
	// Ours is a results.csv, doubt.csv, undo.csv, changes.csv or gone.csv.
	Ours
	// Rejects is a rejects.csv, known by the columns _job, _key and _row,
	// whatever else was added or reordered.
	Rejects
)

func (k Kind) String() string {
	switch k {
	case Ours:
		return "ours"
	case Rejects:
		return "rejects"
	default:
		return "plain"
	}
}

// kindOf knows a file by its columns. The five names that results, doubt and
// undo share could be somebody else's export, hence one more that is only ours.
func kindOf(columns []string) Kind {
	has := make(map[string]bool, len(columns))
	for _, c := range columns {
		has[c] = true
	}
	all := func(names ...string) bool {
		for _, n := range names {
			if !has[n] {
				return false
			}
		}
		return true
	}
	switch {
	case all(importer.RejectJob, importer.RejectKey, importer.RejectRow):
		return Rejects
	case all("key", "status", "client_id", "client_name", "primary_email") &&
		(has["fingerprint"] || has["finished_at"] || has["attempts"] || has["sent_at"]):
		return Ours
	default:
		return Plain
	}
}
