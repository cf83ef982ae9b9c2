package table_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// Encoding, delimiter and header are found; a row has the number that a
// spreadsheet shows, though a cell of the row before spans two lines.
func ExampleOpen() {
	file := "\ufeffCompany;Note\nAcme;\"two\nlines\"\nBärlin;007\n"
	in, err := table.Open(context.Background(), "-", table.Options{Stdin: strings.NewReader(file)})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	fmt.Printf("%s, delimiter %q, %d rows\n", in.Encoding(), in.Delimiter(), in.Rows())

	rows, err := in.Open(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var spoilt *importer.RowError // one row is faulty, the next ones are not
		if err != nil && !errors.As(err, &spoilt) {
			log.Fatal(err)
		}
		fmt.Printf("row %d (line %d): %q\n", row.Number, row.Line, row.Cells)
	}
	// Output:
	// utf-8, delimiter ";", 2 rows
	// row 2 (line 2): ["Acme" "two\nlines"]
	// row 3 (line 4): ["Bärlin" "007"]
}

// A file in which rows cannot be told apart for certain is refused as a whole.
func ExampleOpen_refused() {
	_, err := table.Open(context.Background(), "-", table.Options{Stdin: strings.NewReader("Company,Note\nAcme,\"never closed\nGlobex,x\n")})
	fmt.Println(err)
	// Output:
	// standard input: line 2: the cell in column B (row 2) begins with a quotation mark that is not closed where the cell ends: the cell runs on to line 3
}
