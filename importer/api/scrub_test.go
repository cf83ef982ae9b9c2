package api

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/bulkonboard/bulkonboard/importer"
)

// wrapped breaks a text into lines of n letters.
func wrapped(s string, n int, with string) string {
	var lines []string
	for chunk := range slices.Chunk([]byte(s), n) {
		lines = append(lines, string(chunk))
	}
	return strings.Join(lines, with)
}

// disguises are the ways in which a server may repeat a secret. Each is undone
// by peel, so that a test can tell whether it is there.
func disguises(secret string) map[string]string {
	quoted, _ := json.Marshal(secret)
	twice, _ := json.Marshal(string(quoted))
	out := map[string]string{
		"plain": secret, "upper case": strings.ToUpper(secret), "decomposed": norm.NFD.String(secret), "broken over lines": wrapped(secret, 3,
			"\r\n\t"),
		"JSON": string(quoted), "JSON in JSON": string(twice), "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
		"path twice": url.PathEscape(url.PathEscape(secret)), "HTML": html.EscapeString(secret), "with soft hyphens": strings.Join(strings.Split(
			secret, ""), "\u00ad"),
		"HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))), "hex with colons": strings.TrimSuffix(wrapped(hex.EncodeToString([]byte(
			secret)), 2, ":"), ":"),
		"bytes": strings.Trim(fmt.Sprintf("%+q", secret), `"`), "numbered letters": numbered(secret), "CSV": strings.ReplaceAll(secret, `"`,
			`""`),
	}
	for name, e := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.URLEncoding,
		"raw base64": base64.RawStdEncoding, "raw base64url": base64.RawURLEncoding} {
		for lead := range 3 {
			text := strings.Repeat("x", lead) + secret + "tail"
			coded := e.EncodeToString([]byte(text))
			out[fmt.Sprint(name, " at ", lead)] = coded
			out[fmt.Sprint(name, " at ", lead, ", in lines")] = wrapped(coded, 10, "\n")
			out[fmt.Sprint(name, " at ", lead, ", in escaped lines")] = wrapped(coded, 10, `\r\n`)
			out[fmt.Sprint(name, " at ", lead, ", in a URL")] = url.QueryEscape(coded)
			out[fmt.Sprint(name, " of JSON at ", lead)] = e.EncodeToString(append([]byte(strings.Repeat("x", lead)+`{"password":`), quoted...))
			out[fmt.Sprint(name, " of base64 at ", lead)] = e.EncodeToString([]byte(strings.Repeat("y", lead) + coded))
		}
	}
	return out
}

func numbered(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, "&#%07d;", r)
	}
	return b.String()
}

// core is what of a disguise does not depend on its neighbours: the middle of
// it must not be left, whatever became of its ends.
func core(s string) string { return s[len(s)/3 : len(s)*2/3] }

var scrubbed = []string{`P<w"d&é-42`, "key-0123456789", "correct horse battery staple", `back\slash+plus%41`, "Ünïcödé-ẞ-17"}

// TestSecretsInEveryForm: whatever a server does to a secret that text is still
// made of, it is taken out of what it says.
func TestSecretsInEveryForm(t *testing.T) {
	for _, secret := range scrubbed {
		for name, form := range disguises(secret) {
			s := newScrubber(newSecret(importer.NewSecret("another-key")),
				importer.Client{Users: []importer.User{{Password: importer.NewSecret(secret)}}}, nil)
			for _, around := range []string{"%s", "cannot take %s from you", "(%s)", "x=%s;y=1", `{"p":"%s"}`, "token:%s"} {
				text := fmt.Sprintf(around, form)
				if got := s.line(text); strings.Contains(got, core(form)) {
					t.Errorf("%q, %s: %q is shown as %q", secret, name, text, got)
				}
			}
		}
	}
}

// What is no secret stays, also what merely looks as if it were coded.
func TestWordsStay(t *testing.T) {
	s := newScrubber(newSecret(importer.NewSecret(secretKey)), acme().Client, NewSecrets())
	s.more.Add(importer.NewSecret("Welcome-2024"))
	for _, words := range []string{"Validation failed; client_users.0.email: Enter a valid e-mail.",
		"AssetGroup VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM= is not known",
		"100% of 5 & more \\o/", "see https://example.test/a%20b?x=1&y=2", "0123456789abcdef0123456789abcdef"} {
		if got := s.line(words); got != words {
			t.Errorf("%q became %q", words, got)
		}
	}
}

