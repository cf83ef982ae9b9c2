package job_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place/placetest"
)

// TestNoDuplicateAndNoLoss lets people, servers and power cuts do what they do
// in any order, and compares with a model that knows who is who: no customer
// may ever be there twice, what is there must be on record, and in the end
// everybody must be there.
func TestNoDuplicateAndNoLoss(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		// In virtual time, and with rapid's way of ending a case, which is a
		// panic, carried out of the bubble.
		var ended any
		synctest.Test(t, func(*testing.T) {
			defer func() { ended = recover() }()
			w := newWorld(rt)
			defer w.close()
			rt.Repeat(map[string]func(*rapid.T){
				"run":           w.run,
				"run and kill":  w.runAndKill,
				"edit a name":   w.editName,
				"change a key":  w.changeKey,
				"spoil or mend": w.spoilOrMend,
				"add":           w.add,
				"leave out":     w.leaveOut,
				"sort":          w.sort,
				"rename":        w.rename,
				"feed back":     w.feedBack,
				"settle":        w.settle,
				"delete":        w.deleteByHand,
				"reopen":        w.reopen,
				"":              w.check,
			})
			w.converge(rt)
		})
		// Rapid tells panics apart by where they come from.
		switch fmt.Sprintf("%T", ended) {
		case "<nil>":
		case "rapid.stopTest":
			panic(ended)
		default:
			panic(ended)
		}
	})
}

func init() {
	// Each case takes a third of a second; -rapid.checks asks for more.
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A customer is somebody, whatever the sheet calls him. His login never
// changes; his name always holds his number.
type customer struct {
	number int
	name   string
	email  string // "": known by his login
	broken bool   // the sheet has a fault in his row
	in     int    // which sheet he stands in; -1: none
}

func (c customer) login() string { return fmt.Sprintf("user%d@example.test", c.number) }

var numbered = regexp.MustCompile(`#(\d+)`)

type world struct {
	dir    string
	sheets []string // paths
	people []*customer
	twin   *sandbox.Twin
	server *moody
	memory *placetest.World // nil: the job lives in a folder

	deleted  map[string]bool // ids removed by hand
	renames  int
	stubborn bool // rejected rows are sent again
}

func newWorld(t *rapid.T) *world {
	dir, err := os.MkdirTemp("", "model")
	if err != nil {
		t.Fatal(err)
	}
	twin, err := sandbox.New(sandbox.Options{Key: "key"})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{dir: dir, twin: twin, deleted: map[string]bool{},
		sheets: []string{filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")},
		server: &moody{next: twin.Transport()}}
	if rapid.Bool().Draw(t, "in memory") {
		w.memory = placetest.NewWorld(filepath.Join(dir, "kept"))
	}
	for range rapid.IntRange(3, 8).Draw(t, "people") {
		w.add(t)
	}
	return w
}

func (w *world) close() {
	_ = w.twin.Close()
	_ = os.RemoveAll(w.dir)
}

// moody is a server of moods, and the wire that a dead process cannot use.
type moody struct {
	next http.RoundTripper

	mu    sync.Mutex
	moods []string // of the next requests, then well
	dead  func() bool
}

func (m *moody) mood() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.moods) == 0 {
		return ""
	}
	first := m.moods[0]
	m.moods = m.moods[1:]
	return first
}

func (m *moody) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.dead() {
		return nil, errDead
	}
	if r.Method != http.MethodPost {
		return m.next.RoundTrip(r)
	}
	answer := func(status int, body string) *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
	}
	switch m.mood() {
	case "refuses":
		return answer(422, `{"message":"no"}`), nil
	case "busy":
		return answer(429, ""), nil
	case "breaks":
		return answer(500, ""), nil
	case "breaks after":
		if _, err := m.next.RoundTrip(r); err != nil {
			return nil, err
		}
		return answer(500, ""), nil
	}
	return m.next.RoundTrip(r)
}

