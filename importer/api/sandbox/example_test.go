package sandbox_test

import (
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
)

// A create whose answer is lost: the caller sees an error, the client exists.
func ExampleTwin_Transport() {
	fault, err := sandbox.ParseFault("cut-after@once=acme")
	if err != nil {
		log.Fatal(err)
	}
	twin, err := sandbox.New(sandbox.Options{Faults: []sandbox.Fault{fault}})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = twin.Close() }()

	req, err := http.NewRequest(http.MethodPost, "https://api.voiceaiwrapper.app/api/v2/clients/create", strings.NewReader(`{
		"client_users": [{"email": "user@client.test", "password": "SecureP@ss123"}],
		"client_details": {"name": "Acme Corp", "email": "acme@example.test"},
		"client_asset_group": {"tenant_voice_provider_id": "VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM="}}`))
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer any")
	req.Header.Set("Content-Type", "application/json")
	_, err = twin.Transport().RoundTrip(req)
	fmt.Println(err)
	for _, c := range twin.Clients() {
		fmt.Println(c.ID, c.Name, c.Email)
	}
	// Output:
	// sandbox: connection cut: unexpected EOF
	// Q2xpZW50OjE= Acme Corp acme@example.test
}
