package job

import (
	"context"
	"errors"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping/infer"
)

// InitOptions say what a mapping is proposed for. Only Input is required; its
// Mapping and MinRows are not looked at.
type InitOptions struct {
	Input InputOptions
	// Sheet chooses one of several heads; nil takes the first.
	Sheet func(ctx context.Context, names []string) (int, error)
	// Provider asks for the voice provider's id where no column has it; it
	// answers "" to leave it open. Nil leaves it open.
	Provider func(ctx context.Context) (string, error)
	// Generate asks whether passwords are made up where no column has them.
	// Nil leaves it open.
	Generate func(ctx context.Context) (bool, error)
}

// A Proposed is a mapping that fits a sheet, or what it lacks.
type Proposed struct {
	*infer.Inference
	YAML []byte
	// Sheet is the one that was chosen among several; "" where nobody chose.
	Sheet string
}

// sampleRows are as many rows as the inference looks at.
const sampleRows = 500

// providerPath is the request path of the voice provider's id.
const providerPath = "client_asset_group.tenant_voice_provider_id"

// Init looks at the head and the first rows of an input and proposes a mapping
// file. It writes nothing.
func Init(ctx context.Context, o InitOptions) (Proposed, error) {
	if o.Sheet != nil && len(o.Input.Sheets) == 0 && table.IsWorkbook(o.Input.Path) {
		o.Input.Sheets = []string{"all"} // to be chosen from
	}
	in, err := openTable(ctx, o.Input.Path, o.Input)
	if err != nil {
		return Proposed{}, err
	}
	defer func() { _ = in.Close() }()
	heads := in.Headers()
	chosen, sheet := heads[0], ""
	if len(heads) > 1 && o.Sheet != nil {
		names := make([]string, len(heads))
		for i, h := range heads {
			names[i] = h.Sheet
		}
		i, err := o.Sheet(ctx, names)
		if err != nil {
			return Proposed{}, err
		}
		chosen, sheet = heads[i], heads[i].Sheet
	}
	rows, err := sample(ctx, in, chosen)
	if err != nil {
		return Proposed{}, err
	}
	sets := o.Input.Sets
	i, err := infer.Propose(chosen.Columns, rows, sets)
	if err != nil {
		return Proposed{}, asProblem(err)
	}
	if i.Misses(providerPath) && o.Provider != nil {
		id, err := o.Provider(ctx)
		if err != nil {
			return Proposed{}, err
		}
		if id != "" {
			sets = append(sets[:len(sets):len(sets)], providerPath+"="+id)
			if i, err = infer.Propose(chosen.Columns, rows, sets); err != nil {
				return Proposed{}, asProblem(err)
			}
		}
	}
	d := infer.Draft{Input: chosen.File}
	if i.Misses("client_users.0.password") && o.Generate != nil {
		if d.Generate, err = o.Generate(ctx); err != nil {
			return Proposed{}, err
		}
	}
	return Proposed{i, i.YAML(d), sheet}, nil
}

// sample reads the first rows of a sheet that can be read.
func sample(ctx context.Context, in importer.Input, h *importer.Header) ([][]string, error) {
	var rows [][]string
	for row, err := range importer.Rows(ctx, in) {
		var spoilt *importer.RowError
		switch {
		case errors.As(err, &spoilt) && !spoilt.CellOnly:
		case err != nil && spoilt == nil:
			return nil, asProblem(err)
		case row.Header == h:
			rows = append(rows, row.Cells)
		}
		if len(rows) == sampleRows {
			break
		}
	}
	return rows, nil
}

// MappingFor is where the mapping of an input is found by later commands.
func MappingFor(input string) string { return input + MappingSuffix }

// WriteMapping writes a mapping file, 0600. It overwrites nothing: a file that
// is there may have been edited for hours.
func WriteMapping(path string, content []byte) error {
	return WriteNew(path, durable.Bytes(content))
}
