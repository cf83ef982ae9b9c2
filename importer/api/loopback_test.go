package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

// TestLoopbackMeansLoopback: plain http goes to the address of this machine, not to
// its name: whoever answers for the name may say what he likes.
func TestLoopbackMeansLoopback(t *testing.T) {
	for address, ok := range map[string]bool{"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true,
		"192.0.2.1:80": false, "[2001:db8::1]:80": false, "0.0.0.0:80": false, "[::]:80": false, "": false, "localhost:80": false} {
		if err := OnlyLoopback("tcp", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	tr := newTransport(nil, true)
	if tr.Proxy != nil {
		t.Error("plain http goes through a proxy")
	}
	// As if somebody had "localhost" stand for another machine.
	if c, err := tr.DialContext(t.Context(), "tcp", "192.0.2.1:80"); err == nil {
		_ = c.Close()
		t.Error("another machine was dialled")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer s.Close()
	c := client(t, Options{BaseURL: s.URL})
	if _, err := c.Create(t.Context(), acme()); importer.AsError(err).HTTPStatus != http.StatusTeapot {
		t.Errorf("this machine: %v", err)
	}
}
