// Package mapping turns rows into requests and finds what is wrong with them
// before anything is sent.
//
// It promises to be pure: no clock, no files, no network; the same row gives
// the same request and the same findings wherever it is asked. All faults of a
// row are found at once, each with its cell, its cause and what to do. No
// finding ever holds a password.
//
// It does not promise that the server takes what it finds faultless: the API
// publishes no list of sections, levels or products, so unseen values pass
// with a warning.
//
// # How
//
// A mapping is compiled for each header into a plan: a value for every request
// path, from a column or a constant. Map walks the plan. A Checker looks at
// rows beside each other, Neighbours at the cells of one column. Package infer
// proposes a mapping for a sheet that has none.
//
// # Cost
//
// Mapping a row grows with the columns in use and with nothing else: some
// microseconds. A Checker keeps about 25 bytes for each key and each shared id,
// Neighbours a bounded number of shapes for each column. Merge holds the rows
// of one client.
package mapping
