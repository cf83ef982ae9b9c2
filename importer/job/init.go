package job

import (
	"context"
	"errors"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/infer"
)

// InitOptions say what a mapping is proposed for. Only Input is required; its
// Mapping and MinRows are not looked at.
type InitOptions struct {
	Input InputOptions
	// Asks tells that somebody answers questions: a Proposed has one then, as
	// long as something is missing. Without, what is missing is left open.
	Asks    bool
	Answers []Answer // to the questions so far, in their order
}

// A Proposed is a mapping that fits a sheet, with what it lacks.
type Proposed struct {
	*infer.Inference
	YAML []byte
	// Sheet is the one that was chosen among several; "" where nobody chose.
	Sheet string
	// Question is what a person can tell and the sheet does not; nil: nothing.
	// Init with its answer goes on.
	Question *Question
}

// sampleRows are as many rows as the inference looks at.
const sampleRows = 500

// providerPath is the request path of the voice provider's id.
const providerPath = "client_asset_group.tenant_voice_provider_id"

// Init looks at the head and the first rows of an input and proposes a mapping
// file, or asks. It writes nothing.
func Init(ctx context.Context, o InitOptions) (p Proposed, err error) {
	defer func() { err = asProblem(err) }()
	said := answers(o.Answers)
	if answer, _, given := said.to(AskSheet); given {
		o.Input.Sheets, p.Sheet = []string{answer}, answer
	}
	in, err := rows.OpenTable(ctx, o.Input.Path, o.Input.table(table.Options{Fit: rows.FitFor(nil)}))
	if p.Question = WhichSheet(err); p.Question != nil && o.Asks {
		return p, nil
	}
	if err != nil {
		return Proposed{}, err
	}
	defer func() { _ = in.Close() }()
	chosen, others := in.Headers()[0], in.Others()
	if o.Asks && len(o.Input.Sheets) == 0 && len(others) > 0 {
		p.Question = sheetQuestion(append([]string{chosen.Sheet}, others...))
		return p, nil
	}
	if len(in.Headers()) == 1 && (len(others) > 0 || len(o.Input.Sheets) > 0) {
		p.Sheet = chosen.Sheet
	}
	rows, err := sample(ctx, in, chosen)
	if err != nil {
		return Proposed{}, err
	}
	sets := o.Input.Sets
	if p.Inference, err = infer.Propose(chosen.Columns, rows, sets); err != nil {
		return Proposed{}, err
	}
	if p.Misses(providerPath) && o.Asks {
		var id string
		if id, p.Question = askProvider(said); p.Question != nil {
			return p, nil
		}
		if id != "" {
			sets = append(sets[:len(sets):len(sets)], providerPath+"="+id)
			if p.Inference, err = infer.Propose(chosen.Columns, rows, sets); err != nil {
				return Proposed{}, err
			}
		}
	}
	d := infer.Draft{Input: chosen.File}
	if p.Sheet != "" {
		d.Sheets = []string{p.Sheet}
	}
	if chosen.Row > 1 {
		d.HeaderRow = chosen.Row
	}
	if p.Misses("client_users.0.password") && o.Asks {
		answer, _, given := said.to(AskPasswords)
		if !given {
			p.Question = yesNo(AskPasswords, "No column has first passwords. Make them up, sealed so that you alone can open them?",
				"each login gets a password that nobody has seen", "the mapping is left open there")
			return p, nil
		}
		d.Generate = answer == Yes
	}
	p.YAML = p.Inference.YAML(d)
	return p, nil
}

// WhichSheet is the question that would have kept err from happening: which sheet
// of a workbook is read. The answer is InputOptions.Sheets. nil if it is another
// error.
func WhichSheet(err error) *Question {
	var e *table.SheetsError
	if !errors.As(err, &e) {
		return nil
	}
	return sheetQuestion(e.Choices)
}

// sheetQuestion asks for one of several sheets, the likeliest of which is the
// first.
func sheetQuestion(names []string) *Question {
	q := &Question{ID: AskSheet, Text: "Which sheet has the customers?", Likely: names[0]}
	for _, name := range names {
		q.Choices = append(q.Choices, Choice{Answer: name})
	}
	return q
}

// askProvider asks for the voice provider's id, until it is one or "". One that
// is doubted counts when it is said twice.
func askProvider(said answers) (id string, q *Question) {
	q = &Question{ID: AskProvider, Text: "Voice provider id (TenantVoiceProvider:123, 123, or its encoded form)",
		Why: "No column has the voice provider's id. It stands in the dashboard, with the voice\n" +
			"provider you have connected; no call can list them. All clients get the one you\nenter here; Enter leaves it open."}
	answer, before, given := said.to(AskProvider)
	if !given {
		return "", q
	}
	if strings.TrimSpace(answer) == "" {
		return "", nil
	}
	id, doubt, fault := mapping.ProviderID(answer)
	was, _, _ := mapping.ProviderID(before)
	switch {
	case fault != "":
		q.Fault = fault
	case doubt != "" && was != id:
		q.Fault = doubt + ". If you are sure, enter it again; it is sent as it is."
	default:
		return id, nil
	}
	return "", q
}

// sample reads the first rows of a sheet that can be read.
func sample(ctx context.Context, in importer.Input, h *importer.Header) ([][]string, error) {
	var rows [][]string
	for row, err := range importer.Rows(ctx, in) {
		var spoilt *importer.RowError
		switch {
		case errors.As(err, &spoilt) && !spoilt.CellOnly:
		case err != nil && spoilt == nil:
			return nil, err
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

// MappingSuffix is what the name of an input's own mapping file ends in.
const MappingSuffix = rows.MappingSuffix

// WriteMapping writes a mapping file, 0600. It overwrites nothing: a file that
// is there may have been edited for hours.
func WriteMapping(path string, content []byte) error {
	return WriteNew(path, durable.Bytes(content))
}
