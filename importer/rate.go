package importer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Unlimited is the rate without a ceiling.
const Unlimited = math.MaxFloat64

// DefaultRate is gentle, since the API's own limit is not published.
const DefaultRate = 5.0

// ParseRate reads "5/s", "300/min", "1000/h" or "unlimited" and returns
// requests per second.
func ParseRate(s string) (float64, error) {
	t := strings.ToLower(strings.TrimSpace(s))
	if t == "unlimited" {
		return Unlimited, nil
	}
	number, unit, ok := strings.Cut(t, "/")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	per := map[string]float64{"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600,
		"hour": 3600}[strings.TrimSpace(unit)]
	if !ok || err != nil || per == 0 || !(n > 0) || math.IsInf(n, 0) {
		return 0, fmt.Errorf("%q is not a rate: write it like 5/s, 300/min or unlimited", s)
	}
	return n / per, nil
}

// FormatRate writes a rate the way ParseRate reads it.
func FormatRate(perSecond float64) string {
	switch {
	case perSecond >= Unlimited:
		return "unlimited"
	case perSecond >= 1:
		return strconv.FormatFloat(math.Round(perSecond*100)/100, 'f', -1, 64) + "/s"
	default:
		return strconv.FormatFloat(math.Round(perSecond*6000)/100, 'f', -1, 64) + "/min"
	}
}
