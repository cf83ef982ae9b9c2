package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// version is set by the release build.
var version = ""

// releaseCommands adds what only the release build needs; nil in all others.
var releaseCommands func(*cobra.Command)

// An app is one call of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	screen         *display.Screen // what stderr is once the program runs
	errors         io.Writer       // the stream itself
	env            config.Env
	keyring        config.Keyring
	profile        config.Profile // of --profile; the zero one if none is named
	root           *cobra.Command
	exit           int

	ran     bool                    // a run, whose outcome is in its job and not in what it prints
	sending atomic.Pointer[sending] // nil: nothing is sent

	// For tests that end the process within a step; nil else.
	transport job.Transport
	store     func(importer.Store) importer.Store
}

// run is the whole program but for the process: it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return (&app{stdin: stdin, stdout: stdout, stderr: stderr, env: os.LookupEnv, keyring: config.Desktop{Env: os.LookupEnv}}).run(args)
}

func (a *app) run(args []string) int {
	a.errors, a.screen = a.stderr, display.NewScreen(&outlet{to: a.stderr})
	a.stderr = a.screen
	out := &outlet{to: a.stdout}
	a.stdout = out
	// Before anything else: a signal in the first instant is one, too.
	ctx, stop := a.interruptible(context.Background())
	defer stop()
	a.root = a.commands()
	a.root.SetArgs(args)
	a.root.SetIn(a.stdin)
	a.root.SetOut(a.stdout)
	a.root.SetErr(a.stderr)

	err := a.root.ExecuteContext(ctx)
	if err == nil && a.exit == job.ExitDone && !a.ran && out.lost() {
		err = &failure{fmt.Errorf("what was asked for could not be written to standard output: %w", out.err)}
	}
	if err == nil {
		return a.exit
	}
	var p *job.Problem
	if !errors.As(err, &p) {
		// Whatever cobra itself complains of is a matter of usage.
		p = &job.Problem{Exit: job.ExitUsage, What: err.Error()}
		var f *failure
		if errors.As(err, &f) {
			p = &job.Problem{Exit: job.ExitFailed, What: f.Error()}
		}
	}
	if ctx.Err() != nil && p.Exit == job.ExitFailed && errors.Is(err, context.Canceled) {
		// However a library put it: what a signal cut short was interrupted.
		p = &job.Problem{Exit: job.ExitInterrupted, What: "interrupted"}
	}
	display.Problem(a.stderr, p)
	return p.Exit
}

// A failure is an error of a command that is not a matter of usage.
type failure struct{ error }

func usagef(hint, format string, args ...any) error {
	return &job.Problem{Exit: job.ExitUsage, What: fmt.Sprintf(format, args...), Hint: hint}
}

func (a *app) commands() *cobra.Command {
	root := &cobra.Command{
		Use:   "bulkonboard",
		Short: "Turn a spreadsheet of customers into live client accounts on VoiceAIWrapper",
		Long: `Turn a spreadsheet of customers into live client accounts on VoiceAIWrapper.

Every row is checked and what will happen is shown before the first request.
What was sent is on record before it leaves: kill it, unplug it, run it again,
and no customer is created twice and none is forgotten.`,
		Example: `  bulkonboard check clients.csv
  bulkonboard run clients.csv --sandbox
  bulkonboard run clients.csv`,
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			err := a.configure(c.Flags())
			a.nameProfile(c)
			return err
		},
	}
	root.SetVersionTemplate("bulkonboard {{.Version}}\n")
	root.AddCommand(a.runCommand(), a.checkCommand(), a.planCommand(), a.initCommand(), a.statusCommand(), a.resultsCommand(),
		a.reportCommand(), a.settleCommand(),
		a.verifyCommand(), a.templateCommand(), a.keygenCommand(), a.handoverCommand(), a.sandboxCommand(),
		a.configCommand(), a.loginCommand(), a.logoutCommand())
	root.PersistentFlags().String("profile", "", "a tenant's settings: a `name` in bulkonboard.yaml, here or in your config folder")
	for _, c := range root.Commands() {
		switch c.Name() {
		case "run", "check", "plan":
			manyFlags(c)
		}
	}
	root.AddCommand(topics()...)
	help := helpCommand(root)
	root.AddCommand(help)
	root.SetHelpCommand(help)
	completionCommand(root)
	teach(root)
	root.SetFlagErrorFunc(flagProblem)
	root.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(root, args)
		}
		return nil
	}
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	if releaseCommands != nil {
		releaseCommands(root)
	}
	return root
}

