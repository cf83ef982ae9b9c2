package importer

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"slices"
	"time"
)

// A Sealer makes a text unreadable for all but those it is sealed to. It is
// safe for concurrent use.
type Sealer interface {
	Seal(plain []byte) ([]byte, error)
}

// Credentials are the logins of one client, as they are sealed.
type Credentials struct {
	Users []Credential `json:"users"`
}

// A Credential is one login. It is a secret as a whole: it is sealed, or handed
// over, and goes nowhere else.
type Credential struct {
	Email     string `json:"email"`
	Password  string `json:"password"`
	Generated bool   `json:"generated,omitempty"`
}

// A Seal is what is kept of one attempt's credentials.
type Seal struct {
	Attempt  AttemptID
	Key      Key
	BegunAt  time.Time
	Sealed   []byte
	HandedAt time.Time // zero: not handed over yet
}

// Credentialed makes up the passwords that a row wants generated and seals its
// credentials: once for a row and run, so that all its attempts have the same
// password. It stands around Retry. A nil Sealer seals nothing, and a row that
// wants a generated password then fails before anything is sent: a password
// that nobody could ever hand over must not leave.
func Credentialed(next Creator, s Sealer) Creator {
	return CreatorFunc(func(ctx context.Context, req Request) (Receipt, error) {
		req, err := credentialed(req, s, rand.Reader)
		if err != nil {
			return Receipt{}, &Error{Kind: KindInternal, Code: "not_sealed",
				Message: "its password could not be generated and sealed, so nothing was sent",
				Advice:  "make a key with `bulkonboard keygen`, then run again", Cause: err}
		}
		return next.Create(ctx, req)
	})
}

type noSealer struct{}

func (noSealer) Error() string { return "nobody could open a generated password" }

func credentialed(req Request, s Sealer, random io.Reader) (Request, error) {
	var c Credentials
	req.Client.Users = slices.Clone(req.Client.Users) // shared with whoever mapped the row
	for i := range req.Client.Users {
		u := &req.Client.Users[i]
		generated := u.Generate != nil && u.Password.Empty()
		if generated {
			if s == nil {
				return req, noSealer{}
			}
			var err error
			if u.Password, err = u.Generate.Generate(random); err != nil {
				return req, err
			}
		}
		c.Users = append(c.Users, Credential{u.Email, u.Password.Reveal(), generated})
	}
	if s == nil {
		return req, nil
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return req, err
	}
	req.Seal, err = s.Seal(plain)
	return req, err
}
