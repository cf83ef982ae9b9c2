// Package views makes what people and scripts look at: results, rejects, doubt,
// undo, changes, gone, the page and the summary, and says what is done next. All
// of it comes from the journal and the input, and can be made anew at any time.
//
// It promises that a view is replaced whole or not at all, that one which
// somebody has edited since is kept beside the new one, and that no view tells of
// a row otherwise than the journal. It does not promise that all views are of one
// moment: each is replaced by itself.
//
// # How
//
// [Write] makes one pass over the input, which yields the lines of results,
// rejects, doubt and changes at once, and gathers what the page tells. Without the
// input the journal alone is listed, and the rejects stay as they are. [Views.End]
// writes what tells of the run as a whole. Nothing here knows how a run sends.
package views
