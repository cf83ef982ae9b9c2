package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
)

// A lesson is what a command's help teaches besides what it does: when to use
// it, and how it ends.
type lesson struct{ when, exits string }

var lessons = map[string]lesson{
	"run": {"Use it to create the clients, and again whenever the sheet or the answer has changed.",
		"0 everything is created or skipped; 1 it could not run or finish; 2 usage, or a\ndecision is missing; 3 finished, some rows are invalid, rejected or failed; 4 some\nrows are in doubt; 5 stopped early, or rows are left pending; 6 another run holds\nthe job; 130 interrupted. Where several fit, the first of 1, 130, 5, 4, 3 counts."},
	"check": {"Use it before the first run, and after each mending, to see every fault at once.",
		"0 no faults, 1 the file cannot be used, 2 usage, 3 some rows are invalid."},
	"plan": {"Use it when somebody else has to agree before anything is sent.",
		"0 here is the plan, 1 the file cannot be used, 2 usage, or a run would be refused."},
	"init": {"Use it first, when the sheet has headers of its own.",
		"0 the mapping was written, open ends included; 1 the file cannot be used; 2 usage."},
	"template": {"Use it when there is no sheet yet.", "0 written, 1 it cannot be written, 2 usage."},
	"status":   {"Use it while a run works, and in the morning after a night's run.", "0 here it is, 1 the journal cannot be read, 2 there is no such job."},
	"results":  {"Use it when a file was lost, or was open in Excel when the run ended.", "0 written, 1 a file cannot be written or the journal not be read, 2 there is no such\njob, 6 another run holds it."},
	"report":   {"Use it to show somebody how an import went.", "0 written, 1 it cannot be written, 2 usage, 6 another run holds the job."},
	"settle":   {"Use it when a run has ended with rows in doubt or with possible duplicates.", "0 decided, 1 the journal cannot be used, 2 usage, or a decision that cannot be: then\nnone was taken; 6 another run holds the job; 130 interrupted."},
	"verify":   {"Use it after a migration, to be sure that what is there is what was sent.", "0 none differs, 1 it could not be done, 2 usage or no API key, 3 some differ, 6\nanother run holds the job, 130 interrupted."},
	"keygen":   {"Use it once, before the first run that makes up passwords.", "0 made, 1 it cannot be written, 2 usage, or a key is there already."},
	"handover": {"Use it when customers are to get the passwords that were made up.", "0 done, 1 some seals could not be opened or the file not be written, 2 usage or no\nfitting key, 5 answered no, 6 another run holds the job, 130 interrupted."},
	"login":    {"Use it at a desk, so that the API key need not be in the environment.", "0 kept, 1 there is no keyring, 2 usage, or no API key by its shape."},
	"logout":   {"Use it when a desk changes hands.", "0 forgotten, or there was none; 1 there is no keyring; 2 usage."},
	"config":   {"Use it when a run does not do what you thought it was told.", "0 here they are, 2 the profile or a variable has a fault."},
	"sandbox":  {"Use it to try programs against the API without creating real clients.", "0 ended, 1 the address cannot be used, 2 usage."},
}

// teach puts the lessons into the commands' help.
func teach(root *cobra.Command) {
	for _, c := range root.Commands() {
		if l, ok := lessons[c.Name()]; ok {
			c.Long = l.when + "\n\n" + c.Long + "\n\nExit codes: " + l.exits
		}
	}
}

// A flagGroup is a part of a command's flags that help shows together.
type flagGroup struct {
	title string
	names []string
}

// flagGroups are those of the commands with many flags. What no group names is
// shown last.
var flagGroups = []flagGroup{
	{"Everyday flags", []string{"mapping", "set", "job", "sheet", "sandbox", "yes", "new-job", "rate", "row", "limit", "pilot", "out", "quiet", "profile", "help", "help-all"}},
	{"Safety", []string{"strict", "plan", "min-rows", "max-errors", "max-new", "changed-columns", "halt-after", "on-doubt", "retry-rejected", "separate-job", "recipient"}},
	{"Nightly", []string{"known-faults", "max-duration", "notify", "token-file", "token-command", "log-file", "log-format", "progress"}},
	{"Rare", []string{"adopt", "trust-results", "new-key", "rekey", "base-url", "ca-file", "delimiter", "encoding", "fault", "max-attempts", "results", "timeout", "workers"}},
}

// manyFlags gives a command a help of two lengths: the everyday flags, and
// with --help-all the others, too.
func manyFlags(c *cobra.Command) {
	var all bool
	c.Flags().BoolVar(&all, "help-all", false, "this help with all flags")
	config.CommandLineOnly(c.Flags(), "help-all")
	args := c.Args
	c.Args = func(c *cobra.Command, given []string) error {
		if all {
			return pflag.ErrHelp
		}
		return args(c, given)
	}
	c.SetUsageFunc(func(c *cobra.Command) error {
		w := c.OutOrStderr()
		fmt.Fprintf(w, "Usage:\n  %s\n\nExamples:\n%s\n", c.UseLine(), c.Example)
		left := map[string]*pflag.Flag{}
		c.Flags().VisitAll(func(f *pflag.Flag) { left[f.Name] = f })
		groups := append(slices.Clone(flagGroups), flagGroup{title: "Others"})
		for i, g := range groups {
			fs := pflag.NewFlagSet(g.title, pflag.ContinueOnError)
			for _, name := range g.names {
				if f := left[name]; f != nil && !f.Hidden {
					fs.AddFlag(f)
					delete(left, name)
				}
			}
			if g.title == "Others" {
				for _, f := range left {
					fs.AddFlag(f)
				}
			}
			switch {
			case i > 0 && !all:
			case fs.HasFlags():
				fmt.Fprintf(w, "\n%s:\n%s", g.title, fs.FlagUsagesWrapped(100))
			}
		}
		if !all {
			fmt.Fprintf(w, "\nMore flags, for safety, nightly runs and rare needs: %s --help-all\n", c.CommandPath())
		}
		return nil
	})
}

// helpCommand knows commands and topics, and says so when it does not.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND or TOPIC]",
		Short: "Help about a command or a topic",
		Long:  "Help about a command, or about a topic: statuses, mapping, doubt, nightly.\n\nExit codes: 0 here it is, 2 there is no such command or topic.",
		Example: `  bulkonboard help run
  bulkonboard help doubt`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return names(root), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usagef(meant(args[0], names(root), "bulkonboard help lists commands and topics"), "there is no command and no topic %q", strings.Join(args, " "))
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
	}
}

func names(root *cobra.Command) []string {
	var out []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			out = append(out, c.Name())
		}
	}
	return out
}

// meant is a hint that names what was probably meant, else another hint.
func meant(word string, known []string, otherwise string) string {
	if n := config.Nearest(word, known); n != "" {
		return "did you mean " + n + "?"
	}
	return otherwise
}

// flagProblem suggests a flag for one that does not exist.
func flagProblem(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	hint := c.CommandPath() + " --help lists the flags"
	if c.Flags().Lookup("help-all") != nil {
		hint = c.CommandPath() + " --help-all lists all flags"
	}
	if n := config.Nearest(unknown.GetSpecifiedName(), known); n != "" {
		hint = "did you mean --" + n + "?"
	}
	return usagef(hint, "%v", err)
}

// unknownCommand suggests a command for one that does not exist.
func unknownCommand(root *cobra.Command, args []string) error {
	return usagef(meant(args[0], names(root), "bulkonboard help lists the commands"), "there is no command %q", args[0])
}
