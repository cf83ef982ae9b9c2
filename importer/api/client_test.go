package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"go.uber.org/goleak"

	"github.com/bulkonboard/bulkonboard/importer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secretKey, secretPassword = "key-0123456789", `P<w"d&é-42`

func acme() importer.Request {
	return importer.Request{Key: "acme@example.com", Client: importer.Client{
		Users:     []importer.User{{Email: "user@client.com", Password: importer.NewSecret(secretPassword)}},
		Details:   importer.Details{Name: "Acme Corp", Email: "acme@example.com"},
		Group:     importer.AssetGroup{ProviderID: "VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=", Name: "Default Group"},
		Billing:   &importer.Billing{Type: "STRIPE", Product: &importer.Product{ID: "prod", PriceIDs: []string{"price"}}},
		Access:    map[string]string{"assistant": "view_only"},
		Resources: map[string][]string{"assistant": {"asst_abc123"}},
	}}
}

// dial makes a client of a server that is closed when the test ends.
func dial(t *testing.T, h http.HandlerFunc, o Options) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	o.BaseURL = s.URL
	return client(t, o)
}

func client(t testing.TB, o Options) *Client {
	t.Helper()
	o.Key = importer.NewSecret(secretKey)
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}

func TestTheRequestIsTheDocumentedOne(t *testing.T) {
	var got *http.Request
	var body map[string]any
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(r.Context())
		_ = json.NewDecoder(r.Body).Decode(&body)
		_, _ = io.WriteString(w, `{"success":true,"data":{"client_id":"id","client_name":"Acme","primary_email":"p","asset_group_id":"g"}}`)
	}, Options{})
	req := acme()
	req.Client.Extra = map[string]any{"locale": "de", "client_details": "not this"}
	r, err := c.Create(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if want := (importer.Receipt{ClientID: "id", ClientName: "Acme", PrimaryEmail: "p", AssetGroupID: "g", HTTPStatus: 200}); r != want {
		t.Errorf("receipt is %+v, want %+v", r, want)
	}
	var want map[string]any
	if err := json.Unmarshal([]byte(`{"client_users":[{"email":"user@client.com","password":"P<w\"d&é-42"}],
"client_details":{"name":"Acme Corp","email":"acme@example.com"},
"client_asset_group":{"tenant_voice_provider_id":"VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=","name":"Default Group"},
"billing_provider":{"type":"STRIPE","selected_product":{"product_id":"prod","price_ids":["price"]}},
"client_access":{"assistant":"view_only"},"assigned_resources":{"assistant":["asst_abc123"]},"locale":"de"}`), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(body, want) {
		t.Errorf("body is\n%v, want\n%v", body, want)
	}
	if got.Method != "POST" || got.URL.Path != "/api/v2/clients/create" || got.Header.Get("Authorization") != "Bearer "+secretKey ||
		got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %v", got.Method, got.URL, got.Header)
	}
	if _, has := got.Header["Idempotency-Key"]; has || len(got.TransferEncoding) > 0 {
		t.Errorf("headers are %v, %v", got.Header, got.TransferEncoding)
	}
}

// TestManyAtOnce: attempts share an address and headers, and keep their bodies
// apart.
func TestManyAtOnce(t *testing.T) {
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		var sent struct {
			Details struct{ Name string } `json:"client_details"`
		}
		_ = json.NewDecoder(r.Body).Decode(&sent)
		_, _ = fmt.Fprintf(w, `{"success":true,"data":{"client_id":"id of %s","client_name":%q}}`, sent.Details.Name,
			r.Header.Get("Authorization"))
	}, Options{})
	var g sync.WaitGroup
	for n := range 8 {
		g.Go(func() {
			for i := range 20 {
				req := acme()
				req.Client.Details.Name = fmt.Sprintf("%d.%d", n, i)
				r, err := c.Create(t.Context(), req)
				if err != nil || r.ClientID != "id of "+req.Client.Details.Name || r.ClientName != "Bearer ********" {
					t.Errorf("%+v, %v", r, err)
				}
			}
		})
	}
	g.Wait()
}

func TestOptionalPartsAreNotSent(t *testing.T) {
	b, err := encode(importer.Client{Users: []importer.User{{Email: "a@b.test", Password: importer.NewSecret("p")}},
		Details: importer.Details{Name: "n", Email: "e"}, Group: importer.AssetGroup{ProviderID: "i"}})
	if want := `{"client_users":[{"email":"a@b.test","password":"p"}],"client_details":{"name":"n","email":"e"},"client_asset_group":{"tenant_voice_provider_id":"i"}}`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
}

func TestMessages(t *testing.T) {
	for body, want := range map[string]string{
		`{"message":"Name taken"}`:                                                                         "Name taken",
		`{"success":false,"data":{"detail":"No seats left"}}`:                                              "No seats left",
		`{"error":{"message":"Bad","code":7}}`:                                                             "code: 7; Bad",
		`{"errors":["a","b","a"]}`:                                                                         "a; b",
		`{"errors":{"client_users":[{"email":["Enter a valid e-mail."]}]}}`:                                "client_users.0.email: Enter a valid e-mail.",
		`{"message":"Validation failed","errors":{"name":["too long","taken"]}}`:                           "Validation failed; name: too long; name: taken",
		`{"client_details":{"email":["Enter a valid e-mail."]}}`:                                           "client_details.email: Enter a valid e-mail.",
		`{"detail":[{"loc":["body","client_users",0,"password"],"msg":"too short","type":"value_error"}]}`: "client_users.0.password: too short",
		`plain  words` + "\x1b[31m\n":                                                                      "plain words[31m",
		`<html><head><title>502 Bad&nbsp;Gateway</title></head><body>x</body>`:                             "502 Bad Gateway",
		`<p>Sorry,<br>closed</p>`:                                                                          "Sorry, closed",
		``:                                                                                                 "",
		`{}`:                                                                                               "",
		`[1,2]`:                                                                                            "[1,2]",
		`"` + strings.Repeat("x", 9999):                                                                    `"` + strings.Repeat("x", maxMessage-1) + "…",
		`{"message":"key-0123456789 !"}`:                                                                   "******** !",
		`{"message":"P<w\"d&é-42 no"}`:                                                                     "******** no",
		`P%3Cw%22d%26%C3%A9-42`:                                                                            "********",
		`{"message":"P<w\"d\n  &é-42 over lines"}`:                                                         "******** over lines",
		`{"message":"P<w\"d\u0001&é-42 with a gap"}`:                                                       "******** with a gap",
		`{"message":"a2V5LTAxMjM0NTY3ODk= is base64"}`:                                                     "********= is base64",
		`{"message":"p%3cw%22d%26%c3%a9-42 in lower case"}`:                                                "******** in lower case",
		`{"message":"{\"p\":\"P<w\\\"d&é-42\"}"}`:                                                          `{"p":"********"}`,
		`{"message":"P%253Cw%2522d%2526%25C3%25A9%252d42 twice"}`:                                          "******** twice",
		`P\\u003cw\\\"d\u0026\u00e9-42 escaped`:                                                            "******** escaped",
		`bad P<w"d&é-42 <b>now</b>`:                                                                        "bad ******** now",
		`P&lt;w&#34;d&amp;é-42 is no good`:                                                                 "******** is no good",
	} {
		c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, body)
		}, Options{})
		_, err := c.Create(t.Context(), acme())
		if e := importer.AsError(err); e == nil || e.Message != want || e.Kind != importer.KindRejected {
			t.Errorf("%.60s:\n got %q\nwant %q", body, e.Message, want)
		}
	}
}

