package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// A lesson is what a command's help teaches besides what it does: when to use
// it, and how it ends.
type lesson struct {
	when  string
	exits []exit
}

// An exit is one way a command ends.
type exit struct {
	code  int
	means string
}

// Ways to end that mean the same for every command that has them.
var (
	usage       = exit{job.ExitUsage, "a flag, an argument or a setting is wrong"}
	unusable    = exit{job.ExitFailed, "the file cannot be used"}
	noJournal   = exit{job.ExitFailed, "the journal cannot be read"}
	noKeyring   = exit{job.ExitFailed, "there is no keyring, or it is locked"}
	unwritten   = exit{job.ExitFailed, "the file cannot be written"}
	someInvalid = exit{job.ExitRejects, "some rows are invalid"}
	busy        = exit{job.ExitBusy, "a run holds this job"}
	interrupted = exit{job.ExitInterrupted, "interrupted"}
)

var lessons = map[string]lesson{
	"run": {"Use it to create the clients, and again whenever the sheet or the answer has changed.", []exit{
		{job.ExitDone, "every row is created, now or earlier, or skipped on purpose, and none is in doubt"},
		{job.ExitFailed, "it could not run or finish: file, network set-up, journal"},
		{job.ExitUsage, "a flag or the mapping is wrong, or the API key or a decision is missing"},
		{job.ExitRejects, "finished; some rows are invalid, rejected or failed"},
		{job.ExitInDoubt, "finished; some rows are in doubt"},
		{job.ExitStopped, "stopped early, or rows are left pending; run it again to go on"},
		{job.ExitBusy, "another run holds this job"},
		{job.ExitInterrupted, "interrupted; run it again to go on"},
	}},
	"check": {"Use it before the first run, and after each correction, to see every fault at once.", []exit{
		{job.ExitDone, "no faults"}, unusable, usage, someInvalid, interrupted}},
	"plan": {"Use it when somebody else has to agree before anything is sent.", []exit{
		{job.ExitDone, "here is the plan"}, unusable, {job.ExitUsage, "a flag or the mapping is wrong, or a run would be refused"}, interrupted}},
	"init": {"Use it first, when the sheet has headers of its own.", []exit{
		{job.ExitDone, "the mapping is written, open ends included"}, unusable, usage, interrupted}},
	"template": {"Use it when there is no sheet yet.", []exit{
		{job.ExitDone, "written"}, unwritten, usage, interrupted}},
	"status": {"Use it while a run works, and in the morning after a night's run.", []exit{
		{job.ExitDone, "here it is"}, noJournal, {job.ExitUsage, "there is no such job"}, interrupted}},
	"results": {"Use it when a file was lost, or was open in Excel when the run ended.", []exit{
		{job.ExitDone, "written"}, {job.ExitFailed, "a file cannot be written, or the journal not be read"}, {job.ExitUsage,
			"there is no such job"}, busy, interrupted}},
	"report": {"Use it to show somebody how an import went.", []exit{
		{job.ExitDone, "written"}, {job.ExitFailed, "the page cannot be written, or the journal not be read"}, {job.ExitUsage,
			"there is no such job"}, busy, interrupted}},
	"settle": {"Use it when a run has ended with rows in doubt or with possible duplicates.", []exit{
		{job.ExitDone, "decided"}, {job.ExitFailed, "the journal cannot be used"}, {job.ExitUsage,
			"a decision that cannot be: then none was taken"}, busy, interrupted}},
	"verify": {"Use it after a migration, to be sure that what is there is what was sent.", []exit{
		{job.ExitDone, "none differs"}, {job.ExitFailed, "it could not be done"}, {job.ExitUsage,
			"a flag is wrong, or there is no API key"}, {job.ExitRejects, "some differ"}, busy, interrupted}},
	"keygen": {"Use it once, before the first run that makes up passwords.", []exit{
		{job.ExitDone, "made"}, unwritten, {job.ExitUsage, "a flag is wrong, or a key is there already"}, interrupted}},
	"handover": {"Use it when customers are to get the generated passwords.", []exit{
		{job.ExitDone, "done"}, {job.ExitFailed, "some passwords could not be opened, or the file not be written"}, {job.ExitUsage,
			"a flag is wrong, or no private key fits"}, {job.ExitStopped, "answered no"}, busy, interrupted}},
	"login": {"Use it at a desk, so that the API key need not be in the environment.", []exit{
		{job.ExitDone, "kept"}, noKeyring, {job.ExitUsage, "what was given is no API key by its shape"}, interrupted}},
	"logout": {"Use it when a desk changes hands.", []exit{
		{job.ExitDone, "forgotten, or there was none"}, noKeyring, usage, interrupted}},
	"config": {"Use it when a run does not do what you thought it was told.", []exit{
		{job.ExitDone, "here they are"}, {job.ExitUsage, "the profile or a variable has a fault"}, interrupted}},
	"sandbox": {"Use it to try programs against the API without creating real clients.", []exit{
		{job.ExitDone, "ended, by --for or an interruption"}, {job.ExitFailed, "the address cannot be used"}, usage}},
	"completion": {"Use it once for each shell, so that Tab completes commands and flags.", []exit{
		{job.ExitDone, "here it is"}, {job.ExitUsage, "there is no such shell"}}},
	"help": {"Use it when something has happened that you do not know what to do about.", []exit{
		{job.ExitDone, "here it is"}, {job.ExitUsage, "there is no such command or topic"}}},
}

