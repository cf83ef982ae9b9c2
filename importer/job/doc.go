// Package job holds what people do with bulkonboard. Init, Check, MakePlan,
// Correct, Prepare, Run and Keygen are functions; what is done with a job that is there are
// methods of the Job that Open returns: Status, Runs, Results, Report, Settle, Verify and
// PrepareHandover. Options go in, values come out; texts are made by whoever calls.
//
// It promises that a row is sent at most once unless somebody decides
// otherwise, that every row of the input is accounted for when a function
// returns, and that nothing is sent before all rows were read. What a person has
// to decide is a Question, and nothing is held while it is open; Run asks nobody.
// One run at a time has a job. What goes wrong is a
// *Problem: where, what, what now, and the exit code that fits.
//
// It does not promise that a client in doubt exists or does not: only a person
// with the dashboard open can tell, and a Settlement takes their word. It does
// not work in a folder on a network file system, which it refuses.
//
// # How
//
// An input is opened once, which reads it to its end and takes its digest. A
// run then makes three passes over the same bytes, or stops. The survey maps
// every row, looks up what the journal knows of it, and decides what a run
// would do; it is all that Check and MakePlan do. The second pass sends. The
// third writes the views from the journal. All go through one stream of items
// in chunks, and one decision of where a row stands, so what was shown, what
// is sent and what is told cannot differ.
//
// # From a program
//
// A program that has its customers elsewhere than in a file gives them as
// InputOptions.Rows, and its own place as Dir; everything else is as with a
// sheet. RunOptions.API needs a BaseURL and a Key, or a Transport of its own,
// such as the sandbox's. Rates are requests per second, times are UTC, files are
// UTF-8 and made for their owner only. Functions may be called by several
// goroutines, each value that they return is used by one. A context that ends
// lets what is in flight finish, and what is done so far comes back beside the
// error. errors.As finds the *Problem, ExitOf the exit code, errors.Is a cause
// such as importer.ErrInputChanged.
//
// # Cost
//
// Time grows with the rows, and with the rows alone: looking up what is known
// costs the same in a job of a hundred customers and of a million. Memory grows
// by about 40 bytes for each distinct key, by that much again for each shared
// id (assistants, numbers), and by what is in doubt. With group_by all rows are
// held, since those of one client may be scattered.
//
// # Why results are a view
//
// The journal is the truth. A results file that is edited, lost or open in
// Excel changes nothing, and can be made anew at any time.
package job
