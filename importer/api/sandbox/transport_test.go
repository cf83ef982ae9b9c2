package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// tracer passes on the names of the hooks as they fire.
func tracer(ctx context.Context, note func(string)) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:              func(string) { note("GetConn") },
		GotConn:              func(httptrace.GotConnInfo) { note("GotConn") },
		WroteHeaders:         func() { note("WroteHeaders") },
		WroteRequest:         func(httptrace.WroteRequestInfo) { note("WroteRequest") },
		GotFirstResponseByte: func() { note("GotFirstResponseByte") },
	})
}

func TestTraceOrder(t *testing.T) {
	for fault, want := range map[string]string{
		"slow:0s":    "GetConn GotConn WroteHeaders WroteRequest GotFirstResponseByte",
		"half-body":  "GetConn GotConn WroteHeaders WroteRequest GotFirstResponseByte",
		"cut-before": "GetConn GotConn WroteHeaders WroteRequest",
		"cut-after":  "GetConn GotConn WroteHeaders WroteRequest",
	} {
		twin := newTwin(t, Options{}, fault)
		var hooks []string
		ctx := tracer(t.Context(), func(s string) {
			hooks = append(hooks, s)
			if s == "WroteHeaders" && twin.Requests() != 0 {
				t.Error("the twin acted before the headers were written")
			}
		})
		create(ctx, twin.Transport(), "http://x", "A", "a@x.test")
		if got := strings.Join(hooks, " "); got != want {
			t.Errorf("%s: %s", fault, got)
		}
	}
}

// A watched body knows whether it was closed.
type watched struct {
	io.Reader
	closed atomic.Bool
}

func (w *watched) Close() error { w.closed.Store(true); return nil }

func TestNothingIsSentUnderAnEndedContext(t *testing.T) {
	twin := newTwin(t, Options{})
	cause := errors.New("the reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	content := &watched{Reader: strings.NewReader("{}")}
	got := do(tracer(ctx, func(s string) { t.Error(s) }), twin.Transport(), "POST", "http://x/api/v2/clients/create", "",
		func(r *http.Request) { r.Body = content })
	if !errors.Is(got.err, cause) || twin.Requests() != 0 || !content.closed.Load() {
		t.Errorf("%v, %d requests, body closed: %v", got.err, twin.Requests(), content.closed.Load())
	}
}

func TestAClosedTwinRefusesTheConnection(t *testing.T) {
	twin := newTwin(t, Options{})
	_ = twin.Close()
	var hooks []string
	got := create(tracer(t.Context(), func(s string) { hooks = append(hooks, s) }), twin.Transport(), "http://x", "A", "a@x.test")
	if !errors.Is(got.err, syscall.ECONNREFUSED) || strings.Join(hooks, " ") != "GetConn" {
		t.Errorf("%v, %v", got.err, hooks)
	}
	if err := twin.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestTheRequestBodyIsClosed(t *testing.T) {
	broken := errors.New("disk gone")
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(body("A", "a@x.test")),
		"broken": io.MultiReader(strings.NewReader("{"), failing{broken})} {
		twin := newTwin(t, Options{})
		content := &watched{Reader: r}
		got := do(t.Context(), twin.Transport(), "POST", "http://x/api/v2/clients/create", "", func(r *http.Request) { r.Body = content })
		if !content.closed.Load() {
			t.Errorf("%s: not closed", name)
		}
		if errors.Is(got.err, broken) != (name == "broken") || len(twin.Clients()) != map[string]int{"whole": 1}[name] {
			t.Errorf("%s: %+v, %d clients", name, got, len(twin.Clients()))
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestABodyThatBlocksEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twin := newTwin(t, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, w := io.Pipe()
		got := do(ctx, twin.Transport(), "POST", "http://x/api/v2/clients/create", "", func(req *http.Request) { req.Body = r })
		if !errors.Is(got.err, context.DeadlineExceeded) || twin.Requests() != 0 {
			t.Errorf("%v, %d requests", got.err, twin.Requests())
		}
		if _, err := w.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the body is still open: %v", err)
		}
	})
}

func TestBadRequestsAreNotSent(t *testing.T) {
	twin := newTwin(t, Options{})
	for _, address := range []string{"ftp://x/", "/api/v2/clients/create", "http:///x"} {
		if got := do(t.Context(), twin.Transport(), "GET", address, "", nil); got.err == nil {
			t.Errorf("%s: %+v", address, got)
		}
	}
	for name, req := range map[string]*http.Request{"no URL": {Header: http.Header{}}, "no header": {}} {
		if name == "no header" {
			req.URL = &url.URL{Scheme: "http", Host: "x", Path: "/"}
		}
		if resp, err := twin.Transport().RoundTrip(req); err == nil {
			t.Errorf("%s: %v", name, resp.Status)
			_ = resp.Body.Close()
		}
	}
}

// A hang holds the client up to its own deadline and not a moment longer, and
// leaves nothing running: the bubble would not end.
func TestAHangEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twin := newTwin(t, Options{}, "hang")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		start := time.Now()
		got := create(ctx, twin.Transport(), "http://x", "A", "a@x.test")
		if !errors.Is(got.err, context.DeadlineExceeded) || time.Since(start) != 30*time.Second {
			t.Errorf("%v after %v", got.err, time.Since(start))
		}
		twin.mu.Lock()
		underWay := len(twin.calls)
		twin.mu.Unlock()
		if underWay != 0 {
			t.Error("RoundTrip returned before the twin was done")
		}
		if len(twin.Clients()) != 1 {
			t.Error("not created")
		}
	})
}

