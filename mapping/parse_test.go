package mapping

import (
	"errors"
	"strings"
	"testing"
)

// FuzzParse wants an *Error for whatever is no mapping, each fault with the
// file's name.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "version: 1", "version: 1\nrequest: {}", "\x00", "- a", "a: &a [*a]", "version: 1\nkey: [client_details.email, extra.id]\nrequest: {client_details: {name: {column: A, lookup: {a: b}}}}",
		"version: 1\nonly: [{column: A, in: [b]}]\nrequest: {client_users: [{email: {columns: [A, B], join: '@'}}]}",
		"version: 1\nrequest: {extra: {x: {column: A, transform: [trim, {phone: DE}, {date: {from: [DD.MM.YYYY]}}, {replace: {a: b}}]}}}",
		bomb,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse("m.yaml", []byte(s))
		var e *Error
		switch {
		case err == nil && (d == nil || len(d.Key) == 0):
			t.Fatal("neither a document nor an error")
		case err != nil && (!errors.As(err, &e) || len(e.Faults) == 0):
			t.Fatalf("not an *Error with faults: %#v", err)
		case err != nil:
			for _, fault := range e.Faults {
				if !strings.HasPrefix(fault, "m.yaml:") {
					t.Fatalf("a fault of no file: %s", fault)
				}
			}
		}
	})
}

// bomb has a few lines and, with its aliases followed, a billion texts.
const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
version: 1
ignore: *e
request: {client_details: {name: *e}}
`

// TestAliasesAreNotFollowed wants a bomb to be refused for what it is.
func TestAliasesAreNotFollowed(t *testing.T) {
	_, err := Parse("m", []byte(bomb))
	if err == nil || !strings.Contains(err.Error(), "aliases are not understood") {
		t.Error(err)
	}
}
