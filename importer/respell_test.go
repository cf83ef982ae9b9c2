package importer

import (
	"strings"
	"testing"
	"time"
)

func TestRespell(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	none := func(Key) bool { return true }
	const composed, apart = Key("café one"), Key("cafe\u0301 one")

	for name, c := range map[string]struct {
		entries []Entry
		want    map[Key]Key
		notes   map[Key]string // a part of the note; "" no note at all
	}{
		"nothing to do": {[]Entry{{Key: composed, Status: Created}}, nil, nil},
		"one spelling":  {[]Entry{{Key: apart, Status: Created, Note: "kept"}}, map[Key]Key{apart: composed}, map[Key]string{apart: "kept"}},
		"each part of a key": {[]Entry{{Key: "anna@xn--bcher-kva.example|cafe\u0301", Status: InDoubt}},
			map[Key]Key{"anna@xn--bcher-kva.example|cafe\u0301": "anna@bücher.example|café"}, nil},
		"created beats in doubt": {[]Entry{{Key: composed, Status: InDoubt}, {Key: apart, Status: Created, ClientID: "cl_1"}},
			map[Key]Key{apart: composed, composed: composed + " (2)"},
			map[Key]string{apart: `the other is "café one (2)", in_doubt`, composed: `the other is "café one", created, client cl_1`}},
		"in doubt beats failed": {[]Entry{{Key: apart, Status: Failed, FinishedAt: day(2)},
			{Key: composed, Open: true, Status: InDoubt, FinishedAt: day(1)}},
			map[Key]Key{apart: composed + " (2)", composed: composed},
			map[Key]string{apart: `the other is "café one", in_doubt`, composed: `the other is "café one (2)", failed`}},
		"both created": {[]Entry{{Key: apart, Status: Created, ClientID: "cl_1", FinishedAt: day(1)},
			{Key: composed, Status: Created, ClientID: "cl_2", FinishedAt: day(2)}},
			map[Key]Key{apart: composed + " (2)", composed: composed},
			map[Key]string{apart: "client cl_2", composed: "client cl_1"}},
		"three, and a key that is taken": {[]Entry{{Key: apart, Status: Failed}, {Key: composed, Status: Failed, FinishedAt: day(2)},
			{Key: "cafe\u0301\u200b one", Status: Failed, FinishedAt: day(9)},
			{Key: composed + " (2)", Status: Created}, {Key: "cafe\u0301 one\u200b", Status: Rejected, FinishedAt: day(1)}},
			map[Key]Key{composed: composed, "cafe\u0301 one\u200b": composed + " (3)", apart: composed + " (4)",
				"cafe\u0301\u200b one": "café\u200b one"}, nil},
	} {
		got := Respell(c.entries, none)
		if len(got) != len(c.want) {
			t.Errorf("%s: %+v", name, got)
		}
		for old, key := range c.want {
			if got[old].Key != key {
				t.Errorf("%s: %q becomes %q, want %q", name, old, got[old].Key, key)
			}
			if ParseKey(string(key)) != key {
				t.Errorf("%s: nobody can name %q", name, key)
			}
		}
		for old, part := range c.notes {
			if note := got[old].Note; !strings.Contains(note, part) || part == "kept" && note != part {
				t.Errorf("%s: the note of %q is %q", name, old, note)
			}
		}
	}
	// A key beside the one that is wanted may belong to an entry far away.
	got := Respell([]Entry{{Key: composed, Status: Created}, {Key: apart, Status: InDoubt}}, func(k Key) bool { return k != composed+" (2)" })
	if got[apart].Key != composed+" (3)" {
		t.Error(got)
	}
}
