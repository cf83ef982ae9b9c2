package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// create decides what an answer to a create call means. What is not clear is in
// doubt: a refusal that names a client may be about one that this call has made.
func (a answer) create(s *scrubber) (importer.Receipt, *importer.Error) {
	body, isJSON := parseObject(a.body)
	r := a.receipt(body)
	success := a.status >= 200 && a.status < 300
	said := verdict(body)
	if success && isJSON && said.success() && r.ClientID != "" {
		return r, nil
	}
	e := &importer.Error{HTTPStatus: a.status, Code: "http_" + strconv.Itoa(a.status), Message: a.message(body, s), RetryAfter: r.Wait}
	switch {
	case success && said != refusal:
		e = s.clean(a.unclear(r.ClientID, isJSON, said, e))
	case success:
		e.Kind, e.Code, e.Advice = importer.KindRejected, "unsuccessful", "correct the row"
	default:
		a.failure(body, s, e)
	}
	if success && said == refusal || a.status >= 300 {
		refused(r.ClientID, s, e)
	}
	return importer.Receipt{}, e
}

// failure describes an answer that is no 2xx.
func (a answer) failure(body map[string]any, s *scrubber, e *importer.Error) {
	switch {
	case a.status == http.StatusFound || a.status == http.StatusSeeOther:
		// What a server says that has done what it was asked to.
		inDoubt(e)
		a.elsewhere(s, e)
	case a.status >= 300 && a.status < 400:
		e.Kind, e.Advice = importer.KindFatal, "check --base-url"
		a.elsewhere(s, e)
	case a.status == http.StatusUnauthorized:
		e.Kind, e.Code, e.Stop = importer.KindFatal, "unauthorized", importer.StopUnauthorized
		e.Advice = "nothing is wrong with the row: the API key is refused (the dashboard makes a new one under Settings, API Keys)"
	case a.status == http.StatusForbidden:
		e.Kind, e.Code, e.Advice = importer.KindRefused, "forbidden", "probably the plan's limit, or a right that the API key lacks"
	case (a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed) && !ofTheAPI(body):
		e.Kind, e.Code, e.Stop, e.Advice = importer.KindFatal, "not_the_api", importer.StopNotTheAPI, "this address is not the API's: check "+
			"--base-url"
	case a.status == http.StatusTooManyRequests:
		e.Kind, e.Code, e.Limited, e.Advice = importer.KindTransient, "too_many_requests", true, "a lower --rate"
	case a.status == http.StatusRequestTimeout || a.status >= 500 || a.status < 200:
		inDoubt(e)
	default:
		e.Kind, e.Advice = importer.KindRejected, "correct the row"
	}
}

// elsewhere describes a redirect, which is never followed. It halts the run: the
// next row would be sent there, too.
func (a answer) elsewhere(s *scrubber, e *importer.Error) {
	e.Code, e.Stop, e.Message = "redirected", importer.StopRedirected, "the server sends requests elsewhere, which is not followed"
	if u, err := url.Parse(a.header.Get("Location")); err == nil && u.Host != "" {
		e.Message = s.line("the server sends requests to " + u.Host + ", which is not followed")
	}
}

// refused looks closer at an answer that says no: whether it names a client, and
// whether it speaks of the account's plan.
func refused(clientID string, s *scrubber, e *importer.Error) {
	switch {
	case clientID != "":
		if e.Kind != importer.KindInDoubt {
			e.Code = "refused_with_id"
		}
		e.ClientID = clientID
		e.Message = strings.TrimSuffix(s.line("the answer names the client "+clientID+": "+e.Message), ": ")
		inDoubt(e)
	case e.Kind == importer.KindRejected && speaksOfPlan(e.Message):
		e.Kind, e.Code = importer.KindPlanLimit, "plan_limit"
		e.Advice = "probably a limit of your plan: see it in the dashboard; the next run sends it again"
	}
}

// The words of a plan's limit, and those of a limit that is a field's.
var (
	ofPlan  = regexp.MustCompile(`(?i)\b(limit(s|ed)?|plans?|quotas?|upgrad(e|es|ing))\b`)
	ofField = regexp.MustCompile(`(?i)\b(characters?|length|too long|too short|bytes|digits)\b`)
)

