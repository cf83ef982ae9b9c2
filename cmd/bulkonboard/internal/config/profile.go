package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/hbollon/go-edlib"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/mapping/strict"
)

// ProfileFile is the name of the file of profiles.
const ProfileFile = "bulkonboard.yaml"

// A Profile is a tenant's settings: flags without their dashes. The zero value
// has none.
type Profile struct {
	Name, Path string
	settings   []setting
}

// A setting is one key of a profile.
type setting struct {
	name   string
	values []string
	line   int
}

// paths are the settings that name a file or a folder: in a profile they are
// meant from where it lies.
var paths = []string{"job", "mapping", "token-file", "results", "log-file", "ca-file", "identity"}

// guarded are the settings that run a program, move the API key or the passwords,
// or write files: only the user's own word counts for them.
var guarded = []string{"token-command", "token-file", "base-url", "ca-file", "notify", "log-file", "results", "recipient", "identity"}

// secrets are keys that look as if they held one.
var secrets = []string{"api-key", "apikey", "api_key", "key", "token", "password", "secret"}

// Value returns a setting, "" if the profile has none.
func (p Profile) Value(name string) string {
	for _, s := range p.settings {
		if s.name == name && len(s.values) > 0 {
			return s.values[len(s.values)-1]
		}
	}
	return ""
}

// Exposed tells that other users can read the file of the profile.
func (p Profile) Exposed() bool {
	info, err := os.Stat(p.Path)
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}

func (p Profile) place(s setting) string { return fmt.Sprintf("%s:%d", p.Path, s.line) }

// ProfilePath is where the profiles are: in the working folder, else in the
// user's config folder; "" if there are none.
func ProfilePath(env Env) string {
	for _, path := range ProfilePaths(env) {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// ProfilePaths are the places where a file of profiles may lie.
func ProfilePaths(env Env) []string {
	all := []string{ProfileFile}
	if dir, ok := env("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		return append(all, filepath.Join(dir, "bulkonboard", ProfileFile))
	}
	if dir, err := os.UserConfigDir(); err == nil {
		all = append(all, filepath.Join(dir, "bulkonboard", ProfileFile))
	}
	return all
}

// ReadProfile reads one profile. Known are the flags that may stand in one,
// and barred those that only a command line may have. All faults of the file
// come at once.
func ReadProfile(name string, env Env, known, barred []string) (Profile, error) {
	path := ProfilePath(env)
	if path == "" {
		return Profile{}, problem("--profile", fmt.Sprintf("there is no %s for the profile %q", ProfileFile, name),
			"it lies in the working folder or at "+ProfilePaths(env)[len(ProfilePaths(env))-1])
	}
	info, err := os.Stat(path)
	if err != nil {
		return Profile{}, problem(path, err.Error(), "")
	}
	b, err := strict.ReadFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			err = errors.New("may not be read")
		}
		return Profile{}, problem(path, err.Error(), "")
	}
	d := profiles{path: path, known: known, barred: barred}
	all := d.read(b)
	if faults := d.Faults(); len(faults) > 0 {
		return Profile{}, problem("", strings.Join(faults, "\n"),
			"the keys of a profile are the flags of `bulkonboard run --help` without their dashes")
	}
	var names []string
	for _, p := range all {
		if p.Name == name {
			return p, p.distrusted(info)
		}
		names = append(names, p.Name)
	}
	return Profile{}, problem(path, fmt.Sprintf("there is no profile %q", name), "there are: "+strict.List(names))
}

// distrusted refuses settings that only the user may make, in a file that somebody
// else may have written.
func (p Profile) distrusted(info fs.FileInfo) error {
	why, hint := distrust(info)
	if now, err := os.Stat(p.Path); err != nil || !os.SameFile(info, now) {
		why, hint = "this file was replaced while it was read", "run again"
	}
	if why == "" {
		return nil
	}
	for _, s := range p.settings {
		if slices.Contains(guarded, s.name) {
			return problem(p.place(s), fmt.Sprintf("%s is not taken from here: %s", s.name, why), hint)
		}
	}
	return nil
}

