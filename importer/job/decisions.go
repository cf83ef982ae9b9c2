package job

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/report"
)

// ReadDecisions reads the decisions of a file: one with the columns key or row,
// status and client_id, such as a doubt.csv, results.csv or undo.csv that
// somebody has worked through. Lines whose status is one that a row can have
// are no decisions and are left out, but for created, which may be one. Path
// "-" is stdin. Faults of the file are told all at once.
func ReadDecisions(ctx context.Context, path string, stdin io.Reader) ([]Decision, error) {
	in, err := rows.OpenTable(ctx, path, table.Options{Stdin: stdin})
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	has := map[string]bool{}
	for _, h := range in.Headers() {
		for _, c := range h.Columns {
			has[report.LineColumn(c)] = true
		}
	}
	if !has["status"] || !has["key"] && !has["row"] {
		return nil, usage(path, "needs the columns status and key or row",
			"start from the job's doubt.csv, and write your decision into its column status")
	}
	src, err := in.Open(ctx)
	if err != nil {
		return nil, asProblem(err)
	}
	defer func() { _ = src.Close() }()
	var (
		out    []Decision
		faults []*Problem
		lines  int
	)
	for line, err := range report.Lines(src) {
		lines++
		var spoilt *importer.RowError
		switch {
		case errors.As(err, &spoilt):
			faults = append(faults, usage(spoilt.Cell.String(), "%s", spoilt.Advice, spoilt.Cause))
			continue
		case err != nil:
			return nil, asProblem(err)
		}
		r, decides := decisionOf(line)
		switch {
		case !decides:
		case r.Action == "":
			faults = append(faults, usage(r.Line.String(), "%q is no decision", actionWords+", or leave the status as it was", line.Status))
		default:
			out = append(out, r)
		}
	}
	if len(faults) > 0 {
		return nil, together(faults, max(lines, 2))
	}
	return out, nil
}

// decisionOf reads a line; decides tells whether it says anything. An empty
// Action is an unknown word.
func decisionOf(line report.Line) (r Decision, decides bool) {
	r = Decision{Row: line.Row, SentAt: line.SentAt, Line: line.At, Job: line.Job}
	r.Key, r.ClientID = importer.ParseKey(line.Key), line.ClientID
	if r.Row != "" && line.Sheet != "" && !strings.Contains(r.Row, "!") {
		r.Row = line.Sheet + "!" + r.Row
	}
	word := strings.ToLower(line.Status)
	if s, known := importer.ParseStatus(word); word == "" || known && s != importer.Created {
		return r, false
	}
	if a := importer.Action(word); a.Settles() && a != importer.ActionSameAs {
		r.Action = a
	}
	if key, ok := strings.CutPrefix(word, string(importer.ActionSameAs)+":"); ok {
		r.Action, r.Other = importer.ActionSameAs, importer.ParseKey(key)
	}
	if r.Action != importer.ActionCreated {
		r.ClientID = ""
	}
	return r, true
}
