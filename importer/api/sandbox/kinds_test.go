package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fates says of every fault what a client sees and what exists afterwards.
var fates = map[string]struct {
	spec    string // how it is switched on, if not by its name
	status  int    // 0: no answer
	created bool
	header  string // NAME: VALUE that must be there
	has     string // that must be in the body
	hasNot  string
	html    bool
	torn    bool // the body ends too soon
	hangs   bool // ends only when the client gives up
	read    bool
}{
	"429":             {status: 429, hasNot: "data"},
	"429-retry-after": {spec: "429-retry-after:30", status: 429, header: "Retry-After: 30"},
	"500-before":      {status: 500},
	"500-after":       {status: 500, created: true},
	"502":             {status: 502, html: true},
	"503":             {status: 503, html: true},
	"503-retry-after": {status: 503, header: "Retry-After: 1"},
	"504":             {status: 504, html: true},
	"408":             {status: 408},
	"cut-before":      {},
	"cut-after":       {created: true},
	"hang-before":     {hangs: true},
	"hang":            {hangs: true, created: true},
	"half-body":       {status: 200, created: true, torn: true},
	"slow":            {spec: "slow:1ms", status: 200, created: true, has: `"client_id"`},
	"unsuccessful":    {status: 200, has: `"success":false`},
	"item-failed":     {status: 200, has: `"status":"failed"`},
	"no-id":           {status: 200, created: true, has: `"success":true`, hasNot: "client_id"},
	"unknown-status":  {status: 200, created: true, has: `"client_id"`, hasNot: "success"},
	"refused-with-id": {status: 409, created: true, has: `"client_id"`},
	"same-id":         {spec: "same-id:7", status: 200, created: true, has: encodeID("Client", 7), hasNot: encodeID("Client", 1)},
	"see-other":       {status: 303, created: true, header: "Location: /elsewhere"},
	"503-after":       {spec: "503-after:9", status: 503, created: true, header: "Retry-After: 9"},
	"limit":           {status: 400, has: "limit"},
	"429-date":        {status: 429, header: "any: TestAClockThatIsSlow"},
	"used-up":         {status: 200, created: true, header: "X-RateLimit-Remaining: 0"},
	"html":            {status: 200, html: true},
	"html-404":        {status: 404, html: true},
	"redirect":        {status: 307, header: "Location: /elsewhere"},
	"unauthorized":    {status: 401},
	"forbidden":       {status: 403},
	"plan-limit":      {spec: "plan-limit:0", status: 403, has: "Your plan allows 0 clients."},
	"rejected":        {status: 400},
	"duplicate":       {status: 409},
	"read-404":        {status: 404, read: true},
	"read-403":        {status: 403, read: true},
	"read-500":        {status: 500, read: true},
}

func TestEveryFaultOverBothCarriers(t *testing.T) {
	if len(fates) != len(FaultNames()) {
		t.Errorf("%d faults are tested, %d exist", len(fates), len(FaultNames()))
	}
	for _, c := range carriers {
		for _, name := range FaultNames() {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				want, ok := fates[name]
				if !ok {
					t.Fatal("no test for this fault")
				}
				if want.spec == "" {
					want.spec = name
				}
				twin := newTwin(t, Options{}, want.spec)
				rt, base := c.open(t, twin)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if want.hangs {
					go giveUp(ctx, cancel, twin, want.created)
				}
				got := create(ctx, rt, base, "Acme Corp", "a@acme.test")
				if want.read {
					if got.status != http.StatusOK {
						t.Fatalf("a read fault struck the create: %+v", got)
					}
					want.created = true
					got = read(ctx, rt, base, twin.Clients()[0].ID)
				}
				if n := len(twin.Clients()); n != map[bool]int{true: 1}[want.created] {
					t.Errorf("%d clients exist", n)
				}
				if twin.Requests() != 1 {
					t.Errorf("%d requests counted", twin.Requests())
				}
				if want.status == 0 {
					if got.err == nil {
						t.Fatalf("an answer: %+v", got)
					}
					if gaveUp := errors.Is(got.err, context.Canceled); gaveUp != want.hangs {
						t.Errorf("ended by %v", got.err)
					}
					return
				}
				if got.err != nil || got.status != want.status {
					t.Fatalf("status %d, error %v", got.status, got.err)
				}
				if want.torn != errors.Is(got.readErr, io.ErrUnexpectedEOF) || !want.torn && got.readErr != nil {
					t.Errorf("body ended by %v", got.readErr)
				}
				if want.torn {
					if got.text == "" || strings.Contains(got.text, "}}") {
						t.Errorf("not half of a body: %q", got.text)
					}
					return
				}
				if k, v, _ := strings.Cut(want.header, ": "); k != "" && k != "any" && got.header.Get(k) != v {
					t.Errorf("%s is %q", k, got.header.Get(k))
				}
				if want.header == "" && got.header.Get("Retry-After") != "" {
					t.Error("Retry-After is set")
				}
				if !strings.Contains(got.text, want.has) || want.hasNot != "" && strings.Contains(got.text, want.hasNot) {
					t.Errorf("body %q", got.text)
				}
				if html := strings.HasPrefix(got.header.Get("Content-Type"), "text/html"); html != want.html {
					t.Errorf("content type %q", got.header.Get("Content-Type"))
				}
				if !want.html {
					got.json(t)
				}
			})
		}
	}
}

