package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// PageMark begins every page: by it a page of ours is told from other files.
const PageMark = "<!doctype html>\n<!-- bulkonboard report -->\n"

// What a page lists at most. It stays below 2 MB whatever the number of rows,
// and says what it leaves out.
const (
	PageCauses   = 60    // causes, the greatest first
	PageRows     = 200   // rows of one cause
	pageRowsOver = 2_500 // rows of all causes together
	PageDoubts   = 500
	PageDrifts   = 500
	pageText     = 300 // characters of one text
)

// A Page is the report for people: values, all of them bounded. Texts may come
// from anywhere; they are cleaned and escaped when they are written.
type Page struct {
	Rehearsal bool
	Running   string // who is at it while the page is written; "" at rest
	Missing   string // why the input could not be read once more; "" if it was
	Job       JobFacts
	Run       importer.Run    // the last one
	Counts    importer.Counts // where the rows of the input stand
	InDoubt   int             // in the whole job
	Tasks     []Task
	Causes    []Cause // greatest first
	Others    int     // causes beyond those
	OtherRows int     // their rows
	Doubts    []PageRow
	Drifts    []PageRow
	Drifted   int            // created rows that changed since
	Runs      []importer.Run // newest first
	Timeline  importer.Timeline
	Written   time.Time
}

// JobFacts are what a page says of its job.
type JobFacts struct {
	ID, Target string
	CreatedAt  time.Time
}

// A TaskKind is something that is left to a person.
type TaskKind string

// The kinds of tasks, in the order in which people do them.
const (
	TaskSettle  TaskKind = "settle"  // say what became of rows in doubt
	TaskDecide  TaskKind = "decide"  // say who possible duplicates are
	TaskMend    TaskKind = "mend"    // mend rejects and feed them back
	TaskAgain   TaskKind = "again"   // run again: failed and pending rows go
	TaskAddUser TaskKind = "adduser" // add users by hand
	TaskChange  TaskKind = "change"  // change clients by hand
)

// A Task is one of them, for so many rows.
type Task struct {
	Kind    TaskKind
	N       int
	File    string   // where the rows to be mended stand, by its name
	Command []string // the literal command; nil if it is work by hand
}

// A Cause is why rows are not created.
type Cause struct {
	Status  importer.Status
	Code    string
	Message string // of its first row
	Advice  string
	N       int
	Rows    []PageRow // the first of them
}

// A PageRow is one row of a list.
type PageRow struct {
	Ref     string // as --row takes it; "" if it is not in the input
	Key     string
	Name    string
	Email   string
	Message string
	Advice  string
	SentAt  time.Time
}

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string

	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
		"clean": cleaned, "number": Number, "when": moment, "stamp": stamp,
		"command": func(argv []string) string { return importer.CommandLine(argv...) }, "word": Word,
		"anchor": anchor, "count": counted, "base": filepath.Base, "add": func(a, b int) int { return a + b },
	}).Parse(pageHTML))
)

// StyleHash is what the page's content-security policy allows: its one style.
func StyleHash() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// WritePage writes the page: one HTML file that needs nothing else, holds no
// script, and lets none be run.
func WritePage(w io.Writer, p Page) error {
	v := view{Page: p, Style: template.CSS(pageCSS), Policy: "default-src 'none'; style-src '" + StyleHash() +
		"'; base-uri 'none'; form-action 'none'"}
	v.fit()
	v.Bar, v.Legend = outcome(p.Counts)
	v.Created, v.Rate = draw(p.Timeline)
	if _, err := io.WriteString(w, PageMark); err != nil {
		return err
	}
	return pageTemplate.Execute(w, v)
}

// A view is a page with what is computed for its looks.
type view struct {
	Page
	Style         template.CSS
	Policy        string
	Bar           []segment
	Legend        []legend
	Created, Rate *chart
}

// fit brings the lists down to what a page holds.
func (v *view) fit() {
	causes := append([]Cause(nil), v.Causes...)
	left := pageRowsOver
	for i := range causes {
		c := &causes[i]
		if i >= PageCauses {
			v.Others++
			v.OtherRows += c.N
			continue
		}
		c.Rows = c.Rows[:min(len(c.Rows), PageRows, left)]
		left -= len(c.Rows)
	}
	v.Causes = causes[:min(len(causes), PageCauses)]
	v.Doubts = v.Doubts[:min(len(v.Doubts), PageDoubts)]
	v.Drifts = v.Drifts[:min(len(v.Drifts), PageDrifts)]
}

// Customers are the rows that are meant to have an account.
func (v view) Customers() int { return v.Counts.Total() - v.Counts[importer.Skipped] }

