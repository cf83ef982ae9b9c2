package job

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/report"
)

// ReadRulings reads the decisions of a file: one with the columns key or row,
// status and client_id, such as a doubt.csv, results.csv or undo.csv that
// somebody has worked through. Lines whose status is one that a row can have
// are no decisions and are left out, but for created, which may be one. Path
// "-" is stdin. Faults of the file are told all at once.
func ReadRulings(ctx context.Context, path string, stdin io.Reader) ([]Ruling, error) {
	in, err := openTable(ctx, path, InputOptions{Path: path, Stdin: stdin})
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
		return nil, usage(path, "needs the columns status and key or row", "start from the job's doubt.csv, and write your decision into its column status")
	}
	src, err := in.Open(ctx)
	if err != nil {
		return nil, asProblem(err)
	}
	defer func() { _ = src.Close() }()
	var (
		out    []Ruling
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
		r, decides := rulingOf(line)
		switch {
		case !decides:
		case r.Verdict == "":
			faults = append(faults, usage(r.At.String(), "%q is no decision", "write created, exists, absent, deleted, new, same-as:KEY, change-done or reopen, or leave the status as it was", line.Status))
		default:
			out = append(out, r)
		}
	}
	if len(faults) > 0 {
		return nil, together(faults, max(lines, 2))
	}
	return out, nil
}

// rulingOf reads a line; decides tells whether it says anything. An empty
// Verdict is an unknown word.
func rulingOf(line report.Line) (r Ruling, decides bool) {
	r = Ruling{Row: line.Row, Key: importer.ParseKey(line.Key), ClientID: line.ClientID, SentAt: line.SentAt, At: line.At}
	if r.Row != "" && line.Sheet != "" && !strings.Contains(r.Row, "!") {
		r.Row = line.Sheet + "!" + r.Row
	}
	word := strings.ToLower(line.Status)
	if s, known := importer.ParseStatus(word); word == "" || known && s != importer.Created {
		return r, false
	}
	switch v := Verdict(word); v {
	case VerdictCreated, VerdictExists, VerdictAbsent, VerdictDeleted, VerdictNew, VerdictDone, VerdictReopen:
		r.Verdict = v
	}
	if key, ok := strings.CutPrefix(word, string(VerdictSameAs)+":"); ok {
		r.Verdict, r.SameAs = VerdictSameAs, importer.ParseKey(key)
	}
	if r.Verdict != VerdictCreated {
		r.ClientID = ""
	}
	return r, true
}
