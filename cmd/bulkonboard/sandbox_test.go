package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestSandboxAnswersThisMachineOnly: under another name it is a page in a browser
// that asks.
func TestSandboxAnswersThisMachineOnly(t *testing.T) {
	t.Parallel()
	h := thisMachine(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for host, want := range map[string]int{
		"localhost": 418, "localhost:8080": 418, "127.0.0.1:8080": 418, "[::1]:8080": 418, "127.1.2.3": 418,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example:8080": 421, "192.0.2.1:8080": 421, "": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/sandbox/clients", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q gets %d, want %d", host, w.Code, want)
		}
	}
}
