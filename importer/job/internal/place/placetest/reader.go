package placetest

import (
	"context"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A reader is a store that refuses every write.
type reader struct{ importer.Store }

var errReadOnly = importer.ErrReadOnly

func (reader) Begin(context.Context, importer.Attempt) (importer.AttemptID, error) {
	return 0, errReadOnly
}
func (reader) Finish(context.Context, importer.AttemptID, importer.Outcome, func()) error {
	return errReadOnly
}
func (reader) SetHeader(context.Context, importer.JobHeader) error   { return errReadOnly }
func (reader) StartRun(context.Context, importer.Run) (int64, error) { return 0, errReadOnly }
func (reader) UpdateRun(context.Context, importer.Run) error         { return errReadOnly }
func (reader) Recover(context.Context) (int, error)                  { return 0, errReadOnly }
func (reader) Decide(context.Context, ...importer.Decision) error    { return errReadOnly }
func (reader) Annotate(context.Context, importer.Key, string) error  { return errReadOnly }
func (reader) AddAlias(context.Context, importer.Alias) error        { return errReadOnly }
func (reader) SetViewDigest(context.Context, string, string) error   { return errReadOnly }
func (reader) See(context.Context, int64, []int64) error             { return errReadOnly }
func (reader) SetFaults(context.Context, string, []int64) error      { return errReadOnly }
func (reader) Close() error                                          { return nil }

func (reader) Rekey(context.Context, []string, map[importer.Key]importer.Key, string, time.Time) error {
	return errReadOnly
}

func (reader) HandOver(context.Context, []importer.AttemptID, bool, time.Time, ...importer.Decision) error {
	return errReadOnly
}