// TestAnswers is the table of what an answer means: kind, code, whether it counts
// towards an outage, whether it ends the run, and what its message tells.
func TestAnswers(t *testing.T) {
	const (
		created, rejected, transient, doubt = importer.KindNone, importer.KindRejected, importer.KindTransient, importer.KindInDoubt
		forbidden, plan, fatal              = importer.KindRefused, importer.KindPlanLimit, importer.KindFatal
	)
	for _, c := range []struct {
		status int
		body   string
		kind   importer.Kind
		code   string
		says   string // part of the message
	}{
		// A success, in any envelope, with an id that is a client's.
		{200, `{"success":true,"data":{"client_id":"x"}}`, created, "", ""},
		{201, `{"success":true,"data":{"client_id":9007199254740993}}`, created, "", ""},
		{200, `{"status":"success","data":{"client":{"id":"x"}}}`, created, "", ""},
		{200, `{"status":"Created","client_id":"x"}`, created, "", ""},
		{200, `{"status":200,"data":{"client_id":"x"}}`, created, "", ""},
		{200, `{"success":"true","status":"queued","data":{"client_id":"x"}}`, created, "", ""},
		{200, `{"id":"x","name":"Acme"}`, created, "", ""},
		{200, `{"id":"x","name":"Acme","status":"pending"}`, created, "", ""}, // the client's own
		{200, `{"client_id":"x","status":"active"}`, created, "", ""},
		{200, `{"success":true,"data":{"client_id":"x","status":"onboarding"}}`, created, "", ""},
		// A no in any form.
		{200, `{"success":"false","message":"no"}`, rejected, "unsuccessful", "no"},
		{200, `{"success":0,"message":"no"}`, rejected, "unsuccessful", "no"},
		{200, `{"status":false,"message":"no"}`, rejected, "unsuccessful", "no"},
		{200, `{"status":422,"message":"no"}`, rejected, "unsuccessful", "no"},
		{202, `{"status":"Rejected"}`, rejected, "unsuccessful", ""},
		{200, `{"success":true,"data":{"status":"failed","id":"x"}}`, rejected, "unsuccessful", ""},
		{400, `{"message":"no"}`, rejected, "http_400", "no"},
		{404, `{"message":"no such provider"}`, rejected, "http_404", "no such provider"},
		{409, `{"message":"exists"}`, rejected, "http_409", "exists"},
		{422, `{"id":["unknown"],"name":["taken"]}`, rejected, "http_422", "id: unknown"},
		{422, `{"id":"req_1","name":["taken"]}`, rejected, "http_422", "name: taken"},
		// A 2xx that proves nothing.
		{200, `{"success":true,"id":"req_1","message":"queued"}`, doubt, "no_client_id", "queued"},
		{200, `{"success":true,"data":{"id":"req_1"}}`, doubt, "no_client_id", ""},
		{200, `{"success":true,"data":[{"client_id":"x"}]}`, doubt, "no_client_id", ""},
		{200, `{"status":"queued","data":{"client_id":"x 7"}}`, doubt, "unknown_status", "of the client x 7"},
		{200, `{"status":"pending","data":{"client_id":"x"}}`, doubt, "unknown_status", "of the client x"},
		{200, `{"status":"partially_completed"}`, doubt, "unknown_status", "neither yes nor no"},
		{200, `{"data":{"status":"queued","client_id":"x"}}`, doubt, "unknown_status", "of the client x"},
		{200, `{"success":null,"status":"weird","client_id":"x"}`, doubt, "unknown_status", "of the client x"},
		{200, `<html>`, doubt, "unreadable_answer", ""},
		{204, ``, doubt, "unreadable_answer", ""},
		// A refusal that names a client.
		{200, `{"success":false,"message":"e-mail taken","data":{"client_id":"x"}}`, doubt, "refused_with_id", "the answer names the client x: e-mail taken"},
		{200, `{"success":true,"data":{"status":"failed","client_id":"x"}}`, doubt, "refused_with_id", "client x"},
		{400, `{"message":"no","client_id":"x"}`, doubt, "refused_with_id", "client x: no"},
		{409, `{"detail":"exists","client":{"id":"x"}}`, doubt, "refused_with_id", "client x: exists"},
		{403, `{"message":"no","data":{"client_id":"x"}}`, doubt, "refused_with_id", "client x"},
		{429, `{"client_id":"x"}`, doubt, "refused_with_id", "client x"},
		{404, `{"client_id":"x"}`, doubt, "refused_with_id", "client x"},
		{401, `{"client_id":"x"}`, doubt, "refused_with_id", "client x"},
		{308, `{"client_id":"x"}`, doubt, "refused_with_id", "client x"},
		{402, `{"message":"limit reached, upgrade","client_id":"x"}`, doubt, "refused_with_id", "client x"},
		{500, `{"client_id":"x"}`, doubt, "http_500", "client x"},
		// The server is not well, or says what one says that has done it.
		{500, `{"message":"oops"}`, doubt, "http_500", "oops"},
		{502, `<html><title>502 Bad Gateway</title>`, doubt, "http_502", "502 Bad Gateway"},
		{503, ``, doubt, "http_503", ""},
		{599, ``, doubt, "http_599", ""},
		{408, ``, doubt, "http_408", ""},
		{302, ``, doubt, "redirected", "elsewhere"},
		{303, ``, doubt, "redirected", "elsewhere"},
		// Nothing was created, and the next row would meet it, too.
		{301, ``, fatal, "redirected", "elsewhere"},
		{307, ``, fatal, "redirected", "elsewhere"},
		{401, `{"message":"disabled"}`, fatal, "unauthorized", "disabled"},
		{404, `<html><title>Not Found</title>`, fatal, "not_the_api", "Not Found"},
		{405, ``, fatal, "not_the_api", ""},
		{403, `{"message":"no"}`, forbidden, "forbidden", "no"},
		{403, `{"message":"Your plan allows 5 clients."}`, forbidden, "forbidden", "allows 5"},
		{429, ``, transient, "too_many_requests", ""},
		// The account's plan.
		{400, `{"message":"Client limit reached."}`, plan, "plan_limit", "limit reached"},
		{402, `{"message":"Please UPGRADE to add clients"}`, plan, "plan_limit", "UPGRADE"},
		{409, `{"message":"Quota exceeded"}`, plan, "plan_limit", "Quota"},
		{200, `{"success":false,"message":"Your plan allows 5 clients"}`, plan, "plan_limit", "plan"},
		{422, `{"errors":{"name":["exceeds the limit of 80 characters"]}}`, rejected, "http_422", "80 characters"},
		{422, `{"message":"The planet is unlimited"}`, rejected, "http_422", "planet"},
	} {
		cl := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}, Options{})
		r, err := cl.Create(t.Context(), acme())
		where := fmt.Sprintf("%d %s", c.status, c.body)
		if got := importer.KindOf(err); got != c.kind {
			t.Errorf("%s: %s, want %s (%v)", where, got, c.kind, err)
			continue
		}
		if err == nil {
			if r.ClientID == "" {
				t.Errorf("%s: created without an id", where)
			}
			continue
		}
		e := importer.AsError(err)
		stops := c.code == "redirected" || c.code == "unauthorized" || c.code == "not_the_api" || c.status == 401 || c.status == 308
		if e.Code != c.code || !strings.Contains(e.Message, c.says) || e.ServerSide != (c.kind == doubt) || (e.Stop != "") != stops {
			t.Errorf("%s: %q, %q, server-side %v, stops for %q", where, e.Code, e.Message, e.ServerSide, e.Stop)
		}
		if id := strings.Contains(c.body, "client_id") && c.kind == doubt && c.code != "unknown_status" && c.code != "no_client_id"; id != (e.ClientID == "x") && c.status != 409 {
			t.Errorf("%s: names the client %q", where, e.ClientID)
		}
	}
}

