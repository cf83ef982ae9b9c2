package importer

import (
	"context"
	"time"
)

// A Creator creates one client: one attempt, or a decorated one. The error's
// KindOf says what became of the row. It is safe for concurrent use.
type Creator interface {
	Create(ctx context.Context, req Request) (Receipt, error)
}

// CreatorFunc lets a function be a Creator.
type CreatorFunc func(ctx context.Context, req Request) (Receipt, error)

// Create calls the function.
func (f CreatorFunc) Create(ctx context.Context, req Request) (Receipt, error) { return f(ctx, req) }

// A Receipt is the server's word that a client exists now.
type Receipt struct {
	ClientID     string // never empty
	ClientName   string
	PrimaryEmail string
	AssetGroupID string
	HTTPStatus   int
	// Wait is how long the server asks everybody to wait; 0 if it does not.
	Wait time.Duration
}

// A Readback is a client as the server tells it.
type Readback struct {
	ClientID     string
	Name         string
	PrimaryEmail string
	UserEmails   []string  // nil if the server does not list them
	CreatedAt    time.Time // zero if the server does not say
}
