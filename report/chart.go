package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A segment is a part of the outcome's bar, in thousandths of its width.
type segment struct {
	Class string
	X, W  float64
	Label string
}

// A legend is a status with its number.
type legend struct {
	Class, Word, Means string
	N                  int
	Share              string
}

var means = map[importer.Status]string{
	importer.Created: "the client exists", importer.InDoubt: "sent, outcome not known", importer.Rejected: "refused by the server",
	importer.Failed: "not created, goes again", importer.Invalid: "faulty, nothing sent", importer.Pending: "not tried yet",
	importer.Skipped: "left out by the mapping",
}

// outcome draws the counts side by side. What is there is seen: no part is
// narrower than a hairline.
func outcome(c importer.Counts) ([]segment, []legend) {
	total := c.Total()
	var bar []segment
	var list []legend
	const width, least = 1000.0, 6.0
	sum := 0.0
	for _, s := range importer.Statuses {
		if c[s] > 0 {
			sum += max(float64(c[s])/float64(total)*width, least)
		}
	}
	x := 0.0
	for _, s := range importer.Statuses {
		l := legend{Class: s.String(), Word: words[s], Means: means[s], N: c[s]}
		if c[s] > 0 {
			w := max(float64(c[s])/float64(total)*width, least) / sum * width
			bar = append(bar, segment{Class: l.Class, X: math.Round(x*10) / 10, W: math.Round(w*10) / 10, Label: Number(c[s]) + " " + l.Word})
			x += w
			l.Share = share(c[s], total)
		}
		list = append(list, l)
	}
	return bar, list
}

func share(n, total int) string {
	p := float64(n) / float64(total) * 100
	switch {
	case n == total:
		return "100 %"
	case p < 0.1:
		return "under 0.1 %"
	case p > 99.9:
		return "over 99.9 %"
	}
	return fmt.Sprintf("%.1f %%", p)
}

// The size of a chart's field, in the units of its drawing.
const chartWidth, chartHeight = 600.0, 120.0

// timelineMost is how many spans a chart can show.
const timelineMost = 300

// A chart is a line over the time in which runs were sending. The pauses
// between runs are left out.
type chart struct {
	Line, Area string // path data
	Top        string // what the upper edge stands for
	From, To   string
	Breaks     []float64 // where one run ends and the next begins
	Describe   string
	Table      []chartRow
}

// A chartRow is the same in words, one run a row.
type chartRow struct {
	Run                     int64
	At                      time.Time
	Begun, Created, Limited int
	Span                    string // how long it was sending
	Rate                    string // requests per second over that time
	Peak                    string
}

// draw makes both charts; nil where there is too little to draw.
func draw(t importer.Timeline) (created, rate *chart) {
	if len(t.Buckets) == 0 || t.Span <= 0 {
		return nil, nil
	}
	var sums, rates []float64
	var breaks []int
	var table []chartRow
	total := 0
	for i, b := range t.Buckets {
		if i == 0 || b.Run != t.Buckets[i-1].Run {
			if i > 0 {
				breaks = append(breaks, len(rates))
			}
			table = append(table, chartRow{Run: b.Run, At: b.At})
		} else {
			quiet := int(b.At.Sub(t.Buckets[i-1].At)/t.Span) - 1
			for ; quiet > 0 && len(rates) < 4*timelineMost; quiet-- {
				sums, rates = append(sums, float64(total)), append(rates, 0)
			}
		}
		total += b.Created
		sums, rates = append(sums, float64(total)), append(rates, float64(b.Begun)/t.Span.Seconds())
		r := &table[len(table)-1]
		r.Begun, r.Created, r.Limited = r.Begun+b.Begun, r.Created+b.Created, r.Limited+b.Limited
		span := b.At.Add(t.Span).Sub(r.At)
		r.Span, r.Rate = duration(span), rateText(float64(r.Begun)/span.Seconds())
	}
	for i := range table {
		table[i].Peak = rateText(peak(t, table[i].Run))
	}
	first, last := t.Buckets[0], t.Buckets[len(t.Buckets)-1]
	from, to := moment(first.At), moment(last.At.Add(t.Span))
	created = &chart{From: from, To: to, Top: Number(total), Table: table,
		Describe: fmt.Sprintf("%s created between %s and %s, counted every %s; pauses between runs are left out.", counted(total, "client"), from,
			to, duration(t.Span))}
	top := 0.0
	for _, r := range rates {
		top = max(top, r)
	}
	rate = &chart{From: from, To: to, Top: rateText(top),
		Describe: fmt.Sprintf("Requests per second, averaged over %s; at most %s. Pauses between runs are left out.", duration(t.Span),
			rateText(top))}
	if len(rates) < 3 {
		return created, rate // a table says it better
	}
	n := float64(len(rates))
	for _, b := range breaks {
		x := math.Round(float64(b)/n*chartWidth*10) / 10
		created.Breaks, rate.Breaks = append(created.Breaks, x), append(rate.Breaks, x)
	}
	created.path(sums, float64(total), 0)
	rate.path(rates, top, rates[0])
	return created, rate
}

func peak(t importer.Timeline, run int64) float64 {
	most := 0
	for _, b := range t.Buckets {
		if b.Run == run {
			most = max(most, b.Begun)
		}
	}
	return float64(most) / t.Span.Seconds()
}

// path draws values as a line from start on, each at the end of its span.
func (c *chart) path(values []float64, top, start float64) {
	var b strings.Builder
	y := func(v float64) float64 { return chartHeight - v/max(top, 1e-9)*chartHeight }
	fmt.Fprintf(&b, "M0 %.1f", y(start))
	for i, v := range values {
		fmt.Fprintf(&b, "L%.1f %.1f", float64(i+1)/float64(len(values))*chartWidth, y(v))
	}
	c.Line = b.String()
	c.Area = c.Line + fmt.Sprintf("L%.0f %.0fL0 %.0fZ", chartWidth, chartHeight, chartHeight)
}

func rateText(perSecond float64) string { return importer.FormatRate(perSecond) }

func duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds()))
	case d < time.Hour:
		return strings.TrimSuffix(fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60), " 0 s")
	default:
		return strings.TrimSuffix(fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60), " 0 min")
	}
}
