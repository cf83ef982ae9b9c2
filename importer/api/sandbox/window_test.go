package sandbox

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestRateIsASlidingSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twin := newTwin(t, Options{Rate: 2})
		begin := time.Now()
		for _, step := range []struct {
			at   time.Duration
			want int
		}{
			{0, 200}, {600 * time.Millisecond, 200}, {900 * time.Millisecond, 429},
			{999 * time.Millisecond, 429}, // refused ones take no place
			{1000 * time.Millisecond, 200}, {1100 * time.Millisecond, 429}, {1600 * time.Millisecond, 200},
			{5 * time.Second, 200}, {5 * time.Second, 200}, {5 * time.Second, 429},
		} {
			<-time.After(time.Until(begin.Add(step.at)))
			got := create(t.Context(), twin.Transport(), "http://x", "A", "a@x.test")
			if got.status != step.want {
				t.Errorf("at %v: %d, want %d", step.at, got.status, step.want)
			}
			if after := got.header.Get("Retry-After"); (after == "1") != (step.want == 429) {
				t.Errorf("at %v: Retry-After %q", step.at, after)
			}
		}
		if twin.Requests() != 10 || len(twin.Clients()) != 6 {
			t.Errorf("%d requests, %d clients", twin.Requests(), len(twin.Clients()))
		}
	})
}
