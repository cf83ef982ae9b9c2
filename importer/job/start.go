package job

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// start makes the job if it is new, and puts the run on record.
func (r *runner) start(ctx context.Context) error {
	if r.isNew {
		if err := r.begin(ctx, r.target, r.in.Mapper.KeyDefinition()); err != nil {
			return err
		}
		r.header.KeyFingerprint = keyFingerprint(r.header.JobID, r.o.API.Key)
		if err := r.store.SetHeader(ctx, r.header); err != nil {
			return asProblem(err)
		}
	}
	if !r.o.Rehearsal {
		if err := r.place.Register(r.header); err != nil {
			r.o.Notice(fmt.Sprintf("the list of your jobs cannot be written, so other jobs will not know of this one's customers: %v", err))
		}
	}
	host, _ := os.Hostname()
	record := r.in.Record
	record.Rows, record.Columns = r.result.Survey.Rows, r.in.Columns
	if r.halt.For(importer.StopChangedColumns) {
		record.Columns = r.last.Input.Columns // these are still the ones to be compared with
	}
	if r.header.Mapping.Content != r.in.Mapping.Record.Content || r.header.Mapping.Path != r.in.Mapping.Record.Path {
		r.header.Mapping = r.in.Mapping.Record
		if err := r.store.SetHeader(ctx, r.header); err != nil {
			return asProblem(err)
		}
	}
	r.record = importer.Run{StartedAt: time.Now().UTC(), Operator: r.o.Operator, Host: host, PID: os.Getpid(), Version: r.o.Version,
		Input: record, Corrections: r.in.Corrections, Mapping: r.in.Mapping.Record, Rate: importer.FormatRate(r.o.Rate), RateFound: r.last.RateFound, Counts: r.result.Survey.Counts.Map(), Results: r.o.Results}
	if r.last.ID != 0 {
		r.record.MostNew = r.mostNew()
	}
	if r.halt == nil {
		r.record.New = r.result.Survey.FirstSeen
		if r.last.ID <= 1 {
			r.record.MostNew = 0 // the first run's say little once there are others
		}
		r.record.MostNew = max(r.record.MostNew, r.record.New)
	}
	var err error
	if r.result.Before, err = before(ctx, r.store); err != nil {
		return err
	}
	id, err := r.store.StartRun(ctx, r.record)
	if err != nil {
		return asProblem(err)
	}
	r.record.ID, r.result.Run = id, id
	if r.halt != nil {
		return nil
	}
	if err := r.remember(ctx); err != nil {
		return err
	}
	return r.keepCorrection(ctx)
}

// keepCorrection copies a correction into the job and lets the old keys of its
// rows point to the new ones, before anything is sent.
func (r *runner) keepCorrection(ctx context.Context) error {
	l := r.in.Correction
	if l == nil {
		return nil
	}
	c, err := rows.Keep(r.place, l, r.o.Input.Path, r.record.ID)
	if err != nil {
		return err
	}
	r.record.Corrections = append(r.record.Corrections, c)
	if err := r.store.UpdateRun(ctx, r.record); err != nil {
		return asProblem(err)
	}
	s, err := rows.NewPass(ctx, r.in, r.store, r.decide)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Each(ctx, func(it *rows.Item) error {
		if !it.Corrected || it.OldKey == "" || it.Request.Key == "" || it.Status == importer.Invalid || it.Cells() == "" {
			return nil
		}
		return asProblem(r.store.AddAlias(ctx, importer.Alias{Old: it.OldKey, Cells: it.Cells(), New: it.Request.EntryKey(), Run: r.record.ID}))
	})
}

type runLog struct {
	zerolog.Logger
	file io.Closer
}

func (l runLog) close() { _ = l.file.Close() }

func (r *runner) connect() (*api.Client, runLog, error) {
	if r.o.Rehearsal {
		t, err := r.o.Twin(r.place.Folder())
		if err != nil {
			return nil, runLog{}, broken(r.place.String(), err, "the rehearsal's server cannot start: remove the folder to rehearse anew")
		}
		r.o.API.Transport = t
	}
	client, err := api.New(r.o.API)
	if err != nil {
		return nil, runLog{}, usage("", "%v", "", err)
	}
	f, err := r.place.Log()
	if err != nil {
		return nil, runLog{}, err
	}
	l := zerolog.New(f).With().Timestamp().Str("job", r.header.JobID).Int64("run", r.record.ID).Logger()
	if r.o.Rehearsal {
		l = l.With().Bool("rehearsal", true).Logger()
	}
	return client, runLog{l, f}, nil
}
