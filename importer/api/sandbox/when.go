package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A when says which requests a fault strikes. The zero value is every request;
// otherwise one of the ways is set.
type when struct {
	likely bool
	chance float64 // 0 to 1
	spans  []span
	text   string // lower case
	once   bool   // with text: the first such request only
}

// A span is a range of running numbers, both ends included.
type span struct{ from, to int }

func parseWhen(s string) (when, error) {
	if list, ok := strings.CutPrefix(s, "#"); ok {
		spans, err := parseSpans(list)
		return when{spans: spans}, err
	}
	for prefix, once := range map[string]bool{"=": false, "once=": true} {
		if text, ok := strings.CutPrefix(s, prefix); ok {
			if text == "" {
				return when{}, errors.New("no text behind =")
			}
			return when{text: strings.ToLower(text), once: once}, nil
		}
	}
	return parseChance(s)
}

func parseSpans(list string) ([]span, error) {
	var spans []span
	for item := range strings.SplitSeq(list, ",") {
		first, last, ranged := strings.Cut(item, "-")
		if !ranged {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 31)
		to, err2 := strconv.ParseUint(last, 10, 31)
		if err1 != nil || err2 != nil || from < 1 || to < from {
			return nil, fmt.Errorf("%q: not the running numbers of requests, from 1, like #3,7-9", "#"+list)
		}
		spans = append(spans, span{int(from), int(to)})
	}
	return spans, nil
}

// parseChance insists on a point or a percent sign: @3 would more likely mean
// the third request than a probability.
func parseChance(s string) (when, error) {
	digits, percent := strings.CutSuffix(s, "%")
	p, err := strconv.ParseFloat(digits, 64)
	if percent {
		p /= 100
	}
	if err != nil || !percent && !strings.Contains(s, ".") || !(p >= 0 && p <= 1) {
		return when{}, fmt.Errorf("%q is not a condition: 10%% or 0.1 (a probability), #3,7-9 (requests by number), =TEXT or once=TEXT (in "+
			"the client's name or e-mail)", s)
	}
	return when{likely: true, chance: p}, nil
}

func (w when) String() string {
	switch {
	case w.likely:
		s := strconv.FormatFloat(w.chance, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	case w.spans != nil:
		items := make([]string, len(w.spans))
		for i, s := range w.spans {
			items[i] = strconv.Itoa(s.from)
			if s.to != s.from {
				items[i] += "-" + strconv.Itoa(s.to)
			}
		}
		return "#" + strings.Join(items, ",")
	case w.once:
		return "once=" + w.text
	case w.text != "":
		return "=" + w.text
	}
	return ""
}

// matches takes the running number of the request, the position of the fault
// and the lower-case text. Chance is drawn afresh from those, not from one
// stream of numbers: what one fault draws does not shift another's.
func (w when) matches(seed uint64, n, position int, text string) bool {
	switch {
	case w.likely:
		draw := rand.New(rand.NewPCG(seed, uint64(n)<<16|uint64(position))).Float64()
		return draw < w.chance
	case w.spans != nil:
		return slices.ContainsFunc(w.spans, func(s span) bool { return s.from <= n && n <= s.to })
	case w.text != "":
		return strings.Contains(text, w.text)
	}
	return true
}
