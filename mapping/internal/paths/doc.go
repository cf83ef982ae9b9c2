// Package paths knows what the request is made of: its paths, the standard
// columns and the words that name them, the platform's ids, and addresses.
//
// It promises to be pure, and to be where a mapping and a proposal for one ask
// the same question. It does not know where a value comes from: that is a
// mapping's matter.
package paths