// TestPauses: whatever the answer, how long it asks everybody to wait.
func TestPauses(t *testing.T) {
	const noon = "Mon, 23 Nov 2026 12:00:00 GMT" // the server's clock: not ours
	for _, c := range []struct {
		status int
		header map[string]string
		want   time.Duration
	}{
		{429, map[string]string{"Retry-After": "30"}, 30 * time.Second},
		{429, map[string]string{"Retry-After": "1.5"}, 1500 * time.Millisecond},
		{503, map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{500, map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{408, map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{429, map[string]string{"Retry-After": "Mon, 23 Nov 2026 12:01:00 GMT"}, time.Minute},
		{503, map[string]string{"Retry-After": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0},
		{200, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "12"}, 12 * time.Second},
		{200, map[string]string{"RateLimit-Remaining": "0", "RateLimit-Reset": "2.5"}, 2500 * time.Millisecond},
		{429, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795435260"}, time.Minute}, // 12:01
		{200, map[string]string{"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "12"}, 0},
		{200, map[string]string{"X-RateLimit-Remaining": "0"}, 0},
		{200, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "86400"}, 0}, // a refusal will say so
		{429, map[string]string{"Retry-After": "2", "RateLimit-Remaining": "0", "RateLimit-Reset": "9"}, 9 * time.Second},
	} {
		cl := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", noon)
			for k, v := range c.header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, `{"success":true,"data":{"client_id":"x"}}`)
		}, Options{})
		r, err := cl.Create(t.Context(), acme())
		got := r.Wait
		if err != nil {
			got = importer.AsError(err).RetryAfter
		}
		if got != c.want {
			t.Errorf("%d %v: %s, want %s", c.status, c.header, got, c.want)
		}
	}
}

// TestSecretsNeverComeBack has the server say all it was told, at such a place
// that a careless cut would go through the middle of a secret.
func TestSecretsNeverComeBack(t *testing.T) {
	for pad := range 40 {
		c := dial(t, func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			w.WriteHeader(422)
			_ = json.NewEncoder(w).Encode(map[string]any{"message": strings.Repeat("x", maxMessage-pad) + " " + r.Header.Get("Authorization") + string(b)})
		}, Options{})
		_, err := c.Create(t.Context(), acme())
		text := fmt.Sprintf("%v %+v %#v %v", err, err, c.key, acme())
		for _, s := range []string{"key-0", "P<w", "é-4", "P\\u003cw"} {
			if strings.Contains(text, s) {
				t.Fatalf("%q shows in %s", s, text)
			}
		}
	}
}

// TestSecretsInASuccess: a server may put what it was told where a name belongs.
func TestSecretsInASuccess(t *testing.T) {
	for said, want := range map[string]string{"made with " + secretPassword: "made with ********", "Bearer " + secretKey: "Bearer ********", "Acme\x1b[31m": "Acme[31m", "Acme  Corp": "Acme Corp"} {
		c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "data": map[string]string{"client_id": "c 1", "client_name": said, "primary_email": said, "asset_group_id": said}})
		}, Options{})
		r, err := c.Create(t.Context(), acme())
		if err != nil || r.ClientID != "c 1" || r.ClientName != want || r.PrimaryEmail != want || r.AssetGroupID != want {
			t.Errorf("%q: %+v, %v", said, r, err)
		}
	}
	// A weak password may be the client's name, and then the name is no secret.
	req := acme()
	req.Client.Users[0].Password = importer.NewSecret("Acme Corp")
	c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"success":true,"data":{"client_id":"c","client_name":"Acme Corp","primary_email":"User@client.com"}}`)
	}, Options{})
	if r, err := c.Create(t.Context(), req); err != nil || r.ClientName != "Acme Corp" || r.PrimaryEmail != "User@client.com" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{"30": 30 * time.Second, "0": 0, "-5": 0, " 7 ": 7 * time.Second,
		"Mon, 23 Nov 2026 20:01:00 GMT": time.Minute, "Mon, 23 Nov 2026 19:00:00 GMT": 0, "99999999999": (1 << 31) * time.Second,
		"1.5": 1500 * time.Millisecond, "0.25": 250 * time.Millisecond} {
		if got, said := retryAfter(http.Header{"Retry-After": {in}}, now); !said || got != want {
			t.Errorf("%q: %s, %v", in, got, said)
		}
	}
	for _, in := range []string{"", "soon", "1e3", "NaN", "inf", "1,5", "0x10", "-", "."} {
		if got, said := retryAfter(http.Header{"Retry-After": {in}}, now); said {
			t.Errorf("%q: %s", in, got)
		}
	}
}

func TestBaseURLs(t *testing.T) {
	for in, want := range map[string]string{
		"https://API.example.test/": "https://api.example.test", "https://a.test:443/v1/": "https://a.test/v1", "http://localhost:80": "http://localhost",
		"http://127.0.0.1:8080": "http://127.0.0.1:8080", "http://[::1]:9": "http://[::1]:9", " https://a.test:8443 ": "https://a.test:8443",
	} {
		if got, err := ParseBaseURL(in); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "a.test", "http://a.test", "http://10.0.0.1", "ftp://a.test", "https://", "https://u:hunter2@a.test", "https://a.test?x=1", "https://a.test#x", "http://localhost.evil.test", "https://%zz"} {
		if got, err := ParseBaseURL(in); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, key := range []string{"", "a b", "a\n", "ä"} {
		if _, err := New(Options{BaseURL: "https://a.test", Key: importer.NewSecret(key)}); err == nil {
			t.Errorf("the key %q is taken", key)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var visited atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited.Store(true) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other.URL+"/?k="+secretKey)
			w.WriteHeader(status)
		}, Options{})
		_, err := c.Create(t.Context(), acme())
		want := importer.KindFatal
		if status == 302 || status == 303 {
			want = importer.KindInDoubt
		}
		if importer.KindOf(err) != want || visited.Load() || strings.Contains(err.Error(), secretKey) {
			t.Errorf("%d: %v, followed %v", status, err, visited.Load())
		}
	}
}

// raw serves connections by hand and counts the requests that arrived whole.
func raw(t *testing.T, serve func(conn net.Conn, requests *atomic.Int64)) (url string, requests *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	requests = new(atomic.Int64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn, requests)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return "http://" + l.Addr().String(), requests
}

// take reads one request from a connection.
func take(r *bufio.Reader, n *atomic.Int64) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return false
	}
	n.Add(1)
	return true
}

const good = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n" + `{"success":true,"data":{"client_id":"abcdefg"}}`

// TestNothingIsSentTwice cuts a reused connection after the second request has
// arrived: net/http must not send it again by itself.
func TestNothingIsSentTwice(t *testing.T) {
	answer := strings.Replace(good, "46", fmt.Sprint(len(good)-strings.Index(good, "{")), 1)
	url, requests := raw(t, func(conn net.Conn, n *atomic.Int64) {
		r := bufio.NewReader(conn)
		if !take(r, n) {
			return
		}
		_, _ = io.WriteString(conn, answer)
		take(r, n)
	})
	c := client(t, Options{BaseURL: url})
	if _, err := c.Create(t.Context(), acme()); err != nil {
		t.Fatal(err)
	}
	_, err := c.Create(t.Context(), acme())
	if e := importer.AsError(err); importer.KindOf(err) != importer.KindInDoubt || e.Code != "cut" || !e.ServerSide {
		t.Errorf("the cut request is %v", err)
	}
	if requests.Load() != 2 {
		t.Errorf("%d requests arrived, want 2", requests.Load())
	}
}

func TestAnswersThatNeverEnd(t *testing.T) {
	t.Run("without end", func(t *testing.T) {
		c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := io.WriteString(w, strings.Repeat(`{"a":`, 1000)); err != nil {
					return
				}
			}
		}, Options{MaxAnswer: 1 << 16})
		_, err := c.Create(t.Context(), acme())
		if e := importer.AsError(err); e == nil || e.Kind != importer.KindInDoubt || e.Code != "cut" {
			t.Errorf("%v", err)
		}
	})
	t.Run("trickling", func(t *testing.T) {
		c := dial(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"success":true,`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, Options{Timeout: 100 * time.Millisecond})
		_, err := c.Create(t.Context(), acme())
		if e := importer.AsError(err); e == nil || e.Kind != importer.KindInDoubt || e.Code != "timeout" {
			t.Errorf("%v", err)
		}
	})
	t.Run("gzip rubbish", func(t *testing.T) {
		c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte{0x1f, 0x8b, 1, 2, 3})
		}, Options{})
		_, err := c.Create(t.Context(), acme())
		if e := importer.AsError(err); e == nil || e.Kind != importer.KindInDoubt || e.Code != "unreadable_answer" {
			t.Errorf("%v", err)
		}
	})
	t.Run("cut while it is written", func(t *testing.T) {
		url, _ := raw(t, func(conn net.Conn, _ *atomic.Int64) {
			_, _ = io.ReadFull(conn, make([]byte, 1000))
			_ = conn.(*net.TCPConn).SetLinger(0)
		})
		c := client(t, Options{BaseURL: url})
		req := acme()
		req.Client.Details.Name = strings.Repeat("x", 8<<20)
		_, err := c.Create(t.Context(), req)
		if importer.KindOf(err) != importer.KindInDoubt {
			t.Errorf("%v", err)
		}
	})
}

