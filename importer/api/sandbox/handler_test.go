package sandbox

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestCreateAndReadBack(t *testing.T) {
	for _, c := range carriers {
		t.Run(c.name, func(t *testing.T) {
			twin := newTwin(t, Options{Key: "key-1"})
			rt, base := c.open(t, twin)
			create(t.Context(), rt, base, "First", "first@x.test")
			got := create(t.Context(), rt, base, "Ümläut & Söhne", "info@acme.test")
			if got.status != http.StatusOK {
				t.Fatalf("%+v", got)
			}
			answer := got.json(t)
			data := answer["data"].(map[string]any)
			if answer["success"] != true || answer["message"] != "Client created successfully" {
				t.Errorf("%v", answer)
			}
			if data["client_name"] != "Ümläut & Söhne" || data["primary_email"] != "info@acme.test" {
				t.Errorf("%v", data)
			}
			for key, want := range map[string]string{"client_id": "Client:2", "asset_group_id": "AssetGroup:2"} {
				if raw, _ := base64.StdEncoding.DecodeString(data[key].(string)); string(raw) != want {
					t.Errorf("%s is %q", key, raw)
				}
			}
			user := data["users"].([]any)[0].(map[string]any)
			if user["email"] != "info@acme.test" || user["id"] == "" || len(user) != 2 {
				t.Errorf("user %v", user)
			}
			back := read(t.Context(), rt, base, data["client_id"].(string))
			client := back.json(t)["client"].(map[string]any)
			if back.status != 200 || client["id"] != data["client_id"] || client["name"] != "Ümläut & Söhne" ||
				client["primary_email"] != "info@acme.test" || client["created_at"] == nil || len(client["users"].([]any)) != 1 {
				t.Errorf("read back %+v", back)
			}
			for _, text := range []string{got.text, back.text} {
				if strings.Contains(text, "S3cure") || strings.Contains(text, "key-1") {
					t.Errorf("a secret in %s", text)
				}
			}
			kept := twin.Clients()[1]
			if kept.ID != data["client_id"] || kept.AssetGroupName != "Default Group" || kept.ProviderID == "" {
				t.Errorf("kept %+v", kept)
			}
		})
	}
}

func TestTheClientsEmailFallsBackToTheFirstUser(t *testing.T) {
	twin := newTwin(t, Options{})
	const two = `{"client_details":{"name":"A"},"client_users":[{"email":"u1@x.test","password":"p"},{"email":"u2@x.test","password":"p"}],"client_asset_group":{"tenant_voice_provider_id":"p"},"new_field":1}`
	got := do(t.Context(), twin.Transport(), "POST", "http://x/api/v2/clients/create", two, nil)
	if got.status != 200 || len(twin.Clients()) != 1 {
		t.Fatalf("%+v", got)
	}
	if c := twin.Clients()[0]; c.Email != "u1@x.test" || len(c.Users) != 2 || c.Users[0].ID == c.Users[1].ID {
		t.Errorf("%+v", c)
	}
}

