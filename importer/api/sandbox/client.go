package sandbox

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Client is a client that exists in a Twin. Its passwords are not kept.
type Client struct {
	ID             string    `json:"id"` // base64 of Client:N
	Name           string    `json:"name"`
	Email          string    `json:"email"` // of client_details, else of the first user
	Users          []User    `json:"users"` // in the order of the request
	AssetGroupID   string    `json:"asset_group_id"`
	AssetGroupName string    `json:"asset_group_name,omitempty"`
	ProviderID     string    `json:"tenant_voice_provider_id"`
	CreatedAt      time.Time `json:"created_at"` // UTC
}

// A User may log in to its client.
type User struct {
	ID    string `json:"id"` // base64 of User:N
	Email string `json:"email"`
}

func (c Client) clone() Client {
	c.Users = slices.Clone(c.Users)
	return c
}

// encodeID writes an id the way the platform does.
func encodeID(kind string, n int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d", kind, n))
}

// decodeID returns the number within an id of that kind.
func decodeID(kind, id string) (int, error) {
	raw, err := base64.StdEncoding.DecodeString(id)
	if err == nil {
		if digits, ok := strings.CutPrefix(string(raw), kind+":"); ok {
			if n, err := strconv.Atoi(digits); err == nil && n > 0 {
				return n, nil
			}
		}
	}
	return 0, fmt.Errorf("%q is not the id of a %s", id, strings.ToLower(kind))
}
