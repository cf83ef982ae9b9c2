// Package rows takes an input on its way to items: opened with its corrections,
// mapped, read ahead, grouped, looked up in the journal and classified.
//
// It promises that every pass over an input yields the same items in the same
// order, or fails with importer.ErrInputChanged, and that where a row stands is
// decided in one place: by a Classifier, a pure function of the row, of what the
// journal knows of it, and of what the survey found out about the others. So
// what is shown, what is sent and what is told cannot differ. It sends nothing,
// and writes nothing but corrections.
//
// # How
//
// Open, Compile and Correct make an Input. A correction names a cell of the sheet
// as it stands; a rejects file that comes back is compared with what its run has
// read, and what differs becomes corrections, durable (Keep) before the journal
// speaks of them.
//
// A Surveyor makes the first pass, which counts and collects findings and leaves
// the Classifier ready; every later one is a Pass. Rows are read and mapped by
// another goroutine while those before them are classified, and looked up in the
// journal by the chunk. Where rows make groups they are all held, since those of
// one client may be scattered.
package rows
