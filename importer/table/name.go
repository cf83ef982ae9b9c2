package table

import (
	"path/filepath"
	"strings"
)

// IsWorkbook tells by its name whether a file is to be a workbook; what Open
// finds in it is another matter.
func IsWorkbook(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".xlsx" || ext == ".xlsm"
}