func speaksOfPlan(message string) bool {
	return ofPlan.MatchString(message) && !ofField.MatchString(message)
}

func inDoubt(e *importer.Error) {
	e.Kind, e.ServerSide, e.Advice = importer.KindInDoubt, true, doubtAdvice
}

// receipt reads a success; without a client's id it is none.
func (a answer) receipt(body map[string]any) importer.Receipt {
	r := importer.Receipt{ClientID: firstID(body), HTTPStatus: a.status, Wait: a.wait(time.Now())}
	for _, o := range containers(body) {
		r.ClientName = first(r.ClientName, text(o["client_name"]), text(o["name"]))
		r.PrimaryEmail = first(r.PrimaryEmail, text(o["primary_email"]), text(o["email"]))
		r.AssetGroupID = first(r.AssetGroupID, text(o["asset_group_id"]))
	}
	return r
}

// unclear describes a 2xx that neither confirms a client nor refuses one.
func (a answer) unclear(clientID string, isJSON bool, said word, e *importer.Error) *importer.Error {
	inDoubt(e)
	why := ""
	switch {
	case a.cut != nil && a.late:
		e.Code, e.Message = "timeout", "the answer did not arrive whole in time"
	case a.cut != nil:
		e.Code, e.Message = "cut", "the answer was cut: "+a.cut.Error()
	case !isJSON:
		e.Code, why = "unreadable_answer", "the answer is not JSON"
	case said == unknown:
		e.Code, why = "unknown_status", "the answer says neither yes nor no"
		if clientID != "" {
			why += " of the client " + clientID
		}
	default:
		e.Code, why = "no_client_id", "the answer has no client id"
	}
	if why != "" {
		e.Message = strings.TrimSuffix(why+": "+e.Message, ": ")
	}
	return e
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
	_, users := o["users"].([]any)
	for _, k := range []string{"name", "client_name", "primary_email", "email"} {
		if users || text(o[k]) != "" { // a list beside it would be what is wrong with a field
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
	return firstID(body) != ""
}

// read decides what an answer to a read-back means.
func (a answer) read(s *scrubber, id string) (importer.Readback, *importer.Error) {
	body, _ := parseObject(a.body)
	e := &importer.Error{HTTPStatus: a.status, Code: "http_" + strconv.Itoa(a.status), Message: a.message(body, s),
		RetryAfter: a.wait(time.Now())}
	switch {
	case a.status >= 200 && a.status < 300:
		return a.client(s, body, id, e)
	case a.status == http.StatusUnauthorized:
		e.Kind, e.Code, e.Stop = importer.KindFatal, "unauthorized", importer.StopUnauthorized
	case a.status == http.StatusForbidden:
		e.Kind, e.Code = importer.KindRefused, "forbidden"
	case a.status >= 500 || a.status == http.StatusRequestTimeout || a.status == http.StatusTooManyRequests:
		e.Kind, e.ServerSide, e.Limited = importer.KindTransient, a.status != http.StatusTooManyRequests, a.status == http.StatusTooManyRequests
	default:
		e.Kind = importer.KindRejected
	}
	return importer.Readback{}, e
}

func (a answer) client(s *scrubber, body map[string]any, id string, e *importer.Error) (importer.Readback, *importer.Error) {
	for _, o := range containers(body) {
		got := first(text(o["id"]), text(o["client_id"]))
		if got == "" {
			continue
		}
		if got != id {
			e.Kind, e.Code, e.Message = importer.KindRejected, "another_client", s.line(fmt.Sprintf("the answer is about the client %q", got))
			return importer.Readback{}, e
		}
		b := importer.Readback{ClientID: got, Name: first(text(o["name"]), text(o["client_name"])),
			PrimaryEmail: first(text(o["primary_email"]), text(o["email"]))}
		b.CreatedAt, _ = time.Parse(time.RFC3339, text(o["created_at"]))
		if users, ok := o["users"].([]any); ok {
			b.UserEmails = []string{}
			for _, u := range users {
				if m, ok := u.(map[string]any); ok {
					b.UserEmails = append(b.UserEmails, text(m["email"]))
				}
			}
		}
		return s.readback(b), nil
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
