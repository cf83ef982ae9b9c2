package job

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// A Plan is a run that was looked at beforehand: what it may read, where to it
// may send, and the rows it may create. It takes about half a kilobyte a row.
//
// Passwords are not in it, in no form: a hash of one would tell those who guess
// when they are right. A changed password changes the input's digest.
type Plan struct {
	Version int          `json:"version"` // of this format: 1
	Tool    string       `json:"tool_version"`
	MadeAt  time.Time    `json:"made_at"`
	Target  string       `json:"target"` // base URL, or "sandbox"
	Rate    string       `json:"rate"`   // as planned; a run may have another
	Input   PlannedInput `json:"input"`
	Mapping string       `json:"mapping"` // digest of the mapping, its lookups and --set
	Key     []string     `json:"key"`
	Salt    string       `json:"salt"` // of the fields' hashes
	Rows    []PlannedRow `json:"rows"`
}

// PlannedInput is the file that was planned.
type PlannedInput struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
	Rows   int    `json:"rows"`
}

// A PlannedRow is a client that a plan creates.
type PlannedRow struct {
	Row         string       `json:"row"` // as results number it
	Key         importer.Key `json:"key"`
	Client      string       `json:"client"` // its name
	Fingerprint string       `json:"fingerprint"`
	// Fields are short salted hashes by request path: enough to name the field
	// that differs, too short to find its value.
	Fields map[string]string `json:"fields"`
}

// planVersion is the version of the plan's format.
const planVersion = 1

// row is a row as the plan remembers it.
func (p *Plan) row(it *rows.Item) PlannedRow {
	snapshot := it.Request.Client.Snapshot()
	return PlannedRow{Row: it.Ref.String(), Key: it.Request.EntryKey(), Client: it.Request.Client.Details.Name,
		Fingerprint: importer.Fingerprint(snapshot), Fields: p.fields(snapshot)}
}

// sort puts the rows in the order of the input: those that may be known under
// another key are decided on at the end.
func (p *Plan) sort(sheets map[string]int) {
	slices.SortStableFunc(p.Rows, func(a, b PlannedRow) int {
		x, y := rows.PlaceOf(a.Row), rows.PlaceOf(b.Row)
		return cmp.Or(cmp.Compare(sheets[x.Sheet], sheets[y.Sheet]), cmp.Compare(x.Number, y.Number))
	})
}

// fields hashes each field by itself.
func (p *Plan) fields(snapshot []byte) map[string]string {
	out := map[string]string{}
	for path, value := range importer.Fields(snapshot) {
		m := hmac.New(sha256.New, []byte(p.Salt))
		fmt.Fprintf(m, "%s=%s", path, value)
		out[path] = hex.EncodeToString(m.Sum(nil)[:4])
	}
	return out
}

// WritePlan writes a plan for its owner only. A file that is there is an error
// that wraps fs.ErrExist.
func WritePlan(path string, p Plan) error {
	return WriteNew(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		return e.Encode(p)
	})
}

// ReadPlan reads what WritePlan has written.
func ReadPlan(path string) (*Plan, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &Problem{Exit: ExitUsage, Where: "--plan", What: err.Error(), Hint: "bulkonboard plan INPUT --out FILE writes one",
			Cause: err}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	p := &Plan{}
	switch err := d.Decode(p); {
	case err != nil:
		return nil, &Problem{Exit: ExitUsage, Where: path, What: "is no plan: " + err.Error(),
			Hint: "bulkonboard plan INPUT --out FILE writes one", Cause: err}
	case p.Version != planVersion:
		return nil, usage(path, "is a plan of version %d, and this program knows %d", "plan again", p.Version, planVersion)
	}
	return p, nil
}
