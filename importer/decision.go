package importer

import (
	"slices"
	"time"
)

// An Action is what a decision does to a row. Its word stands in settle's
// files, on its command line and in journals.
type Action string

// What people decide with settle. The first three are about a row in doubt.
const (
	ActionCreated Action = "created"     // the client is there, and this is its id
	ActionExists  Action = "exists"      // the client is there; its id is not at hand
	ActionAbsent  Action = "absent"      // the client is not there: the next run sends it
	ActionDeleted Action = "deleted"     // a created client was removed in the dashboard: the next run sends it
	ActionSameAs  Action = "same-as"     // a possible duplicate is this customer
	ActionNew     Action = "new"         // a possible duplicate is a customer of its own
	ActionSame    Action = "same"        // a row with a customer's key and nothing else of it is this customer: renamed
	ActionDone    Action = "change-done" // what changed in a created row was changed by hand
	ActionReopen  Action = "reopen"      // the last decision is taken back
)

// What is on record beside those, and is not taken back.
const (
	ActionAdopted  Action = "adopted"         // taken over from earlier results
	ActionRekey    Action = "rekey"           // moved to another key definition
	ActionHandover Action = "handover"        // the credentials were handed over
	ActionForget   Action = "handover-forget" // and the seals are gone
)

// Settles tells whether an action is one of settle's.
func (a Action) Settles() bool {
	return slices.Contains([]Action{ActionCreated, ActionExists, ActionAbsent, ActionDeleted, ActionSameAs, ActionNew, ActionSame,
		ActionDone, ActionReopen}, a)
}

// A Decision is what a person decided on a row, on record for good.
type Decision struct {
	Key      Key
	Action   Action
	Who      string
	At       time.Time
	ClientID string
	Other    Key    // the key of same-as
	Before   *Entry // what the journal knew; nil if nothing

	// After is what the journal knows from now on, and Forget that it knows
	// nothing any more; neither: it knows what it knew. They are carried out,
	// not kept with the decision.
	After  *Entry `json:"-"`
	Forget bool   `json:"-"`
}

// The codes of entries that were decided on.
const (
	CodeSettledCreated = "settled_created"
	CodeSettledExists  = "settled_exists"
	CodeSettledAbsent  = "settled_absent"
	CodeSettledDeleted = "settled_deleted"
	CodeSettledSameAs  = "settled_same_as"
)

// LastDecision is the newest of the decisions on a key, oldest first, that says
// something about its row: a handover does not. nil if there is none.
func LastDecision(ds []Decision) *Decision {
	for i := len(ds) - 1; i >= 0; i-- {
		if a := ds[i].Action; a != ActionHandover && a != ActionForget {
			return &ds[i]
		}
	}
	return nil
}
