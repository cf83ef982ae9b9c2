package views

import (
	"path/filepath"

	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// The names of the views.
const (
	ResultsName     = "results.csv"
	rejectsName     = "rejects.csv"
	rejectsBookName = "rejects.xlsx"
	DoubtName       = "doubt.csv"
	UndoName        = "undo.csv"
	changesName     = "changes.csv"
	goneName        = "gone.csv"
	summaryName     = "summary.json"
	reportName      = "report.html"
)

// A Folder is where the views of a job go. "" is none, and they go nowhere.
type Folder string

// Path is that of a file in the folder; "" where there is none.
func (f Folder) Path(name string) string {
	if f == "" {
		return ""
	}
	return filepath.Join(string(f), name)
}

// rejects is the name of the file to mend: a workbook where the customers came
// in one.
func (f Folder) rejects(input string) string {
	if table.IsWorkbook(input) && rows.IsFile(f.Path(rejectsBookName)) {
		return rejectsBookName
	}
	return rejectsName
}
