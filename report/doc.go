// Package report writes what people and scripts read of a job: results.csv,
// rejects.csv, doubt.csv, undo.csv and summary.json.
//
// It promises that a file is replaced as a whole or not at all, that what
// somebody has edited is kept beside it, that no cell is run as a formula by
// the spreadsheet that opens it, and that a round trip through our own reader
// gives back every cell as it was.
//
// It decides nothing: statuses, codes and advice come from whoever calls.
//
// # How
//
// Each view is written line by line as it comes, so memory does not grow with
// the number of lines and cost grows with nothing else.
//
// # Why results are a view
//
// The journal is the truth. A view may be edited, lost, or held open by Excel,
// and nothing is lost with it: it is written anew whenever somebody asks.
package report
