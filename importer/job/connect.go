package job

import (
	"io"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
)

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
	l := zerolog.New(importer.LogLines(f)).With().Timestamp().Str("job", r.header.JobID).Int64("run", r.record.ID).Logger()
	if r.o.Rehearsal {
		l = l.With().Bool("rehearsal", true).Logger()
	}
	return client, runLog{l, f}, nil
}
