// Package strict reads the small YAML files that people write: mappings and
// profiles.
//
// It promises that nothing in a file is passed over: unknown keys, keys that
// stand there twice, aliases, tags and second documents are faults, each with
// its line, and all that can be found are told at once. Texts are read as they
// are written: 01234 stays 01234. No file costs much: one that is too large, or
// no regular file, is refused before it is read.
//
// A File walks yaml's own nodes, so that whoever reads one decides what may
// stand where, and strict only how it is said.
package strict
