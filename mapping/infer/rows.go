package infer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// A Filter tells rows of customers from others.
type Filter struct {
	Column     string
	In         []string // the values that look like customers
	Values     []Counted
	Confidence float64
	Reason     string
}

// A Counted is a value and how many sample rows have it.
type Counted struct {
	Value string // "" is an empty cell
	Rows  int
}

// A Grouping says that several rows make one client.
type Grouping struct {
	Column     string
	Confidence float64
	Reason     string
}

// Words of a status that say whether it is a customer's.
var (
	customerWords = strings.Fields("active aktiv activo activa customer customers client kunde kundin cliente bestandskunde live won " +
		"gewonnen ganado ganada paying closedwon evangelist existingcustomer activecustomer activeclient clienteactivo aktiverkunde " +
		"aktivkunde signed onboarding vertrag")
	otherWords = strings.Fields("lead leads prospect interessent interessenten inactive inaktiv inactivo inactiva churned churn cancelled " +
		"canceled gekundigt kundigung cancelado cancelada baja lost verloren perdido perdida closedlost archived archiviert archivado " +
		"subscriber suscriptor other sonstige otro opportunity oportunidad exkunde formerclient formercustomer salesqualifiedlead " +
		"marketingqualifiedlead former ehemalig open offen abierto paused pausiert pausado negotiation proposal qualified partner vendor " +
		"supplier lieferant proveedor new neu nuevo contacted trial angebot verhandlung deleted suspended unsubscribed bounced unconfirmed")
	yesWords = strings.Fields("yes ja si true 1 x y wahr verdadero")
	noWords  = strings.Fields("no nein false 0 n falsch falso")
)

// status looks for the column that tells which rows are customers.
func (in *inferrer) status() {
	var best *Filter
	at := -1
	for _, i := range in.of[meansStatus] {
		if f := in.filter(i); f != nil && (best == nil || f.Confidence > best.Confidence) {
			best, at = f, i
		}
	}
	if best != nil {
		in.out.Filter = best
		in.used[at] = true
	}
}

// maxStatuses bounds the values of a column that can be a status.
const maxStatuses = 15

func (in *inferrer) filter(i int) *Filter {
	c := &in.columns[i]
	if c.secret || len(c.words(maxStatuses)) == 0 {
		return nil
	}
	counts := map[string]int{}
	written := map[string]string{}
	for _, r := range in.rows {
		v := importer.Trim(r[i])
		f := importer.Fold(v)
		if counts[f]++; written[f] == "" {
			written[f] = v
		}
	}
	f := &Filter{Column: c.name, Confidence: c.sure, Reason: c.why}
	unknown, others := 0, 0
	for _, v := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	}) {
		f.Values = append(f.Values, Counted{written[v], counts[v]})
		word := statusWord(written[v])
		switch {
		case slices.Contains(customerWords, word), slices.Contains(yesWords, word):
			f.In = append(f.In, written[v])
		case v == "", slices.Contains(otherWords, word), slices.Contains(noWords, word):
			others++
		default:
			unknown++
		}
	}
	switch {
	case len(f.In) == 0:
		f.Confidence = 0.5
		f.Reason += "; no value says that a row is a customer"
	case unknown > 0:
		f.Confidence = 0.6
		f.Reason += "; some values are not known"
	case others == 0:
		f.Confidence = 0.7
		f.Reason += "; all rows are customers, so there is nothing to leave out yet"
	}
	return f
}

// statusWord is a value as the lists of words have it.
func statusWord(v string) string {
	if v == "1" || v == "0" {
		return v
	}
	return paths.Headed(v).Phrase
}

// isStatus tells the values that are known to be a status.
func isStatus(v string) bool {
	for _, words := range [][]string{customerWords, otherWords, yesWords, noWords} {
		if slices.Contains(words, statusWord(v)) {
			return true
		}
	}
	return false
}

// Active tells a filter that is sure enough to leave rows out.
func (f *Filter) Active() bool { return f != nil && f.Confidence >= ConfidenceLine }

// kept are the sample rows that the filter takes.
func (in *inferrer) kept() [][]string {
	f := in.out.Filter
	if !f.Active() {
		return in.rows
	}
	i := in.index(f.Column)
	var out [][]string
	for _, r := range in.rows {
		if slices.ContainsFunc(f.In, func(v string) bool { return importer.Fold(v) == importer.Fold(importer.Trim(r[i])) }) {
			out = append(out, r)
		}
	}
	return out
}

func (in *inferrer) index(name string) int {
	return slices.IndexFunc(in.columns, func(c column) bool { return c.name == name })
}

// at is the column of a bound path, -1 if there is none.
func (in *inferrer) at(path string) int {
	if p := in.out.bound(path); p != nil {
		return in.index(p.Columns[0])
	}
	return -1
}

