package place

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// tail is how much of a log's end is read.
const tail = 256 << 10

// A logged attempt is what one line of a log tells.
type logged struct {
	Job     string `json:"job"`
	Run     int64  `json:"run"`
	Attempt int64  `json:"attempt"`
	Row     string `json:"row"`
	Key     string `json:"key"`
}

// lastLogged are the attempts that the end of a log tells of, oldest first. A
// log that does not exist tells of none; lines that are no JSON, as a crash
// leaves them, and those about anything else are passed over.
func lastLogged(path string) ([]logged, error) {
	f, err := durable.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	from := max(0, info.Size()-tail)
	b, err := io.ReadAll(io.NewSectionReader(f, from, info.Size()-from))
	if err != nil {
		return nil, err
	}
	var out []logged
	for line := range bytes.Lines(b) {
		var l logged
		if json.Unmarshal(line, &l) == nil && l.Key != "" && l.Run > 0 {
			out = append(out, l)
		}
	}
	return out, nil
}
