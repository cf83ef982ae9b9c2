package importer

import "slices"

// A StopReason is why a run ended before its rows did. Its word stands in
// journals, summaries and logs.
type StopReason string

// What the engine meets.
const (
	StopOutage       StopReason = "outage"       // the server is not well, or asks for a longer pause than a run makes
	StopUnauthorized StopReason = "unauthorized" // the API key is refused
	StopRedirected   StopReason = "redirected"   // the server sends requests elsewhere
	StopNotTheAPI    StopReason = "not_the_api"  // somebody else answers at this address
	StopForbidden    StopReason = "forbidden"    // 403 for the account, or for row after row
	StopSameRefusal  StopReason = "same_refusal" // one refusal for row after row, and for others
	StopMaxErrors    StopReason = "max_errors"   // too many rows ended rejected or failed
	StopLimit        StopReason = "limit"        // as many rows as were wanted
	StopJournal      StopReason = "journal"      // the journal cannot be written
	StopInterrupted  StopReason = "interrupted"  // the caller's context ended
	StopInput        StopReason = "input"        // the requests cannot be read on
)

// What a job guards against, and what people wanted.
const (
	StopStrict         StopReason = "strict"          // some rows are invalid, and none was to be sent then
	StopMaxNew         StopReason = "max_new"         // more new customers than an unattended run may send
	StopChangedColumns StopReason = "changed_columns" // other columns than an unattended run may meet
	StopChangedRows    StopReason = "changed_rows"    // more rows became other customers than an unattended run may meet
	StopCustomersGone  StopReason = "customers_gone"  // no known customer is left in the input of an unattended run
	StopMaxDuration    StopReason = "max_duration"    // the time is up
	StopPilot          StopReason = "pilot"           // the pilot ended
	StopDeclined       StopReason = "declined"        // somebody answered no
)

// A Halt is the end of a run before its rows'.
type Halt struct {
	Reason  StopReason
	Message string
	Keys    []Key // the rows that brought it about: they go last next time
	Cause   error
}

func (h *Halt) Error() string { return h.Message }

func (h *Halt) Unwrap() error { return h.Cause }

// For tells whether a run was halted for one of these reasons; a run that was
// not halted has none.
func (h *Halt) For(reasons ...StopReason) bool {
	return h != nil && slices.Contains(reasons, h.Reason)
}
