package views

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/report"
)

// A Source is what views are made of.
type Source struct {
	Folder     Folder
	Store      importer.Store
	In         *rows.Input // nil: there is no input to read
	Classifier *rows.Classifier
	Tag        rows.Tag // for the rejects
	Rehearsal  bool
	Results    string // path of the results; "" is in the folder
	// DryRun writes nothing: the rows are only gathered for the page.
	DryRun bool
}

// Views are the views of a job as they were made.
type Views struct {
	src Source

	Counts  importer.Counts // where the rows of the input stand
	InDoubt int             // in the whole job
	// Complete tells that the input was read to its end, Incomplete why not.
	Complete     bool
	Incomplete   string
	InputChanged bool   // why not: it is another one by now
	NoBook       string // why there is no rejects.xlsx; "" if there is one, or is to be none

	track    tracker
	gathered gatherer

	mu    sync.Mutex // of files
	files []File
}

// A File is a view that was written.
type File struct {
	Name   string // "results", "rejects", …
	Path   string
	KeptAs string // where somebody's edits of the file before were kept
}

// Write makes results, rejects, doubt, undo, changes and gone anew. With an
// error, the Views are as far as it came.
func Write(ctx context.Context, s Source) (*Views, error) {
	v := &Views{src: s}
	// undo, which needs no input, is written beside the others.
	undone := make(chan error, 1)
	go func() { undone <- v.undo(ctx) }()
	return v, errors.Join(v.rows(ctx), <-undone)
}

// Files are the views that were written so far, by name: some are written at once.
func (v *Views) Files() []File {
	return slices.SortedStableFunc(slices.Values(v.files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
}

// Changed is how many created clients say something else now, Gone how many
// clients are in no row of the input.
func (v *Views) Changed() int { return v.track.changed }

// Gone is described with Changed.
func (v *Views) Gone() int { return v.track.gone }

func (v *Views) undo(ctx context.Context) error {
	if v.src.DryRun {
		return nil
	}
	return v.replace(ctx, "undo", v.src.Folder.Path(UndoName), func(w io.Writer) error {
		undo := report.NewUndo(w, v.tag())
		for e, err := range v.src.Store.Walk(ctx, importer.Created, importer.Listing) {
			if err == nil {
				err = undo.Write(e)
			}
			if err != nil {
				return err
			}
		}
		return undo.Flush()
	})
}

// rows makes the views that tell where the input's rows stand.
func (v *Views) rows(ctx context.Context) error {
	switch in := v.src.In; {
	case in == nil:
		v.Incomplete = "there is none"
	case in.Gone != "":
		v.Incomplete = in.Gone
	default:
		v.spoilt(in.Changed())
	}
	var err error
	if v.Incomplete == "" {
		if err = v.fromInput(ctx); errors.Is(err, importer.ErrInputChanged) {
			v.spoilt(err)
		}
	}
	if v.Incomplete != "" {
		err = v.fromJournal(ctx)
	}
	if err != nil {
		return err
	}
	if v.Complete = v.Incomplete == ""; !v.Complete {
		return nil
	}
	return v.replace(ctx, "gone", v.src.Folder.Path(goneName), func(w io.Writer) error {
		gone := report.NewGone(w, v.tag())
		if err := v.leftSheet(ctx, gone); err != nil {
			return err
		}
		return gone.Flush()
	})
}

func (v *Views) spoilt(err error) {
	if err != nil {
		v.Incomplete, v.InputChanged = err.Error(), true
	}
}

// tag says of which job and run these views are.
func (v *Views) tag() string { return v.src.Tag.View(v.src.Rehearsal) }

// mark says in a rehearsal's results that they are one's.
func (v *Views) mark(r importer.Result) importer.Result {
	if !v.src.Rehearsal {
		return r
	}
	if r.Note != "" {
		r.Note = "; " + r.Note
	}
	r.Note = "rehearsal" + r.Note
	return r
}
