package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// answerTo shows a question on the terminal and takes the answer.
func (a *app) answerTo(ctx context.Context, q job.Question) (job.Answer, error) {
	switch {
	case q.Fault != "":
		fmt.Fprintln(a.stdout, display.Clean(q.Fault))
	case q.Why != "":
		fmt.Fprintln(a.stdout, q.Why)
	}
	said := job.Answer{ID: q.ID}
	var err error
	switch {
	case q.Secret:
		said.Text, err = a.passphrase(ctx, display.Clean(q.Text)+": ")
	case q.YesNo():
		var yes bool
		said.Text = job.No
		if yes, err = a.ask(ctx, display.Clean(q.Text)); yes {
			said.Text = job.Yes
		}
	case len(q.Choices) > 0:
		said.Text, err = a.choose(ctx, q)
	default:
		said.Text, err = a.prompt(ctx, display.Clean(q.Text)+": ")
	}
	return said, err
}

// withSheet does something with an input, and once more with the sheet that a
// person chooses, where that has to be asked.
func withSheet[T any](ctx context.Context, a *app, asks bool, in *job.InputOptions, do func() (T, error)) (T, error) {
	t, err := do()
	q := job.WhichSheet(err)
	if q == nil || !asks {
		return t, err
	}
	said, err := a.answerTo(ctx, *q)
	if err != nil {
		return t, err
	}
	in.Sheets = []string{said.Text}
	return do()
}

// choose lets people answer with a number.
func (a *app) choose(ctx context.Context, q job.Question) (string, error) {
	likely := 0
	for i, c := range q.Choices {
		if c.Answer == q.Likely {
			likely = i
		}
		fmt.Fprintf(a.stdout, "  %d  %s\n", i+1, display.Clean(c.Answer))
	}
	s, err := a.prompt(ctx, fmt.Sprintf("%s, 1 to %d? [%d] ", strings.TrimSuffix(display.Clean(q.Text), "?"), len(q.Choices), likely+1))
	if err != nil || s == "" {
		return q.Choices[likely].Answer, err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > len(q.Choices) {
		return "", usagef(fmt.Sprintf("answer with a number from 1 to %d", len(q.Choices)), "%q is none of them", s)
	}
	return q.Choices[n-1].Answer, nil
}
