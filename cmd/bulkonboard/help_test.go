package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/importer/job"
)

// TestHelpTeaches holds every command's help to the same form: when to use it,
// what it does, its exit codes, two examples, and flags that say what they take.
func TestHelpTeaches(t *testing.T) {
	t.Parallel()
	root := (&app{}).commands()
	form := regexp.MustCompile(`(?s)^Use it [^\n]+\.\n\n[A-Z].+\n\nExit codes:\n  0    \w`)
	for _, c := range root.Commands() {
		if !c.Runnable() {
			continue // a topic
		}
		if !form.MatchString(c.Long) {
			t.Errorf("%s: its help has another form:\n%s", c.Name(), c.Long)
		}
		for line := range strings.Lines(c.Long) {
			if len(line) > 91 && !strings.HasPrefix(line, "  ") { // tables may be wide
				t.Errorf("%s: a line is too long: %s", c.Name(), line)
			}
		}
		if n := strings.Count(c.Example, "bulkonboard "); n < 2 {
			t.Errorf("%s: %d examples", c.Name(), n)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			placeholder, usage := pflag.UnquoteUsage(f)
			if usage == "" || len(placeholder) > 22 || placeholder != "" && !strings.Contains(f.Usage, "`") {
				t.Errorf("%s --%s reads %q %q: name in back quotes what it takes", c.Name(), f.Name, placeholder, usage)
			}
		})
	}
	// What the contract promises for all.
	for name, l := range lessons {
		codes := make([]int, len(l.exits))
		for i, e := range l.exits {
			codes[i] = e.code
		}
		if !slices.IsSorted(codes) || !slices.Contains(codes, job.ExitUsage) || len(slices.Compact(codes)) != len(l.exits) {
			t.Errorf("%s: exit codes %v", name, codes)
		}
		if !slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == name }) {
			t.Errorf("there is a lesson for %s, which is no command", name)
		}
	}
}

// TestFlagsHaveAGroup names flags for which nobody has thought of where to show
// them. They are among the rare ones until then.
func TestFlagsHaveAGroup(t *testing.T) {
	t.Parallel()
	grouped := map[string]bool{}
	for _, g := range flagGroups {
		for _, n := range g.names {
			if grouped[n] {
				t.Errorf("--%s stands in two groups", n)
			}
			grouped[n] = true
		}
	}
	for _, c := range (&app{}).commands().Commands() {
		if c.Flags().Lookup("help-all") == nil {
			continue
		}
		c.InitDefaultHelpFlag()
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !grouped[f.Name] {
				t.Errorf("%s --%s is in no group of help.go", c.Name(), f.Name)
			}
		})
	}
}

// TestTopicsAreShort keeps a topic on one page, with commands that exist.
func TestTopicsAreShort(t *testing.T) {
	t.Parallel()
	root := (&app{}).commands()
	for _, c := range topics() {
		if n := strings.Count(c.Long, "\n"); n > 60 || n < 15 {
			t.Errorf("%s has %d lines", c.Name(), n)
		}
		for line := range strings.Lines(c.Long) {
			if len(line) > 90 {
				t.Errorf("%s: a line is too long: %s", c.Name(), line)
			}
			command, ok := strings.CutPrefix(line, "  bulkonboard ")
			if !ok {
				continue
			}
			found, rest, err := root.Find(strings.Fields(command))
			if err != nil || found == root {
				t.Errorf("%s: there is no %q", c.Name(), line)
				continue
			}
			for _, word := range rest {
				name, isFlag := strings.CutPrefix(word, "--")
				if isFlag && found.Flags().Lookup(name) == nil {
					t.Errorf("%s: %s has no flag %s", c.Name(), found.Name(), word)
				}
			}
		}
	}
}
