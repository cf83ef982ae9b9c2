package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Transport carries exchanges: http.RoundTripper.
type Transport = http.RoundTripper

// Options say which server to talk to, and how. BaseURL and Key are required.
type Options struct {
	BaseURL   string          // https://host[/prefix]; plain http only to this machine
	Key       importer.Secret // the API key
	Timeout   time.Duration   // of one exchange, from the call on; 0 means 30 s
	Transport Transport       // nil means one of its own
	UserAgent string
	Roots     []byte // PEM certificates that are trusted besides the system's; Transport does without
	MaxAnswer int64  // bytes of an answer that are read; 0 means 1 MiB
	// Conceal are passwords of other rows, which answers are cleaned of besides
	// the key and all that were sent; the latter are added. May be nil.
	Conceal *Secrets
}

// An OptionError is an option that cannot be. It never holds the key.
type OptionError struct{ What string }

func (e *OptionError) Error() string { return e.What }

// A Client makes single exchanges. It is an importer.Creator,
// safe for concurrent use.
type Client struct {
	base      string
	key       importer.Secret
	timeout   time.Duration
	transport Transport
	agent     string
	maxAnswer int64
	masked    secret // the key
	concealed *Secrets
	// post is the create call without its body and its context. Copies of it
	// share the address and the headers: a RoundTripper changes neither.
	post *http.Request
}

// Format shows where the client sends to, whatever the verb: its fields hold the
// key, which fmt would find.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "client of %s", c.base) }

var _ importer.Creator = (*Client)(nil)

// New checks the options. Nothing is sent.
func New(o Options) (*Client, error) {
	base, err := ParseBaseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	key := o.Key.Reveal()
	switch {
	case key == "":
		return nil, &OptionError{"the API key is empty"}
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, &OptionError{"the API key holds blanks or characters that no key has: copy it again"}
	}
	c := &Client{base: base, key: o.Key, timeout: o.Timeout, transport: o.Transport, agent: o.UserAgent, maxAnswer: o.MaxAnswer,
		masked: newSecret(o.Key), concealed: o.Conceal}
	if c.timeout <= 0 {
		c.timeout = 30 * time.Second
	}
	if c.concealed == nil {
		c.concealed = NewSecrets()
	}
	if c.transport == nil {
		roots, err := rootsWith(o.Roots)
		if err != nil {
			return nil, err
		}
		c.transport = newTransport(roots, strings.HasPrefix(base, "http:"))
	}
	if c.agent == "" {
		c.agent = "bulkonboard"
	}
	if c.maxAnswer <= 0 {
		c.maxAnswer = 1 << 20
	}
	if c.post, err = c.request(http.MethodPost, "/api/v2/clients/create"); err != nil {
		return nil, &OptionError{fmt.Sprintf("%q is not an address: %v", o.BaseURL, err)}
	}
	c.post.Header.Set("Content-Type", "application/json")
	return c, nil
}

// request is a call without a body.
func (c *Client) request(method, path string) (*http.Request, error) {
	req, err := http.NewRequest(method, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.key.Reveal())
	req.Header.Set("User-Agent", c.agent)
	return req, nil
}

// rootsWith are the system's certificate authorities and these; nil means the
// system's alone.
func rootsWith(more []byte) (*x509.CertPool, error) {
	if len(more) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(more) {
		return nil, &OptionError{"the file of certificate authorities holds none: it is to be PEM, with lines BEGIN CERTIFICATE"}
	}
	return pool, nil
}

// newTransport never sends anything twice: it speaks HTTP/1.1 only, since
// net/http's HTTP/2 may send a request again after a GOAWAY or a refused
// stream, and it drops idle connections before servers do, of which some wait two
// seconds: a request that meets the server's closing is in doubt.
//
// Plain http is for this machine: it goes through no proxy, and what a name stands
// for is looked at when it is dialled.
func newTransport(roots *x509.CertPool, plain bool) *http.Transport {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	dialer, proxy := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}, http.ProxyFromEnvironment
	if plain {
		dialer.Control, proxy = OnlyLoopback, nil
	}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConnsPerHost:    importer.MaxWorkers,
		IdleConnTimeout:        time.Second,
		DisableCompression:     true, // one thing less to go wrong in an answer that counts
		MaxResponseHeaderBytes: 64 << 10,
		Protocols:              p,
	}
}

