package importer_test

import (
	"context"
	"testing"

	. "github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

// BenchmarkSend is what a row costs between the file and the network: the
// engine with its decorators, a journal in memory and a server that answers at
// once.
func BenchmarkSend(b *testing.B) {
	journal := importertest.NewMemory(importertest.TestHeader())
	pacer := NewPacer(PacerOptions{Rate: Unlimited, Workers: 32})
	server := CreatorFunc(func(_ context.Context, req Request) (Receipt, error) { return created(req) })
	b.ReportAllocs()
	b.ResetTimer()
	t := Send(b.Context(), rows(b.N), server, SendOptions{Pacer: pacer, Journal: journal})
	if t.Halt != nil || t.Sent[Created] != b.N {
		b.Fatal(t)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