// A twin may be made outside a bubble and used inside.
func TestATwinFromOutsideTheBubble(t *testing.T) {
	twin := newTwin(t, Options{Latency: time.Minute})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if got := create(t.Context(), twin.Transport(), "http://x", "A", "a@x.test"); got.status != 200 || time.Since(start) != time.Minute {
			t.Errorf("%+v after %v", got, time.Since(start))
		}
	})
}

// exchange runs a handler that goes on until the exchange ends, which the
// twin's own never do once they have written.
func exchange(ctx context.Context, handler func(w http.ResponseWriter)) *replyBody {
	r := newReply()
	served, cancel := context.WithCancel(ctx)
	go func() {
		defer func() {
			if recover() != nil {
				r.end(errCut)
			} else {
				r.end(nil)
			}
		}()
		handler(r)
		<-served.Done()
	}()
	<-r.started
	return &replyBody{reply: r, ctx: ctx, cancel: cancel}
}

func TestReadingABodyFailsWhenTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b := exchange(ctx, func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "first")
			_ = http.NewResponseController(w).Flush()
		})
		buf := make([]byte, 10)
		if n, err := b.Read(buf); n != 5 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if _, err := b.Read(buf); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for more: %v", err)
		}
		_ = b.Close()
		if _, err := b.Read(buf); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("after closing: %v", err)
		}
	})
}

func TestClosingABodyEndsTheExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := exchange(t.Context(), func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() })
		_ = b.Close()
		synctest.Wait()
		if _, ended, _ := b.reply.read(make([]byte, 1)); !ended {
			t.Error("the handler still runs")
		}
	})
}

func TestABodyShorterThanPromisedIsTorn(t *testing.T) {
	r := newReply()
	r.Header().Set("Content-Length", "5")
	_, _ = r.Write([]byte("abc"))
	if _, err := r.Write([]byte("def")); !errors.Is(err, http.ErrContentLength) {
		t.Errorf("writing too much: %v", err)
	}
	r.end(nil)
	b := &replyBody{reply: r, ctx: t.Context(), cancel: func() {}}
	if data, err := io.ReadAll(b); string(data) != "abc" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", data, err)
	}
}

func TestHTTPClientWorksOverTheTransport(t *testing.T) {
	twin := newTwin(t, Options{})
	client := &http.Client{Transport: twin.Transport()}
	resp, err := client.Get("https://api.voiceaiwrapper.app/sandbox/requests")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || string(data) != "{\"count\":0}\n" || resp.ContentLength != int64(len(data)) || resp.Request == nil ||
		resp.Status != "200 OK" {
		t.Errorf("%+v %q %v", resp, data, err)
	}
	client.CloseIdleConnections()
}
