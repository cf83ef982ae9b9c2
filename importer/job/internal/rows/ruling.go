package rows

import (
	"context"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
)

// judged finds, for rows in question, the customers that the rulings are about.
func (p *Pass) judged(ctx context.Context, items []*Item) error {
	r := recogniser{store: p.store, key: p.in.Mapper.KeyDefinition()}
	var bs []bearer
	for _, it := range items {
		ru, ruled := p.classifier.rulings[it.Ref]
		if !ruled || it.leader != nil {
			continue
		}
		if it.ruling = &ru; ru.what == keyMoved {
			it.Suspect = it.Entry
		} else {
			b := newBearer(p.in, it)
			bs = append(bs, b)
		}
	}
	if len(bs) == 0 {
		return nil
	}
	f, err := r.of(ctx, bs)
	if err != nil {
		return err
	}
	for _, b := range bs {
		e, known := f.entries[b.ruling.customer]
		switch {
		case !known:
		case b.ruling.what == joined:
			b.Request.Joined, b.Entry = e.Key, &e
		default:
			b.Suspect = &e
		}
	}
	return nil
}

// apply tells what a ruling makes of a row.
func (it *Item) apply() {
	if it.ruling == nil || it.ruling.what == joined || hasCode(it.Findings, CodeKeyMoved) || hasCode(it.Findings, CodePossibleDuplicate) {
		return
	}
	f := importer.Finding{Severity: importer.Fault, Code: CodePossibleDuplicate, Cell: it.Row.Cell(-1)}
	if it.ruling.what == keyMoved {
		f.Code = CodeKeyMoved
		f.Message, f.Advice = it.moved()
		it.Token = positional(it.Ref)
	} else {
		f.Message, f.Advice = it.similar()
	}
	it.Findings = append(it.Findings, f)
}

// moved is what is wrong with a row that has the key of a customer and nothing
// else of theirs.
func (it *Item) moved() (message, advice string) {
	name, known := "a customer", "known to this job"
	if e := it.Suspect; e != nil {
		name, known = e.ClientName, standing(*e)
	}
	message = fmt.Sprintf("has the address of %s, %s, and nothing else of it: did a column slip?", name, known)
	if at := it.ruling.at; at.Number > 0 {
		message += fmt.Sprintf(" What %s was known by stands in row %s", name, at)
	}
	return message, fmt.Sprintf("correct the sheet; or %s if %s was renamed; another customer needs an address of its own",
		it.settle("--same"), name)
}

// similar is what is wrong with a row that has something of a customer's, but
// not the key.
func (it *Item) similar() (message, advice string) {
	e := it.Suspect
	if e == nil {
		return "may be a customer that this job knows already: same client name or login", "run again"
	}
	missing := "who is missing from this input"
	if at := it.ruling.at; at.Number > 0 {
		missing = fmt.Sprintf("whose own row, %s, says something else", at)
	}
	return fmt.Sprintf("may be the customer %q (%s, %s), %s: same client name or login", e.ClientName, e.Key, e.Status, missing),
		fmt.Sprintf("the same customer: %s; another one: %s", it.settle("--same-as", string(e.Key)), it.settle("--new"))
}

// standing says since when a customer is known.
func standing(e importer.Entry) string {
	switch {
	case e.Status == importer.InDoubt:
		return fmt.Sprintf("in doubt since run %d", e.Run)
	case e.Code == importer.CodeSettledCreated || e.Code == importer.CodeSettledExists || e.Code == importer.CodeSettledSameAs ||
		e.Attempts == 0:
		return "created"
	}
	return fmt.Sprintf("created in run %d", e.Run)
}

func (it *Item) settle(flags ...string) string {
	return importer.CommandLine(append([]string{"bulkonboard", "settle", "--row", it.Ref.String()}, flags...)...)
}
