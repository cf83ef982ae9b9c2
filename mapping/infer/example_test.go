package infer_test

import (
	"fmt"
	"log"

	"github.com/bulkonboard/bulkonboard/mapping/infer"
)

// A proposal for headers that nobody has mapped yet.
func ExamplePropose() {
	in, err := infer.Propose([]string{"Firmenname", "E-Mail", "Umsatz"}, [][]string{{"Acme Dental", "info@acme.example", "12"}}, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range in.Bound {
		fmt.Printf("%s from %q: %s\n", p.Path, p.Columns, p.Reason)
	}
	// Output:
	// client_details.name from ["Firmenname"]: a usual word for the client's name
	// client_details.email from ["E-Mail"]: a usual word for an e-mail; 100 % of the values are addresses
	// client_users.0.email from ["E-Mail"]: no column has logins of its own: the first user logs in with this address; 100 % of the values are addresses
}
