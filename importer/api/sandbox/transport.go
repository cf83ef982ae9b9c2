package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"syscall"
)

// Transport carries requests to the Twin without a socket, whatever host they
// name. Towards its caller it does what net/http's Transport does: it fires the
// httptrace hooks GetConn, GotConn (with no Conn), WroteHeaders, WroteRequest
// and GotFirstResponseByte in this order, closes the request's body, and
// returns the cause of a context that ends; reading a body fails, too, when the
// context ends before its end. A cut is an error that wraps
// io.ErrUnexpectedEOF; a closed Twin refuses the connection. Redirects are
// answers here, http.Client follows them.
//
// Unlike net/http it sends the whole body before the Twin acts, and where an
// answer and the end of the context come at the same moment the context wins,
// so that virtual time has one outcome. When RoundTrip returns an error, the
// Twin is done with the request; with an answer, when its body is read or
// closed, or the context ends. It is safe for concurrent use.
func (t *Twin) Transport() http.RoundTripper { return &transport{twin: t} }

type transport struct{ twin *Twin }

// CloseIdleConnections does nothing: there are none.
func (*transport) CloseIdleConnections() {}

var errCut = fmt.Errorf("sandbox: connection cut: %w", io.ErrUnexpectedEOF)

// RoundTrip is one exchange with the Twin.
func (tr *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	sent, err := tr.send(req)
	if err != nil {
		return nil, err
	}
	served, cancel := context.WithCancel(ctx)
	reply := newReply()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		tr.serve(reply, sent.WithContext(served))
	}()
	select {
	case <-reply.started:
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		<-done // served ended with ctx, so this is soon
		return nil, context.Cause(ctx)
	}
	resp, err := reply.response(req)
	if err != nil {
		<-done
		return nil, err
	}
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	resp.Body = &replyBody{reply: reply, ctx: ctx, cancel: cancel}
	return resp, nil
}

// serve runs the handler as a net/http server does: a panic cuts the
// connection.
func (tr *transport) serve(reply *reply, req *http.Request) {
	defer func() {
		switch p := recover(); p {
		case nil:
			reply.end(nil)
		case http.ErrAbortHandler:
			reply.end(errCut)
		default:
			reply.end(fmt.Errorf("%w (the sandbox panicked: %v)", errCut, p))
		}
	}()
	tr.twin.ServeHTTP(reply, req)
}

// send does everything up to the moment the server has the request, and
// returns it as the server sees it.
func (tr *transport) send(req *http.Request) (*http.Request, error) {
	ctx := req.Context()
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil {
		trace = &httptrace.ClientTrace{}
	}
	body := req.Body
	if body == nil {
		body = http.NoBody
	}
	u, err := target(req)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		if trace.GetConn != nil {
			trace.GetConn(req.URL.Host)
		}
		err = tr.twin.dial()
	}
	if err != nil {
		_ = body.Close()
		return nil, err
	}
	if trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	data, err := readAll(ctx, body)
	if trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{Err: err})
	}
	if err != nil {
		return nil, err
	}
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	return &http.Request{
		Method: method, URL: u, RequestURI: u.RequestURI(), Host: host, RemoteAddr: "sandbox",
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: req.Header.Clone(),
		Body: io.NopCloser(bytes.NewReader(data)), ContentLength: int64(len(data)),
	}, nil
}

// target is the URL as a server sees it, without scheme and host.
func target(req *http.Request) (*url.URL, error) {
	switch {
	case req.URL == nil:
		return nil, errors.New("sandbox: a request without a URL")
	case req.Header == nil:
		return nil, errors.New("sandbox: a request without headers")
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return nil, fmt.Errorf("sandbox: unsupported protocol scheme %q", req.URL.Scheme)
	case req.URL.Host == "":
		return nil, errors.New("sandbox: no host in the request's URL")
	}
	return url.ParseRequestURI(req.URL.RequestURI())
}

// dial fails the way a port fails where nobody listens.
func (t *Twin) dial() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return nil
}

// readAll reads and closes the body. A body that blocks is closed when ctx
// ends, and its reader left behind until Read returns, as net/http does.
func readAll(ctx context.Context, body io.ReadCloser) ([]byte, error) {
	var data []byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		data, err = io.ReadAll(body)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	_ = body.Close()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return data, err
}
