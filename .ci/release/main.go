// Release builds what people install: static binaries for Linux, macOS and
// Windows on amd64 and arm64, packed with man pages and completions, a Debian
// package for each Linux, a Homebrew formula, checksums and a list of what is
// in it (SBOM, CycloneDX).
//
//	go -C .ci/release run . -version 1.2.3 -out DIR [-targets linux/amd64,…]
//
// The same commit gives the same bytes, wherever and whenever it is built: paths
// are trimmed, and every time in an archive is the commit's.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const allTargets = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

// A release is one build of everything.
type release struct {
	root    string // of the repository
	out     string // absolute
	version string // without a v
	at      time.Time
	files   []string // finished, for the checksums
}

func main() {
	version := flag.String("version", "", "the version, such as 1.2.3")
	out := flag.String("out", "", "the folder to write, which must not exist")
	targets := flag.String("targets", allTargets, "GOOS/GOARCH, separated by commas")
	flag.Parse()
	if err := run(*version, *out, strings.Split(*targets, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(version, out string, targets []string) error {
	if !regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$`).MatchString(version) {
		return fmt.Errorf("-version %q: write it like 1.2.3", version)
	}
	if out == "" {
		return fmt.Errorf("-out is missing")
	}
	r := &release{version: version}
	var err error
	if r.out, err = filepath.Abs(out); err != nil {
		return err
	}
	if r.root, err = filepath.Abs("../.."); err != nil {
		return err
	}
	if err := os.Mkdir(r.out, 0o755); err != nil {
		return err
	}
	when, err := output(r.root, nil, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(when), 10, 64)
	if err != nil {
		return err
	}
	r.at = time.Unix(seconds, 0).UTC()

	work, err := os.MkdirTemp("", "bulkonboard-release")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	docs := filepath.Join(work, "docs")
	if _, err := output(r.root, nil, "go", "run", "-tags", "docs", "./cmd/bulkonboard", "docs", docs); err != nil {
		return err
	}
	archives := map[string]string{} // target → sha256, for the formula
	for _, t := range targets {
		sum, err := r.target(t, work, docs)
		if err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		archives[t] = sum
	}
	if err := r.formula(archives); err != nil {
		return err
	}
	if err := r.sbom(work, targets[0]); err != nil {
		return err
	}
	return r.checksums()
}

// target builds, packs and, for Linux, makes a Debian package.
func (r *release) target(t, work, docs string) (sum string, err error) {
	goos, goarch, ok := strings.Cut(t, "/")
	if !ok {
		return "", fmt.Errorf("write it like linux/amd64")
	}
	exe := "bulkonboard"
	if goos == "windows" {
		exe += ".exe"
	}
	bin := filepath.Join(work, goos+"-"+goarch, exe)
	env := []string{"CGO_ENABLED=0", "GOOS=" + goos, "GOARCH=" + goarch, "GOFLAGS=-mod=readonly"}
	if _, err := output(r.root, env, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= -X main.version="+r.version, "-o", bin, "./cmd/bulkonboard"); err != nil {
		return "", err
	}
	base := fmt.Sprintf("bulkonboard_%s_%s_%s", r.version, goos, goarch)
	archive := filepath.Join(r.out, base+".tar.gz")
	if goos == "windows" {
		archive = filepath.Join(r.out, base+".zip")
	}
	entries := []entry{{bin, base + "/" + exe, 0o755}}
	for _, name := range []string{"README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md"} {
		entries = append(entries, entry{filepath.Join(r.root, name), base + "/" + name, 0o644})
	}
	for _, pattern := range []string{"man/*.1", "completions/*"} {
		found, err := filepath.Glob(filepath.Join(docs, pattern))
		if err != nil || len(found) == 0 {
			return "", fmt.Errorf("no %s: %v", pattern, err)
		}
		for _, f := range found {
			rel, err := filepath.Rel(docs, f)
			if err != nil {
				return "", err
			}
			entries = append(entries, entry{f, base + "/" + filepath.ToSlash(rel), 0o644})
		}
	}
	if err := pack(archive, entries, r.at); err != nil {
		return "", err
	}
	r.files = append(r.files, archive)
	if goos == "linux" {
		if err := r.debian(goarch, bin, docs, work); err != nil {
			return "", err
		}
	}
	return digest(archive)
}

// debian makes a package with nfpm, whose settings are in nfpm.yaml.
func (r *release) debian(goarch, bin, docs, work string) error {
	settings, err := os.ReadFile("nfpm.yaml")
	if err != nil {
		return err
	}
	// nfpm itself fills in variables in some places only.
	values := map[string]string{"ARCH": goarch, "VERSION": r.version, "BINARY": bin, "DOCS": docs, "ROOT": r.root, "MTIME": r.at.Format(time.RFC3339)}
	config := filepath.Join(work, "nfpm-"+goarch+".yaml")
	if err := os.WriteFile(config, []byte(os.Expand(string(settings), func(name string) string { return values[name] })), 0o600); err != nil {
		return err
	}
	target := filepath.Join(r.out, fmt.Sprintf("bulkonboard_%s_%s.deb", r.version, goarch))
	env := []string{"SOURCE_DATE_EPOCH=" + strconv.FormatInt(r.at.Unix(), 10)}
	if _, err := output(".", env, "go", "tool", "nfpm", "package", "--config", config, "--packager", "deb", "--target", target); err != nil {
		return err
	}
	r.files = append(r.files, target)
	return nil
}

// sbom lists the modules that the program is made of, as one of the binaries
// tells them: they are the same in all.
func (r *release) sbom(work, target string) error {
	built, err := filepath.Glob(filepath.Join(work, strings.Replace(target, "/", "-", 1), "bulkonboard*"))
	if err != nil || len(built) != 1 {
		return fmt.Errorf("no binary for %s: %v", target, err)
	}
	target = filepath.Join(r.out, fmt.Sprintf("bulkonboard_%s.cdx.json", r.version))
	if _, err := output(".", nil, "go", "tool", "cyclonedx-gomod", "bin", "-json", "-noserial", "-notimestamp", "-std",
		"-version", "v"+r.version, "-output", target, built[0]); err != nil {
		return err
	}
	r.files = append(r.files, target)
	return nil
}

// checksums writes SHA256SUMS, which sha256sum -c reads.
func (r *release) checksums() error {
	var b strings.Builder
	for _, f := range r.files {
		sum, err := digest(f)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", sum, filepath.Base(f))
	}
	fmt.Print(b.String())
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), []byte(b.String()), 0o644)
}

func digest(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// output runs a program and returns what it prints.
func output(dir string, env []string, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(append([]string{name}, args...), " "), err, out, stderr.String())
	}
	return string(out), nil
}