// OnlyLoopback, as a dialer's Control, refuses addresses that are not this
// machine's own, whatever name they were found under.
func OnlyLoopback(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("plain http goes to this machine only, and %s is another", address)
	}
	return nil
}

// ParseBaseURL brings a base URL into the form that jobs are bound to: lower
// case scheme and host, no default port, no slash at the end. Its error is an
// *OptionError.
func ParseBaseURL(s string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil:
		return "", &OptionError{fmt.Sprintf("%q is not an address: write it like https://api.voiceaiwrapper.app", s)}
	case u.User != nil:
		return "", &OptionError{"a base URL holds no user and no password"}
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return "", &OptionError{fmt.Sprintf("%q is not an address: write it like https://api.voiceaiwrapper.app", s)}
	case u.RawQuery != "" || u.Fragment != "":
		return "", &OptionError{fmt.Sprintf("%q: a base URL has no ? and no #", s)}
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", &OptionError{fmt.Sprintf("%q: plain http shows the API key to everybody on the way, so it is for this machine only: use https",
			s)}
	}
	host := strings.ToLower(u.Host)
	for scheme, port := range map[string]string{"https": ":443", "http": ":80"} {
		if u.Scheme == scheme {
			host = strings.TrimSuffix(host, port)
		}
	}
	return u.Scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/"), nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Clean is a text as Read would show it: one short line, without the secrets
// that this client knows. What was sent is compared in this form, since a name
// may hold a password by chance.
func (c *Client) Clean(text string) string {
	return newScrubber(c.masked, importer.Client{}, c.concealed).line(text)
}

// CloseIdle drops the connections that are not in use. Call it after a pause:
// one that the server has closed meanwhile makes an innocent request ambiguous.
func (c *Client) CloseIdle() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Create implements importer.Creator: one POST, one answer.
func (c *Client) Create(ctx context.Context, req importer.Request) (importer.Receipt, error) {
	body, err := encode(req.Client)
	if err != nil {
		return importer.Receipt{}, &importer.Error{Kind: importer.KindInternal, Code: "internal",
			Message: "the request cannot be written as JSON", Cause: err}
	}
	scrub := newScrubber(c.masked, req.Client, c.concealed)
	for _, own := range scrub.own[1:] {
		c.concealed.add(own)
	}
	a, e := c.exchange(ctx, c.post, body)
	if e != nil {
		return importer.Receipt{}, scrub.clean(e)
	}
	r, e := a.create(scrub)
	if e != nil {
		return importer.Receipt{}, e
	}
	return scrub.receipt(r, req.Client), nil
}

// Read reads one created client back: one GET, which may be repeated at will.
// An error's KindOf is KindFatal when the key is refused (401), KindRefused for
// 403, KindRejected for any other answer that says no (a 404 means "could not
// verify", not "not created"), and KindTransient else.
func (c *Client) Read(ctx context.Context, id string) (importer.Readback, error) {
	scrub := newScrubber(c.masked, importer.Client{}, c.concealed)
	get, err := c.request(http.MethodGet, "/api/v2/clients/"+url.PathEscape(id))
	if err != nil {
		return importer.Readback{}, &importer.Error{Kind: importer.KindTransient, Code: "internal", Message: "the request cannot be made",
			Cause: err}
	}
	a, e := c.exchange(ctx, get, nil)
	if e != nil {
		e.Kind = importer.KindTransient
		return importer.Readback{}, scrub.clean(e)
	}
	b, e := a.read(scrub, id)
	if e != nil {
		return importer.Readback{}, e
	}
	return b, nil
}

// An answer is what came back, whole or up to where it was cut.
type answer struct {
	status int
	header http.Header
	body   []byte
	cut    error // the body's end did not arrive, or it was too long
	late   bool  // because time was up
}

