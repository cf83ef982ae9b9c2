package api

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"
)

// carrier is a Transport without a socket: every request is answered at once
// with the same words.
type carrier struct{ says string }

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	if t := httptrace.ContextClientTrace(r.Context()); t != nil && t.WroteHeaders != nil {
		t.WroteHeaders()
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, ContentLength: int64(len(c.says)), Request: r,
		Body: io.NopCloser(bytes.NewReader([]byte(c.says)))}, nil
}

// BenchmarkCreate is what an attempt costs beside net/http.
func BenchmarkCreate(b *testing.B) {
	req := acme()
	says := `{"success":true,"message":"Client created successfully","data":{"client_id":"Q2xpZW50OjE=","client_name":"Acme Corp",` +
		`"primary_email":"acme@example.com","users":[{"id":"VXNlcjox","email":"user@client.com"}],"asset_group_id":"QXNzZXRHcm91cDox"}}`
	c := client(b, Options{BaseURL: "http://127.0.0.1:1", Transport: carrier{says}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Create(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}