// TestAPageIsScrubbedBeforeItIsCut: where a page is cut, also by its length or
// by the connection, no half of a secret is left.
func TestAPageIsScrubbedBeforeItIsCut(t *testing.T) {
	for name, secret := range map[string]string{"key": secretKey, "password": secretPassword,
		"base64": base64.StdEncoding.EncodeToString([]byte(secretKey)), "query": url.QueryEscape(secretPassword)} {
		for _, bound := range []int{maxMessage, maxPage, 1 << 16} {
			for part := 1; part < len(secret); part++ {
				// Tags vanish, so that what is cut at the end becomes the beginning.
				pad := "<p>" + strings.Repeat("<b>", bound)
				page := pad[:bound-part-1] + ">" + secret + strings.Repeat("<i>", 100)
				c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(400)
					_, _ = io.WriteString(w, page)
				}, Options{MaxAnswer: 1 << 16})
				_, err := c.Create(t.Context(), acme())
				e := importer.AsError(err)
				if e == nil {
					t.Fatal("no error")
				}
				left := strings.Trim(e.Message, "*<>bip ")
				if len(left) >= 4 && part > 3 && strings.Contains(secret, left) {
					t.Errorf("%s cut at %d behind %d: %q", name, bound, part, e.Message)
				}
			}
		}
	}
}

// TestReadBacksAreScrubbed: what a server says of a client that is read back is
// cleaned of the key, of the passwords that were just sent, and of those it was
// told to conceal, in every field.
func TestReadBacksAreScrubbed(t *testing.T) {
	const other = "Another-Row's 77"
	for _, secret := range []string{secretKey, secretPassword, other} {
		for name, form := range disguises(secret) {
			field, _ := json.Marshal("was " + form)
			for what, body := range map[string]string{
				"fields":         fmt.Sprintf(`{"client":{"id":"1","name":%s,"primary_email":%s,"users":[{"email":%s}]}}`, field, field, field),
				"another client": fmt.Sprintf(`{"client":{"id":%s,"name":"x"}}`, field),
				"message":        fmt.Sprintf(`{"message":%s}`, field),
				"page":           "<html><title>" + form + "</title>",
			} {
				c := client(t, Options{BaseURL: "http://127.0.0.1:1", Transport: answering{body}})
				_, _ = c.Create(t.Context(), acme())
				c.concealed.Add(importer.NewSecret(other))
				b, err := c.Read(t.Context(), "1")
				got := fmt.Sprintf("%+v %v", b, err)
				if strings.Contains(got, core(form)) {
					t.Errorf("%s of %q in %s: %s", name, secret, what, got)
				}
			}
		}
	}
}

// A name that holds a password by chance is compared as it is shown.
func TestCleanIsWhatReadShows(t *testing.T) {
	c := client(t, Options{BaseURL: "http://127.0.0.1:1", Transport: answering{`{"client":{"id":"1","name":"Acme  Welcome Inn"}}`}})
	c.concealed.Add(importer.NewSecret("welcome"))
	b, err := c.Read(t.Context(), "1")
	if err != nil || b.Name != c.Clean("Acme  Welcome Inn") || b.Name == "Acme  Welcome Inn" {
		t.Errorf("%+v, %v", b, err)
	}
}

// answering answers everything with these words.
type answering struct{ says string }

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	return carrier(a).RoundTrip(r)
}

// TestAnswersAreBounded: an answer with very many faults is one message soon.
func TestAnswersAreBounded(t *testing.T) {
	var many strings.Builder
	many.WriteString(`{"errors":[`)
	for i := range 120_000 {
		fmt.Fprintf(&many, `"e%d",`, i)
	}
	many.WriteString(`"end"]}`)
	deep := strings.Repeat(`{"a":`, 9_000) + `"end"` + strings.Repeat(`}`, 9_000)
	long := `{"errors":{"` + strings.Repeat("k", 300_000) + `":[` + strings.Repeat(`"x","y",`, 50_000) + `"z"]}}`
	for name, body := range map[string]string{"many": many.String(), "deep": deep, "long": long} {
		s := newScrubber(newSecret(importer.NewSecret(secretKey)), importer.Client{}, nil)
		o, ok := parseObject([]byte(body))
		if !ok {
			t.Fatalf("%s is no JSON", name)
		}
		var p phrases
		p.of(o)
		if got := (answer{body: []byte(body)}).message(o, s); len([]rune(got)) > maxMessage+1 || p.size > maxWords+len(body) ||
			len(p.parts) > maxParts {
			t.Errorf("%s: %d letters from %d words of %d bytes", name, len(got), len(p.parts), p.size)
		}
	}
}
