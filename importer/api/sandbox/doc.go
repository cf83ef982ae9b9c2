// Package sandbox is an offline stand-in for the VoiceAIWrapper API.
//
// It promises to answer POST /api/v2/clients/create and GET
// /api/v2/clients/{client_id} as the API's documentation says, to refuse what
// a strict server would refuse, to misbehave exactly as told by its faults, and
// to say afterwards what exists: after any fault a test can compare what a
// program believes with what Clients reports. It never keeps, prints or answers
// a password or an API key.
//
// It does not promise to be the real thing: which status the API uses for a
// refusal, how it words it, and whether it refuses a second client with the
// same e-mail is not documented, so those are choices. It knows no Stripe
// products, assistants or phone numbers and takes every id as it comes. One
// File belongs to one Twin at a time.
//
// # How
//
// A Twin is an http.Handler for a real socket, and has a Transport that needs
// none. Both carry the same exchange: the handler decides on an answer first,
// holds it back as long as latency and faults ask for, and then gives it or
// cuts the connection, by panicking with http.ErrAbortHandler. So a client
// that gives up waiting has been created all the same, the case that
// bookkeeping on the other side must survive. The Transport fires the hooks of
// net/http/httptrace and works in the virtual time of testing/synctest.
//
// The package shares no code with the client it is the counterpart of: an
// error in one shows against the other.
//
// # Cost
//
// A Twin keeps every client in memory, without passwords, and in its File if it
// has one; a create and a read cost the same however many there are.
package sandbox
