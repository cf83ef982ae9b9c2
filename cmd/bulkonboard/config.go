package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// configure sets the flags of a command that were not given.
func (a *app) configure(fs *pflag.FlagSet) error {
	name, _ := fs.GetString("profile")
	if v, ok := a.env(config.Variable("profile")); ok && !fs.Changed("profile") {
		if name = v; strings.TrimSpace(v) == "" {
			return usagef("give it a value, or unset it", "%s is empty", config.Variable("profile"))
		}
	}
	if v, ok := a.env(config.Variable("job")); ok && strings.TrimSpace(v) == "" {
		return usagef("give it a value, or unset it", "%s is empty", config.Variable("job"))
	}
	if name != "" {
		var err error
		if a.profile, err = a.readProfile(name); err != nil {
			return err
		}
		if own := a.profile.Shadowed(a.env); own != "" {
			a.notice("the profile " + name + " is taken from " + a.profile.Path + " in this folder, not from " + own +
				", which has one of that name, too")
		}
		if a.profile.Value("notify") != "" && a.profile.Exposed() {
			a.notice("other users can read " + a.profile.Path + ", and in it the address of the web hook, which is a secret: chmod 600 " +
				a.profile.Path)
		}
	}
	if err := config.Apply(fs, a.env, a.profile); err != nil {
		return err
	}
	return nothing(fs)
}

// nameProfile says whose settings count, in the first line.
func (a *app) nameProfile(c *cobra.Command) {
	quiet := c.Flags().Lookup("quiet")
	if a.profile.Name == "" || c.Name() == "config" || quiet != nil && quiet.Value.String() == "true" {
		return // config tells it among the others
	}
	a.notice("the settings are those of the profile " + a.profile.Name + " in " + a.profile.Path)
}

// nothing refuses a flag that was given without a value, as by a variable of a
// script that is empty: it must not mean all.
func nothing(fs *pflag.FlagSet) error {
	var err error
	fs.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if s, repeatable := f.Value.(pflag.SliceValue); repeatable {
			values = s.GetSlice()
		}
		if err == nil && slices.ContainsFunc(values, func(v string) bool { return strings.TrimSpace(v) == "" }) {
			err = usagef("give it a value, or leave it out", "--%s was given with nothing", f.Name)
		}
	})
	return err
}

// underProfile has a next command go on with this one's profile, which may hold
// the place of the API key and more.
func (a *app) underProfile(argv []string) []string {
	if argv == nil || a.profile.Name == "" {
		return argv
	}
	return append(argv, "--profile", a.profile.Name)
}

// readProfile reads a profile, which may have the flags of any command.
func (a *app) readProfile(name string) (config.Profile, error) {
	var known, barred []string
	for _, c := range a.root.Commands() {
		k, b := config.Settable(c.Flags())
		known, barred = append(known, k...), append(barred, b...)
	}
	return config.ReadProfile(name, a.env, known, barred)
}

func (a *app) configCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Show the settings of a run and where each comes from",
		Long: `Show the settings a run would have and where each comes from: a variable of the
environment, a line of bulkonboard.yaml (with --profile), or the default. A flag
of the run beats them all, and the environment beats the profile. The API key is
named, never shown. Nothing is written and nothing is sent.

A profile is a tenant's settings, named like the flags without their dashes.
Paths in it are meant from where the file lies:

  profiles:
    acme:
      base-url: https://api.voiceaiwrapper.app
      token-file: acme.key
      job: acme.job
      mapping: acme.mapping.yaml
      rate: 10/s
      notify: https://hooks.example/…

bulkonboard.yaml lies in the working folder, else in your config folder.`,
		Example: `  bulkonboard config
  bulkonboard config --profile acme`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.showConfig(c) },
	}
}

func (a *app) showConfig(c *cobra.Command) error {
	run, _, err := a.root.Find([]string{"run"})
	if err != nil {
		return err
	}
	fs := run.Flags()
	if err := config.Apply(fs, a.env, a.profile); err != nil {
		return err
	}
	w := a.stdout
	known, _ := config.Settable(fs)
	for _, name := range known {
		f := fs.Lookup(name)
		value := f.Value.String()
		if s, ok := f.Value.(pflag.SliceValue); ok {
			value = strings.Join(s.GetSlice(), ", ")
		}
		switch {
		case value == "":
			value = "-"
		case secretFlags[name]:
			value = "(set, not shown)"
		}
		fmt.Fprintf(w, "%-15s %-32s %s\n", name, display.Clean(value), display.Clean(config.Source(f)))
	}
	if err := a.showKey(c, fs); err != nil {
		return err
	}
	fmt.Fprintln(w)
	profile := config.ProfilePath(a.env)
	if profile == "" {
		profile = "none (" + strings.Join(config.ProfilePaths(a.env), ", else ") + ")"
	}
	fmt.Fprintf(w, "Profiles   %s\n", display.Clean(profile))
	if a.profile.Name != "" {
		fmt.Fprintf(w, "Profile    %s\n", display.Clean(a.profile.Name))
	}
	fmt.Fprintf(w, "Job        %s, where none is named\n", display.Clean(a.jobDir(nil)))
	if list := a.jobsList(); list != "" {
		fmt.Fprintf(w, "State      %s\n", display.Clean(filepath.Dir(list)))
	}
	return nil
}

// secretFlags are the settings whose value is a secret.
var secretFlags = map[string]bool{"notify": true}

func (a *app) showKey(c *cobra.Command, fs *pflag.FlagSet) error {
	file, command := config.Stronger(fs, fs.Lookup("token-file").Value.String(), fs.Lookup("token-command").Value.String())
	s := config.KeySource{File: file, Command: command, Keyring: a.keyring, Account: a.profile.Name}
	if v, ok := a.env(config.KeyVariable); command != "" && (!ok || v == "") {
		fmt.Fprintf(a.stdout, "%-15s %-32s %s\n", "API key", "printed by a program, not asked", "--token-command")
		return nil
	}
	key, where, err := config.FindKey(c.Context(), s, a.env)
	switch {
	case err != nil && job.ExitOf(err) == job.ExitUsage && where == "" && config.IsNoKey(err):
		fmt.Fprintf(a.stdout, "%-15s %-32s %s\n", "API key", "none", "bulkonboard login, or "+config.KeyVariable)
		return nil
	case err != nil:
		return err
	}
	fmt.Fprintf(a.stdout, "%-15s %-32s %s\n", "API key", job.KeyLabel(key), display.Clean(where))
	return nil
}
