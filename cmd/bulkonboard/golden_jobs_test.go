package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
)

// A goldenJob is a job folder of the first edition and what somebody does with
// it now: a command a line, in the folder where the sheets are. Besides there are
//
//	edit FILE OLD NEW    as with an editor; there must be an OLD
//	loose COMMAND        what its rows are is words, not facts: a later edition may
//	                     know more of them. Whom it sends is a fact all the same.
//
// Each job has lain at another place before, so that no path it keeps is right.
type goldenJob struct {
	name   string
	target string // the server's address, which the job keeps; "" is a rehearsal's
	story  string
}

var goldenJobs = []goldenJob{
	// Everybody is created. The next night's sheet has another order, one changed
	// row, one less and two more.
	{name: "created", story: `
		verify sandbox.job --rate unlimited
		run clients.csv
		plan later.csv
		run later.csv
		run clients.csv`},

	// Eleven rows that people have decided on: created with an id, exists, absent,
	// deleted, same-as, new, reopened; three are open, and one may be a duplicate.
	{name: "doubt", story: `
		settle sandbox.job --from sandbox.job/doubt.csv
		settle sandbox.job --key gone@golden.example --absent
		plan clients.csv
		run clients.csv
		settle sandbox.job --key there@golden.example --created Q2xpZW50OjY=
		settle sandbox.job --key office-moved@golden.example --reopen
		settle sandbox.job --row 12 --same-as third@golden.example
		run clients.csv --retry-rejected`},

	// Rejects that came back with another key: one created, one in doubt, one
	// refused again. The old keys lead to the new rows; but somebody else under an
	// old key stands for himself.
	{name: "aliases", story: `
		run sandbox.job/rejects.csv
		run clients.csv
		settle sandbox.job --key gamma-new@golden.example --exists
		run clients.csv --on-doubt resend
		run later.csv`},

	// Corrections in two goes; of three rows that had no good key of their own two
	// are mended and created. The sheet itself was never mended.
	{name: "corrections", story: `
		loose run clients.csv
		edit sandbox.job/rejects.csv login-delta@golden.example,, login-delta@golden.example,Secret-delta,
		loose run sandbox.job/rejects.csv
		loose run clients.csv`},

	// Generated passwords in four seals of three clients and one in doubt; the
	// first client's are handed over.
	{name: "sealed", story: `
		handover sandbox.job --out rest.csv
		handover sandbox.job --all --yes --out all.csv
		run clients.csv
		handover sandbox.job --out new.csv`},

	// Five clients of ten rows: one created, one in doubt, one in conflict with
	// itself, two pending. Later a fourth user is added to the created one.
	{name: "group", story: `
		plan clients.csv
		run clients.csv
		run later.csv`},

	// Killed with four rows in flight, two of which the server had created; the
	// journal's -wal is as the kill left it.
	{name: "crash", target: "http://127.0.0.1:8642", story: `
		plan clients.csv
		run clients.csv
		run clients.csv
		settle bulkonboard.job --from decisions.csv
		run clients.csv
		run clients.csv --on-doubt hold`},

	// Rejected, failed, invalid, skipped, the later of two, pending. --set was
	// given once, and counts for that run alone.
	{name: "refused", story: `
		plan clients.csv
		run clients.csv
		run later.csv
		run later.csv --retry-rejected`},

	// A job for a server behind a socket: created, in doubt, rejected, an alias.
	{name: "server", target: "http://127.0.0.1:8643", story: `
		verify bulkonboard.job --rate unlimited
		run clients.csv --base-url http://127.0.0.1:8644
		run clients.csv
		settle bulkonboard.job --row 4 --exists
		run later.csv`},

	// Half a workbook.
	{name: "workbook", story: `
		plan clients.xlsx
		run clients.xlsx --limit 3
		run clients.xlsx`},

	// A journal that was lost and began again with older results.
	{name: "adopted", story: `
		plan clients.csv
		run clients.csv
		settle sandbox.job --key four@golden.example --exists
		run clients.csv`},

	// Customers were known by e-mail and are known by name. Whoever has another
	// e-mail now is the same customer.
	{name: "rekeyed", story: `
		run clients.csv
		run later.csv
		run later.csv --retry-rejected`},
}

