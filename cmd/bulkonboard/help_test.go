package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestHelpTeaches holds every command's help to the same form.
func TestHelpTeaches(t *testing.T) {
	root := (&app{}).commands()
	for _, c := range root.Commands() {
		if c.Name() == "completion" || !c.Runnable() {
			continue
		}
		if lessons[c.Name()].when == "" && c.Name() != "help" {
			t.Errorf("%s: nothing says when to use it", c.Name())
		}
		if !regexp.MustCompile(`\n\nExit codes: 0 `).MatchString(c.Long) {
			t.Errorf("%s: its exit codes are not told:\n%s", c.Name(), c.Long)
		}
		if n := strings.Count(c.Example, "bulkonboard "); n < 2 && c.Name() != "logout" {
			t.Errorf("%s: %d examples", c.Name(), n)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if name, usage := pflag.UnquoteUsage(f); usage == "" || len(name) > 22 {
				t.Errorf("%s --%s reads %q %q", c.Name(), f.Name, name, usage)
			}
		})
	}
	for name := range lessons {
		if !slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == name }) {
			t.Errorf("there is a lesson for %s, which is no command", name)
		}
	}
}

// TestFlagsHaveAGroup finds flags that nobody has thought of where to show.
func TestFlagsHaveAGroup(t *testing.T) {
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
		if c.Name() != "run" && c.Name() != "plan" {
			continue
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !grouped[f.Name] {
				t.Errorf("%s --%s is in no group of help.go", c.Name(), f.Name)
			}
		})
	}
}

// TestTopicsAreShort keeps a topic on one page, with commands that exist.
func TestTopicsAreShort(t *testing.T) {
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
