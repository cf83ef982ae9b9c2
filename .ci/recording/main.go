// Recording runs bulkonboard on the samples and draws what it printed, as the
// picture of the README:
//
//	go -C .ci/recording run . > samples/recording.svg
package main

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A scene is one command, and how many lines of its output are shown.
type scene struct {
	args []string
	most int
}

var scenes = []scene{
	{[]string{"check", "clients-messy.csv"}, 13},
	{[]string{"run", "clients.csv", "--sandbox", "--yes", "--rate", "unlimited"}, 24},
}

func main() {
	if err := record(); err != nil {
		fmt.Fprintln(os.Stderr, "recording:", err)
		os.Exit(1)
	}
}

func record() error {
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bulkonboard-recording")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bin := filepath.Join(dir, "bulkonboard")
	build := exec.Command("go", "build", "-o", bin, "./cmd/bulkonboard")
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	work := filepath.Join(dir, "work")
	if err := os.CopyFS(work, os.DirFS(filepath.Join(root, "samples"))); err != nil {
		return err
	}
	var lines []line
	for i, s := range scenes {
		if i > 0 {
			lines = append(lines, line{})
		}
		lines = append(lines, line{"$ bulkonboard " + strings.Join(s.args, " "), "prompt"})
		c := exec.Command(bin, s.args...)
		c.Dir = work
		c.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(dir, "state"), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"))
		c.Stderr = os.Stderr
		out, _ := c.Output() // an exit code of 3 is part of the story
		shown := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
		for n, text := range shown {
			if n == s.most && len(shown) > s.most+1 {
				lines = append(lines, line{fmt.Sprintf("… %d more lines", len(shown)-n), "dim"})
				break
			}
			lines = append(lines, line{text, class(text)})
		}
	}
	draw(lines)
	return nil
}

type line struct{ text, class string }

// class gives findings and headings a colour of their own.
func class(text string) string {
	switch {
	case strings.HasPrefix(text, "fault"):
		return "fault"
	case strings.HasPrefix(text, "warning"):
		return "warning"
	case strings.HasPrefix(text, "note"), strings.HasPrefix(text, "      "):
		return "dim"
	}
	return ""
}

const (
	columns    = 118
	width      = 962 // of 118 characters in most monospaced fonts, with the margins
	lineHeight = 18
	margin     = 18
)

func draw(lines []line) {
	height := len(lines)*lineHeight + 2*margin + 14
	fmt.Printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="bulkonboard checks a messy sheet by cell, then imports a clean one into its sandbox">
<style>text{font:13px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#d5d9e0;white-space:pre}.prompt{fill:#8ee08e;font-weight:600}.fault{fill:#ff8f8f}.warning{fill:#f3cf7a}.dim{fill:#97a0ad}</style>
<rect width="100%%" height="100%%" rx="8" fill="#171b22"/>
<circle cx="20" cy="16" r="5" fill="#ff605c"/><circle cx="38" cy="16" r="5" fill="#ffbd44"/><circle cx="56" cy="16" r="5" fill="#00ca4e"/>
`, width, height, width, height)
	for i, l := range lines {
		text := []rune(l.text)
		if len(text) > columns {
			text = append(text[:columns-1], '…')
		}
		fmt.Printf(`<text x="%d" y="%d" class="%s">%s</text>`+"\n", margin, margin+28+i*lineHeight, l.class, html.EscapeString(string(text)))
	}
	fmt.Println("</svg>")
}
