package importer

import (
	"fmt"
	"strings"
)

// A Status is where a row stands. Invalid, Pending and Skipped are facts of
// one run; the others are kept in the journal.
type Status int

const (
	// Pending rows were not attempted yet.
	Pending Status = iota
	// Created clients are confirmed, and never sent again.
	Created
	// InDoubt rows were sent and their outcome is not known: the client may exist.
	InDoubt
	// Rejected rows were refused by the server.
	Rejected
	// Failed rows were provably not created.
	Failed
	// Invalid rows are faulty; nothing was sent.
	Invalid
	// Skipped rows are left out by the mapping's filter.
	Skipped
)

// Statuses are all of them, in the order in which people want to read them.
var Statuses = []Status{Created, InDoubt, Rejected, Failed, Invalid, Pending, Skipped}

var statusNames = [...]string{
	Pending: "pending", Created: "created", InDoubt: "in_doubt", Rejected: "rejected",
	Failed: "failed", Invalid: "invalid", Skipped: "skipped",
}

// String is the word used in files and flags.
func (s Status) String() string {
	if s < 0 || int(s) >= len(statusNames) {
		return fmt.Sprintf("status(%d)", int(s))
	}
	return statusNames[s]
}

// MayExist tells whether the client is there, or may be: no input can talk the
// journal out of it.
func (s Status) MayExist() bool { return s == Created || s == InDoubt }

// ParseStatus reads the word of a file or a flag.
func ParseStatus(word string) (Status, bool) {
	for s, n := range statusNames {
		if n == word {
			return Status(s), true
		}
	}
	return 0, false
}

// Counts holds a number for each status, which is its index: c[Created].
type Counts [len(statusNames)]int

// Total is the sum over all statuses.
func (c Counts) Total() int {
	n := 0
	for _, k := range c {
		n += k
	}
	return n
}

// MayExist is how many of them may be clients: the created ones and those in
// doubt.
func (c Counts) MayExist() int { return c[Created] + c[InDoubt] }

// String tells the counts that are not zero by the statuses' words, as in
// "23 created, 1 in_doubt"; "none" where there are none.
func (c Counts) String() string {
	var parts []string
	for _, s := range Statuses {
		if c[s] != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c[s], s))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// Map gives the counts by the statuses' words, all seven of them.
func (c Counts) Map() map[string]int {
	m := make(map[string]int, len(c))
	for s, n := range c {
		m[Status(s).String()] = n
	}
	return m
}

// CountsOf is the inverse of Counts.Map; unknown words are left out.
func CountsOf(m map[string]int) Counts {
	var c Counts
	for w, n := range m {
		if s, ok := ParseStatus(w); ok {
			c[s] = n
		}
	}
	return c
}
