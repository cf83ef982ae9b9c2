package importer_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

// openSealer keeps what it is given, and seals nothing.
type openSealer struct{ plain [][]byte }

func (s *openSealer) Seal(plain []byte) ([]byte, error) {
	s.plain = append(s.plain, plain)
	return append([]byte("sealed "), plain...), nil
}

// TestCredentialed retries a row and looks at what each attempt sends.
func TestCredentialed(t *testing.T) {
	var sent []importer.Request
	inner := importer.CreatorFunc(func(_ context.Context, r importer.Request) (importer.Receipt, error) {
		sent = append(sent, r)
		return importer.Receipt{}, nil
	})
	twice := importer.CreatorFunc(func(ctx context.Context, r importer.Request) (importer.Receipt, error) {
		_, _ = inner.Create(ctx, r)
		return inner.Create(ctx, r)
	})
	users := []importer.User{{Email: "a@x.test", Generate: &importer.PasswordRule{}},
		{Email: "b@x.test", Password: importer.NewSecret("from the sheet")}}
	req := importer.Request{Key: "k", Client: importer.Client{Users: users}}
	snapshot := string(req.Client.Snapshot())

	s := &openSealer{}
	for range 2 {
		if _, err := importer.Credentialed(twice, s).Create(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	password := func(i int) string { return sent[i].Client.Users[0].Password.Reveal() }
	if len(password(0)) != importer.DefaultPasswordLength || password(0) != password(1) || password(2) == password(0) {
		t.Error("attempts of one run have one password, another run has another")
	}
	if !users[0].Password.Empty() || string(sent[0].Client.Snapshot()) != snapshot {
		t.Error("the row itself was changed")
	}
	var c importer.Credentials
	if err := json.Unmarshal(s.plain[0], &c); err != nil {
		t.Fatal(err)
	}
	if len(s.plain) != 2 || len(c.Users) != 2 || c.Users[0] != (importer.Credential{Email: "a@x.test", Password: password(0),
		Generated: true}) ||
		c.Users[1] != (importer.Credential{Email: "b@x.test", Password: "from the sheet"}) {
		t.Error("something else was sealed than what was sent")
	}

	other := req.Client
	other.Users = []importer.User{{Email: "a@x.test", Generate: &importer.PasswordRule{Length: 30}}, users[1]}
	if changed, known := importer.SecretsChanged(req.Client.SecretsMAC("key"), other.SecretsMAC("key")); !changed || !known {
		t.Error("another rule for the password counts as unchanged")
	}

	// Without anybody to open them, generated passwords never leave.
	sent = nil
	_, err := importer.Credentialed(twice, nil).Create(t.Context(), req)
	if e := new(importer.Error); !errors.As(err, &e) || e.Code != "not_sealed" || len(sent) > 0 {
		t.Errorf("sent %d times, %v", len(sent), err)
	}
	req.Client.Users = users[1:]
	if _, err := importer.Credentialed(inner, nil).Create(t.Context(), req); err != nil || len(sent) != 1 || sent[0].Seal != nil {
		t.Errorf("a password of the sheet's: sent %d times, %v", len(sent), err)
	}
}