// Shadowed is the user's own file with a profile of this name, where the one in
// the working folder was taken; "" if there is none.
func (p Profile) Shadowed(env Env) string {
	all := ProfilePaths(env)
	own := all[len(all)-1]
	if p.Path != ProfileFile || own == ProfileFile {
		return ""
	}
	b, err := strict.ReadFile(own)
	if err != nil {
		return ""
	}
	d := profiles{path: own}
	if slices.ContainsFunc(d.read(b), func(o Profile) bool { return o.Name == p.Name }) {
		return own
	}
	return ""
}

// profiles reads a file of them.
type profiles struct {
	*strict.File
	path          string
	known, barred []string
}

func (d *profiles) read(b []byte) []Profile {
	var root *yaml.Node
	if d.File, root = strict.Parse(d.path, b); root == nil {
		return nil
	}
	var out []Profile
	d.Pairs(root, "the file", func(k, v *yaml.Node) {
		if k.Value != "profiles" {
			d.Unknown(k, "the file", []string{"profiles"})
			return
		}
		d.Pairs(v, "profiles", func(name, settings *yaml.Node) {
			p := Profile{Name: name.Value, Path: d.path}
			d.Pairs(settings, "profile "+name.Value, func(k, v *yaml.Node) {
				if s, ok := d.setting(p.Name, k, v); ok {
					p.settings = append(p.settings, s)
				}
			})
			out = append(out, p)
		})
	})
	return out
}

func (d *profiles) setting(profile string, k, v *yaml.Node) (setting, bool) {
	name := k.Value
	s := setting{name: name, line: k.Line}
	switch {
	case slices.Contains(secrets, strings.ToLower(name)):
		d.Fault(k, "%q: a profile holds no secret; name where it is with token-file or token-command, or use `bulkonboard login`", name)
		return s, false
	case slices.Contains(d.barred, name) && !slices.Contains(d.known, name):
		d.Fault(k, "%q stands on the command line only: nobody should set it for good", name)
		return s, false
	case !slices.Contains(d.known, name):
		d.Unknown(k, "profile "+profile, d.known)
		return s, false
	}
	before := len(d.Faults())
	if s.values = d.Texts(v); len(d.Faults()) > before {
		return s, false
	}
	if slices.Contains(paths, name) {
		for i, p := range s.values {
			if p != "" && !filepath.IsAbs(p) {
				s.values[i] = filepath.Join(filepath.Dir(d.path), p)
			}
		}
	}
	return s, true
}

// Nearest is the known name most like an unknown one, "" if none is like it.
func Nearest(name string, known []string) string {
	best, most := "", float32(0.7)
	for _, k := range known {
		like, err := edlib.StringsSimilarity(name, k, edlib.DamerauLevenshtein)
		if err == nil && len(name) > 2 && edlib.DamerauLevenshteinDistance(name, k) == 1 {
			like = max(like, most) // one slip in a short word is much of it
		}
		if err == nil && like >= most {
			best, most = k, like
		}
	}
	return best
}

// apply sets the flags that neither the command line nor the environment has.
func (p Profile) apply(fs *pflag.FlagSet) error {
	for _, s := range p.settings {
		f := fs.Lookup(s.name)
		if f == nil || f.Changed || f.Annotations[commandLineOnly] != nil || f.Annotations[fromEnv] != nil {
			continue
		}
		if _, repeatable := f.Value.(pflag.SliceValue); !repeatable && len(s.values) != 1 {
			return problem(p.place(s), s.name+" takes one value", "")
		}
		for _, v := range s.values {
			if err := f.Value.Set(v); err != nil {
				return &job.Problem{Exit: job.ExitUsage, Where: p.place(s), What: misfit(f, v, err)}
			}
		}
		f.Annotations = with(f.Annotations, fromProfile, p.place(s))
	}
	return nil
}
