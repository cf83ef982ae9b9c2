package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// create decides what an answer to a create call means.
func (a answer) create(s *scrubber) (importer.Receipt, *importer.Error) {
	body, isJSON := parseObject(a.body)
	if a.status >= 200 && a.status < 300 && isJSON && !verdict(body) {
		if r := a.receipt(body); r.ClientID != "" {
			return r, nil
		}
	}
	e := &importer.Error{HTTPStatus: a.status, Code: "http_" + strconv.Itoa(a.status), Message: message(a.body, body, s)}
	switch {
	case a.status >= 200 && a.status < 300:
		return importer.Receipt{}, a.without(body, isJSON, e)
	case a.status >= 300 && a.status < 400:
		e.Kind, e.Code = importer.KindFatal, "redirected"
		e.Message, e.Advice = "the server sends requests elsewhere, which is not followed", "check --base-url"
		if u, err := url.Parse(a.header.Get("Location")); err == nil && u.Host != "" {
			e.Message = s.text("the server sends requests to " + u.Host + ", which is not followed")
		}
	case a.status == http.StatusUnauthorized:
		e.Kind, e.Code, e.Advice = importer.KindFatal, "unauthorized", "the API key is refused: make a new one in the dashboard (Settings, API Keys)"
	case a.status == http.StatusForbidden:
		e.Kind, e.Code, e.Advice = importer.KindRefused, "forbidden", "probably the plan's limit, or a right that the API key lacks"
	case (a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed) && !ofTheAPI(body):
		e.Kind, e.Code, e.Advice = importer.KindFatal, "not_the_api", "this address is not the API's: check --base-url"
	case a.status == http.StatusTooManyRequests:
		e.Kind, e.Code, e.Limited, e.Advice = importer.KindTransient, "too_many_requests", true, "a lower --rate"
		e.RetryAfter, _ = retryAfter(a.header, time.Now())
	case a.status == http.StatusServiceUnavailable:
		wait, said := retryAfter(a.header, time.Now())
		if !said {
			return importer.Receipt{}, inDoubt(e)
		}
		e.Kind, e.Code, e.RetryAfter, e.ServerSide = importer.KindTransient, "unavailable", wait, true
		e.Advice = "the next run sends it again"
	case a.status == http.StatusRequestTimeout || a.status >= 500 || a.status < 200:
		return importer.Receipt{}, inDoubt(e)
	default:
		e.Kind, e.Advice = importer.KindRejected, "correct the row"
	}
	return importer.Receipt{}, e
}

func inDoubt(e *importer.Error) *importer.Error {
	e.Kind, e.ServerSide, e.Advice = importer.KindInDoubt, true, doubtAdvice
	return e
}

// receipt reads a success; without a client's id it is none.
func (a answer) receipt(body map[string]any) importer.Receipt {
	r := importer.Receipt{ClientID: firstID(body), HTTPStatus: a.status}
	for _, o := range containers(body) {
		r.ClientName = first(r.ClientName, text(o["client_name"]), text(o["name"]))
		r.PrimaryEmail = first(r.PrimaryEmail, text(o["primary_email"]), text(o["email"]))
		r.AssetGroupID = first(r.AssetGroupID, text(o["asset_group_id"]))
	}
	return r
}

// without reads a 2xx that is no success with a client's id: a refusal in
// disguise, or nothing that could be told.
func (a answer) without(body map[string]any, isJSON bool, e *importer.Error) *importer.Error {
	if isJSON && verdict(body) {
		e.Kind, e.Code, e.Advice = importer.KindRejected, "unsuccessful", "correct the row"
		return e
	}
	e = inDoubt(e)
	switch {
	case a.cut != nil && a.late:
		e.Code, e.Message = "timeout", "the answer did not arrive whole in time"
	case a.cut != nil:
		e.Code, e.Message = "cut", "the answer was cut: "+a.cut.Error()
	case isJSON:
		e.Code = "no_client_id"
		e.Message = strings.TrimSuffix("the answer has no client id: "+e.Message, ": ")
	default:
		e.Code = "unreadable_answer"
		e.Message = strings.TrimSuffix("the answer is not JSON: "+e.Message, ": ")
	}
	return e
}

