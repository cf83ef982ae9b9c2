// Package infer proposes a mapping for a sheet that nobody has mapped yet, from
// its headers and some rows.
//
// It promises that nothing is bound silently: a proposal below ConfidenceLine
// is a TODO that names its candidate, and each says why. No sample of a column
// that may hold passwords is repeated. It is pure, as package mapping is, and
// costs the rows that it is given.
//
// It does not promise to be right: Check of the drafted mapping is what finds
// out.
package infer