func TestRefusals(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	good := body("A", "a@x.test")
	for name, c := range map[string]struct {
		content string
		edit    func(*http.Request)
		status  int
	}{
		"no key":           {good, func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		"empty key":        {good, header("Authorization", "Bearer "), 401},
		"other key":        {good, header("Authorization", "Bearer key-2"), 401},
		"other scheme":     {good, header("Authorization", "Basic key-1"), 401},
		"content type":     {good, header("Content-Type", "text/plain"), 400},
		"no content type":  {good, func(r *http.Request) { r.Header.Del("Content-Type") }, 400},
		"with a charset":   {good, header("Content-Type", "application/json; charset=utf-8"), 200},
		"empty":            {"", nil, 400},
		"malformed":        {`{"client_users":`, nil, 400},
		"null":             {"null", nil, 400},
		"a list":           {"[]", nil, 400},
		"trailing garbage": {good + "x", nil, 400},
		"trailing object":  {good + good, nil, 400},
		"trailing blanks":  {good + " \n", nil, 200},
		"not UTF-8":        {strings.Replace(good, `"A"`, "\"\xff\"", 1), nil, 400},
		"too large":        {good + strings.Repeat(" ", bodyLimit), nil, 413},
		"invalid":          {"{}", nil, 422},
	} {
		for _, carry := range carriers {
			t.Run(carry.name+"/"+name, func(t *testing.T) {
				twin := newTwin(t, Options{Key: "key-1"})
				rt, base := carry.open(t, twin)
				got := do(t.Context(), rt, "POST", base+"/api/v2/clients/create", c.content, c.edit)
				if got.err != nil || got.status != c.status {
					t.Fatalf("%d %v, want %d", got.status, got.err, c.status)
				}
				answer := got.json(t)
				if message, _ := answer["message"].(string); answer["success"] != (c.status == 200) || message == "" {
					t.Errorf("%v", answer)
				}
				if strings.Contains(got.text, "S3cure") || strings.Contains(got.text, "key-") {
					t.Errorf("a secret in %s", got.text)
				}
				if n := len(twin.Clients()); n != map[int]int{200: 1}[c.status] || twin.Requests() != 1 {
					t.Errorf("%d clients, %d requests", n, twin.Requests())
				}
			})
		}
	}
}

func TestValidationNamesEveryField(t *testing.T) {
	for content, want := range map[string]string{
		`{}`: "client_asset_group client_details client_users",
		`{"client_users":[],"client_details":null,"client_asset_group":[]}`: "client_asset_group client_details client_users",
		`{"client_users":[{"email":"a@x.test"},{"password":"p"},"u",{"email":"a@x","password":""}],
		  "client_details":{"name":" ","email":"A <a@x.test>"},"client_asset_group":{"name":"G"}}`: "client_asset_group.tenant_voice_provider_id client_details.email client_details.name " +
			"client_users.0.password client_users.1.email client_users.2 client_users.3.email client_users.3.password",
		`{"client_users":{"email":"a@x.test"},"client_details":{"name":1,"email":""},"client_asset_group":{"tenant_voice_provider_id":""},
		  "billing_provider":"STRIPE","assigned_resources":[],"client_access":null}`: "assigned_resources billing_provider client_asset_group.tenant_voice_provider_id client_details.email client_details.name client_users",
		`{"Client_Users":[{"email":"a@x.test","password":"p"}],"client_details":{"name":"A"},"client_asset_group":{"tenant_voice_provider_id":"p"}}`: "client_users",
	} {
		twin := newTwin(t, Options{})
		got := do(t.Context(), twin.Transport(), "POST", "http://x/api/v2/clients/create", content, nil)
		errs, _ := got.json(t)["errors"].(map[string]any)
		var fields []string
		for field, list := range errs {
			fields = append(fields, field)
			if texts, _ := list.([]any); len(texts) != 1 {
				t.Errorf("%s: %v", field, list)
			}
		}
		slices.Sort(fields)
		if got.status != 422 || strings.Join(fields, " ") != want {
			t.Errorf("%s\n%d %v\nwant %s", content, got.status, fields, want)
		}
	}
}

func TestEmails(t *testing.T) {
	for email, want := range map[string]bool{
		"a@x.test": true, "a.b+c@mail.x.test": true,
		"": false, "a": false, "a@x": false, "a@x.": false, "a@.x": false, " a@x.test": false, "a@x.test ": false, "<a@x.test>": false, "a@b@x.test": false,
	} {
		if isEmail(email) != want {
			t.Errorf("%q: %v", email, !want)
		}
	}
}

func TestDuplicates(t *testing.T) {
	for refuse, want := range map[bool]int{false: 200, true: 409} {
		twin := newTwin(t, Options{RefuseDuplicates: refuse})
		create(t.Context(), twin.Transport(), "http://x", "A", "a@x.test")
		if got := create(t.Context(), twin.Transport(), "http://x", "B", "A@X.test"); got.status != want {
			t.Errorf("refuse %v: %d", refuse, got.status)
		}
	}
}

func TestPathsAndMethods(t *testing.T) {
	for _, c := range carriers {
		twin := newTwin(t, Options{})
		rt, base := c.open(t, twin)
		for line, want := range map[string]string{
			"GET /":                             "404 ",
			"POST /elsewhere":                   "404 ",
			"GET /api/v2/clients/":              "404 ",
			"GET /api/v2/clients/Q2xpZW50OjE=":  "404 ",
			"GET /api/v2/clients/a/b":           "404 ",
			"GET /api/v2/clients/create":        "405 POST",
			"PUT /api/v2/clients/create":        "405 POST",
			"DELETE /api/v2/clients/Q2xpZW50==": "405 GET",
			"POST /sandbox/clients":             "405 GET",
			"POST /sandbox/requests":            "405 GET",
		} {
			method, path, _ := strings.Cut(line, " ")
			got := do(t.Context(), rt, method, base+path, "", nil)
			if seen := fmt.Sprintf("%d %s", got.status, got.header.Get("Allow")); seen != want {
				t.Errorf("%s %s: %s, want %s", c.name, line, seen, want)
			}
			if got.json(t)["success"] != false {
				t.Errorf("%s: %s", line, got.text)
			}
		}
		if twin.Requests() != 0 {
			t.Errorf("%d create requests", twin.Requests())
		}
	}
}

func TestReadingBackNeedsTheKey(t *testing.T) {
	twin := newTwin(t, Options{Key: "key-1"})
	create(t.Context(), twin.Transport(), "http://x", "A", "a@x.test")
	if got := get(twin.Transport(), "http://x/api/v2/clients/"+twin.Clients()[0].ID); got.status != 401 {
		t.Errorf("%+v", got)
	}
}

func TestReadFaultsCountReads(t *testing.T) {
	twin := newTwin(t, Options{}, "read-404@#2", "read-500@=bob")
	for _, name := range []string{"Ann", "Bob"} {
		create(t.Context(), twin.Transport(), "http://x", name, name+"@x.test")
	}
	var got []int
	for _, i := range []int{0, 0, 0, 1} {
		got = append(got, read(t.Context(), twin.Transport(), "http://x", twin.Clients()[i].ID).status)
	}
	if fmt.Sprint(got) != "[200 404 200 500]" {
		t.Error(got)
	}
}

func TestWhatExistsCanBeSeenWithoutAKey(t *testing.T) {
	twin := newTwin(t, Options{Key: "key-1"}, "cut-after@#2")
	rt := twin.Transport()
	if got := get(rt, "http://x/sandbox/clients"); strings.TrimSpace(got.text) != `{"clients":[],"count":0}` {
		t.Errorf("nothing yet: %s", got.text)
	}
	create(t.Context(), rt, "http://x", "A", "a@x.test")
	create(t.Context(), rt, "http://x", "B", "b@x.test")
	got := get(rt, "http://x/sandbox/clients")
	if list := got.json(t); list["count"] != 2.0 || list["clients"].([]any)[1].(map[string]any)["email"] != "b@x.test" {
		t.Errorf("%s", got.text)
	}
	if strings.Contains(got.text, "S3cure") {
		t.Errorf("a password in %s", got.text)
	}
	if got := get(rt, "http://x/sandbox/requests"); strings.TrimSpace(got.text) != `{"count":2}` {
		t.Errorf("%s", got.text)
	}
}

func TestClientsAreCopies(t *testing.T) {
	twin := newTwin(t, Options{})
	create(t.Context(), twin.Transport(), "http://x", "A", "a@x.test")
	twin.Clients()[0].Users[0].Email = "changed"
	if got := twin.Clients()[0].Users[0].Email; got != "a@x.test" {
		t.Errorf("the twin's own client changed: %s", got)
	}
}
