// Package config finds out what a call of bulkonboard is to do: flags, the
// environment, a profile, and the API key. A flag beats the environment, which
// beats the profile.
package config

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/importer/job"
)

// Env looks a variable up; os.LookupEnv is one.
type Env func(name string) (value string, ok bool)

const (
	commandLineOnly = "command-line-only"
	fromEnv         = "from-environment"
	fromProfile     = "from-profile"
)

// CommandLineOnly marks flags that nobody should set for good.
func CommandLineOnly(fs *pflag.FlagSet, names ...string) {
	for _, n := range names {
		if err := fs.SetAnnotation(n, commandLineOnly, []string{"true"}); err != nil {
			panic(err) // a flag that does not exist: found by any test
		}
	}
}

// Settable tells which flags may be set for good, and which may not.
func Settable(fs *pflag.FlagSet) (known, barred []string) {
	fs.VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Name == "help" || f.Name == "version" || f.Name == "profile":
		case f.Annotations[commandLineOnly] != nil:
			barred = append(barred, f.Name)
		default:
			known = append(known, f.Name)
		}
	})
	return known, barred
}

// Variable is the environment's name for a flag.
func Variable(flag string) string {
	return "BULKONBOARD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Apply sets the flags that were not given, from the environment, else from the
// profile.
func Apply(fs *pflag.FlagSet, env Env, p Profile) error {
	if err := applyEnv(fs, env); err != nil {
		return err
	}
	return p.apply(fs)
}

func applyEnv(fs *pflag.FlagSet, env Env) error {
	var err error
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Annotations[commandLineOnly] != nil || f.Name == "help" || f.Name == "version" {
			return
		}
		v, ok := env(Variable(f.Name))
		if !ok || err != nil {
			return
		}
		if strings.TrimSpace(v) == "" {
			// Unset and empty are not the same: a script's variable that came
			// to nothing must not be passed over.
			err = &job.Problem{Exit: job.ExitUsage, Where: Variable(f.Name), What: "is empty", Hint: "give it a value, or unset it"}
			return
		}
		values := []string{v}
		if _, repeatable := f.Value.(pflag.SliceValue); repeatable {
			values = strings.Split(v, "\n")
		}
		for _, v := range values {
			if serr := f.Value.Set(v); serr != nil {
				err = &job.Problem{Exit: job.ExitUsage, Where: Variable(f.Name), What: misfit(f, v, serr)}
				return
			}
		}
		f.Annotations = with(f.Annotations, fromEnv, Variable(f.Name))
	})
	return err
}

// misfit says why a value is none for a flag.
func misfit(f *pflag.Flag, value string, err error) string {
	why := err.Error()
	switch f.Value.Type() {
	case "bool":
		why = "write true or false"
	case "int":
		why = "write a whole number"
	case "duration":
		why = "write it like 30s or 2m"
	}
	return fmt.Sprintf("%q does not fit --%s: %s", value, f.Name, why)
}

func with(m map[string][]string, key, value string) map[string][]string {
	if m == nil {
		m = map[string][]string{}
	}
	m[key] = []string{value}
	return m
}

// Source tells where a flag's value comes from: "flag", the name of a
// variable, the line of a profile, or "default".
func Source(f *pflag.Flag) string {
	switch {
	case f.Changed:
		return "flag"
	case f.Annotations[fromEnv] != nil:
		return f.Annotations[fromEnv][0]
	case f.Annotations[fromProfile] != nil:
		return f.Annotations[fromProfile][0]
	default:
		return "default"
	}
}
