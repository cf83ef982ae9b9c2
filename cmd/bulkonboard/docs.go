//go:build docs

package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// The release build alone makes man pages and completions; the program that
// people run does without the libraries for it.
func init() {
	releaseCommands = func(root *cobra.Command) {
		root.AddCommand(&cobra.Command{
			Use: "docs DIR", Hidden: true, Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return writeDocs(root, args[0]) },
		})
	}
}

func writeDocs(root *cobra.Command, dir string) error {
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	for _, d := range []string{man, completions} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	// A fixed date: the same commit gives the same bytes.
	at := time.Unix(0, 0).UTC()
	root.DisableAutoGenTag = true
	if err := doc.GenManTree(root, &doc.GenManHeader{Title: "BULKONBOARD", Section: "1", Source: "bulkonboard", Manual: "bulkonboard",
		Date: &at}, man); err != nil {
		return err
	}
	for name, write := range map[string]func(string) error{
		"bulkonboard.bash": func(f string) error { return root.GenBashCompletionFileV2(f, true) },
		"_bulkonboard":     root.GenZshCompletionFile,
		"bulkonboard.fish": func(f string) error { return root.GenFishCompletionFile(f, true) },
		"bulkonboard.ps1":  root.GenPowerShellCompletionFileWithDesc,
	} {
		if err := write(filepath.Join(completions, name)); err != nil {
			return err
		}
	}
	return nil
}
