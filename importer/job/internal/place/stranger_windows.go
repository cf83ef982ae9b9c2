package place

import "io/fs"

// stranger finds nothing here: whose a folder is stands in lists that this
// program does not read.
func stranger(fs.FileInfo) (what, advice string) { return "", "" }