// teach puts the lessons into the commands' help.
func teach(root *cobra.Command) {
	for _, c := range root.Commands() {
		l, ok := lessons[c.Name()]
		if !ok {
			continue
		}
		parts := []string{l.when}
		if c.Long != "" {
			parts = append(parts, strings.TrimSpace(c.Long))
		}
		c.Long = strings.Join(append(parts, exitCodes(l.exits)), "\n\n")
	}
}

// exitCodes are the lines that tell how a command ends.
func exitCodes(exits []exit) string {
	var b strings.Builder
	b.WriteString("Exit codes:")
	for _, e := range exits {
		fmt.Fprintf(&b, "\n  %-4d %s", e.code, e.means)
	}
	if len(exits) > 6 {
		b.WriteString("\n\nWhere several fit, the first of 1, 130, 5, 4, 3 counts.")
	}
	return b.String()
}

// A flagGroup is a part of a command's flags that help shows together.
type flagGroup struct {
	title string
	names []string
}

// flagGroups are those of the commands with many flags. What no group names
// counts as rare; TestFlagsHaveAGroup tells of it.
var flagGroups = []flagGroup{
	{"Everyday flags", []string{"mapping", "set", "job", "sheet", "sandbox", "yes", "new-job", "rate", "row", "limit", "pilot", "out",
		"repair", "format", "quiet", "profile", "help", "help-all"}},
	{"Safety flags", []string{"strict", "plan", "min-rows", "max-errors", "max-new", "changed-rows", "changed-columns", "halt-after",
		"on-doubt",
		"retry-rejected", "separate-job", "recipient"}},
	{"Nightly flags", []string{"known-faults", "max-duration", "notify", "token-file", "token-command", "log-file", "log-format", "progress"}},
	{"Rare flags", []string{"adopt", "trust-results", "new-key", "rekey", "base-url", "ca-file", "delimiter", "encoding", "fault",
		"header-row", "max-attempts", "results", "timeout", "wait", "workers"}},
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
		for i, g := range flagGroups {
			fs := pflag.NewFlagSet(g.title, pflag.ContinueOnError)
			for _, name := range g.names {
				if f := left[name]; f != nil {
					fs.AddFlag(f)
					delete(left, name)
				}
			}
			if i == len(flagGroups)-1 {
				for _, f := range left {
					fs.AddFlag(f)
				}
			}
			if (i == 0 || all) && fs.HasAvailableFlags() {
				fmt.Fprintf(w, "\n%s:\n%s", g.title, fs.FlagUsagesWrapped(100))
			}
		}
		if !all {
			fmt.Fprintf(w, "\nMore flags, for safety, nightly runs and rare needs: %s --help-all\n", c.CommandPath())
		}
		return nil
	})
}

// completionCommand is cobra's own, with examples.
func completionCommand(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Long = "Print a script that lets Tab complete commands, flags and files in your shell:\nbash, zsh, fish or powershell. Each one's " +
				"--help says where to put it."
			c.Args = cobra.ArbitraryArgs
			c.RunE = func(c *cobra.Command, args []string) error {
				if len(args) > 0 {
					return usagef(meant(args[0], names(c), "there is bash, zsh, fish and powershell"), "there is no shell %q", args[0])
				}
				return c.Help()
			}
			c.Example = "  bulkonboard completion bash > /etc/bash_completion.d/bulkonboard\n  bulkonboard completion powershell | Out-String | " +
				"Invoke-Expression"
		}
	}
}

// helpCommand knows commands and topics, and says so when it does not.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND or TOPIC]",
		Short: "Help about a command or a topic",
		Long:  "Help about a command, or about a topic: statuses, mapping, doubt, nightly.",
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
				return usagef(meant(args[0], names(root), "bulkonboard help lists commands and topics"), "there is no command and no topic %q",
					strings.Join(args, " "))
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