// verdict reads what an answer says of its own success, in any of the
// envelopes that the API's endpoints use; an item within it may have failed
// under an overall success.
func verdict(body map[string]any) (refused bool) {
	for depth, o := range containers(body) {
		if saysNo(o["success"]) || saysNo(o["status"]) {
			return true
		}
		st, _ := o["status"].(string)
		switch strings.ToLower(st) {
		case "failed", "failure", "fail", "error", "rejected":
			return true
		case "", "success", "ok", "created", "active", "pending", "enabled", "trial":
			// The last ones are a client's own status, not the call's.
		default:
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

// saysNo reads a no in the forms that servers write it in: false, "false", and
// an HTTP status that is an error's.
func saysNo(v any) bool {
	switch t := v.(type) {
	case bool:
		return !t
	case string:
		return strings.EqualFold(strings.TrimSpace(t), "false")
	case json.Number:
		n, err := t.Int64()
		return err == nil && n >= 400 && n < 600
	}
	return false
}

// containers are the objects in which an answer may carry a client.
func containers(body map[string]any) []map[string]any {
	out := []map[string]any{body}
	for _, name := range []string{"data", "client", "result"} {
		for _, o := range out {
			if in, ok := o[name].(map[string]any); ok {
				out = append(out, in)
				break
			}
		}
	}
	return out
}

// firstID finds the client's id.
func firstID(body map[string]any) string {
	for _, o := range containers(body) {
		if id := text(o["client_id"]); id != "" {
			return id
		}
	}
	if c, ok := body["client"].(map[string]any); ok {
		return text(c["id"])
	}
	if d, ok := body["data"].(map[string]any); ok {
		if c, ok := d["client"].(map[string]any); ok {
			return text(c["id"])
		}
		return ownID(d)
	}
	return ownID(body)
}

// ownID is the id of an object that is a client. A bare "id" beside nothing
// else of a client may be anything's, a request's for one.
func ownID(o map[string]any) string {
	for _, k := range []string{"name", "client_name", "primary_email", "email", "users"} {
		if o[k] != nil {
			return text(o["id"])
		}
	}
	return ""
}

// ofTheAPI tells an error of the API from one of whoever else answers there.
func ofTheAPI(body map[string]any) bool {
	for _, k := range []string{"message", "detail", "error", "errors", "success", "status"} {
		if _, ok := body[k]; ok {
			return true
		}
	}
	return false
}

// read decides what an answer to a read-back means.
func (a answer) read(s *scrubber, id string) (importer.Readback, *importer.Error) {
	body, _ := parseObject(a.body)
	e := &importer.Error{HTTPStatus: a.status, Code: "http_" + strconv.Itoa(a.status), Message: message(a.body, body, s)}
	switch {
	case a.status >= 200 && a.status < 300:
		return a.client(body, id, e)
	case a.status == http.StatusUnauthorized:
		e.Kind, e.Code = importer.KindFatal, "unauthorized"
	case a.status == http.StatusForbidden:
		e.Kind, e.Code = importer.KindRefused, "forbidden"
	case a.status >= 500 || a.status == http.StatusRequestTimeout || a.status == http.StatusTooManyRequests:
		e.Kind, e.ServerSide, e.Limited = importer.KindTransient, a.status != http.StatusTooManyRequests, a.status == http.StatusTooManyRequests
		e.RetryAfter, _ = retryAfter(a.header, time.Now())
	default:
		e.Kind = importer.KindRejected
	}
	return importer.Readback{}, e
}

func (a answer) client(body map[string]any, id string, e *importer.Error) (importer.Readback, *importer.Error) {
	for _, o := range containers(body) {
		got := first(text(o["id"]), text(o["client_id"]))
		if got == "" {
			continue
		}
		if got != id {
			e.Kind, e.Code, e.Message = importer.KindRejected, "another_client", fmt.Sprintf("the answer is about the client %q", got)
			return importer.Readback{}, e
		}
		b := importer.Readback{ClientID: got, Name: first(text(o["name"]), text(o["client_name"])), PrimaryEmail: first(text(o["primary_email"]), text(o["email"]))}
		b.CreatedAt, _ = time.Parse(time.RFC3339, text(o["created_at"]))
		if users, ok := o["users"].([]any); ok {
			b.UserEmails = []string{}
			for _, u := range users {
				if m, ok := u.(map[string]any); ok {
					b.UserEmails = append(b.UserEmails, text(m["email"]))
				}
			}
		}
		return b, nil
	}
	e.Kind, e.Code, e.ServerSide = importer.KindTransient, "unreadable_answer", true
	return importer.Readback{}, e
}

func parseObject(b []byte) (map[string]any, bool) {
	var v any
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber() // an id may be a long number
	if d.Decode(&v) != nil {
		return nil, false
	}
	o, ok := v.(map[string]any)
	return o, ok
}

// text reads a string or a number; anything else is none.
func text(v any) string {
	switch t := v.(type) {
	case string:
		return strings.TrimSpace(t)
	case json.Number:
		return t.String()
	}
	return ""
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// retryAfter reads how long the server asks to wait, in seconds or as a date;
// said is false if it does not, or not in a form that can be read.
func retryAfter(h http.Header, now time.Time) (wait time.Duration, said bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return time.Duration(min(max(n, 0), 1<<31)) * time.Second, true
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(t.Sub(now), 0), true
	}
	return 0, false
}
