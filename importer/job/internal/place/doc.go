// Package place is where a job lives. [Place] is the seam behind which a folder
// stands, the memory of tests, and whatever else can keep a job; package
// placetest holds each of them to the same.
//
// It promises that one process at a time has a job (and an account, by
// [Account]), that a job is there complete or not at all, and that nothing in a
// folder of somebody else's is believed or written to. It promises that no journal
// is opened that has forgotten what the log of attempts beside it knows, or the
// mark of the job, which the user's list keeps; nor one of a copied folder whose
// original is still there. It does not promise to see other users' runs or other
// machines', nor to know a folder that was put back whole once the list is gone,
// too.
//
// # How
//
// A [Folder] has the journal, a kernel's lock that dies with its process, the
// log, kept files, and the views of people. Beside all folders stands the
// user's [List] of jobs: by it a job finds the others of its target, which are
// asked for many customers at once, and itself where it was moved or copied. A
// job's mark lies beside the list, a small file that is written over after each
// commit of the journal: how far that has come, in numbers.
package place