// exchange sends a copy of a request with this body. The error is for exchanges
// without any answer; its kind tells whether the request may have arrived.
func (c *Client) exchange(ctx context.Context, req *http.Request, body []byte) (answer, *importer.Error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	// The hook fires in one of the transport's goroutines.
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	req = req.WithContext(ctx)
	req.GetBody = nil // or net/http could send it again
	if body != nil {
		// A reader that net/http knows: its head and body leave in one piece.
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}

	// The transport itself, not an http.Client: that one follows redirects.
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return answer{}, unanswered(err, wrote.Load())
	}
	defer func() { _ = res.Body.Close() }()
	a := answer{status: res.StatusCode, header: res.Header}
	a.body, err = io.ReadAll(io.LimitReader(res.Body, c.maxAnswer+1))
	switch {
	case err != nil:
		a.cut, a.late = err, ctx.Err() != nil
	case int64(len(a.body)) > c.maxAnswer:
		a.cut = fmt.Errorf("the answer is longer than %d bytes", c.maxAnswer)
	}
	return a, nil
}

// unanswered describes an exchange to which no answer came.
func unanswered(err error, wrote bool) *importer.Error {
	var (
		dns  *net.DNSError
		op   *net.OpError
		cert *tls.CertificateVerificationError
		rec  tls.RecordHeaderError
	)
	e := &importer.Error{Kind: importer.KindTransient, Code: "not_sent", ServerSide: true, Cause: err,
		Message: "the request did not leave", Advice: "nothing was created; the next run sends it again"}
	late := errors.Is(err, context.DeadlineExceeded)
	switch {
	case wrote && late:
		e.Code, e.Message = "timeout", "no answer came in time"
	case wrote && errors.Is(err, context.Canceled):
		e.Code, e.Message = "interrupted", "the wait for an answer was interrupted"
	case wrote:
		e.Code, e.Message = "cut", "the connection was cut before an answer came"
	case errors.As(err, &dns):
		e.Code, e.Message = "dns", "the server's name cannot be resolved: "+dns.Err
	case errors.As(err, &cert), errors.As(err, &rec), strings.Contains(err.Error(), "tls:"), strings.Contains(err.Error(), "x509:"):
		e.Code, e.Message = "tls", "no safe connection could be made: "+err.Error()
	case late:
		e.Code, e.Message = "connect_timeout", "no connection was made in time"
	case errors.As(err, &op) && op.Op == "dial":
		e.Code, e.Message = "connection_refused", "no connection could be made: "+op.Err.Error()
	case errors.As(err, &op) && op.Op == "proxyconnect":
		e.Code, e.Message = "proxy", "no connection could be made to the proxy that the environment names: "+op.Err.Error()
	default:
		// A proxy's refusal has no type of its own, only its words.
		e.Message += ": " + err.Error()
	}
	if wrote {
		e.Kind, e.Advice = importer.KindInDoubt, doubtAdvice
	}
	return e
}

// doubtAdvice is what to do with a row in doubt.
const doubtAdvice = "it may have been created: look for the client in the dashboard, then `bulkonboard settle`"

// wireUser is a user with the password that nothing else may show.
type wireUser struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// Render is the body of a create call as people may see it: indented, with its
// passwords masked.
func Render(c importer.Client) ([]byte, error) {
	users := slices.Clone(c.Users)
	for i := range users {
		users[i].Password = importer.NewSecret(users[i].Password.String()) // the mask
	}
	c.Users = users
	b, err := encode(c)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, b, "", "  ")
	return out.Bytes(), err
}

// encode writes the body of a create call: the client's snapshot, with users
// who have their passwords.
func encode(c importer.Client) ([]byte, error) {
	var users []wireUser
	for _, u := range c.Users {
		users = append(users, wireUser{u.Email, u.Password.Reveal()})
	}
	extra := c.Extra
	c.Users, c.Extra = nil, nil
	const start = `{"client_users":`
	rest, ok := bytes.CutPrefix(c.Snapshot(), []byte(start+"null"))
	if !ok {
		return nil, errors.New("a snapshot does not begin with its users")
	}
	b, err := json.Marshal(users)
	if err != nil {
		return nil, err
	}
	b = slices.Concat([]byte(start), b, rest)
	if len(extra) == 0 {
		return b, nil
	}
	fields := map[string]any{}
	for name, v := range extra {
		fields[name] = v
	}
	// Extra fields stand beside the known ones and never in their place.
	if err := json.Unmarshal(b, &fields); err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}
