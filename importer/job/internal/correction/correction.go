package correction

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// MostCells is how many corrected cells one file may hold, undone ones included.
const MostCells = 200_000

// A RowName says which row of a sheet is meant.
type RowName struct {
	// Key is the row's own, as the sheet has it. Empty for a row that has none
	// that is valid: missing, faulty, or the later of two.
	Key importer.Key
	// Hash is that of the row's cells as they stand in the sheet, and Nth which
	// of the rows that are alike in all of them is meant: 1 is the first.
	Hash string
	Nth  int
	// Same is set where the correction gives the row another key: a hash of what
	// its customer is recognised by beside the key. A row under the old key with
	// another one is somebody else's, and stands for itself.
	Same string
	// Place is where the row stood, for people: "17" or "Sheet1!17".
	Place string
}

// A Correction is one cell that says something else than the sheet.
type Correction struct {
	Row    RowName
	Column string // the header's name
	Old    string // what the cell held; empty where Secret was read from a file
	New    string
	// Secret marks a cell whose old value may not be kept in plain text.
	Secret bool
	Who    string
	When   time.Time
	// Change is the number of the change that it is a part of, 1 for a file's
	// first. Append gives it.
	Change int

	mac string // of Old, where it is a secret from a file
}

// fits tells whether the correction applies to a cell with this value.
func (c *Correction) fits(value string, salt []byte) bool {
	if c.mac != "" {
		return hmac.Equal([]byte(c.mac), []byte(macOf(salt, value)))
	}
	return c.Old == value
}

func macOf(salt []byte, value string) string {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(value))
	return hex.EncodeToString(m.Sum(nil)[:16])
}
