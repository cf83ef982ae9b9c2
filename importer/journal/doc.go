// Package journal keeps what a job knows in one SQLite file.
//
// It promises that what Begin, Finish and the other writes have answered is on
// the disk: power may fail in the next instant. It promises that a journal
// exists complete or not at all, that a damaged one is refused instead of
// believed, and that once a write has failed for a technical reason no later
// one is accepted. It promises to notice a file that is not the one it was: a
// write-ahead log that is gone, a log and a file that do not belong together
// (ErrLost), and a file that takes the place of the open one (ErrSwapped). An
// older file that was put back whole is noticed by whoever keeps the journal's
// high-water mark outside it (Store.OnCommit).
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
// An entry takes about 700 bytes and its request's text, in one index page that
// is written with others': its status. Keys, names, logins and client ids are
// found by hash. Hashes lie on pages all over the file; they wait in memory
// (131,072 of keys and as many of the others at most) and are written in their
// order, some with each commit, so that a row costs the same in a job of a
// million, in whatever order its rows come. Whoever looks for a hash looks in
// memory and in the file. Opening costs the same for any size, unless a run
// died: then what waited is read again from the entries.
//
// That a key is begun once is looked up by the one goroutine that writes, in
// memory and in the file, before it makes the entry. Of most new keys a filter
// of all keys tells that they are in neither, so that the file is not asked.
//
// An attempt is told by its entry until something else follows; only then has it
// a row of its own.
//
// # Formats
//
// The file's user_version is its format. A journal of the format before is
// carried over when it is first opened for writing: made aside, whole, and then
// renamed into the place of the old one. To look at one, a copy is carried over.
// Programs of a format refuse later ones.
//
// # Why SQLite
//
// A log file of our own would have to invent durability, indexes and damage
// detection anew. SQLite has all three, is one file that people can copy and
// query, and its SQL here is plain enough to move to a server's database.
package journal
