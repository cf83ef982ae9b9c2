// Package report writes what people and scripts read of a job: results.csv,
// rejects.csv, doubt.csv, undo.csv, changes.csv, gone.csv, summary.json and
// report.html, results and rejects also as workbooks. It writes the findings of
// a check, the starter sheet and the logins that are handed over, too, and
// reads back what people return.
//
// It promises that no spreadsheet runs a cell as a formula, and that reading
// takes back exactly what writing added: a reject's own cells and every key come
// back as they were. It writes to whatever it is given, and knows no files.
//
// It does not promise that texts for people come back as they were: control
// characters in them are shown as U+FFFD, and all line breaks are LF. Names of
// columns in rejects.csv are those of the sheet, since they have to be found
// again. And it decides nothing: statuses, codes and advice come from whoever
// calls, and what a line that was read means is for them to say.
//
// # How
//
// The files of fixed shape are structs of strings with csv tags, written and
// read through gocsv one line at a time; no goroutine takes part. What a file
// that was read is made of (encoding, delimiter, quotation marks) is package
// table's matter.
//
// # What it costs
//
// Memory is a line's, whatever the number of lines; time grows with the number
// of lines and with nothing else, some 1.5 µs for writing one and 3.5 µs for
// reading one. A workbook is written row by row as well; the page holds some
// hundreds of rows that need a person, and counts the others.
//
// # Why results are a view
//
// The journal is the truth. A view may be edited, sorted, lost, or held open
// by a spreadsheet, and nothing is lost with it: it is written anew at every
// ending and whenever somebody asks. So nothing here is read back to find out
// what was sent, with one exception that people ask for by name: --adopt, when
// the journal itself is gone.
package report
