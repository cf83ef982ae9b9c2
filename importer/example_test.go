package importer_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

// The engine over a journal and something that creates clients.
func Example() {
	ctx := context.Background()
	journal := importertest.NewMemory(importertest.TestHeader())
	if _, err := journal.StartRun(ctx, importer.Run{}); err != nil {
		log.Fatal(err)
	}
	server := importer.CreatorFunc(func(_ context.Context, req importer.Request) (importer.Receipt, error) {
		if req.Key == "b@example.test" {
			return importer.Receipt{}, &importer.Error{Kind: importer.KindInDoubt, Code: "timeout", Message: "no answer"}
		}
		return importer.Receipt{ClientID: "id of " + req.Client.Details.Name}, nil
	})
	pacer := importer.NewPacer(importer.PacerOptions{Rate: importer.Unlimited, Workers: 1})
	source := func(context.Context) iter.Seq2[importer.Request, error] {
		return func(yield func(importer.Request, error) bool) {
			for _, email := range []string{"a@example.test", "b@example.test"} {
				details := importer.Details{Name: email[:1], Email: email}
				if !yield(importer.Request{Key: importer.MakeKey(email), Client: importer.Client{Details: details}}, nil) {
					return
				}
			}
		}
	}
	tally := importer.Send(ctx, source, server, importer.SendOptions{Pacer: pacer, Journal: journal, Observe: func(e importer.Event) {
		fmt.Printf("%s: %s %q\n", e.Request.Key, e.Status, e.Receipt.ClientID)
	}})
	fmt.Println(tally.Sent[importer.Created], "created,", tally.Sent[importer.InDoubt], "in doubt")

	// The journal refuses what must not be sent again.
	_, err := journal.Begin(ctx, importer.Attempt{Key: "b@example.test"})
	fmt.Println(err)
	// Output:
	// a@example.test: created "id of a"
	// b@example.test: in_doubt ""
	// 1 created, 1 in doubt
	// this key is created, begun or in doubt already
}

// KindOf is the one word that every decision is made on.
func ExampleKindOf() {
	fmt.Println(importer.KindOf(nil) == importer.KindNone)
	fmt.Println(importer.KindOf(&importer.Error{Kind: importer.KindTransient}) == importer.KindTransient)
	// What nobody has classified may have happened.
	fmt.Println(importer.KindOf(io.ErrUnexpectedEOF) == importer.KindInDoubt)
	// Output:
	// true
	// true
	// true
}

func ExampleMakeKey() {
	fmt.Println(importer.MakeKey("  Info@Acme.example "))
	fmt.Println(importer.MakeKey("Acme", "Berlin"))
	// Output:
	// info@acme.example
	// acme|berlin
}

// A Secret shows itself nowhere but to Reveal.
func ExampleSecret() {
	s := importer.NewSecret("Sample-Pass")
	fmt.Printf("%v %+v %q %#v\n", s, s, s, s)
	fmt.Println(s.Reveal())
	// Output:
	// ******** ******** ******** ********
	// Sample-Pass
}

// What a spreadsheet would run as a formula is written so that it does not,
// and reads back as it was.
func ExampleNeutralize() {
	cell := importer.Neutralize("=1+1")
	fmt.Println(cell, importer.Restore(cell))
	// Output:
	// '=1+1 =1+1
}
