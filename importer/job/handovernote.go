package job

import (
	"strings"
)

// withoutHandover is a note without what an earlier handover wrote.
func withoutHandover(note string) string {
	if !strings.HasPrefix(note, "handed over ") {
		return note
	}
	_, rest, _ := strings.Cut(note, "; ")
	return rest
}

// keepHandover puts a new note behind what a handover wrote.
func keepHandover(before, note string) string {
	if rest := withoutHandover(before); rest != before {
		return strings.TrimSuffix(strings.TrimSuffix(before, rest), "; ") + "; " + note
	}
	return note
}
