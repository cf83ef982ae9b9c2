// Package api is the HTTP client of the VoiceAIWrapper API.
//
// It promises exactly one exchange per call: nothing is repeated, no redirect
// is followed, and every failure says whether the request may have reached the
// server. An answer is read up to a bound. The API key and passwords reach no
// error and no log.
//
// It does not promise to understand what the API's documentation leaves open
// (error bodies, status codes): it parses defensively, and what it cannot
// understand it calls in doubt.
//
// # The line between failed and in doubt
//
// net/http tells through httptrace.WroteHeaders when the request's head was
// written. Before that the server can have seen nothing that it could act on;
// from then on it may have seen everything, since net/http may report the
// body's end later than the server has it. So a failure before the hook is
// transient, and one after it is in doubt.
//
// # Why no Idempotency-Key
//
// The API documents none, so the header would protect nothing; and net/http
// takes it as leave to send a POST again by itself when a reused connection is
// cut. Without the header, and without GetBody, it resends only when not a
// byte of the request was written.
//
// # Cost
//
// An exchange costs its request and its answer, which is read to 1 MiB at most.
// Nothing is kept but idle connections, as many as may be in flight.
package api
