// Package importertest has what tests of the other packages share: TestInput
// and TestJournal hold an implementation to the documented words of
// importer.Input and importer.Store, Rows is an Input in memory, and Memory a
// Store.
//
// Memory passes TestJournal as the real journal does, so a test over it says
// something about both. It is durable for as long as the process lives, and
// keeps everything it is told in memory.
package importertest
