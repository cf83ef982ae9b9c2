package infer

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hbollon/go-edlib"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// ConfidenceLine is how sure a proposal has to be to be bound. Below it a
// mapping is drafted with a TODO that names the candidate, and nothing is
// bound silently.
const ConfidenceLine = 0.8

// A Proposal is a column for a request path.
type Proposal struct {
	Path       string
	Columns    []string // one, or a person's first and last name
	Confidence float64  // 0 to 1
	Reason     string
	Samples    []string // two at most, short and clean; none of a column that is not known to be harmless

	split  string   // where the elements of a list are not split at ;
	lookup []string // values that need one
}

// A Left is a column without a place in the request. Nothing that stands in it
// is shown: it may be passwords, or notes with passwords among them.
type Left struct {
	Column string
	Known  bool // its words are known, and the request has no place for it
	Reason string
}

// An Inference is what headers and samples say about a mapping.
type Inference struct {
	Bound   []Proposal // at or above the line, in the request's order
	Open    []Proposal // below it
	Missing []string   // required paths for which nothing is bound
	Left    []Left
	Filter  *Filter   // nil: no column tells which rows are customers
	Group   *Grouping // nil: a row is a client
	Key     []string
	KeyWhy  string

	constants []paths.Constant
	rows      int
}

// Propose finds sources for the request's paths from column names and sample
// rows, each as long as columns. Sets are PATH=VALUE constants, which beat any
// column; its error is a *mapping.Error about these.
//
// Words come first: a table of synonyms. Where it has none, similarity: one
// less the share of letters to insert, delete, change or swap with their
// neighbour (optimal string alignment). That finds typing errors, and unlike
// measures that reward a common beginning it keeps "Company" and "Company ID"
// apart. The values then speak for or against what the words say; passwords
// are known by name alone.
func Propose(columns []string, rows [][]string, sets []string) (*Inference, error) {
	constants, faults := paths.Sets(sets)
	if len(faults) > 0 {
		return nil, &mapping.Error{Faults: faults}
	}
	in := inferrer{out: &Inference{constants: constants, rows: len(rows)}, rows: rows, of: map[string][]int{}}
	for i, c := range columns {
		in.columns = append(in.columns, look(c, rows, i))
	}
	in.candidates()
	in.status()
	in.assign()
	in.group()
	in.key()
	in.leave()
	return in.out, nil
}

// An inferrer gathers what is thought of each column.
type inferrer struct {
	out     *Inference
	columns []column
	rows    [][]string
	found   []candidate
	of      map[string][]int // meaning → columns
	used    []bool
}

// A candidate is a path that a column may have.
type candidate struct {
	path   string
	column int
	sure   float64
	why    string
	split  string
	lookup []string
}

// understand finds what a column means by its words.
func (c *column) understand() {
	if importer.IsRejectColumn(c.name) {
		c.means, c.sure, c.why = meansNothing, 1, "a column of our own"
		return
	}
	if p := paths.Standard(c.name); p != "" {
		c.means, c.sure, c.why = p, 0.98, "one of the standard columns"
		return
	}
	h := paths.Headed(c.name)
	c.number = h.Number
	if c.number > paths.MaxUsers {
		c.number = 0
	}
	if s, ok := synonyms[h.Phrase]; ok {
		c.means, c.sure, c.why = s.means, s.weight, "a usual word for "+meaning(s.means)
		return
	}
	if s, ok := synonyms[plainPhrase(h)]; ok {
		c.means, c.sure, c.why = s.means, s.weight-0.04, fmt.Sprintf("%q is a usual word for %s", s.words, meaning(s.means))
		return
	}
	best, most := "", 0.0
	for _, p := range synonymPhrases {
		if len(p) < 5 || len(h.Phrase) < 5 || 5*min(len(p), len(h.Phrase)) < 4*max(len(p), len(h.Phrase)) {
			continue // a short word is like many others, and lengths that differ are similar to none
		}
		if sim, err := edlib.StringsSimilarity(h.Phrase, p, edlib.OSADamerauLevenshtein); err == nil && float64(sim) > most {
			best, most = p, float64(sim)
		}
	}
	if most >= 0.8 {
		s := synonyms[best]
		c.means, c.sure, c.why = s.means, math.Min(s.weight, most), fmt.Sprintf("similar to %q, %s (similarity %.2f)", s.words, meaning(s.means),
			most)
		return
	}
	// A phrase within the header is a hint, never enough to bind.
	longest, words := 0, h.Words[:min(len(h.Words), 12)]
	for i := range words {
		for j := i + 1; j <= len(words); j++ {
			p := strings.Join(words[i:j], "")
			if s, ok := synonyms[p]; ok && len(p) > longest && len(p) > 2 {
				longest, c.means, c.sure, c.why = len(p), s.means, 0.6, fmt.Sprintf("%q within it is a usual word for %s", s.words, meaning(s.means))
			}
		}
	}
}

