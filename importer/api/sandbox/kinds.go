package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// A stage is where a fault strikes.
type stage int

const (
	instead  stage = iota // in place of the server: nothing is created
	after                 // in place of the answer, once a client was created; a refusal stands
	whatever              // on any answer
	limits                // not by itself: it sets how many clients the plan allows
)

// A kind is what a fault does. act makes the answer from the fault's value
// and, at the stages after and whatever, from the answer as it would have been.
type kind struct {
	name     string
	help     string
	unit     unit
	fallback int64 // the value where none is given
	stage    stage
	read     bool // strikes reads of a client; all others strike creates
	act      func(value int64, normal answer) answer
}

func kindOf(name string) *kind {
	for i := range kinds {
		if kinds[i].name == name {
			return &kinds[i]
		}
	}
	return nil
}

// kinds are all faults there are. A new one is one more entry.
var kinds = []kind{
	{name: "429", help: "429 without Retry-After; nothing is created", act: says(http.StatusTooManyRequests, "Too many requests.")},
	{name: "429-retry-after", help: "429 with Retry-After: 1, or so many seconds (429-retry-after:30); nothing is created",
		unit: seconds, fallback: 1, act: saysLater(http.StatusTooManyRequests, "Too many requests.")},
	{name: "500-before", help: "500 before anything is created", act: says(http.StatusInternalServerError, "Internal server error.")},
	{name: "500-after", help: "the client is created, then 500", stage: after,
		act: says(http.StatusInternalServerError, "Internal server error.")},
	{name: "502", help: "502 with the HTML page of a gateway; nothing is created", act: gateway(http.StatusBadGateway)},
	{name: "503", help: "503 without Retry-After, an HTML page; nothing is created", act: gateway(http.StatusServiceUnavailable)},
	{name: "503-retry-after", help: "503 with Retry-After: 1, or so many seconds (503-retry-after:30); nothing is created",
		unit: seconds, fallback: 1, act: saysLater(http.StatusServiceUnavailable, "Down for maintenance.")},
	{name: "504", help: "504 with the HTML page of a gateway; nothing is created", act: gateway(http.StatusGatewayTimeout)},
	{name: "408", help: "408; nothing is created", act: says(http.StatusRequestTimeout, "Request timeout.")},
	{name: "cut-before", help: "the connection is cut without an answer; nothing is created", act: endsBy(cut)},
	{name: "cut-after", help: "the client is created, then the connection is cut without an answer", stage: after, act: endsBy(cut)},
	{name: "hang-before", help: "no answer until the other side gives up; nothing is created", act: endsBy(hanging)},
	{name: "hang", help: "the client is created, then no answer until the other side gives up", stage: after, act: endsBy(hanging)},
	{name: "half-body", help: "the client is created, then the connection is cut in the middle of the answer", stage: after,
		act: endsBy(half)},
	{name: "slow", help: "answers as usual, but after 2s, or so long (slow:500ms)", unit: duration, fallback: int64(2 * time.Second),
		stage: whatever,
		act:   func(v int64, normal answer) answer { return normal.later(time.Duration(v)) }},
	{name: "unsuccessful", help: "200 that says success: false; nothing is created",
		act: says(http.StatusOK, "The client could not be created.")},
	{name: "item-failed", help: "200 with status: failed in the body; nothing is created",
		act: document200(map[string]any{"success": true, "status": "failed", "message": "The client could not be created."})},
	{name: "unknown-status", help: "the client is created, then 200 with a status that nobody has heard of, and its id", stage: after,
		act: func(_ int64, normal answer) answer {
			return normal.saying(http.StatusOK, "status", "partially_provisioned")
		}},
	{name: "refused-with-id", help: "the client is created, then 409 with its id", stage: after,
		act: func(_ int64, normal answer) answer { return normal.saying(http.StatusConflict, "success", false) }},
	{name: "same-id", help: "the client is created, then the answer has the id of the first client, or of another (same-id:7)", unit: count,
		stage: after,
		act:   func(v int64, normal answer) answer { return normal.about(encodeID("Client", int(v))) }},
	{name: "see-other", help: "the client is created, then 303 to /elsewhere", stage: after,
		act: func(int64, answer) answer {
			return *refused(http.StatusSeeOther, "See there.").with("Location", "/elsewhere")
		}},
	{name: "503-after", help: "the client is created, then 503 with Retry-After: 1, or so many seconds (503-after:30)",
		unit: seconds, fallback: 1, stage: after, act: saysLater(http.StatusServiceUnavailable, "Down for maintenance.")},
	{name: "limit", help: "400 that speaks of the plan's limit; nothing is created",
		act: says(http.StatusBadRequest, "Client limit reached. Upgrade your plan.")},
	{name: "429-date", help: "429 with Retry-After as a date in 1s, or so many seconds (429-date:30), by a clock that is an hour slow; " +
		"nothing is created",
		unit: seconds, fallback: 1, act: saysByClock},
	{name: "used-up", help: "as usual, with X-RateLimit-Remaining: 0 and a reset in 1s, or so many seconds (used-up:30)", unit: seconds,
		fallback: 1, stage: whatever,
		act: func(v int64, normal answer) answer {
			return *normal.also().with("X-RateLimit-Remaining", "0").with("X-RateLimit-Reset", strconv.FormatInt(v, 10))
		}},
	{name: "no-id", help: "the client is created, then 200 with success: true but without a client_id", stage: after,
		act: document200(map[string]any{"success": true, "message": "Client created successfully", "data": map[string]any{}})},
	{name: "html", help: "200 with the HTML page of a captive portal; nothing is created",
		act: func(int64, answer) answer {
			return htmlAnswer(http.StatusOK, "Welcome to Guest WiFi", "Please accept the terms of use to continue.")
		}},
	{name: "html-404", help: "404 with an HTML page, as from a wrong address; nothing is created", act: gateway(http.StatusNotFound)},
	{name: "redirect", help: "307 to /elsewhere; nothing is created",
		act: func(int64, answer) answer {
			return *refused(http.StatusTemporaryRedirect, "Moved.").with("Location", "/elsewhere")
		}},
	{name: "unauthorized", help: "401, as for a disabled API key; nothing is created",
		act: says(http.StatusUnauthorized, "This API key is disabled.")},
	{name: "forbidden", help: "403; nothing is created", act: says(http.StatusForbidden, "You do not have permission to do this.")},
	{name: "plan-limit", help: "403 for every create once so many clients exist (plan-limit:50)", unit: count, stage: limits},
	{name: "rejected", help: "400 with a message; nothing is created", act: says(http.StatusBadRequest, "The voice provider does not exist.")},
	{name: "duplicate", help: "409; nothing is created", act: says(http.StatusConflict, "A client with this email already exists.")},
	{name: "read-404", help: "reading a client back answers 404", read: true, act: says(http.StatusNotFound, "Client not found.")},
	{name: "read-403", help: "reading a client back answers 403", read: true,
		act: says(http.StatusForbidden, "You do not have permission to do this.")},
	{name: "read-500", help: "reading a client back answers 500", read: true,
		act: says(http.StatusInternalServerError, "Internal server error.")},
}

func says(status int, message string) func(int64, answer) answer {
	return func(int64, answer) answer { return *refused(status, message) }
}

func saysLater(status int, message string) func(int64, answer) answer {
	return func(v int64, _ answer) answer {
		message := fmt.Sprintf("%s Try again in %d s.", message, v)
		return *refused(status, message).with("Retry-After", strconv.FormatInt(v, 10))
	}
}

// saysByClock names the moment to come back at by a clock that is an hour slow.
func saysByClock(v int64, _ answer) answer {
	now := time.Now().UTC().Add(-time.Hour)
	return *refused(http.StatusTooManyRequests, "Too many requests.").with("Date", now.Format(http.TimeFormat)).
		with("Retry-After", now.Add(time.Duration(v)*time.Second).Format(http.TimeFormat))
}

func gateway(status int) func(int64, answer) answer {
	return func(int64, answer) answer { return gatewayAnswer(status) }
}

func document200(v any) func(int64, answer) answer {
	return func(int64, answer) answer { return jsonAnswer(http.StatusOK, v) }
}

func endsBy(e ending) func(int64, answer) answer {
	return func(_ int64, normal answer) answer { return normal.ends(e) }
}