// TestGoldenJobs opens and resumes the jobs of the first edition: nobody is sent
// twice, and every row is what it was.
func TestGoldenJobs(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir(filepath.Join(golden, "jobs"))
	if err != nil || len(folders) != len(goldenJobs) {
		t.Fatalf("%d folders, %d stories: %v", len(folders), len(goldenJobs), err)
	}
	for _, j := range goldenJobs {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			s := openStory(t, j)
			for _, first := range []string{"status " + s.job, "status --runs " + s.job, "results " + s.job} {
				s.step(strings.Fields(first), false)
			}
			for line := range strings.Lines(j.story) {
				words := strings.Fields(line)
				switch {
				case len(words) == 0:
				case words[0] == "edit":
					s.edit(words[1], words[2], words[3])
				case words[0] == "loose":
					s.step(words[1:], true)
				default:
					s.step(words, false)
				}
			}
			s.step([]string{"status", s.job}, false)
			s.done("jobs/" + j.name)
		})
	}
}

// A story is a golden job on its way.
type story struct {
	*desk
	goldenJob
	job    string // its folder's name
	server *sandbox.Twin
	via    http.RoundTripper // to the server, whatever its address was
	old    int               // clients that the server had before
	plans  int
}

func openStory(t *testing.T, j goldenJob) *story {
	t.Helper()
	s := &story{desk: newDesk(t), goldenJob: j, job: "sandbox.job"}
	s.copy(filepath.Join(golden, "jobs", j.name), ".")
	if j.target != "" {
		s.job = "bulkonboard.job"
		s.serve()
	}
	// A rehearsal's key is written down so that nobody takes it for somebody's.
	if key := s.path(s.job + "/rehearsal-identity.txt"); exists(key) {
		s.edit(s.job+"/rehearsal-identity.txt", "KEY-OF-A-REHEARSAL-", "AGE-SECRET-KEY-")
	}
	s.old = len(s.clients())
	return s
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// serve is the server that the job was made at, with the clients it has kept. A
// job is for one address for good: the program is led from there to wherever
// the server listens today.
func (s *story) serve() {
	var err error
	if s.server, err = sandbox.New(sandbox.Options{Key: testKey, File: s.path("server.jsonl")}); err != nil {
		s.t.Fatal(err)
	}
	served := httptest.NewServer(s.server)
	via := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if "http://"+addr != s.target {
			return nil, fmt.Errorf("%s is not the job's server", addr)
		}
		return new(net.Dialer).DialContext(ctx, network, served.Listener.Addr().String())
	}}
	s.via = via
	s.t.Cleanup(func() {
		via.CloseIdleConnections()
		_ = s.server.Close()
		served.CloseClientConnections()
		served.Close()
	})
}

// clients are the e-mails that the server knows, in order of creation: a
// rehearsal keeps its own in the job's folder. Each is there once.
func (s *story) clients() []string {
	s.t.Helper()
	var all []string
	if s.server != nil {
		for _, c := range s.server.Clients() {
			all = append(all, c.Email)
		}
	} else {
		for line := range strings.Lines(s.read("sandbox.job/twin.jsonl")) {
			var c sandbox.Client
			if err := json.Unmarshal([]byte(line), &c); err != nil {
				s.t.Fatal(err)
			}
			all = append(all, c.Email)
		}
	}
	for i, email := range all {
		if slices.Contains(all[:i], email) {
			s.t.Errorf("%s was created twice", email)
		}
	}
	return all
}