// meaning says in words what a column means.
func meaning(m string) string {
	switch {
	case m == paths.Name:
		return "the client's name"
	case m == paths.Email:
		return "the client's e-mail"
	case m == paths.Provider:
		return "the voice provider's id"
	case m == paths.Group:
		return "the asset group's name"
	case m == paths.BillingType:
		return "the billing type"
	case m == paths.Product:
		return "the product"
	case m == paths.Prices:
		return "the product's prices"
	case strings.HasPrefix(m, paths.Access):
		return "access to " + strings.TrimPrefix(m, paths.Access)
	case strings.HasPrefix(m, paths.Resources):
		return "ids of the kind " + strings.TrimPrefix(m, paths.Resources)
	case m == meansID:
		return "an id of the system this sheet comes from"
	case m == meansNothing:
		return "something the request has no place for"
	case strings.HasPrefix(m, paths.Users):
		return "a user's " + m[strings.LastIndexByte(m, '.')+1:]
	}
	return m
}

// candidates turns what columns mean into paths.
func (in *inferrer) candidates() {
	for i := range in.columns {
		c := &in.columns[i]
		c.understand()
		c.byValue(in.columns)
		in.of[c.means] = append(in.of[c.means], i)
	}
	in.used = make([]bool, len(in.columns))
	for i := range in.columns {
		c := &in.columns[i]
		switch {
		case c.means == paths.Name, c.means == paths.Email, c.means == paths.Provider, c.means == paths.Group,
			c.means == paths.BillingType, c.means == paths.Product,
			strings.HasPrefix(c.means, paths.Access), strings.HasPrefix(c.means, paths.Users), paths.IsList(c.means):
			in.propose(c.means, i, c.sure, c.why)
		}
	}
	in.names()
	in.people()
}

// names looks at columns that name somebody.
func (in *inferrer) names() {
	firsts, lasts := in.of[meansFirst], in.of[meansLast]
	named := slices.ContainsFunc(in.of[paths.Name], func(i int) bool {
		return in.columns[i].sure >= ConfidenceLine && in.columns[i].evidence(isYesNo) <= 0
	})
	for _, i := range in.of[meansName] {
		c := &in.columns[i]
		switch {
		case named:
			c.means, c.why = meansNothing, "a person's name: another column has the client's"
		case len(firsts)+len(lasts) > 0:
			in.propose(paths.Name, i, 0.6, "a name, but there are columns for people's names too")
		case len(in.of[meansName]) > 1 || c.sure < ConfidenceLine:
			in.propose(paths.Name, i, min(c.sure, 0.7), c.why)
		default:
			in.propose(paths.Name, i, c.sure+0.03, "the only name in the sheet")
		}
	}
	for _, i := range append(slices.Clone(firsts), lasts...) {
		in.columns[i].means, in.columns[i].why = meansNothing, "a person's name, and users have none in the request"
	}
	if len(in.of[paths.Name])+len(in.of[meansName]) == 0 && len(firsts) > 0 && len(lasts) > 0 {
		in.out.Open = append(in.out.Open, Proposal{Path: paths.Name, Columns: []string{in.columns[firsts[0]].name, in.columns[lasts[0]].name},
			Confidence: 0.6,
			Reason:     "no column names a company; a client may be called like its person"})
	}
}