func TestReadBack(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		kind   importer.Kind
		name   string
	}{
		{200, `{"client":{"id":"a/b+c=","name":"Acme","primary_email":"p@a.test","created_at":"2026-01-02T03:04:05Z","users":[{"id":1,"email":"u@a.test"}]},"usage":{}}`, importer.KindNone, "Acme"},
		{200, `{"success":true,"data":{"client":{"id":"a/b+c=","name":"Acme"}}}`, importer.KindNone, "Acme"},
		{200, `{"client":{"id":"another","name":"Bob"}}`, importer.KindRejected, ""},
		{200, `<html>`, importer.KindTransient, ""},
		{404, `{"detail":"Not found"}`, importer.KindRejected, ""},
		{403, ``, importer.KindRefused, ""},
		{401, ``, importer.KindFatal, ""},
		{429, ``, importer.KindTransient, ""},
		{500, ``, importer.KindTransient, ""},
	} {
		cl := dial(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != "GET" || r.URL.EscapedPath() != "/api/v2/clients/a%2Fb+c=" {
				t.Errorf("%s %s", r.Method, r.URL.EscapedPath())
			}
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}, Options{})
		b, err := cl.Read(t.Context(), "a/b+c=")
		if importer.KindOf(err) != c.kind || b.Name != c.name {
			t.Errorf("%d %s: %+v, %v", c.status, c.body, b, err)
		}
	}
	c := client(t, Options{BaseURL: "http://127.0.0.1:1"})
	if _, err := c.Read(t.Context(), "x"); importer.KindOf(err) != importer.KindTransient {
		t.Errorf("no server: %v", err)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"success":true,"data":{"client_id":"x"}}`)
	f.Add(200, `{"success":false,"data":{"client_id":"x"}}`)
	f.Add(422, `{"errors":{"a":[{"b":"c"}]}}`)
	f.Add(404, `<html>`)
	f.Add(503, ``)
	f.Add(409, `{"client_id":"x","message":"limit"}`)
	f.Add(200, `{"status":"queued","client":{"id":7}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		status = 100 + (status%500+500)%500
		s := newScrubber(newSecret(importer.NewSecret(secretKey)), acme().Client, nil)
		r, e := answer{status: status, header: http.Header{}, body: []byte(body)}.create(s)
		if e == nil {
			if status < 200 || status > 299 || r.ClientID == "" {
				t.Fatalf("%d %q is a success: %+v", status, body, r)
			}
			return
		}
		if len([]rune(e.Message)) > maxMessage+60 || strings.ContainsFunc(e.Message, unicode.IsControl) || e.Code == "" {
			t.Fatalf("message %q, code %q", e.Message, e.Code)
		}
		named := e.ClientID != ""
		switch k := e.Kind; {
		case (status >= 500 || named) && k != importer.KindInDoubt,
			status == 401 && !named && k != importer.KindFatal,
			status == 403 && !named && k != importer.KindRefused,
			status == 429 && !named && k != importer.KindTransient,
			status >= 200 && status < 300 && k != importer.KindRejected && k != importer.KindPlanLimit && k != importer.KindInDoubt,
			status >= 300 && status < 400 && k != importer.KindFatal && k != importer.KindInDoubt,
			status == 422 && !named && k != importer.KindRejected && k != importer.KindPlanLimit,
			k == importer.KindFatal && e.Stop == "",
			k == importer.KindInDoubt != e.ServerSide:
			t.Fatalf("%d %q is %s", status, body, k)
		}
	})
}

// A client that gets into a text does not bring its key along.
func TestAClientShowsNoKey(t *testing.T) {
	c := client(t, Options{BaseURL: "http://127.0.0.1:1"})
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%v", struct{ C *Client }{c})} {
		if strings.Contains(s, secretKey) {
			t.Error(s)
		}
	}
}
