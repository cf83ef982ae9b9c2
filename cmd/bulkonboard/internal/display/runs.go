package display

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Runs lists a job's runs, a few lines for each.
func Runs(w io.Writer, runs []importer.Run) {
	if len(runs) == 0 {
		fmt.Fprintln(w, "No run yet.")
	}
	for _, r := range runs {
		state := fmt.Sprintf("took %s, exit code %d", Duration(r.EndedAt.Sub(r.StartedAt)), r.ExitCode)
		if r.EndedAt.IsZero() {
			state = "has not said how it ended"
		}
		fmt.Fprintln(w, Clean(fmt.Sprintf("Run %-4d %s, %s; by %s on %s, %s", r.ID, r.StartedAt.Local().Format("2006-01-02 15:04:05"), state,
			r.Operator, r.Host, r.Version)))
		digest := strings.TrimPrefix(r.Input.Digest, "sha256:")
		fmt.Fprintln(w, Clean(fmt.Sprintf("         %s (%.12s), %s: %s", filepath.Base(r.Input.Path), digest, Count(r.Input.Rows, "row"),
			Counts(importer.CountsOf(r.Counts)))))
		fmt.Fprintln(w, "         sent: "+strings.Replace(Counts(importer.CountsOf(r.Sent)), "no rows", "nothing", 1))
		if r.Reason != "" {
			fmt.Fprintln(w, Clean("         stopped early: "+r.Reason))
		}
	}
}