// people looks at e-mails, logins and passwords.
func (in *inferrer) people() {
	logins, passwords, emails := in.of[meansLogin], in.of[meansPassword], slices.Clone(in.of[meansEmail])
	numbers := map[int]int{} // a header's number → which user
	number := func(i int) int { return max(in.columns[i].number, 1) }
	numbered := func(list []int) {
		for _, i := range list {
			if in.columns[i].evidence(isAddress) >= 0 {
				numbers[number(i)] = 0
			}
		}
	}
	numbered(logins)
	if len(logins) == 0 {
		// "Email 2" is a second user's only where "Password 2" says so.
		emails = slices.DeleteFunc(emails, func(i int) bool {
			n := number(i)
			second := n > 1 && slices.ContainsFunc(passwords, func(p int) bool { return number(p) == n })
			if second {
				logins = append(logins, i)
			}
			return second
		})
		numbered(logins)
		numbers[1] = 0
	}
	var order []int
	for n := range numbers {
		order = append(order, n)
	}
	slices.Sort(order)
	for rank, n := range order {
		numbers[n] = rank
	}
	first := false
	for _, i := range logins {
		rank := numbers[number(i)]
		first = first || rank == 0
		in.propose(paths.UserField(rank, "email"), i, in.columns[i].sure, in.columns[i].why)
	}
	for _, i := range passwords {
		rank, ok := numbers[number(i)]
		if !ok {
			in.out.Open = append(in.out.Open, Proposal{Path: paths.UserField(number(i)-1, "password"), Columns: []string{in.columns[i].name},
				Confidence: 0.5,
				Reason:     fmt.Sprintf("a password, and no column has the e-mail of user %d", number(i))})
			in.used[i] = true
			continue
		}
		in.propose(paths.UserField(rank, "password"), i, in.columns[i].sure, in.columns[i].why)
	}
	for _, i := range emails {
		sure := in.columns[i].sure
		if number(i) > 1 {
			sure = 0.6
		}
		in.propose(paths.Email, i, sure, in.columns[i].why)
	}
	// A standard sheet may give its users under their own names.
	first = first || len(in.of[paths.UserField(0, "email")]) > 0
	if !first {
		for _, i := range append(slices.Clone(in.of[paths.Email]), emails...) {
			if in.columns[i].number > 1 {
				continue
			}
			in.propose(paths.UserField(0, "email"), i, in.columns[i].sure-0.06,
				"no column has logins of its own: the first user logs in with this address")
		}
	}
}

// propose notes a candidate, once its values were heard.
func (in *inferrer) propose(path string, i int, sure float64, why string) {
	c := candidate{path: path, column: i, sure: sure, why: why}
	in.columns[i].weigh(&c)
	c.sure = math.Round(math.Max(0, math.Min(c.sure, 0.99))*100) / 100
	in.found = append(in.found, c)
}

