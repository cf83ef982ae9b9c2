package api

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

// TestRoots reaches a server with a certificate of its own only where that is
// trusted, and shows the key to nobody else.
func TestRoots(t *testing.T) {
	seen := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		seen++
		_, _ = w.Write([]byte(`{"client": {"id": "1", "name": "A"}}`))
	}))
	defer server.Close()
	server.Config.ErrorLog = nil
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for _, c := range []struct {
		roots   []byte
		reaches bool
	}{{nil, false}, {ca, true}} {
		seen = 0
		client, err := New(Options{BaseURL: server.URL, Key: importer.NewSecret("key"), Roots: c.roots})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Read(t.Context(), "1")
		if (err == nil) != c.reaches || (seen > 0) != c.reaches {
			t.Errorf("with %d bytes of roots: %d requests, %v", len(c.roots), seen, err)
		}
		client.CloseIdle()
	}
	if _, err := New(Options{BaseURL: server.URL, Key: importer.NewSecret("key"), Roots: []byte("no certificate")}); err == nil ||
		!strings.Contains(err.Error(), "BEGIN CERTIFICATE") {
		t.Errorf("no certificate at all: %v", err)
	}
}
