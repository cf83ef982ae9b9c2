package paths

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Constant is the value of a path for every row.
type Constant struct{ Path, Value string }

// Sets reads PATH=VALUE constants.
func Sets(sets []string) (out []Constant, faults []string) {
	for _, s := range sets {
		path, value, ok := strings.Cut(s, "=")
		path, value = strings.TrimSpace(path), importer.Trim(value)
		switch {
		case !ok:
			faults = append(faults, fmt.Sprintf("--set %s: write PATH=VALUE", s))
		case strings.HasPrefix(path, Users) && strings.HasSuffix(path, "password"):
			// The value is not repeated: it may be a password.
			faults = append(faults, fmt.Sprintf("--set %s: a password never comes from the command line, where others can see it", path))
		case strings.HasPrefix(path, Users):
			faults = append(faults, fmt.Sprintf("--set %s: every client would get the same login", path))
		case !Known(path):
			f := fmt.Sprintf("--set %s: the request has no such path", path)
			if near := Near(path); near != "" {
				f += "; did you mean " + near + "?"
			}
			faults = append(faults, f)
		case value == "":
			faults = append(faults, fmt.Sprintf("--set %s: the value is empty", path))
		case TargetFault(path, value, ";") != "":
			faults = append(faults, fmt.Sprintf("--set %s: %s", path, TargetFault(path, value, ";")))
		case slices.ContainsFunc(out, func(o Constant) bool { return o.Path == path }):
			faults = append(faults, fmt.Sprintf("--set %s: set twice", path))
		default:
			out = append(out, Constant{path, value})
		}
	}
	return out, faults
}

// TargetFault says what is wrong with a value that a mapping gives to a path
// by itself, whatever the sheet says; "" if nothing is. The elements of a list
// stand between split.
func TargetFault(path, value, split string) string {
	if slices.Contains(strings.FieldsFunc(value, notOfWord), "TODO") {
		return "TODO still stands there: write the value that is meant"
	}
	elements := []string{value}
	switch {
	case path != Provider && !strings.HasPrefix(path, Resources):
		return ""
	case path != Provider && split != "":
		elements = strings.Split(value, split)
	}
	for _, e := range elements {
		if c := CheckID(path, importer.Trim(e)); c.Fault != "" {
			return c.Fault + ": " + c.Advice
		}
	}
	return ""
}

func notOfWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }
