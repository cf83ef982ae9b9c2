package display

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer/job"
)

// mostClients is how many clients a plan names on a screen.
const mostClients = 25

// Planned tells what a run would do.
func Planned(w io.Writer, p job.PlanResult) {
	Preview(w, p.Preview)
	for _, kind := range slices.Sorted(maps.Keys(p.Resources)) {
		if n := p.Resources[kind]; n > 0 {
			fmt.Fprintf(w, "Resources handed out, of kind %s: %s.\n", Clean(kind), Number(n))
		}
	}
	if len(p.Clients) == 0 {
		return
	}
	fmt.Fprintln(w, "\nClients to be created:")
	for i, r := range p.Clients {
		if i == mostClients {
			fmt.Fprintf(w, "  … and %s\n", Count(len(p.Clients)-i, "more client"))
			break
		}
		fmt.Fprintln(w, Clean(fmt.Sprintf("  row %s, %s (%s)", r.Row, r.Client, r.Key)))
	}
	fmt.Fprintf(w, "\nThe first request, its passwords masked:\n%s\n", Clean(string(p.Sample)))
}

// AfterPlan tells what follows a plan.
func AfterPlan(w io.Writer, file string, rows int, argv []string) {
	switch {
	case file != "":
		fmt.Fprintf(w, "\nWrote %s with %s. To do what it says and nothing else:\n", Clean(file), Count(rows, "client"))
	case rows == 0:
		return
	default:
		fmt.Fprintln(w, "\nNext, to do so (with --out FILE a plan is written that run --plan keeps to):")
	}
	fmt.Fprintln(w, "  "+Command(argv))
}