func (s *story) edit(file, before, after string) {
	s.t.Helper()
	text := s.read(file)
	if !strings.Contains(text, before) {
		s.t.Fatalf("%s does not hold %q:\n%s", file, before, text)
	}
	if err := os.WriteFile(s.path(file), []byte(strings.ReplaceAll(text, before, after)), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// step runs one command and writes down what came of it.
func (s *story) step(words []string, loose bool) {
	s.t.Helper()
	command := words[0]
	before, known := s.clients(), s.held()
	code, out, errs := s.call(&app{transport: s.via}, s.args(words)...)
	sent := s.clients()[len(before):]
	for _, email := range sent {
		if known[email] {
			s.t.Errorf("%s: %s is created or in doubt, and was sent again", strings.Join(words, " "), email)
		}
	}
	rows := &s.facts
	if loose {
		rows = &s.words
	}
	for _, w := range []*strings.Builder{&s.facts, &s.words} {
		fmt.Fprintf(w, "$ %s\n", strings.Join(words, " "))
	}
	fmt.Fprintf(&s.facts, "exit %d\n", code)
	fmt.Fprintf(&s.words, "%s%s", out, errs)
	if n := len(sent); n > 0 {
		fmt.Fprintf(&s.facts, "sent %s\n", strings.Join(sent, " "))
	}
	if s.server != nil {
		fmt.Fprintf(&s.facts, "%d requests to create so far\n", s.server.Requests())
	}
	switch command {
	case "plan":
		s.planned(s.planFile())
	case "handover":
		s.handed(words[len(words)-1])
	case "run", "results", "settle":
		if code != 2 {
			// Rejects may be fed back while the sheet itself is out of reach.
			fmt.Fprint(rows, s.statuses(command == "run" && !strings.HasSuffix(words[1], "rejects.csv")))
		}
	}
	s.facts.WriteString("\n")
	s.words.WriteString("\n")
}

// args are the arguments of a step, with those that every step of its kind has.
func (s *story) args(words []string) []string {
	args := slices.Clone(words)
	target := []string{"--sandbox"}
	delete(s.env, "VOICEAIWRAPPER_API_KEY")
	if s.target != "" {
		target = []string{"--base-url", s.target}
		if slices.Contains(words, "--base-url") {
			target = nil
		}
		if words[0] != "settle" { // which would ask the address itself about ids
			s.env["VOICEAIWRAPPER_API_KEY"] = testKey
		}
	}
	switch words[0] {
	case "run":
		args = append(append(args, target...), "--yes", "--rate", "unlimited", "--workers", "1", "--progress", "none")
	case "plan":
		s.plans++
		args = append(append(args, target...), "--out", s.planFile())
	}
	return args
}

func (s *story) planFile() string { return fmt.Sprintf("plan%d.json", s.plans) }

// handed writes down whose passwords were handed over, and which these are in a
// form that tells nobody. A password that is new today is another one each time.
func (s *story) handed(file string) {
	s.t.Helper()
	for _, r := range s.table(file) {
		word := fmt.Sprintf("%.4x", sha256.Sum256([]byte(r["password"])))
		if slices.Contains(s.clients()[s.old:], r["login_email"]) {
			word = "new"
		}
		if r["password"] == "" {
			s.t.Errorf("%s: no password for %s", file, r["login_email"])
		}
		fmt.Fprintf(&s.facts, "%s %s\n", r["login_email"], word)
	}
}

// held are the addresses that must not be sent: created or in doubt by the last
// results, as long as nobody decides otherwise.
func (s *story) held() map[string]bool {
	held := map[string]bool{}
	if !exists(s.path(s.job + "/results.csv")) {
		return held
	}
	for _, r := range s.table(s.job + "/results.csv") {
		if r["status"] == "created" || r["status"] == "in_doubt" {
			held[r["key"]], held[r["primary_email"]] = true, true
		}
	}
	return held
}

// statuses is what the results say of each row. Where the whole input was read,
// each row of it is there, in its order, and the counts are told; else the order
// is left open.
func (s *story) statuses(whole bool) string {
	s.t.Helper()
	var lines []string
	numbered := 0
	for _, r := range s.table(s.job + "/results.csv") {
		if r["status"] == "" {
			s.t.Errorf("a row has no status: %v", r)
		}
		if r["row"] != "" {
			numbered++
		}
		lines = append(lines, tell(r, "row", "sheet", "key", "status", "code", "client_id", "fingerprint"))
	}
	if !whole {
		slices.Sort(lines)
		return strings.Join(lines, "")
	}
	var sum struct {
		Input  struct{ Rows int }
		Counts map[string]int
	}
	if err := json.Unmarshal([]byte(s.read(s.job+"/summary.json")), &sum); err != nil {
		s.t.Fatal(err)
	}
	if numbered != sum.Input.Rows {
		s.t.Errorf("the results have %d rows, and the input %d", numbered, sum.Input.Rows)
	}
	return strings.Join(lines, "") + counted(sum.Counts)
}
