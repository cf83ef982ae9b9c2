package job

import (
	"context"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
)

// proveKey makes sure that another API key is still the same account's.
func (r *runner) proveKey(ctx context.Context) error {
	if r.isNew || r.o.Rehearsal {
		return nil
	}
	now := keyFingerprint(r.header.JobID, r.o.API.Key)
	if r.header.KeyFingerprint == now {
		return nil
	}
	totals, err := r.store.Totals(ctx)
	if err != nil {
		return asProblem(err)
	}
	if r.header.KeyFingerprint != "" && totals[importer.Created]+totals[importer.InDoubt] > 0 {
		if err := r.sameAccount(ctx); err != nil {
			return err
		}
	}
	r.header.KeyFingerprint = now
	return asProblem(r.store.SetHeader(ctx, r.header))
}

func (r *runner) sameAccount(ctx context.Context) error {
	client, err := api.New(r.o.API)
	if err != nil {
		return usage("", "%v", "", err)
	}
	defer client.CloseIdle()
	why := readBack(ctx, r.store, client)
	if why == nil {
		r.o.Notice("the API key has changed; a client of this job could be read with it, so it is the same account's")
		return nil
	}
	switch {
	case r.o.NewKey:
		return nil
	case r.o.ConfirmKey != nil:
		yes, err := r.o.ConfirmKey(fmt.Sprintf("The API key has changed, and whether it is the same account's could not be proven (%v). Go on with it?", why))
		if err != nil || yes {
			return err
		}
	}
	return usage("API key", "it has changed, and whether it is the same account's could not be proven: %v",
		"with the right key run again; if the new key is the same account's, add --new-key", why)
}

// readBack reads the client that was created last.
func readBack(ctx context.Context, s importer.Store, client *api.Client) error {
	for e, err := range s.Walk(ctx, importer.Created) {
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
