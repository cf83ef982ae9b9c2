package job

import (
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

func TestRateFoundBeatsOnlyAHigherCeiling(t *testing.T) {
	for _, c := range []struct{ found, asked, want float64 }{{0, 100, 0}, {19, 100, 19}, {19, 5, 0}, {19, importer.Unlimited, 19}} {
		if got := rateFound(importer.Run{RateFound: c.found}, c.asked); got != c.want {
			t.Errorf("found %v, asked for %v: starts at %v, want %v", c.found, c.asked, got, c.want)
		}
	}
}
