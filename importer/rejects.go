package importer

import (
	"slices"
	"strings"
)

// The columns by which a rejects file is known, whatever else was added to it
// or reordered: the job and run that wrote it, the row's key, and its place.
const (
	RejectJob = "_job"
	RejectKey = "_key"
	RejectRow = "_row"
)

// RejectColumns are what a rejects file has after the sheet's own columns.
var RejectColumns = []string{RejectJob, RejectKey, RejectRow, "_status", "_code", "_message", "_advice"}

// IsRejectColumn tells a column that a rejects file adds from the sheet's own.
// Case does not count: to whoever reads the file such names are one.
func IsRejectColumn(name string) bool {
	return slices.ContainsFunc(RejectColumns, func(c string) bool { return strings.EqualFold(c, name) })
}
