package rows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// CodeUnused is the code of a correction that fits no cell.
const CodeUnused = "correction_unused"

// keptName is the file of the corrections of customers beside which no folder
// lies; it stands in the job.
const keptName = "input" + correction.Suffix

// correctionsOf is where the corrections of an input stand; p may be nil.
func correctionsOf(r importer.InputRecord, p place.Place) (correction.File, error) {
	switch {
	case !r.Own && r.Path != "-":
		return correction.Beside(r.Path), nil
	case p == nil:
		return correction.File{}, nil
	}
	path, err := p.Kept(keptName)
	return correction.File{Path: path}, err
}

// Correct puts the corrections of an input in place, once its mapper is made:
// those of its file, those that an earlier edition has kept in the job, and those
// that a rejects file brings. store may be nil. It tells notice what people
// should know.
func (o *Input) Correct(ctx context.Context, p place.Place, store importer.Store, notice func(string)) (err error) {
	if o.Base == nil {
		return nil
	}
	if o.file, err = correctionsOf(o.Record, p); err != nil {
		return importer.AsProblem(err)
	}
	if o.file.Path != "" {
		if o.snapshot, err = o.file.Read(); err != nil {
			return importer.AsProblem(err)
		}
	}
	o.known = o.snapshot.LastChange()
	if o.known == 0 && store != nil && p != nil {
		if err := o.carry(ctx, p, store); err != nil {
			return err
		}
	}
	if o.Correction == nil {
		return nil
	}
	return o.takeRejects(ctx, p, notice)
}

// carry makes corrections of the rejects that came back to the first edition,
// which kept them in the job: they count for the input as it was then.
func (o *Input) carry(ctx context.Context, p place.Place, store importer.Store) error {
	runs, err := store.Runs(ctx, 0)
	if err != nil {
		return importer.AsProblem(err)
	}
	for _, run := range runs {
		if run.Input.Corrected.Length > 0 {
			return nil // they were carried, and somebody has taken them away
		}
	}
	var last importer.Run
	for _, run := range runs {
		if run.Input.Digest == o.Record.Digest && len(run.Corrections) > 0 && run.ID > last.ID {
			last = run
		}
	}
	before := o.snapshot.Cells()
	if err := o.kept(ctx, p, last.Corrections); err != nil {
		return err
	}
	o.fresh = slices.Clone(o.snapshot.Corrections()[before:])
	return nil
}

// kept puts rejects in place that an earlier edition has kept in the job.
func (o *Input) kept(ctx context.Context, p place.Place, records []importer.CorrectionRecord) error {
	for _, c := range records {
		path, err := p.Kept(c.File)
		if err != nil {
			return err
		}
		in, err := OpenTable(ctx, path, table.Options{Encoding: c.Encoding, Delimiter: c.Delimiter})
		if err != nil {
			return err
		}
		l, _, err := readRejects(ctx, in)
		if err == nil && in.Digest() == c.Digest {
			var cells []correction.Correction
			if cells, _, err = o.compare(ctx, l, o.snapshot, true); err == nil {
				o.snapshot = o.snapshot.With(cells...)
			}
		} else {
			err = &importer.Problem{Exit: importer.ExitFailed, Where: path, What: "this copy of a correction has been changed",
				Hint: "run the sheet itself again: nothing is sent twice", Cause: err}
		}
		if err := errors.Join(err, in.Close()); err != nil {
			return err
		}
	}
	return nil
}

// takeRejects makes corrections of what a rejects file says otherwise than the
// run that wrote it. Where that cannot be said, its rows stand by themselves.
func (o *Input) takeRejects(ctx context.Context, p place.Place, notice func(string)) error {
	unchanged := o.Record.Digest == o.run.Input.Digest
	then := o.snapshot
	if unchanged {
		past := o.over(&correction.Snapshot{})
		if err := past.recall(ctx, p, o.run); err != nil {
			unchanged = false
		} else {
			then = past.snapshot
		}
	}
	if why := o.extra(); why != "" {
		return o.byItself(why, notice)
	}
	cells, own, err := o.compare(ctx, o.Correction, then, unchanged)
	if err != nil {
		return err
	}
	if f := o.Correction.untaken(); f != nil {
		if !unchanged {
			return o.byItself(o.Record.Path+" has changed since the run, and not all of these rows are found in it", notice)
		}
		at := f.row.Header.Index(importer.RejectKey)
		return importer.Usage(f.row.Cell(at).String(), "no row of %s has the _key %q, so this correction fits nowhere",
			"do not change the columns _job, _key and _row; new customers belong into the sheet itself", o.Record.Path, f.token)
	}
	for _, f := range o.Correction.rows {
		if f.err != nil {
			notice(f.err.Error() + ": what stands there is not taken over")
		}
	}
	o.snapshot, o.own = o.snapshot.With(cells...), own
	o.fresh = append(o.fresh, cells...)
	return nil
}