func versionText() string {
	if version != "" {
		return version
	}
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return b.Main.Version
	}
	return "development"
}

// oneInput requires exactly one argument and names it when it is missing.
func oneInput(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return given(c, args)
	}
	return usagef(c.UseLine(), "%s takes one INPUT, not %d", c.CommandPath(), len(args))
}

// given refuses an argument that is there and empty, as a script's variable that
// came to nothing makes it.
func given(c *cobra.Command, args []string) error {
	for _, a := range args {
		if strings.TrimSpace(a) == "" {
			return usagef(c.UseLine(), "%s was given an empty argument", c.CommandPath())
		}
	}
	return nil
}

// aJob allows one argument.
func aJob(c *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return given(c, args)
	}
	return usagef(c.UseLine(), "%s takes at most one JOB, not %d", c.CommandPath(), len(args))
}

// openJob opens the job of a JOB argument, whose last input is read again, and
// names its corrections first.
func (a *app) openJob(ctx context.Context, args []string, m job.Mode) (*job.Job, error) {
	j, err := job.Open(ctx, a.job(args), m)
	if err == nil {
		cells, rows := j.Corrected()
		display.Corrections(a.stdout, cells, rows)
	}
	return j, err
}

// job is where the job of a JOB argument lives.
func (a *app) job(args []string) job.Where {
	return job.Where{Dir: a.jobDir(args), JobsList: a.jobsList()}
}

// jobDir is the folder of a JOB argument.
func (a *app) jobDir(args []string) string {
	if len(args) == 1 {
		return job.Locate(args[0])
	}
	if dir, ok := a.env("BULKONBOARD_JOB"); ok && dir != "" {
		return dir
	}
	if dir := a.profile.Value("job"); dir != "" {
		return dir
	}
	return job.FolderName
}

// jobsList is the path of the per-user list of jobs.
func (a *app) jobsList() string {
	if dir, ok := a.env("XDG_STATE_HOME"); ok && filepath.IsAbs(dir) {
		return filepath.Join(dir, "bulkonboard", "jobs.jsonl")
	}
	if dir, ok := a.env("LOCALAPPDATA"); ok && filepath.IsAbs(dir) {
		return filepath.Join(dir, "bulkonboard", "jobs.jsonl")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "state", "bulkonboard", "jobs.jsonl")
	}
	return ""
}

func operator() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

func (a *app) notice(text string) { fmt.Fprintln(a.stderr, "note: "+display.Clean(text)) }

// terminal tells whether a stream is one, and how wide it is.
func terminal(stream any) (width int, ok bool) {
	if o, ok := stream.(*outlet); ok {
		stream = o.to
	}
	f, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	return width, true
}

// ask puts a question on the terminal; Enter means no.
func (a *app) ask(ctx context.Context, question string) (bool, error) {
	s, err := a.prompt(ctx, question+" [y/N] ")
	switch strings.ToLower(s) {
	case "y", "yes":
		return err == nil, err
	}
	return false, err
}

// prompt asks for a line; its end counts as an empty one.
func (a *app) prompt(ctx context.Context, text string) (string, error) {
	fmt.Fprint(a.stdout, text)
	answer := make(chan string, 1)
	go func() { answer <- readLine(a.stdin) }()
	select {
	case s := <-answer:
		return strings.TrimSpace(s), nil
	case <-ctx.Done():
		return "", &job.Problem{Exit: job.ExitInterrupted, What: "interrupted"}
	}
}

// asks tells whether somebody can be asked.
func (a *app) asks() bool {
	_, in := terminal(a.stdin)
	_, out := terminal(a.stdout)
	return in && out
}

// readLine reads byte by byte: what comes behind the line is somebody else's.
func readLine(r io.Reader) string {
	var line []byte
	b := make([]byte, 1)
	for {
		n, err := r.Read(b)
		if n == 1 && b[0] != '\n' {
			line = append(line, b[0])
		}
		if err != nil || n == 1 && b[0] == '\n' {
			return string(line)
		}
	}
}
