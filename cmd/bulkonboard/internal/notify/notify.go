// Package notify tells a web hook how a job stands: one JSON message for each
// change of state. It promises that a message names no customer and that the
// hook's address, which is a secret, is in no error. What it cannot deliver
// within its time is lost; whoever calls it goes on.
package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// A Message is what is posted. Text is for people, and what Slack and its like
// show; the other keys are stable, for scripts.
type Message struct {
	Text     string         `json:"text"`
	State    string         `json:"state"` // "ok", "faults", "in_doubt", "stopped" or "failed"
	Before   string         `json:"before"`
	OKAgain  bool           `json:"ok_again"`
	Job      string         `json:"job"` // path of the folder; "" if no job was reached
	Run      int64          `json:"run"` // 0: it could not start
	ExitCode int            `json:"exit_code"`
	Counts   map[string]int `json:"counts"` // the input's rows by status
	Sent     map[string]int `json:"sent"`   // this run's rows by status
	Next     []string       `json:"next"`   // the next command's arguments
	Summary  string         `json:"summary"`
	// Rehearsal tells that nothing was sent to the real API.
	Rehearsal bool `json:"rehearsal"`
}

// State is what an exit code says of a job; "" for codes that say nothing of
// it.
func State(exit int) string {
	switch exit {
	case job.ExitDone:
		return "ok"
	case job.ExitRejects:
		return "faults"
	case job.ExitInDoubt:
		return "in_doubt"
	case job.ExitStopped:
		return "stopped"
	case job.ExitFailed, job.ExitUsage:
		return "failed"
	}
	return ""
}

var says = map[string]string{
	"ok": "is ok", "faults": "has rows that were not created", "in_doubt": "has rows in doubt: somebody must look for them in the dashboard",
	"stopped": "stopped before all rows were sent", "failed": "could not finish",
}

// Of makes the message of a run that has ended, false if its state is the one
// before. A job's first run is a change only if it is not ok.
func Of(r job.Result, next []string) (Message, bool) {
	before := "ok"
	if r.Before != nil {
		before = State(r.Before.ExitCode)
	}
	m := Message{State: State(r.Exit), Job: r.Dir, Run: r.Run, ExitCode: r.Exit, Counts: r.Counts.Map(), Sent: r.Sent.Map(), Next: next,
		Rehearsal: r.Rehearsal}
	if m.State == "" || r.Run == 0 || m.State == before {
		return m, false
	}
	if r.Before != nil {
		m.Before = before
	}
	m.OKAgain = m.State == "ok"
	for _, f := range r.Files {
		if f.Name == "summary" {
			m.Summary = f.Path
		}
	}
	what := says[m.State]
	if m.OKAgain {
		what = "is ok again"
	}
	if r.Rehearsal {
		what += " (a rehearsal)"
	}
	m.Text = fmt.Sprintf("bulkonboard: %s %s. Rows: %s.", name(r.Dir), what, counts(r.Counts))
	return m, true
}

// NotStarted makes the message of a run that came to no job, or could not start
// it. Why is not told: it may name a customer.
func NotStarted(exit int) (Message, bool) {
	m := Message{State: State(exit), ExitCode: exit, Counts: importer.Counts{}.Map(), Sent: importer.Counts{}.Map()}
	m.Text = fmt.Sprintf("bulkonboard: a run could not start (exit code %d): look at what it printed.", exit)
	return m, exit == job.ExitFailed || exit == job.ExitUsage
}

// name is the job's folder with the one it lies in: most jobs are called alike.
func name(dir string) string {
	return filepath.Join(filepath.Base(filepath.Dir(dir)), filepath.Base(dir))
}

func counts(c importer.Counts) string {
	var parts []string
	for _, s := range importer.Statuses {
		if c[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c[s], strings.ReplaceAll(s.String(), "_", " ")))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// A Hook is where messages go.
type Hook struct {
	address  *url.URL
	carrier  http.RoundTripper
	patience time.Duration
}

// ParseHook reads the address of a hook: https, or http to this machine. Delivering
// a message takes no longer than timeout, nor than a minute. A carrier of nil is
// the network.
func ParseHook(address string, timeout time.Duration, carrier http.RoundTripper) (*Hook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, errors.New("this is not the address of a web hook; write it like https://hooks.example/…")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return nil, errors.New("a web hook must be https, since its address is a secret; plain http goes only to this machine")
	}
	if carrier == nil {
		t := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true}
		if u.Scheme == "http" { // for this machine, whatever its name stands for
			t.Proxy, t.DialContext = nil, (&net.Dialer{Control: api.OnlyLoopback}).DialContext
		}
		carrier = t
	}
	return &Hook{address: u, carrier: carrier, patience: min(patience, timeout)}, nil
}

// Patience bounds the delivery of a message, and one attempt at it.
const (
	patience     = time.Minute
	oncePatience = 10 * time.Second
)

// Post delivers a message, again and again while there is time. What the hook refuses
// for good (a 4xx but 408 and 429) is not repeated.
func (h *Hook) Post(ctx context.Context, m Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, h.patience)
	defer cancel()
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval, delays.MaxInterval = time.Second, 15*time.Second
	_, err = backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, h.once(ctx, body) },
		backoff.WithBackOff(delays), backoff.WithMaxElapsedTime(h.patience))
	return err
}

func (h *Hook) once(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, oncePatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address.String(), bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(errors.New("no request could be made for this address"))
	}
	req.Header.Set("Content-Type", "application/json")
	// RoundTrip, not a Client: it follows no redirect and wraps no address
	// into its errors.
	resp, err := h.carrier.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", h.address.Hostname(), cause(err))
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode/100 == 2:
		return nil
	case resp.StatusCode/100 == 5, resp.StatusCode == http.StatusRequestTimeout, resp.StatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("%s answered HTTP %d", h.address.Hostname(), resp.StatusCode)
	}
	return backoff.Permanent(fmt.Errorf("%s answered HTTP %d", h.address.Hostname(), resp.StatusCode))
}

// cause takes the address out of an error.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
