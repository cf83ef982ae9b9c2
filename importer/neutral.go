package importer

// Neutralize makes a cell harmless for the spreadsheet that will open our
// file: what it would run as a formula gets a leading apostrophe, and so does
// a cell that begins with one, so that Restore is exact.
func Neutralize(cell string) string {
	if cell == "" {
		return cell
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r', '\'':
		return "'" + cell
	}
	return cell
}

// Restore takes back what Neutralize did: one leading apostrophe.
func Restore(cell string) string {
	if cell != "" && cell[0] == '\'' {
		return cell[1:]
	}
	return cell
}
