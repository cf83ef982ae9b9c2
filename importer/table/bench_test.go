package table_test

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

// customers writes a sheet of n rows and says how many bytes it has.
func customers(t testing.TB, n int) (path string, size int64) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "clients.csv")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	w := bufio.NewWriter(f)
	fmt.Fprint(w, "Company,E-mail,Login,Plan,Notes\r\n")
	for i := range n {
		fmt.Fprintf(w, "Company %d,contact%d@example.test,user%d@example.test,Basic,\"Street %d, Zürich\"\r\n", i, i, i, i)
	}
	must(t, w.Flush())
	info, err := f.Stat()
	must(t, err)
	return path, info.Size()
}

// Memory does not grow with the rows: what is in use while a large file is
// read stays below a bound that a file held in memory would break many times.
func TestMemoryIsBounded(t *testing.T) {
	rows := 300_000
	if testing.Short() {
		rows = 50_000
	}
	path, size := customers(t, rows)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	in := open(t, path, table.Options{})
	src, err := in.Open(t.Context())
	must(t, err)
	defer src.Close()
	most, n := uint64(0), 0
	for {
		_, err := src.Read()
		if err == io.EOF {
			break
		}
		must(t, err)
		if n++; n%(rows/10) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			if now.HeapAlloc > before.HeapAlloc {
				most = max(most, now.HeapAlloc-before.HeapAlloc)
			}
		}
	}
	if n != rows || in.Rows() != rows {
		t.Fatalf("%d rows, Rows says %d", n, in.Rows())
	}
	if most > 2<<20 {
		t.Errorf("%d KiB in use for a file of %d KiB", most>>10, size>>10)
	}
}

func BenchmarkPass(b *testing.B) {
	path, size := customers(b, 100_000)
	b.Run("bare encoding/csv", func(b *testing.B) {
		b.SetBytes(size)
		for range b.N {
			f, err := os.Open(path)
			must(b, err)
			r := csv.NewReader(f)
			for {
				if _, err := r.Read(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
			f.Close()
		}
	})
	b.Run("a pass", func(b *testing.B) {
		in := open(b, path, table.Options{})
		b.SetBytes(size)
		for range b.N {
			src, err := in.Open(b.Context())
			must(b, err)
			for {
				if _, err := src.Read(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
			src.Close()
		}
	})
	b.Run("open", func(b *testing.B) {
		b.SetBytes(size)
		for range b.N {
			in, err := table.Open(b.Context(), path, table.Options{})
			must(b, err)
			must(b, in.Close())
		}
	})
}