// extra names a column with values that the mapping would read and the sheet does
// not have: there is no cell that they could correct.
func (o *Input) extra() string {
	h := o.Correction.header()
	for i, c := range h.Columns {
		if importer.IsRejectColumn(c) || slices.ContainsFunc(o.Base.Headers(), func(b *importer.Header) bool { return ColumnOf(b, c) >= 0 }) {
			continue
		}
		filled := slices.ContainsFunc(o.Correction.rows, func(f *reject) bool { return f.row.Cells[i] != "" })
		if !filled {
			continue
		}
		if m, err := o.mapper([]*importer.Header{h}); err == nil {
			if used, _ := m.Uses(h, i); used {
				return fmt.Sprintf("the sheet has no column %q", c)
			}
		}
	}
	return ""
}

// byItself gives the input up: the rows that came back are all there is.
func (o *Input) byItself(why string, notice func(string)) error {
	_ = o.Base.Close()
	o.Base, o.Gone, o.Record = nil, why, o.run.Input
	o.snapshot, o.fresh, o.file = &correction.Snapshot{}, nil, correction.File{}
	notice("the corrected input cannot be used (" + why + "): the corrected rows are sent by themselves; correct them in the sheet as well")
	return o.Compile(o.Record.Sets)
}

// recall puts the corrections in place that a run has read.
func (o *Input) recall(ctx context.Context, p place.Place, run importer.Run) (err error) {
	if o.file, err = correctionsOf(run.Input, p); err != nil {
		return err
	}
	if o.snapshot, err = o.file.ReadTo(run.Input.Corrected.Length, run.Input.Corrected.Digest); err != nil {
		return err
	}
	return o.kept(ctx, p, run.Corrections)
}

// over is the input with other corrections in place; whoever closes the one
// closes the other.
func (o *Input) over(s *correction.Snapshot) *Input {
	return &Input{Base: o.Base, Mapping: o.Mapping, Mapper: o.Mapper, Columns: o.Columns, Record: o.Record, snapshot: s}
}

// Keep makes the corrections that are in place and in no file yet durable, in
// the name of who, and puts on record what was read. Somebody who has corrected
// the sheet meanwhile is an error.
func (o *Input) Keep(who string, v Survey) error {
	if err := o.write(who); err != nil {
		return err
	}
	o.Record.Corrected = importer.Corrected{Length: o.snapshot.Length, Digest: o.snapshot.Digest,
		Cells: v.CorrectedCells, Rows: v.CorrectedRows}
	if o.snapshot.Cells() > 0 {
		o.Record.Corrected.Input = o.Digest()
	}
	return nil
}

// write makes durable what is in place and in no file yet.
func (o *Input) write(who string) error {
	if len(o.fresh) == 0 {
		return nil
	}
	at := now()
	for i := range o.fresh {
		o.fresh[i].Who, o.fresh[i].When = who, at
	}
	s, err := o.file.Append(o.known, o.fresh...)
	if err != nil {
		if errors.Is(err, correction.ErrStale) {
			return &importer.Problem{Exit: importer.ExitBusy, Where: o.file.Path, What: err.Error(), Hint: "run again", Cause: err}
		}
		return importer.AsProblem(err)
	}
	o.snapshot, o.known, o.fresh = s, s.LastChange(), nil
	return nil
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// Digest is the one of the file that was named, with the corrections that are in
// place.
func (o *Input) Digest() string {
	digest := o.Record.Digest
	if o.Correction != nil {
		digest = o.Correction.input.Digest()
	}
	state := o.snapshot.State()
	if state == "" {
		return digest
	}
	sum := sha256.Sum256([]byte(digest + state))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// unused are the corrections that fitted no row of a pass, as findings; those of
// sheets that are not read are left alone.
func (o *Input) unused(p *correction.Pass) (out []importer.Finding) {
	for _, c := range p.Unused() {
		ref := PlaceOf(c.Row.Place)
		i := slices.IndexFunc(o.Base.Headers(), func(h *importer.Header) bool { return h.Sheet == ref.Sheet })
		if i < 0 {
			continue
		}
		h := o.Base.Headers()[i]
		cell := importer.Cell{File: h.File, Sheet: h.Sheet, Row: ref.Number, Column: c.Column, Index: h.Index(c.Column) + 1}
		out = append(out, importer.Finding{Severity: importer.Warning, Code: CodeUnused, Cell: cell,
			Message: "the correction made here " + meant(c) + " fits nowhere by now: its row is gone, or something else stands in the cell",
			Advice:  "look at the row as the sheet has it now, and correct it again if need be"})
	}
	return out
}

// meant tells a correction from others of its cell, which may be another row's by
// now.
func meant(c correction.Correction) string {
	on := "on " + c.When.Local().Format("2006-01-02")
	if c.Row.Key == "" {
		return on
	}
	return "for " + string(c.Row.Key) + " " + on
}
