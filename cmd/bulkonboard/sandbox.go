package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
)

type sandboxFlags struct {
	addr, key, file string
	faults          []string
	seed            uint64
	duplicates      bool
	latency, span   time.Duration
	rate            int
}

func (a *app) sandboxCommand() *cobra.Command {
	var f sandboxFlags
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the offline sandbox of the API on this machine",
		Long: `Serve a sandbox of the API on this machine, to try things out without creating
real clients. It answers as the API's documentation says, refuses as a strict
server would, and misbehaves when told to. GET /sandbox/clients lists what
exists.

Faults, for --fault; behind @ may stand a probability (500-after@10%), the
numbers of the create requests (cut-after@#3,7-9), or a text of the client's
name or e-mail (forbidden@=acme):
` + faultGuide(),
		Example: `  bulkonboard sandbox
  bulkonboard sandbox --addr 127.0.0.1:9000 --fault cut-after@5% --rate 20`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.sandbox(c.Context(), &f) },
	}
	fs := c.Flags()
	fs.StringVar(&f.addr, "addr", "127.0.0.1:8080", "listen at this `host:port`, on this machine only; port 0 takes a free one")
	fs.StringVar(&f.key, "key", "", "accept only this API `key` (default: any)")
	fs.StringVar(&f.file, "file", "", "keep the clients in this `file` (default: in memory)")
	fs.StringArrayVar(&f.faults, "fault", nil, "misbehave: `NAME[:VALUE][@WHEN]`; repeatable")
	fs.Uint64Var(&f.seed, "seed", 0, "for faults with a probability: the same `N` gives the same faults")
	fs.BoolVar(&f.duplicates, "refuse-duplicates", false, "answer 409 to a second client with the same e-mail")
	fs.DurationVar(&f.latency, "latency", 0, "take `D` for each answer")
	fs.IntVar(&f.rate, "rate", 0, "allow `N` creates in a second; more get 429 (default: no limit)")
	fs.DurationVar(&f.span, "for", 0, "end by itself after `D` (default: when interrupted)")
	config.CommandLineOnly(fs, "addr", "key", "file", "fault", "seed", "refuse-duplicates", "latency", "rate", "for")
	return c
}

func faultGuide() string {
	var b strings.Builder
	for _, n := range sandbox.FaultNames() {
		fmt.Fprintf(&b, "  %-20s %s\n", n, sandbox.FaultHelp(n))
	}
	return strings.TrimRight(b.String(), "\n")
}

// thisMachine answers requests that name this machine, and no others: a page in a
// browser may reach it under a name of its own.
func thisMachine(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := (&url.URL{Host: r.Host}).Hostname()
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "the sandbox answers to the names of this machine only", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (a *app) sandbox(ctx context.Context, f *sandboxFlags) error {
	faults, err := parseFaults(f.faults)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(f.addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usagef("write it like 127.0.0.1:8080", "--addr %s: the sandbox listens on this machine only", f.addr)
	}
	twin, err := sandbox.New(sandbox.Options{Key: f.key, Faults: faults, Seed: f.seed, RefuseDuplicates: f.duplicates, Latency: f.latency,
		Rate: f.rate, File: f.file})
	if err != nil {
		return &failure{err}
	}
	defer func() { _ = twin.Close() }()
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		return &failure{err}
	}
	if f.span > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.span)
		defer cancel()
	}
	server := &http.Server{Handler: thisMachine(twin), ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintf(a.stdout, "sandbox listening on http://%s\n", l.Addr())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return &failure{err}
	case <-ctx.Done():
	}
	_ = twin.Close() // ends what hangs on purpose
	soon, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(soon); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return &failure{err}
	}
	fmt.Fprintf(a.stdout, "sandbox ended: %d create requests, %d clients\n", twin.Requests(), len(twin.Clients()))
	return nil
}
