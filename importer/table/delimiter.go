package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// candidates are the delimiters that are detected; of two that fit equally
// well, the first.
var candidates = []rune{',', ';', '\t', '|'}

// parseDelimiter finds a declared delimiter; 0 means that none was declared.
func parseDelimiter(s string) (rune, error) {
	switch strings.ToLower(s) {
	case "", "auto":
		return 0, nil
	case "tab", `\t`, "\t":
		return '\t', nil
	case "comma":
		return ',', nil
	case "semicolon":
		return ';', nil
	case "pipe":
		return '|', nil
	}
	r, n := utf8.DecodeRuneInString(s)
	if n < len(s) {
		return 0, &UsageError{Option: "delimiter", Value: s, Cause: `takes one character, or "tab"`}
	}
	if r == '"' || r == utf8.RuneError || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsControl(r) {
		return 0, &UsageError{Option: "delimiter", Value: s,
			Cause: `this character cannot stand between cells; take one such as "," ";" "|" or "tab"`}
	}
	return r, nil
}

// delimiterName is the form that parseDelimiter takes.
func delimiterName(r rune) string {
	if r == '\t' {
		return "tab"
	}
	return string(r)
}

// sepLine knows the line "sep=;" with which a file tells Excel its delimiter,
// and how many bytes it takes.
func sepLine(sample []byte) (delimiter rune, size int) {
	end := bytes.IndexByte(sample, '\n')
	if end < 0 {
		end = len(sample)
	} else {
		size = 1
	}
	size += end
	line := bytes.TrimSuffix(sample[:end], []byte("\r"))
	if len(line) > 1 && line[0] == '"' && line[len(line)-1] == '"' {
		line = line[1 : len(line)-1]
	}
	if len(line) < 5 || !strings.EqualFold(string(line[:4]), "sep=") {
		return 0, 0
	}
	r, err := parseDelimiter(string(line[4:]))
	if err != nil || r == 0 {
		return 0, 0
	}
	return r, size
}

// A guess is what the beginning of a file looks like with one delimiter.
type guess struct {
	delimiter rune
	width     int     // cells in the header
	even      float64 // share of the rows that are as wide, header included
}

// detectDelimiter finds the delimiter with which the rows are as wide as the
// header, and of those the one with the most columns. whole says that sample
// is all there is.
func detectDelimiter(sample []byte, whole bool, name string) guess {
	if !whole {
		if i := bytes.LastIndexByte(sample, '\n'); i >= 0 {
			sample = sample[:i+1]
		}
	}
	fallback := ','
	if strings.EqualFold(filepath.Ext(name), ".tsv") {
		fallback = '\t'
	}
	var all []guess
	most := 0.0
	for _, d := range candidates {
		g := try(sample, whole, d)
		if g.width < 2 {
			continue
		}
		if d == '\t' && fallback == '\t' {
			return g
		}
		all = append(all, g)
		most = max(most, g.even)
	}
	best := guess{delimiter: fallback, width: 1}
	for _, g := range all {
		// A few faulty rows must not hand the file to another delimiter.
		if g.even >= most-0.2 && g.width > best.width {
			best = g
		}
	}
	return best
}

// worded tells names of columns from numbers with a decimal comma.
func worded(cells []string) bool {
	for _, c := range cells {
		if trim(c) != "" && strings.IndexFunc(c, unicode.IsLetter) < 0 {
			return false
		}
	}
	return true
}

// try reads the first rows with one delimiter. Titles, which are rows of one cell
// above the header, do not count if all rows below are alike.
func try(sample []byte, whole bool, delimiter rune) guess {
	g := guess{delimiter: delimiter}
	titles := 0
	r := csv.NewReader(bytes.NewReader(sample))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = delimiter, -1, true
	rows, even := 0, 0
	for rows < 100 {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			var pe *csv.ParseError
			if !whole && errors.As(err, &pe) && r.InputOffset() == int64(len(sample)) {
				break // the sample ends within a cell
			}
			if g.width == 0 {
				return g
			}
			rows++
			continue
		}
		if blank(cells) {
			continue
		}
		if g.width == 1 && len(cells) > 1 && even == rows && rows < headerWithin && titles == 0 && worded(cells) {
			titles, rows, even, g.width = rows, 0, 0, 0
		}
		rows++
		if g.width == 0 {
			g.width = len(cells)
		}
		if len(cells) == g.width || len(cells) > g.width && blank(cells[g.width:]) {
			even++
		}
	}
	if rows > 0 {
		g.even = float64(even) / float64(rows)
	}
	if titles > 0 && (g.even < 0.8 || rows < 2) {
		return guess{delimiter: delimiter, width: 1}
	}
	return g
}
