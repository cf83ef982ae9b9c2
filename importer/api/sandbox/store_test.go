package sandbox

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestTheFileKeepsClientsAcrossTwins(t *testing.T) {
	file := filepath.Join(t.TempDir(), "twin.jsonl")
	first := newTwin(t, Options{File: file}, "cut-after@#2")
	for _, name := range []string{"Ann", "Bob"} {
		create(t.Context(), first.Transport(), "http://x", name, name+"@x.test")
	}
	before := first.Clients()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := newTwin(t, Options{File: file, RefuseDuplicates: true})
	if after := second.Clients(); len(after) != 2 || !reflect.DeepEqual(before, after) {
		t.Errorf("kept %+v\nread %+v", before, after)
	}
	if got := read(t.Context(), second.Transport(), "http://x", before[1].ID); got.status != 200 {
		t.Errorf("reading back: %+v", got)
	}
	if got := create(t.Context(), second.Transport(), "http://x", "Bob", "bob@x.test"); got.status != 409 {
		t.Errorf("a duplicate of a kept client: %d", got.status)
	}
	create(t.Context(), second.Transport(), "http://x", "Cat", "cat@x.test")
	if id := second.Clients()[2].ID; id != encodeID("Client", 3) {
		t.Errorf("the third has id %s", id)
	}
	if second.Requests() != 2 {
		t.Errorf("%d requests", second.Requests())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "S3cure") || strings.Contains(string(data), "password") || strings.Contains(string(data), "key-1") {
		t.Errorf("a secret in %s", data)
	}
	if strings.Count(string(data), "\n") != 3 {
		t.Errorf("not one line a client: %s", data)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

// Wherever a crash tears the last line, what stood before it is kept, and what
// comes behind it can be read again.
func TestATornLastLineIsDropped(t *testing.T) {
	file := filepath.Join(t.TempDir(), "twin.jsonl")
	twin := newTwin(t, Options{File: file})
	for _, name := range []string{"Ann", "Bob"} {
		create(t.Context(), twin.Transport(), "http://x", name, name+"@x.test")
	}
	_ = twin.Close()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	start := strings.Index(string(data), "\n") + 1
	for size := start; size < len(data); size++ {
		if err := os.WriteFile(file, data[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		torn := newTwin(t, Options{File: file})
		if n := len(torn.Clients()); n != 1 {
			t.Fatalf("torn at %d: %d clients", size-start, n)
		}
		if left, _ := os.ReadFile(file); string(left) != string(data[:start]) {
			t.Fatalf("torn at %d: the file still holds %q", size-start, left[start:])
		}
		create(t.Context(), torn.Transport(), "http://x", "Cat", "cat@x.test")
		_ = torn.Close()
		again := newTwin(t, Options{File: file})
		if all := again.Clients(); len(all) != 2 || all[1].Name != "Cat" {
			t.Fatalf("torn at %d, appended, read: %+v", size-start, all)
		}
		_ = again.Close()
	}
}

func TestADamagedFileIsRefused(t *testing.T) {
	ann := `{"id":"` + encodeID("Client", 1) + `","name":"Ann"}` + "\n"
	for content, part := range map[string]string{
		"not JSON\n" + ann: ":1:",
		ann + ann:          "comes twice",
		ann + "{}\n":       ":2:",
		ann + `{"id":"` + encodeID("User", 2) + `"}` + "\n":                                    "not the id of a client",
		ann + `{"id":"` + encodeID("Client", 2) + `","users":[{"id":"x","email":"y"}]}` + "\n": "not the id of a user",
	} {
		file := filepath.Join(t.TempDir(), "twin.jsonl")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if twin, err := New(Options{File: file}); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v, want %s", content, err, part)
			if twin != nil {
				_ = twin.Close()
			}
		}
		if data, _ := os.ReadFile(file); string(data) != content {
			t.Errorf("%q was changed to %q", content, data)
		}
	}
}

func TestIDsNeverComeTwice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "twin.jsonl")
	twin := newTwin(t, Options{File: file})
	for _, name := range []string{"Ann", "Bob"} {
		create(t.Context(), twin.Transport(), "http://x", name, name+"@x.test")
	}
	_ = twin.Close()
	// Ann is removed by hand, as in the dashboard.
	data, _ := os.ReadFile(file)
	_, rest, _ := strings.Cut(string(data), "\n")
	if err := os.WriteFile(file, []byte(rest), 0o600); err != nil {
		t.Fatal(err)
	}
	twin = newTwin(t, Options{File: file})
	create(t.Context(), twin.Transport(), "http://x", "Cat", "cat@x.test")
	all := twin.Clients()
	if len(all) != 2 || all[1].ID != encodeID("Client", 3) || all[1].Users[0].ID != encodeID("User", 3) {
		t.Errorf("%+v", all)
	}
}

func TestAClientThatCannotBeStoredDoesNotExist(t *testing.T) {
	twin := newTwin(t, Options{File: filepath.Join(t.TempDir(), "twin.jsonl")})
	_ = twin.store.file.Close() // as a disk that is gone
	for range 2 {
		if got := create(t.Context(), twin.Transport(), "http://x", "A", "a@x.test"); got.status != 500 {
			t.Errorf("%+v", got)
		}
	}
	if n := len(twin.Clients()); n != 0 {
		t.Errorf("%d clients", n)
	}
}
