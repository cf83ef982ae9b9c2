// Package job holds what people do with bulkonboard as functions: Check, Run,
// Status, Results, Settle. Options go in, values come out; texts are made by
// whoever calls.
//
// It promises that a row is sent at most once unless somebody decides
// otherwise, that every row of the input is accounted for when a function
// returns, and that nothing is sent before all rows were read and the caller's
// Confirm has said yes.
//
// It does not promise that a client in doubt exists or does not: only a person
// with the dashboard open can tell, and Settle takes their word.
//
// # How
//
// An input is read three times. The survey reads and maps every row, looks up
// what the journal knows of it and decides what a run would do. The second
// pass sends, and meets the same bytes or stops. The third writes the views
// from the journal. All three go through one stream of items in chunks, so
// memory grows with the number of distinct keys (about 40 bytes each) and with
// nothing else.
//
// # Why results are a view
//
// The journal is the truth. A results file that is edited, lost or open in
// Excel changes nothing, and can be made anew at any time.
package job
