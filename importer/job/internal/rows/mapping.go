package rows

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/strict"
)

// MappingSuffix is what the name of an input's own mapping file ends in.
const MappingSuffix = ".mapping.yaml"

// A Mapping is the mapping of a run: a file's, or nil for the standard columns.
type Mapping struct {
	Doc    *mapping.Document
	name   string
	Record importer.MappingRecord
}

// options are what a mapper is made with.
func (m Mapping) options(sets []string) mapping.Options {
	o := mapping.Options{Sets: sets, Document: m.Doc, Name: m.name}
	if len(m.Record.Lookups) > 0 {
		o.Tables = map[mapping.LookupFile][][2]string{}
		for _, l := range m.Record.Lookups {
			o.Tables[mapping.LookupFile{Path: l.Path, From: l.From, To: l.To}] = l.Pairs
		}
	}
	return o
}

// besideInput finds the mapping file of an input: INPUT.mapping.yaml, or the
// same without the input's own ending.
func besideInput(input string) string {
	if input == "-" {
		return ""
	}
	for _, p := range []string{input + MappingSuffix, strings.TrimSuffix(input, filepath.Ext(input)) + MappingSuffix} {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			return p
		}
	}
	return ""
}

// ChooseMapping finds the mapping of an input: the one that is named, the one
// beside it, the job's last one, or none, which means the standard columns.
func ChooseMapping(ctx context.Context, named, input string, last importer.MappingRecord, notice func(string)) (Mapping, error) {
	path := named
	if path == "" {
		path = besideInput(input)
	}
	if path != "" {
		return readMapping(ctx, path)
	}
	if last.Content == "" {
		return Mapping{}, nil
	}
	m, err := readMapping(ctx, last.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		notice("the mapping " + last.Path + " is gone: the one the job remembers is used in its place")
		return rememberedMapping(last)
	case err != nil:
		return m, err
	case m.Record.Content != last.Content:
		notice("the mapping " + last.Path + " was edited since the last run: it is used as it is now")
	}
	m.name += " (of this job)"
	return m, nil
}

// rememberedMapping is the mapping as a run used it.
func rememberedMapping(r importer.MappingRecord) (Mapping, error) {
	if r.Content == "" {
		return Mapping{}, nil
	}
	name := filepath.Base(r.Path)
	doc, err := mapping.Parse(name, []byte(r.Content))
	return Mapping{doc, name + " (as the job remembers it)", r}, importer.AsProblem(err)
}

func readMapping(ctx context.Context, path string) (Mapping, error) {
	b, err := strict.ReadFile(path)
	if err != nil {
		return Mapping{}, &importer.Problem{Exit: importer.ExitUsage, Where: path, What: err.Error(),
			Hint: "bulkonboard init writes one; without --mapping the standard columns are used", Cause: err}
	}
	name := filepath.Base(path)
	doc, err := mapping.Parse(name, b)
	if err != nil {
		return Mapping{}, importer.AsProblem(err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return Mapping{}, importer.Broken(path, err, "")
	}
	m := Mapping{doc, name, importer.MappingRecord{Path: abs, Content: string(b)}}
	for _, f := range doc.Files() {
		pairs, err := readLookup(ctx, filepath.Dir(abs), f)
		if err != nil {
			return Mapping{}, err
		}
		m.Record.Lookups = append(m.Record.Lookups, importer.LookupRecord{Path: f.Path, From: f.From, To: f.To, Pairs: pairs})
	}
	return m, nil
}

// maxLookup bounds the rows of a lookup's file.
const maxLookup = 100_000

// readLookup reads two columns of a file that lies beside the mapping.
func readLookup(ctx context.Context, dir string, f mapping.LookupFile) ([][2]string, error) {
	path := f.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	in, err := OpenTable(ctx, path, table.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	h := in.Headers()[0]
	from, to := h.Index(f.From), h.Index(f.To)
	for i, at := range []int{from, to} {
		if at < 0 {
			return nil, importer.Usage(path, "has no column %q, which the mapping's lookup reads", "correct from and to in the mapping",
				[]string{f.From, f.To}[i])
		}
	}
	var out [][2]string
	seen := map[string]string{}
	for row, err := range importer.Rows(ctx, in) {
		var spoilt *importer.RowError
		switch {
		case errors.As(err, &spoilt):
			if !spoilt.Spoils(from) && !spoilt.Spoils(to) {
				break // of a column that the lookup does not read
			}
			return nil, &importer.Problem{Exit: importer.ExitUsage, What: spoilt.Error(), Hint: spoilt.Advice, Cause: err}
		case err != nil:
			return nil, importer.AsProblem(err)
		}
		key, value := row.Cells[from], row.Cells[to]
		if importer.Fold(key) == "" {
			continue
		}
		if before, twice := seen[importer.Fold(key)]; twice && before != value {
			return nil, importer.Usage(row.Cell(from).String(), "%q stands there twice, with different values", "keep one of them", key)
		}
		seen[importer.Fold(key)] = value
		if out = append(out, [2]string{key, value}); len(out) > maxLookup {
			return nil, importer.Usage(path, "has more than %d rows: too many for a lookup", "", maxLookup)
		}
	}
	return out, nil
}

// Moved tells how a header differs from the one of the run before; "" if it
// does not.
func Moved(before, now []string) string {
	has := func(list []string) map[string]bool {
		m := map[string]bool{}
		for _, c := range list {
			m[c] = true
		}
		return m
	}
	was, is := has(before), has(now)
	var gone, added []string
	for _, c := range before {
		if !is[c] {
			gone = append(gone, fmt.Sprintf("%q", c))
		}
	}
	for _, c := range now {
		if !was[c] {
			added = append(added, fmt.Sprintf("%q", c))
		}
	}
	var parts []string
	if len(gone) > 0 {
		parts = append(parts, "gone: "+strings.Join(gone, ", "))
	}
	if len(added) > 0 {
		parts = append(parts, "new: "+strings.Join(added, ", "))
	}
	return strings.Join(parts, "; ")
}
