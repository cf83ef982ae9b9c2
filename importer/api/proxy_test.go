package api

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

// TestProxies: a proxy that refuses or is not there is told as what it is, and
// nothing has left.
func TestProxies(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := closed.Addr().String()
	_ = closed.Close()
	var asked []string
	refusing := dial(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host+" "+r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusForbidden)
	}, Options{}).base
	for proxy, want := range map[string]string{"http://" + gone: "proxy", refusing: "Forbidden"} {
		u, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		tr := newTransport(nil, false)
		tr.Proxy = http.ProxyURL(u)
		c := client(t, Options{BaseURL: "https://api.example", Transport: tr})
		_, err = c.Create(t.Context(), acme())
		if e := importer.AsError(err); e == nil || e.Kind != importer.KindTransient || !strings.Contains(e.Message, want) {
			t.Errorf("%s: %v", proxy, err)
		}
	}
	if len(asked) != 1 || asked[0] != "CONNECT api.example:443 " {
		t.Errorf("the proxy was asked %q", asked)
	}
}
