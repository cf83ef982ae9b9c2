// Package journal keeps what a job knows in one SQLite file.
//
// It promises that what Begin, Finish and the other writes have answered is on
// the disk: power may fail in the next instant. It promises that a journal
// exists complete or not at all, that a damaged one is refused instead of
// believed, and that once a write has failed for a technical reason no later
// one is accepted.
//
// It does not promise to work on network file systems, where SQLite's locks
// cannot be relied on, nor for two writing processes at once: the caller holds
// the job's lock.
//
// # How
//
// One goroutine writes. It takes all operations that are waiting into one
// transaction and commits them together, so the cost of a durable write is
// shared by all workers. Readers have connections of their own and see what is
// committed. Look-ups, ordered walks and counts go through indexes: none of
// them grows with the number of finished rows, but for counting, which reads
// one small index.
//
// An entry takes about 700 bytes and its request's text, in two index pages that
// are written with others': key and status. Names, logins and client ids, whose
// hashes lie on pages all over the file, wait in memory (131,072 at most) and are
// written in their order, some with each commit, so that a row costs the same in
// a job of a million.
// Opening costs the same for any size, unless a run died: then what waited is
// read again from the entries.
//
// # Why SQLite
//
// A log file of our own would have to invent durability, indexes and damage
// detection anew. SQLite has all three, is one file that people can copy and
// query, and its SQL here is plain enough to move to a server's database.
package journal
