//go:build unix

package journal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/importer/journal"
)

// benchRows is how many rows a benchmark of a whole journal writes;
// BULKONBOARD_ROWS sets another number.
func benchRows(b *testing.B) int {
	n, err := strconv.Atoi(os.Getenv("BULKONBOARD_ROWS"))
	if os.Getenv("BULKONBOARD_ROWS") == "" {
		return 100_000
	}
	if err != nil || n < 1 {
		b.Fatalf("BULKONBOARD_ROWS: %v", err)
	}
	return n
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// shuffled is attempt n of a sheet whose keys come in no order.
func shuffled(n int) importer.Attempt {
	a := attempt(n)
	mixed := uint64(n+1) * 0x9e3779b97f4a7c15
	mixed = (mixed ^ mixed>>30) * 0xbf58476d1ce4e5b9
	mixed ^= mixed >> 27
	a.Key = importer.Key(fmt.Sprintf("%016x@example.test", mixed))
	a.UserEmails = []string{string(a.Key)}
	return a
}

// BenchmarkRows is the processor time that a row costs the journal, begun and
// finished by 32 workers, with rising keys and with keys in no order.
func BenchmarkRows(b *testing.B) {
	n := benchRows(b)
	for name, attempts := range map[string]func(int) importer.Attempt{"rising": attempt, "shuffled": shuffled} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s, err := journal.Create(b.Context(), filepath.Join(b.TempDir(), "journal.db"), importertest.TestHeader())
				if err != nil {
					b.Fatal(err)
				}
				if _, err := s.StartRun(b.Context(), importer.Run{}); err != nil {
					b.Fatal(err)
				}
				before := processorTime(b)
				var wg sync.WaitGroup
				for w := range 32 {
					wg.Go(func() {
						for i := w; i < n; i += 32 {
							id, err := s.Begin(b.Context(), attempts(i))
							if err == nil {
								err = s.Finish(b.Context(), id, receipt(i), nil)
							}
							if err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(n), "cpu-µs/row")
			}
		})
	}
}
