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
	if got.Method != "POST" || got.URL.Path != "/api/v2/clients/create" || got.Header.Get("Authorization") != "Bearer "+secretKey || got.Header.Get("Content-Type") != "application/json" {
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
		_, _ = fmt.Fprintf(w, `{"success":true,"data":{"client_id":"id of %s","client_name":%q}}`, sent.Details.Name, r.Header.Get("Authorization"))
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
	b, err := encode(importer.Client{Users: []importer.User{{Email: "a@b.test", Password: importer.NewSecret("p")}}, Details: importer.Details{Name: "n", Email: "e"}, Group: importer.AssetGroup{ProviderID: "i"}})
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

// TestWhatA200Says: a no in any form is a refusal, and an id that need not be a
// client's is none.
func TestWhatA200Says(t *testing.T) {
	for body, want := range map[string]importer.Kind{
		`{"success":true,"data":{"client_id":"x"}}`:              importer.KindNone,
		`{"success":true,"data":{"client_id":9007199254740993}}`: importer.KindNone,
		`{"status":"success","data":{"client":{"id":"x"}}}`:      importer.KindNone,
		`{"id":"x","name":"Acme"}`:                               importer.KindNone,
		`{"success":true,"id":"req_1","message":"queued"}`:       importer.KindInDoubt,
		`{"success":true,"data":{"id":"req_1"}}`:                 importer.KindInDoubt,
		`{"success":true,"data":[{"client_id":"x"}]}`:            importer.KindInDoubt,
		`{"success":"false","message":"no"}`:                     importer.KindRejected,
		`{"status":false,"message":"no"}`:                        importer.KindRejected,
		`{"status":422,"message":"no"}`:                          importer.KindRejected,
		`{"success":true,"data":{"status":"failed","id":"x"}}`:   importer.KindRejected,
		`{"status":200,"data":{"client_id":"x"}}`:                importer.KindNone,
	} {
		c := dial(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }, Options{})
		if _, err := c.Create(t.Context(), acme()); importer.KindOf(err) != want {
			t.Errorf("%s: %v, want %v", body, importer.KindOf(err), want)
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
		"Mon, 23 Nov 2026 20:01:00 GMT": time.Minute, "Mon, 23 Nov 2026 19:00:00 GMT": 0, "99999999999": (1 << 31) * time.Second} {
		if got, said := retryAfter(http.Header{"Retry-After": {in}}, now); !said || got != want {
			t.Errorf("%q: %s, %v", in, got, said)
		}
	}
	for _, in := range []string{"", "soon", "1.5"} {
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
		if importer.KindOf(err) != importer.KindFatal || visited.Load() || strings.Contains(err.Error(), secretKey) {
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
	f.Fuzz(func(t *testing.T, status int, body string) {
		status = 100 + (status%500+500)%500
		s := newScrubber(importer.NewSecret(secretKey), acme().Client)
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
		switch k := e.Kind; {
		case status >= 500 && status != 503 && k != importer.KindInDoubt,
			status == 401 && k != importer.KindFatal,
			status == 403 && k != importer.KindRefused,
			status == 429 && k != importer.KindTransient,
			status >= 200 && status < 300 && k != importer.KindRejected && k != importer.KindInDoubt,
			status >= 300 && status < 400 && k != importer.KindFatal,
			status == 422 && k != importer.KindRejected:
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
