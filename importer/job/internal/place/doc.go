// Package place is where a job lives. [Place] is the seam behind which a folder
// stands, the memory of tests, and whatever else can keep a job; package
// placetest holds each of them to the same.
//
// It promises that one process at a time has a job (and an account, by
// [Account]), that a job is there complete or not at all, that nothing in a folder
// of somebody else's is believed or written to, and that no journal is opened
// that has forgotten what the log of attempts beside it knows. It does not
// promise to notice a folder that was put back whole, log and all, nor to see
// other users' runs or other machines'.
//
// # How
//
// A [Folder] has the journal, a kernel's lock that dies with its process, the
// log, kept files, and the views of people. Beside all folders stands the
// user's [List] of jobs: by it a job finds the others of its target, which are
// asked for many customers at once.
package place
