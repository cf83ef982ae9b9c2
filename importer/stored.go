package importer

// A Stored is how a workbook stores a cell, for files that are made from it.
type Stored struct {
	Kind StoredKind
	// Value is a number as the file writes it, or "1" for true; a text stands
	// in Row.Cells.
	Value string
	// Format and Code are the number format: the number of a built-in one, or
	// a code of its own, which beats it.
	Format int
	Code   string
}

// A StoredKind is what kind of value a cell has.
type StoredKind int

const (
	// StoredText is a text, or nothing.
	StoredText StoredKind = iota
	StoredNumber
	StoredBool
	// StoredMissing is an error, or a formula without a value.
	StoredMissing
)

// MissingValue stands in the place of a value that is not there, as in a cell with a
// formula that nobody has calculated.
const MissingValue = "#N/A"
