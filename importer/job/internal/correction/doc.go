// Package correction holds what people changed of a sheet without touching it:
// corrections, one a cell, in a file of JSON lines beside the input.
//
// It promises that a correction counts only where it was meant: on the row
// that it names, and only while the cell holds what it held then. A sheet that
// was sorted, extended or exported anew is safe, and what fits nowhere is told
// ([Pass.Unused]). What [File.Append] has written is durable when it returns,
// whole or not at all. It does not promise that a corrected row is sound: rows
// are mapped and checked as if the sheet said so.
//
// # How
//
// A row is named by the key that it has in the sheet itself, before any
// correction, and by the hash of its cells: one without a valid key of its own by
// that alone. Of rows that are alike in every cell it is known which of them was
// meant, counted from the first; row numbers are for people. Corrections of one
// cell build on each other, in the order of the file.
//
// The cells of one change stand together, each with the change's number and how
// many cells it has: a change that was cut by a crash does not count. An undo is
// one more change, which names the one that it takes back; undoing an undo
// brings it again. Nothing is ever removed from the file.
//
// The old value of a secret is kept as an HMAC under a random key of the file:
// enough to see whether the cell still holds it. The new one stands in plain
// text, as the sheet's own does; the file is its owner's alone (0600).
package correction
