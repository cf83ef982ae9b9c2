package job

import (
	"context"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
)

// keyRefused tells which API key was refused, and where it came from: no row is
// at fault then.
func (r *runner) keyRefused(h *importer.Halt) *importer.Halt {
	if !h.For(importer.StopUnauthorized) {
		return h
	}
	named := *h
	named.Message = "the server refuses the API key " + KeyLabel(r.o.API.Key)
	if r.o.KeyFrom != "" {
		named.Message += ", which came from " + r.o.KeyFrom
	}
	named.Message += " (" + h.Message + "); nothing is wrong with the rows"
	return &named
}

// proveKey makes sure that another API key is still the same account's, and asks
// where that cannot be proven.
func (r *runner) proveKey(ctx context.Context) (*Question, error) {
	if r.isNew || r.o.Rehearsal || r.header.KeyFingerprint == keyFingerprint(r.header.JobID, r.o.API.Key) {
		return nil, nil
	}
	totals, err := r.store.Totals(ctx)
	if err != nil {
		return nil, err
	}
	if r.header.KeyFingerprint != "" && totals.MayExist() > 0 {
		if q, err := r.sameAccount(ctx); q != nil || err != nil {
			return q, err
		}
	}
	return nil, r.acceptKey(ctx)
}

func (r *runner) sameAccount(ctx context.Context) (*Question, error) {
	client, err := api.New(r.o.API)
	if err != nil {
		return nil, usage("", "%v", "", err)
	}
	defer client.CloseIdle()
	r.unproven = readBack(ctx, r.store, client)
	switch {
	case r.unproven == nil:
		r.o.Notice("the API key has changed; a client of this job could be read with it, so it is the same account's")
		return nil, nil
	case r.o.NewKey:
		return nil, nil
	case r.o.Asks:
		return yesNo(AskKey, fmt.Sprintf("The API key has changed, and whether it is the same account's could not be proven (%v). "+
			"Go on with it?", r.unproven),
			"this job goes on with the new key", "nothing is sent"), nil
	}
	return nil, r.otherAccount()
}

// otherAccount is the problem of a key that is not known to be the account's.
func (r *runner) otherAccount() error {
	return usage("API key", "it has changed, and whether it is the same account's could not be proven: %v",
		"with the right key run again; if the new key is the same account's, add --new-key", r.unproven)
}

// readBack reads the client that was created last.
func readBack(ctx context.Context, s importer.Store, client *api.Client) error {
	for e, err := range s.Walk(ctx, importer.Created, importer.Outline) {
		if err != nil {
			return err
		}
		if e.ClientID != "" {
			_, err := client.Read(ctx, e.ClientID)
			return err
		}
	}
	return importer.ErrNoneCreated
}
