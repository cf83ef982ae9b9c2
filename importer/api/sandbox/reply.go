package sandbox

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// A reply is the way back of one exchange: the handler writes to it as an
// http.ResponseWriter, the client reads the body from it. It holds as much as
// is written, so a slow reader never blocks the handler. As with a net/http
// server nothing leaves before the handler flushes or ends.
type reply struct {
	started chan struct{} // closed when the headers leave, or the handler ended without any
	changed chan struct{} // holds one token while there may be something new to read

	mu       sync.Mutex
	header   http.Header // the handler's, until status is set
	status   int
	final    http.Header // as sent
	declared int         // Content-Length, -1 if unknown
	written  int
	sent     bool
	buf      bytes.Buffer
	err      error // set when the handler ended: what follows the bytes in buf
}

func newReply() *reply {
	return &reply{started: make(chan struct{}), changed: make(chan struct{}, 1), header: http.Header{}, declared: -1}
}

func (r *reply) Header() http.Header { return r.header }

func (r *reply) WriteHeader(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fix(status)
}

func (r *reply) fix(status int) {
	if r.status != 0 {
		return
	}
	r.status = status
	r.final = r.header.Clone()
	if r.final.Get("Date") == "" {
		r.final.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if n, err := strconv.Atoi(r.final.Get("Content-Length")); err == nil {
		r.declared = n
	}
}

func (r *reply) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fix(http.StatusOK)
	if r.declared >= 0 && r.written+len(p) > r.declared {
		return 0, http.ErrContentLength
	}
	r.written += len(p)
	r.buf.Write(p)
	r.signal()
	return len(p), nil
}

func (r *reply) Flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fix(http.StatusOK)
	r.start()
}

func (r *reply) start() {
	if !r.sent {
		r.sent = true
		close(r.started)
	}
	r.signal()
}

func (r *reply) signal() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// end is called once, after the handler. A failure cuts the exchange; without
// one the answer is complete.
func (r *reply) end(failure error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case failure == nil:
		r.fix(http.StatusOK)
		if !r.sent && r.declared < 0 {
			r.declared = r.written
		}
		r.err = io.EOF
		if r.written < r.declared {
			r.err = io.ErrUnexpectedEOF
		}
		r.start()
	case r.sent:
		r.err = io.ErrUnexpectedEOF
		r.signal()
	default:
		r.err = failure
		close(r.started)
	}
}

// response is called once started is closed. It fails if the exchange was cut
// before the headers left.
func (r *reply) response(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.sent {
		return nil, r.err
	}
	return &http.Response{
		Status: strconv.Itoa(r.status) + " " + http.StatusText(r.status), StatusCode: r.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.final, ContentLength: int64(r.declared), Request: req,
	}, nil
}

// A replyBody is the body of an answer, as its reader has it.
type replyBody struct {
	reply  *reply
	ctx    context.Context // the request's
	cancel func()          // ends the handler

	mu     sync.Mutex
	closed bool
	ended  bool // the end was seen: a context that ends later changes nothing
}

func (b *replyBody) Read(p []byte) (int, error) {
	for {
		b.mu.Lock()
		closed, ended := b.closed, b.ended
		b.mu.Unlock()
		if closed {
			return 0, http.ErrBodyReadAfterClose
		}
		if b.ctx.Err() != nil && !ended {
			return 0, context.Cause(b.ctx)
		}
		n, ready, err := b.reply.read(p)
		if ready {
			if err != nil {
				b.mu.Lock()
				b.ended = true
				b.mu.Unlock()
			}
			return n, err
		}
		select {
		case <-b.reply.changed:
		case <-b.ctx.Done():
		}
	}
}

// Close ends the exchange, also one that is under way.
func (b *replyBody) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	return nil
}

// read takes what is there; ready is false if more may come but has not.
func (r *reply) read(p []byte) (n int, ready bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.buf.Len() > 0 || len(p) == 0 {
		n, _ = r.buf.Read(p)
		return n, true, nil
	}
	return 0, r.err != nil, r.err
}
