package importer

import "time"

// A Timeline is the attempts of one run or more, counted in spans of time that
// are all as long: whole seconds of the clock. Each run's spans begin with the
// second of its first attempt.
type Timeline struct {
	Span time.Duration
	// Buckets are in order of run and time; spans without an attempt have none.
	Buckets []Bucket
}

// A Bucket is the attempts of a run that began within one span of time.
type Bucket struct {
	Run     int64
	At      time.Time // when the span begins
	Begun   int       // attempts
	Created int       // those that ended created
	Limited int       // those the server answered 429
}

// spans are lengths that people can count in.
var spans = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
}

// SpanFor is the length of the spans that cover a time in no more than most of
// them: a second or more, and whole hours beyond half of one.
func SpanFor(d time.Duration, most int) time.Duration {
	least := d / time.Duration(max(most, 1))
	for _, s := range spans {
		if s >= least {
			return s
		}
	}
	return (least + time.Hour - 1).Truncate(time.Hour)
}
