package xlsx

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// BenchmarkRows reads a sheet in memory: as programs write most of them, tag by tag,
// and where every name has a prefix.
func BenchmarkRows(b *testing.B) {
	var rows strings.Builder
	for r := 1; r <= 20_000; r++ {
		fmt.Fprintf(&rows, `<row r="%d" spans="1:12">`, r)
		for c := 1; c <= 12; c++ {
			fmt.Fprintf(&rows, `<c r="%s%d" s="1" t="s"><v>%d</v></c>`, column(c), r, r*12+c)
		}
		rows.WriteString("</row>")
	}
	usual := worksheet(rows.String())
	for _, k := range []struct{ name, sheet string }{
		{"usual", usual},
		{"tag by tag", strings.ReplaceAll(usual, `t="s">`, `t="s" >`)},
		{"with a prefix", strings.NewReplacer(`</`, `</x:`, `<`, `<x:`, `xmlns=`, `xmlns:x=`).Replace(usual)},
	} {
		b.Run(k.name, func(b *testing.B) {
			b.SetBytes(int64(len(k.sheet)))
			b.ReportAllocs()
			for b.Loop() {
				s := newRows(strings.NewReader(k.sheet))
				for {
					_, err := s.next()
					if err == io.EOF {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