// group looks for sheets with a row for each user: one name in several rows,
// with different logins.
func (in *inferrer) group() {
	name, login := in.at(paths.Name), in.at(paths.UserField(0, "email"))
	if name < 0 || login < 0 || in.at(paths.UserField(1, "email")) >= 0 {
		return
	}
	byName := map[string][][]string{}
	rows := in.kept()
	for _, r := range rows {
		if n := importer.Fold(importer.Trim(r[name])); n != "" {
			byName[n] = append(byName[n], r)
		}
	}
	groups, members, clashes := 0, 0, 0
	for _, g := range byName {
		if len(g) < 2 {
			continue
		}
		groups, members = groups+1, members+len(g)
		logins := map[string]bool{}
		for _, r := range g {
			logins[importer.Fold(importer.Trim(r[login]))] = true
		}
		if len(logins) < len(g) || in.clash(g) {
			clashes++
		}
	}
	if groups == 0 {
		return
	}
	g := &Grouping{Column: in.columns[name].name, Confidence: 0.9,
		Reason: fmt.Sprintf("%d of %d rows share the client's name with another row and have a login of their own: a row looks like a user",
			members, len(rows))}
	switch {
	case clashes > 0:
		g.Confidence = 0.5
		g.Reason = fmt.Sprintf("%d names stand in several rows; in %d of these the rows differ in more than the login, or do not differ in it",
			groups, clashes)
	case groups < 2 || members*10 < len(rows)*3:
		g.Confidence = 0.6
		g.Reason += "; but they are few, and may be customers of the same name, or one customer twice"
	}
	in.out.Group = g
	if g.Confidence < ConfidenceLine {
		return
	}
	// The rows of one client agree on its e-mail: with a login in each row they
	// would not. The first user's stands in for it.
	if in.at(paths.Email) == login {
		in.out.Bound = slices.DeleteFunc(in.out.Bound, func(p Proposal) bool { return p.Path == paths.Email })
	}
}

// clash tells whether rows of one name differ outside the users.
func (in *inferrer) clash(rows [][]string) bool {
	for _, p := range in.out.Bound {
		if strings.HasPrefix(p.Path, paths.Users) || p.Path == paths.Name {
			continue
		}
		i := in.index(p.Columns[0])
		if i == in.at(paths.UserField(0, "email")) {
			continue
		}
		said := ""
		for _, r := range rows {
			v := importer.Fold(importer.Trim(r[i]))
			if v != "" && said != "" && v != said {
				return true
			}
			said = cmp.Or(said, v)
		}
	}
	return false
}

// key chooses what tells clients apart: a path whose values are there in all
// sample rows and unique. An id column of the sheet would be better still, but
// the key is made of what is sent: it would go to the API as an extra field
// that its documentation does not have. So it is named, and not bound.
func (in *inferrer) key() {
	o, rows := in.out, in.kept()
	email, name, login := in.at(paths.Email), in.at(paths.Name), in.at(paths.UserField(0, "email"))
	if email < 0 {
		email = login
	}
	o.Key = importer.DefaultKeyDefinition
	grouped := o.Group != nil && o.Group.Confidence >= ConfidenceLine
	mailKey, nameKey, both := unique(rows, email), unique(rows, name), unique(rows, email, name)
	switch n := len(rows); {
	case grouped:
		o.Key, o.KeyWhy = []string{paths.Name}, "rows with one name are one client, so the name tells clients apart; the first login may "+
			"change with the order of the rows"
	case n == 0:
		o.KeyWhy = "the usual one; the sample has no rows to hold it against"
	case email >= 0 && mailKey == n:
		o.KeyWhy = fmt.Sprintf("column %q is filled and unique in all %d sample rows", in.columns[email].name, n)
	case name >= 0 && nameKey == n:
		o.Key, o.KeyWhy = []string{paths.Name}, fmt.Sprintf("column %q is filled and unique in all %d sample rows; the e-mail is in %d",
			in.columns[name].name, n, mailKey)
	case email >= 0 && name >= 0 && both == n:
		o.Key, o.KeyWhy = []string{paths.Email, paths.Name}, fmt.Sprintf("only e-mail and name together are filled and unique in all %d "+
			"sample rows", n)
	default:
		o.KeyWhy = fmt.Sprintf("the usual one; the e-mail is filled and unique in %d of %d sample rows: the others will be found faulty", mailKey,
			n)
	}
	for _, i := range in.of[meansID] {
		if n := unique(rows, i); n > 0 && n == len(rows) && !in.used[i] && !grouped {
			o.KeyWhy += fmt.Sprintf(". Column %q is unique too (%d of %d), and would outlive a changed e-mail; but a key is sent, and the API's "+
				"documentation knows no such field. If you try it: extra: {id: {column: …}} under request, and key: [extra.id]",
				in.columns[i].name, n, n)
			break
		}
	}
}

// unique is how many rows have all of these columns filled, and no other row
// has the same in them.
func unique(rows [][]string, columns ...int) int {
	if slices.Contains(columns, -1) {
		return 0
	}
	seen := map[importer.Key]int{}
	for _, r := range rows {
		values := make([]string, len(columns))
		for i, c := range columns {
			values[i] = importer.Fold(importer.Trim(r[c]))
		}
		if !slices.Contains(values, "") {
			seen[importer.MakeKey(values...)]++
		}
	}
	n := 0
	for _, times := range seen {
		if times == 1 {
			n++
		}
	}
	return n
}
