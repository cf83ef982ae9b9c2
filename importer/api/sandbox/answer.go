package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// An ending is how an exchange ends.
type ending int

const (
	whole   ending = iota // the answer is given
	cut                   // the connection is cut instead
	hanging               // nothing comes, until somebody gives up
	half                  // half of the promised body, then a cut
)

// An answer is what a client is to see of a request that was decided on.
type answer struct {
	status int
	header map[string]string
	body   []byte
	delay  time.Duration // held back so long
	ending ending
}

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil { // strings, numbers and times of our own: a programming error
		panic(err)
	}
	return answer{status: status, body: append(body, '\n'), header: map[string]string{"Content-Type": "application/json"}}
}

func htmlAnswer(status int, title, text string) answer {
	page := fmt.Sprintf("<!doctype html>\n<html><head><title>%s</title></head><body><h1>%s</h1><p>%s</p></body></html>\n", title, title, text)
	return answer{status: status, body: []byte(page), header: map[string]string{"Content-Type": "text/html; charset=utf-8"}}
}

func gatewayAnswer(status int) answer {
	return htmlAnswer(status, fmt.Sprintf("%d %s", status, http.StatusText(status)), "nginx")
}

func refused(status int, message string) *answer {
	a := jsonAnswer(status, map[string]any{"success": false, "message": message})
	return &a
}

func methodRefused(allowed string) answer {
	return *refused(http.StatusMethodNotAllowed, "Only "+allowed+" is allowed here.").with("Allow", allowed)
}

func (a *answer) with(name, value string) *answer {
	a.header[name] = value
	return a
}

// also is a copy that may be given more headers.
func (a answer) also() *answer {
	a.header = maps.Clone(a.header)
	return &a
}

// saying is an answer about the same client that says something else of it.
func (a answer) saying(status int, field string, value any) answer {
	body := a.document()
	delete(body, "success")
	body[field], body["message"] = value, "See the client."
	return jsonAnswer(status, body)
}

// about is the same answer with another client's id.
func (a answer) about(id string) answer {
	body := a.document()
	if data, ok := body["data"].(map[string]any); ok {
		data["client_id"] = id
	}
	return jsonAnswer(a.status, body)
}

// document is the body of an answer of our own.
func (a answer) document() map[string]any {
	body := map[string]any{}
	if err := json.Unmarshal(a.body, &body); err != nil {
		panic(err)
	}
	return body
}

func (a answer) later(d time.Duration) answer {
	a.delay += d
	return a
}

func (a answer) ends(e ending) answer {
	a.ending = e
	return a
}

// deliver gives the answer in its time and way. It panics with
// http.ErrAbortHandler when the connection is to be cut, also when ctx ended
// while the answer was held back.
func (a answer) deliver(ctx context.Context, w http.ResponseWriter) {
	if !wait(ctx, a.delay) {
		panic(http.ErrAbortHandler)
	}
	switch a.ending {
	case hanging:
		<-ctx.Done()
		panic(http.ErrAbortHandler)
	case cut:
		panic(http.ErrAbortHandler)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if a.ending == half {
		_, _ = w.Write(a.body[:len(a.body)/2]) // it is cut either way
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	if _, err := w.Write(a.body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// wait reports whether d passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