// Headline is the first sentence for somebody who reads two.
func (v view) Headline() string {
	n, created := v.Customers(), v.Counts[importer.Created]
	have, would := "have an account now", ""
	if v.Rehearsal {
		have, would = "would have an account now", "This was a rehearsal, nothing real was created: "
	}
	switch {
	case n == 0:
		return would + "There are no customers to create."
	case created == n && n == 1:
		return upper(would+"the one customer "+strings.Replace(have, "have", has(v.Rehearsal), 1)) + "."
	case created == n:
		return upper(would+"all "+Number(n)+" customers "+have) + "."
	case created == 0:
		return upper(would+"of "+counted(n, "customer")+", none "+strings.Replace(have, "have", has(v.Rehearsal), 1)) + "."
	case created == 1:
		return upper(would+"of "+counted(n, "customer")+", 1 "+strings.Replace(have, "have", has(v.Rehearsal), 1)) + "."
	default:
		return upper(fmt.Sprintf("%sof %s, %s %s.", would, counted(n, "customer"), Number(created), have))
	}
}

func has(rehearsal bool) string {
	if rehearsal {
		return "have"
	}
	return "has"
}

// Rest is the second sentence: what of the others.
func (v view) Rest() string {
	c := v.Counts
	var parts []string
	say := func(n int, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one)
		case n > 1:
			parts = append(parts, Number(n)+" "+many)
		}
	}
	say(c[importer.Rejected], "was refused by the server", "were refused by the server")
	say(c[importer.Invalid], "has a fault in the sheet", "have faults in the sheet")
	say(c[importer.Failed], "did not get through", "did not get through")
	say(c[importer.Pending], "has not been tried yet", "have not been tried yet")
	say(max(c[importer.InDoubt], v.InDoubt), "is in doubt: it may or may not exist", "are in doubt: they may or may not exist")
	switch {
	case len(parts) == 0 && len(v.Tasks) == 0:
		return "Nothing is left to do."
	case len(parts) == 0:
		return "What is left to do by hand stands below."
	}
	s := parts[0]
	if n := len(parts); n > 1 {
		s = strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return s + "."
}

// Title is the page's title.
func (v view) Title() string {
	t := "Import of " + inputName(v.Run.Input.Path)
	if v.Rehearsal {
		t = "REHEARSAL: " + t
	}
	return cleaned(t)
}

// Input is the input's name, without the folders it lies in.
func (v view) Input() string { return cleaned(inputName(v.Run.Input.Path)) }

// MappingName is the mapping's.
func (v view) MappingName() string {
	if v.Run.Mapping.Path == "" {
		return "standard columns"
	}
	return cleaned(filepath.Base(v.Run.Mapping.Path))
}

// MappingDigest tells one content of a mapping file from another.
func (v view) MappingDigest() string {
	if v.Run.Mapping.Content == "" {
		return ""
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(v.Run.Mapping.Content)))
}

func inputName(path string) string {
	if path == "-" || path == "" {
		return "standard input"
	}
	// A path of another system may come with a job that was moved.
	return path[strings.LastIndexAny(path, `/\`)+1:]
}

// FewerRows is how many rows of a cause the page leaves out.
func (c Cause) FewerRows() int { return c.N - len(c.Rows) }

// Open tells that a cause's rows are few enough to be shown at once.
func (c Cause) Open() bool { return len(c.Rows) <= 8 }

// Varied tells that its rows have messages of their own.
func (c Cause) Varied() bool {
	return slices.ContainsFunc(c.Rows, func(r PageRow) bool { return r.Message != c.Message })
}

// First are some rows to begin with.
func (c Cause) First() []PageRow { return c.Rows[:min(len(c.Rows), 12)] }

// FewerDoubts and FewerDrifts are how many rows the page leaves out.
func (v view) FewerDoubts() int { return max(v.InDoubt, len(v.Doubts)) - len(v.Doubts) }

// FewerDrifts is how many changed rows the page leaves out.
func (v view) FewerDrifts() int { return v.Drifted - len(v.Drifts) }

// NameOf is the name of a run's input.
func (v view) NameOf(r importer.Run) string { return cleaned(inputName(r.Input.Path)) }

// ShortDigest is the beginning of its digest: enough to tell two apart.
func (v view) ShortDigest(r importer.Run) string {
	d := cleaned(r.Input.Digest)
	if at := strings.Index(d, ":"); at >= 0 && len(d) > at+13 {
		return d[:at+13] + "…"
	}
	return d
}

// SentOf tells what a run sent.
func (v view) SentOf(r importer.Run) string {
	if c := importer.CountsOf(r.Sent); c.Total() > 0 {
		return Counts(c)
	}
	return "nothing"
}

// EndOf tells how a run ended.
func (v view) EndOf(r importer.Run) string {
	if r.EndedAt.IsZero() {
		return "not yet, or cut short"
	}
	s := fmt.Sprintf("exit code %d", r.ExitCode)
	if r.Reason != "" {
		s += "; " + cleaned(r.Reason)
	}
	return s
}
