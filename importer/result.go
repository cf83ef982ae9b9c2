package importer

import "time"

// A Result is one line of the results: where one row stands.
type Result struct {
	Row          RowRef // zero for a row in doubt that is not in this input
	Key          Key
	Status       Status
	ClientID     string
	ClientName   string
	PrimaryEmail string
	AssetGroupID string
	HTTPStatus   int
	Code         string
	Message      string
	Advice       string
	Attempts     int
	FinishedAt   time.Time
	Fingerprint  string
	Run          int64
	Note         string
}

// ResultOf fills a result from what the journal knows.
func ResultOf(row RowRef, e Entry) Result {
	return Result{
		Row: row, Key: e.Key, Status: e.Status, ClientID: e.ClientID, ClientName: e.ClientName,
		PrimaryEmail: e.PrimaryEmail, AssetGroupID: e.AssetGroupID, HTTPStatus: e.HTTPStatus,
		Code: e.Code, Message: e.Message, Advice: e.Advice, Attempts: e.Attempts,
		FinishedAt: e.FinishedAt, Fingerprint: e.Fingerprint, Run: e.Run, Note: e.Note,
	}
}