var errDead = errors.New("the process is dead")

// A mortal store dies after so many writes, and its process with it.
type mortal struct {
	importer.Store
	life *life
}

type life struct {
	mu   sync.Mutex
	left int // writes; negative: for ever
}

func (l *life) dead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left == 0
}

// lived tells whether one more write takes place.
func (l *life) lived() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left > 0 {
		l.left--
		return true
	}
	return l.left < 0
}

func (m mortal) Begin(ctx context.Context, a importer.Attempt) (importer.AttemptID, error) {
	if !m.life.lived() {
		return 0, errDead
	}
	return m.Store.Begin(ctx, a)
}

func (m mortal) Finish(ctx context.Context, id importer.AttemptID, o importer.Outcome, queued func()) error {
	if !m.life.lived() {
		return errDead
	}
	return m.Store.Finish(ctx, id, o, queued)
}

func (m mortal) StartRun(ctx context.Context, r importer.Run) (int64, error) {
	if !m.life.lived() {
		return 0, errDead
	}
	return m.Store.StartRun(ctx, r)
}

func (m mortal) AddAlias(ctx context.Context, a importer.Alias) error {
	if !m.life.lived() {
		return errDead
	}
	return m.Store.AddAlias(ctx, a)
}

func (m mortal) UpdateRun(ctx context.Context, r importer.Run) error {
	if m.life.dead() {
		return errDead
	}
	return m.Store.UpdateRun(ctx, r)
}

func (m mortal) ViewDigest(ctx context.Context, name string) (string, error) {
	if m.life.dead() {
		return "", errDead
	}
	return m.Store.ViewDigest(ctx, name)
}

// write makes the sheets what the people in them are.
func (w *world) write() {
	for i, path := range w.sheets {
		var b strings.Builder
		b.WriteString("client_name,client_email,user_email,user_password,tenant_voice_provider_id\n")
		for _, c := range w.people {
			if c.in != i {
				continue
			}
			email := c.email
			if c.broken {
				email = "not an address"
			}
			fmt.Fprintf(&b, "%s,%s,%s,Secret-%d,TenantVoiceProvider:1\n", c.name, email, c.login(), c.number)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			panic(err)
		}
		time.Sleep(time.Second) // no two versions of a file have one time stamp
	}
}

func (w *world) jobDir() string { return filepath.Join(w.dir, "the.job") }

