package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A carrier is a way to reach a Twin. What tests say must hold for each.
type carrier struct {
	name string
	open func(*testing.T, *Twin) (http.RoundTripper, string)
}

var carriers = []carrier{
	{"transport", func(_ *testing.T, twin *Twin) (http.RoundTripper, string) {
		return twin.Transport(), "http://sandbox.test"
	}},
	{"socket", func(t *testing.T, twin *Twin) (http.RoundTripper, string) {
		server := httptest.NewServer(twin)
		rt := &http.Transport{}
		t.Cleanup(func() {
			rt.CloseIdleConnections()
			_ = twin.Close()
			server.Close()
		})
		return rt, server.URL
	}},
}

func newTwin(t *testing.T, o Options, faults ...string) *Twin {
	t.Helper()
	for _, s := range faults {
		f, err := ParseFault(s)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = append(o.Faults, f)
	}
	twin, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = twin.Close() })
	return twin
}

const secret = "S3cure&Secret!"

func body(name, email string) string {
	b, _ := json.Marshal(map[string]any{
		"client_users":       []any{map[string]any{"email": email, "password": secret}},
		"client_details":     map[string]any{"name": name, "email": email},
		"client_asset_group": map[string]any{"tenant_voice_provider_id": "VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=", "name": "Default Group"},
	})
	return string(b)
}

// A result is what a client saw of one exchange. err is RoundTrip's, readErr
// the body's.
type result struct {
	status       int
	header       http.Header
	text         string
	err, readErr error
}

func (r result) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(r.text), &v); err != nil {
		t.Fatalf("%d %q: %v", r.status, r.text, err)
	}
	return v
}

func do(ctx context.Context, rt http.RoundTripper, method, address, content string, edit func(*http.Request)) result {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(content))
	if err != nil {
		return result{err: err}
	}
	req.GetBody = nil
	req.Header.Set("Authorization", "Bearer key-1")
	req.Header.Set("Content-Type", "application/json")
	if edit != nil {
		edit(req)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return result{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return result{status: resp.StatusCode, header: resp.Header, text: string(text), readErr: err}
}

func create(ctx context.Context, rt http.RoundTripper, base, name, email string) result {
	return do(ctx, rt, http.MethodPost, base+"/api/v2/clients/create", body(name, email), nil)
}

func read(ctx context.Context, rt http.RoundTripper, base, id string) result {
	return do(ctx, rt, http.MethodGet, base+"/api/v2/clients/"+url.PathEscape(id), "", nil)
}

func get(rt http.RoundTripper, address string) result {
	return do(context.Background(), rt, http.MethodGet, address, "", func(r *http.Request) { r.Header.Del("Authorization") })
}
