package notify

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

func answer(code int) (*http.Response, error) {
	return &http.Response{StatusCode: code, Body: io.NopCloser(strings.NewReader("no"))}, nil
}

func TestMessageForEachChangeOfState(t *testing.T) {
	ran := func(exit int) *importer.Run { return &importer.Run{ExitCode: exit} }
	for _, c := range []struct {
		before *importer.Run
		exit   int
		state  string // "": no message
		again  bool
	}{
		{nil, 0, "", false}, {nil, 3, "faults", false}, {ran(0), 0, "", false}, {ran(0), 4, "in_doubt", false}, {ran(3), 3, "", false},
		{ran(3), 4, "in_doubt", false}, {ran(3), 0, "ok", true}, {ran(5), 1, "failed", false}, {ran(1), 0, "ok", true}, {ran(0), 130, "", false},
	} {
		m, ok := Of(job.Result{Before: c.before, Exit: c.exit, Run: 2, Dir: "/x/acme/bulkonboard.job"}, nil)
		if ok != (c.state != "") || ok && (m.State != c.state || m.OKAgain != c.again || !strings.Contains(m.Text, "acme")) {
			t.Errorf("%+v: %v, %+v", c, ok, m)
		}
	}
}

func TestPostRepeatsForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		h, err := ParseHook("https://hooks.example/s3cret", time.Minute, carrier(func(r *http.Request) (*http.Response, error) {
			n++
			var m map[string]any
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil || m["text"] != "hello" {
				t.Errorf("body %v, %v", m, err)
			}
			if n < 4 {
				return answer(503)
			}
			return answer(200)
		}))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Post(t.Context(), Message{Text: "hello"}); err != nil || n != 4 {
			t.Errorf("%d attempts, %v", n, err)
		}

		start := time.Now()
		h.carrier = carrier(func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") })
		err = h.Post(t.Context(), Message{})
		if took := time.Since(start); err == nil || strings.Contains(err.Error(), "s3cret") || took < 30*time.Second || took > patience {
			t.Errorf("gave up after %s with %v", took, err)
		}

		// One that never answers holds the run no longer.
		h.carrier = carrier(func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() })
		for range 50 { // its delays are random
			start = time.Now()
			if err, took := h.Post(t.Context(), Message{}), time.Since(start); err == nil || took > patience {
				t.Fatalf("gave up after %s with %v", took, err)
			}
		}

		n = 0
		h.carrier = carrier(func(*http.Request) (*http.Response, error) { n++; return answer(404) })
		if err := h.Post(t.Context(), Message{}); err == nil || n != 1 {
			t.Errorf("%d attempts at a hook that is gone, %v", n, err)
		}
	})
}

func TestParseHook(t *testing.T) {
	for _, good := range []string{"https://hooks.example/x", "http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:1/x"} {
		if _, err := ParseHook(good, time.Minute, nil); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "hooks", "http://hooks.example/s3cret", "ftp://x/s3cret", "https:///s3cret",
		"http://localhost.evil.example/s3cret", "https://x\x7f/s3cret"} {
		if _, err := ParseHook(bad, time.Minute, nil); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestASilentHook holds nobody up for longer than --timeout, whether it never
// answers or answers without end.
func TestASilentHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, way := range map[string]carrier{
			"no answer": func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			},
			"always 503": func(*http.Request) (*http.Response, error) { return answer(503) },
		} {
			h, err := ParseHook("https://hooks.example/s3cret", 5*time.Second, way)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if err := h.Post(t.Context(), Message{}); err == nil || time.Since(start) > 5*time.Second {
				t.Errorf("%s: %v after %s", name, err, time.Since(start))
			}
		}
	})
}

func TestAHookOnThisMachine(t *testing.T) {
	h, err := ParseHook("http://localhost:1/s3cret", time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	tr, ok := h.carrier.(*http.Transport)
	if !ok || tr.Proxy != nil || tr.DialContext == nil {
		t.Fatal("plain http goes where its name or a proxy leads")
	}
	if c, err := tr.DialContext(t.Context(), "tcp", "192.0.2.1:80"); err == nil {
		_ = c.Close()
		t.Error("another machine was dialled")
	}
}