func TestAClockThatIsSlow(t *testing.T) {
	for _, c := range carriers {
		rt, base := c.open(t, newTwin(t, Options{}, "429-date:90"))
		h := create(t.Context(), rt, base, "A", "a@x.test").header
		now, err := http.ParseTime(h.Get("Date"))
		back, err2 := http.ParseTime(h.Get("Retry-After"))
		if err != nil || err2 != nil || back.Sub(now) != 90*time.Second || time.Since(back) < 30*time.Minute {
			t.Errorf("%s: %v", c.name, h)
		}
	}
}

// giveUp cancels once the twin has the request and did what it was to do.
func giveUp(ctx context.Context, cancel func(), twin *Twin, created bool) {
	for ctx.Err() == nil && (twin.Requests() == 0 || created && len(twin.Clients()) == 0) {
		runtime.Gosched()
	}
	cancel()
}

func TestPlanLimitLetsTheFirstThrough(t *testing.T) {
	twin := newTwin(t, Options{}, "plan-limit:2")
	for i, want := range []int{200, 200, 403, 403} {
		got := create(t.Context(), twin.Transport(), "http://x", "A", fmt.Sprintf("a%d@x.test", i))
		if got.status != want {
			t.Errorf("create %d: %d, want %d", i+1, got.status, want)
		}
	}
}

func TestPlanLimitHoldsUnderConcurrency(t *testing.T) {
	twin := newTwin(t, Options{}, "plan-limit:5")
	rt := twin.Transport()
	done := make(chan int)
	for i := range 20 {
		go func() { done <- create(t.Context(), rt, "http://x", "A", fmt.Sprintf("a%d@x.test", i)).status }()
	}
	counts := map[int]int{}
	for range 20 {
		counts[<-done]++
	}
	if counts[200] != 5 || counts[403] != 15 || len(twin.Clients()) != 5 {
		t.Errorf("%v, %d clients", counts, len(twin.Clients()))
	}
}

func TestARefusalStandsUnderAFaultAfterCreation(t *testing.T) {
	twin := newTwin(t, Options{RefuseDuplicates: true}, "500-after@#2")
	for i, want := range []int{200, 409} {
		if got := create(t.Context(), twin.Transport(), "http://x", "A", "a@x.test"); got.status != want {
			t.Errorf("create %d: %d, want %d", i+1, got.status, want)
		}
	}
}

func TestTheFirstMatchingFaultWins(t *testing.T) {
	twin := newTwin(t, Options{}, "rejected@=nobody", "forbidden@=ACME", "duplicate")
	if got := create(t.Context(), twin.Transport(), "http://x", "The Acme Corp", "a@x.test"); got.status != 403 {
		t.Errorf("by name: %d", got.status)
	}
	if got := create(t.Context(), twin.Transport(), "http://x", "X", "info@acme.test"); got.status != 403 {
		t.Errorf("by e-mail: %d", got.status)
	}
	if got := create(t.Context(), twin.Transport(), "http://x", "X", "a@x.test"); got.status != 409 {
		t.Errorf("neither: %d", got.status)
	}
}

func TestOnceStrikesOnceAndNumbersStrikeByNumber(t *testing.T) {
	twin := newTwin(t, Options{}, "rejected@once=bob", "forbidden@#4,6-7")
	var got []int
	for i := range 8 {
		got = append(got, create(t.Context(), twin.Transport(), "http://x", "Bob", fmt.Sprintf("a%d@x.test", i)).status)
	}
	if fmt.Sprint(got) != "[400 200 200 403 200 403 403 200]" {
		t.Error(got)
	}
}

func TestSlowAndLatencyTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twin := newTwin(t, Options{Latency: 300 * time.Millisecond}, "slow@#2", "rejected@#3")
		for i, want := range []time.Duration{300 * time.Millisecond, 2300 * time.Millisecond, 300 * time.Millisecond} {
			start := time.Now()
			create(t.Context(), twin.Transport(), "http://x", "A", "a@x.test")
			if took := time.Since(start); took != want {
				t.Errorf("create %d took %v, want %v", i+1, took, want)
			}
		}
		start := time.Now()
		read(t.Context(), twin.Transport(), "http://x", "nobody")
		if took := time.Since(start); took != 300*time.Millisecond {
			t.Errorf("a read took %v", took)
		}
	})
}

func TestAClientThatGivesUpWaitingExists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twin := newTwin(t, Options{}, "slow:10s")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		got := create(ctx, twin.Transport(), "http://x", "A", "a@x.test")
		if !errors.Is(got.err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", got.err, time.Since(start))
		}
		if len(twin.Clients()) != 1 {
			t.Error("it was not created")
		}
	})
}

func TestCloseEndsAHang(t *testing.T) {
	for _, c := range carriers {
		for _, fault := range []string{"hang", "hang-before", "slow:1h"} {
			t.Run(c.name+"/"+fault, func(t *testing.T) {
				twin := newTwin(t, Options{}, fault)
				rt, base := c.open(t, twin)
				ended := make(chan result)
				go func() { ended <- create(context.Background(), rt, base, "A", "a@x.test") }()
				for twin.Requests() == 0 { // it is under way
					if got := get(rt, base+"/sandbox/requests"); got.status != http.StatusOK {
						t.Fatalf("%+v", got)
					}
				}
				if err := twin.Close(); err != nil {
					t.Fatal(err)
				}
				if got := <-ended; got.err == nil || errors.Is(got.err, context.Canceled) {
					t.Errorf("not cut: %+v", got)
				}
			})
		}
	}
}
