// Package place is where a job lives: a folder with its journal, its lock and
// its views, and what stands outside the folder so that a journal which was put
// back, copied or swapped is recognised.
//
// It promises that one process at a time has a job ([Account] for an account),
// and that [Marks] are never ahead of the journal they belong to. It does not
// promise to see other users' runs or other machines'.
package place