// place is the job as one more process sees it.
func (w *world) place(t *rapid.T) place.Place {
	if w.memory != nil {
		return w.memory.Place("the.job")
	}
	p, err := place.At(w.jobDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) exists(t *rapid.T) bool {
	yes, err := w.place(t).Exists(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return yes
}

// send runs a file with this much life in the process.
func (w *world) send(t *rapid.T, path string, moods []string, lives int) {
	l := &life{left: lives}
	w.server.mu.Lock()
	w.server.moods, w.server.dead = moods, l.dead
	w.server.mu.Unlock()
	res, err := job.Run(context.Background(), job.RunOptions{
		Input: job.InputOptions{Path: path}, NewJob: !w.exists(t),
		API:  job.API{BaseURL: "http://127.0.0.1:1", Key: importer.NewSecret("key"), Transport: w.server},
		Rate: importer.Unlimited, Workers: 1, MaxAttempts: 2, HaltAfter: 3, Operator: "model", RetryRejected: w.stubborn, ChangedRows: &job.Share{Percent: 100},
		Store: func(s importer.Store) importer.Store { return mortal{s, l} },
	}.In(w.place(t)))
	t.Logf("%s, dead %v: %v %v", filepath.Base(path), l.dead(), res.Sent, err)
	if b, err := os.ReadFile(filepath.Join(w.jobDir(), "results.csv")); err == nil && !l.dead() {
		all, _ := csv.NewReader(bytes.NewReader(b)).ReadAll()
		for _, r := range all[1:] {
			t.Logf("  %s %s %s %s %s %s", r[0], r[2], r[3], r[4], r[5], r[9])
		}
	}
	var p *job.Problem
	switch {
	case l.dead():
	case errors.As(err, &p) && strings.Contains(p.What, "has 0 rows"):
	case errors.As(err, &p) && strings.Contains(p.What, "nothing is left"):
	case err != nil:
		t.Fatalf("%v", err)
	case res.Exit == job.ExitFailed:
		t.Fatalf("the run could not be finished: %+v", res.Halt)
	}
}

var allMoods = []string{"", "", "", "refuses", "busy", "breaks", "breaks after"}

func (w *world) moods(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.SampledFrom(allMoods), 0, 6).Draw(t, "moods")
}

func (w *world) sheet(t *rapid.T) int { return rapid.IntRange(0, len(w.sheets)-1).Draw(t, "sheet") }

func (w *world) run(t *rapid.T) {
	i := w.sheet(t)
	w.write()
	w.send(t, w.sheets[i], w.moods(t), -1)
}

func (w *world) runAndKill(t *rapid.T) {
	i := w.sheet(t)
	w.write()
	w.send(t, w.sheets[i], w.moods(t), rapid.IntRange(1, 20).Draw(t, "writes before the end"))
}

func (w *world) somebody(t *rapid.T) *customer {
	return w.people[rapid.IntRange(0, len(w.people)-1).Draw(t, "who")]
}

func (w *world) editName(t *rapid.T) {
	c := w.somebody(t)
	c.name = fmt.Sprintf("Client #%d %s", c.number, rapid.SampledFrom([]string{"Ltd", "Inc", "GmbH", ""}).Draw(t, "name"))
}

func (w *world) changeKey(t *rapid.T) {
	c := w.somebody(t)
	c.email = rapid.SampledFrom([]string{"", fmt.Sprintf("info%d@example.test", c.number), fmt.Sprintf("office%d@example.test", c.number)}).Draw(t, "e-mail")
}

func (w *world) spoilOrMend(t *rapid.T) {
	c := w.somebody(t)
	c.broken = !c.broken
}

func (w *world) add(t *rapid.T) {
	n := len(w.people) + 1
	if n > 14 {
		return
	}
	w.people = append(w.people, &customer{number: n, name: fmt.Sprintf("Client #%d", n), email: fmt.Sprintf("info%d@example.test", n),
		in: w.sheet(t), broken: rapid.IntRange(0, 4).Draw(t, "broken") == 0})
}

func (w *world) leaveOut(t *rapid.T) {
	c := w.somebody(t)
	if c.in >= 0 {
		c.in = -1
	} else {
		c.in = w.sheet(t)
	}
}

func (w *world) sort(t *rapid.T) { w.people = rapid.Permutation(w.people).Draw(t, "order") }

func (w *world) rename(t *rapid.T) {
	i := w.sheet(t)
	w.renames++
	_ = os.Remove(w.sheets[i])
	w.sheets[i] = filepath.Join(w.dir, fmt.Sprintf("sheet %d.csv", w.renames))
}

// feedBack mends the rejects, sometimes with another address, and runs them.
func (w *world) feedBack(t *rapid.T) {
	path := filepath.Join(w.jobDir(), "rejects.csv")
	b, err := os.ReadFile(path)
	if err != nil {
		return
	}
	all, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 2 {
		return
	}
	email := slices.Index(all[0], "client_email")
	for _, row := range all[1:] {
		c := w.byNumber(row[0])
		if c == nil || rapid.IntRange(0, 3).Draw(t, "left as it is") == 0 {
			continue
		}
		row[email] = rapid.SampledFrom([]string{"", fmt.Sprintf("info%d@example.test", c.number), fmt.Sprintf("new%d@example.test", c.number)}).Draw(t, "corrected")
		if rapid.Bool().Draw(t, "mended in the sheet, too") {
			c.email, c.broken = row[email], false
		}
	}
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(all); err != nil {
		t.Fatal(err)
	}
	mended := filepath.Join(w.dir, "mended.csv")
	if err := os.WriteFile(mended, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	w.send(t, mended, w.moods(t), -1)
}

// listed tells whether a view lists anybody.
func (w *world) listed(t *rapid.T, path string) bool {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return bytes.Count(b, []byte("\n")) > 1
}

func (w *world) byNumber(name string) *customer {
	m := numbered.FindStringSubmatch(name)
	if m == nil {
		return nil
	}
	for _, c := range w.people {
		if fmt.Sprint(c.number) == m[1] {
			return c
		}
	}
	return nil
}

// alive are the clients there by the number in their names.
func (w *world) alive() map[string][]sandbox.Client {
	out := map[string][]sandbox.Client{}
	for _, c := range w.twin.Clients() {
		if !w.deleted[c.ID] {
			n := numbered.FindStringSubmatch(c.Name)[1]
			out[n] = append(out[n], c)
		}
	}
	return out
}

func (w *world) open(t *rapid.T) *job.Settlement {
	if !w.exists(t) {
		return nil
	}
	j, err := job.OpenIn(context.Background(), w.place(t), job.ModeSettle)
	if err != nil {
		t.Fatal(err)
	}
	return j.Settle(job.SettleOptions{Who: "model"})
}

// settle looks at the server and tells the truth about some of the rows.
func (w *world) settle(t *rapid.T) { w.settleSome(t, false) }

func (w *world) settleSome(t *rapid.T, all bool) {
	s := w.open(t)
	if s == nil {
		return
	}
	ctx := context.Background()
	qs, err := s.Unsettled(ctx)
	if err != nil {
		t.Fatal(err)
	}
	alive, entries := w.alive(), w.entries(t)
	for _, q := range qs {
		if !all && !rapid.Bool().Draw(t, "settle this one") {
			continue
		}
		number := numbered.FindStringSubmatch(q.Result.ClientName)[1]
		// Who looks sees whose client it is: one that another row has come to
		// was not made by this one's request.
		there := slices.DeleteFunc(slices.Clone(alive[number]), func(c sandbox.Client) bool {
			for k, e := range entries {
				if k != q.Result.Key && e.Status == importer.Created && e.ClientID == c.ID {
					return true
				}
			}
			return false
		})
		var r job.Decision
		r.Key = q.Result.Key
		switch {
		case q.SameAs != nil && numbered.FindStringSubmatch(q.SameAs.ClientName)[1] == number:
			r.Action, r.Other = importer.ActionSameAs, q.SameAs.Key
		case q.SameAs != nil:
			r.Action = importer.ActionNew
		case len(there) == 0:
			r.Action = importer.ActionAbsent
		case all || rapid.Bool().Draw(t, "the id is at hand"):
			r.Action, r.ClientID = importer.ActionCreated, there[0].ID
		default:
			r.Action = importer.ActionExists
		}
		_, err := s.Decide(ctx, []job.Decision{r})
		var p *job.Problem
		if err != nil && !(errors.As(err, &p) && p.Exit == job.ExitUsage) {
			t.Fatal(err)
		}
	}
	w.closed(t, s)
}

func (w *world) closed(t *rapid.T, s *job.Settlement) {
	if _, err := s.End(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// deleteByHand removes a client in the dashboard and says so.
func (w *world) deleteByHand(t *rapid.T) {
	entries := w.entries(t)
	keys := slices.Sorted(maps.Keys(entries))
	keys = slices.DeleteFunc(keys, func(k importer.Key) bool {
		e := entries[k]
		if e.Status != importer.Created || e.ClientID == "" {
			return true
		}
		for _, o := range entries { // two rows that are one client go together or not at all
			if o.Key != k && o.ClientID == e.ClientID {
				return true
			}
		}
		return false
	})
	if len(keys) == 0 {
		return
	}
	e := entries[rapid.SampledFrom(keys).Draw(t, "whom")]
	s := w.open(t)
	if _, err := s.Decide(context.Background(), []job.Decision{{Decision: importer.Decision{Key: e.Key, Action: importer.ActionDeleted}}}); err != nil {
		t.Fatal(err)
	}
	w.deleted[e.ClientID] = true
	w.closed(t, s)
}

// reopen takes a decision back that turned out to be none of absent's: the
// truth stays the truth.
func (w *world) reopen(t *rapid.T) {
	entries := w.entries(t)
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(entries)), func(k importer.Key) bool {
		c := entries[k].Code
		return c != "settled_absent" && c != "settled_exists" && c != "settled_created"
	})
	if len(keys) == 0 {
		return
	}
	s := w.open(t)
	key := rapid.SampledFrom(keys).Draw(t, "which")
	_, err := s.Decide(context.Background(), []job.Decision{{Decision: importer.Decision{Key: key, Action: importer.ActionReopen}}})
	var p *job.Problem
	if err != nil && !(errors.As(err, &p) && p.Exit == job.ExitUsage) {
		t.Fatal(err)
	}
	w.closed(t, s)
}

func (w *world) entries(t *rapid.T) map[importer.Key]importer.Entry {
	out := map[importer.Key]importer.Entry{}
	if !w.exists(t) {
		return out
	}
	s, err := w.place(t).Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, status := range []importer.Status{importer.Created, importer.InDoubt, importer.Rejected, importer.Failed} {
		for e, err := range s.Walk(context.Background(), status, importer.Whole) {
			if err != nil {
				t.Fatal(err)
			}
			out[e.Key] = e
		}
	}
	return out
}

// check is the promise: nobody is there twice, and who is there is on record.
func (w *world) check(t *rapid.T) {
	alive := w.alive()
	entries := w.entries(t)
	for number, clients := range alive {
		if len(clients) > 1 {
			t.Fatalf("customer %s is there %d times: %v", number, len(clients), clients)
		}
		known := false
		for _, e := range entries {
			known = known || e.ClientID == clients[0].ID && e.Status == importer.Created
			if e.ClientID == "" && (e.Status == importer.InDoubt || e.Status == importer.Created) {
				var sent importer.Client
				if json.Unmarshal(e.Snapshot, &sent) == nil && len(sent.Users) > 0 && sent.Users[0].Email == clients[0].Users[0].Email {
					known = true
				}
			}
		}
		if !known {
			t.Fatalf("customer %s is there and not on record: %v\n%v", number, clients[0], entries)
		}
	}
	for _, e := range entries {
		if e.Status != importer.Created || e.ClientID == "" {
			continue
		}
		if w.deleted[e.ClientID] {
			t.Fatalf("%s is on record with a client that was deleted", e.Key)
		}
		if !slices.ContainsFunc(w.twin.Clients(), func(c sandbox.Client) bool { return c.ID == e.ClientID }) {
			t.Fatalf("%s is on record with %s, which nobody has", e.Key, e.ClientID)
		}
	}
}

// converge mends everything and settles everything: then everybody in a sheet
// must be there, once.
func (w *world) converge(t *rapid.T) {
	for _, c := range w.people {
		c.broken = false
	}
	w.write()
	w.stubborn = true
	for range 4 {
		for i := range w.sheets {
			w.send(t, w.sheets[i], nil, -1)
			// A row that was corrected and failed is told to be fed back.
			if rejects := filepath.Join(w.jobDir(), "rejects.csv"); w.listed(t, rejects) {
				w.send(t, rejects, nil, -1)
			}
			w.settleSome(t, true)
		}
		w.check(t)
	}
	alive := w.alive()
	for _, c := range w.people {
		if c.in >= 0 && len(alive[fmt.Sprint(c.number)]) != 1 {
			t.Fatalf("customer %d (%s) is there %d times at last", c.number, c.email, len(alive[fmt.Sprint(c.number)]))
		}
	}
}