// assign gives every path its best column, and every column one path; but the
// only e-mail may be the client's and the first user's.
func (in *inferrer) assign() {
	o := in.out
	slices.SortStableFunc(in.found, func(a, b candidate) int {
		return int(math.Round((b.sure - a.sure) * 100))
	})
	taken := map[string]int{}
	for _, c := range o.constants {
		taken[c.Path] = -1
	}
	for at, c := range in.found {
		if _, gone := taken[c.path]; gone {
			continue
		}
		// Two that fit equally well and differ: a person has to choose.
		for _, r := range in.found[at+1:] {
			if r.path == c.path && r.column != c.column && c.sure-r.sure < 0.02 && c.sure >= ConfidenceLine && !in.agree(c.column, r.column) {
				c.sure = 0.7
				c.why += fmt.Sprintf("; but %q fits as well, and has other values", in.columns[r.column].name)
				break
			}
		}
		if c.sure < 0.4 || in.used[c.column] && !in.shared(c, taken) {
			continue
		}
		taken[c.path] = c.column
		p := Proposal{Path: c.path, Columns: []string{in.columns[c.column].name}, Confidence: c.sure, Reason: c.why,
			Samples: in.columns[c.column].samples(c), split: c.split, lookup: c.lookup}
		in.used[c.column] = true
		if c.sure >= ConfidenceLine {
			o.Bound = append(o.Bound, p)
		} else {
			o.Open = append(o.Open, p)
		}
	}
	// A password without its user's e-mail is nobody's.
	o.Bound = slices.DeleteFunc(o.Bound, func(p Proposal) bool {
		user, secret := strings.CutSuffix(p.Path, ".password")
		lost := secret && p.Path != paths.UserField(0, "password") && o.bound(user+".email") == nil
		if lost {
			p.Confidence, p.Reason = 0.5, "a password, and no column has the e-mail of its user"
			o.Open = append(o.Open, p)
		}
		return lost
	})
	slices.SortStableFunc(o.Bound, func(a, b Proposal) int { return pathOrder(a.Path) - pathOrder(b.Path) })
	for _, path := range []string{paths.Name, paths.UserField(0, "email"), paths.UserField(0, "password"), paths.Provider} {
		if i, ok := taken[path]; !ok || i >= 0 && o.bound(path) == nil {
			o.Missing = append(o.Missing, path)
		}
	}
}

// shared allows the client's e-mail to be the first user's too.
func (in *inferrer) shared(c candidate, taken map[string]int) bool {
	for _, pair := range [][2]string{{paths.Email, paths.UserField(0, "email")}, {paths.UserField(0, "email"), paths.Email}} {
		if i, ok := taken[pair[1]]; c.path == pair[0] && ok && i == c.column {
			return true
		}
	}
	return false
}

// agree tells whether two columns say the same wherever both say something.
func (in *inferrer) agree(a, b int) bool {
	for _, r := range in.rows {
		x, y := importer.Fold(importer.Trim(r[a])), importer.Fold(importer.Trim(r[b]))
		if x != "" && y != "" && x != y {
			return false
		}
	}
	return true
}

func (o *Inference) bound(path string) *Proposal {
	for i := range o.Bound {
		if o.Bound[i].Path == path {
			return &o.Bound[i]
		}
	}
	return nil
}

// pathOrder is the place of a path in the request.
func pathOrder(path string) int {
	switch {
	case path == paths.Name:
		return 0
	case path == paths.Email:
		return 1
	case strings.HasPrefix(path, paths.Users):
		n, field, _ := strings.Cut(strings.TrimPrefix(path, paths.Users), ".")
		i, _ := strconv.Atoi(n)
		return 10 + 2*i + len(field)/8
	}
	if i := slices.Index(paths.Fixed, path); i >= 0 {
		return 1000 + i
	}
	if strings.HasPrefix(path, paths.Access) {
		return 2000
	}
	return 3000
}

// leave lists the columns that have found no place.
func (in *inferrer) leave() {
	for i := range in.columns {
		c := &in.columns[i]
		if in.used[i] || importer.IsRejectColumn(c.name) {
			continue
		}
		l := Left{Column: c.name, Known: c.sure >= ConfidenceLine && (c.means == meansNothing || c.means == meansID), Reason: c.why}
		for _, f := range in.found {
			if f.column == i && f.sure >= 0.4 {
				l.Known, l.Reason = false, fmt.Sprintf("it may be %s too, for which another column is better", meaning(f.path))
				break
			}
		}
		if l.Known && c.means == meansNothing && strings.HasPrefix(c.why, "a usual word") {
			l.Reason = "the request has no place for it"
		}
		if l.Reason == "" {
			l.Reason = "no word of it is known here"
		}
		if c.means == meansStatus {
			l.Known, l.Reason = false, "a status, and no filter for rows was made of it"
		}
		in.out.Left = append(in.out.Left, l)
	}
}
