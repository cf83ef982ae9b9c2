package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/views"
)

// readingRate is how fast clients are read back unless somebody says
// otherwise, in requests per second: nothing waits for it.
const readingRate = 2

// ErrNoKey says that clients cannot be read back.
var ErrNoKey = errors.New("there is no API key at hand")

// A reading reads clients back, one at a time: paced, and tried again while
// the server is not well. It is used by one goroutine.
type reading struct {
	client *api.Client
	pacer  *importer.Pacer
	read   importer.Creator
	got    importer.Readback
}

// newReading connects to the server of a job. In a rehearsal that is the twin
// in the job's folder; else a is the API of the job's target.
func newReading(f views.Folder, h importer.JobHeader, a API, twin func(string) (Transport, error), rate float64) (*reading, error) {
	a.BaseURL = h.Target
	if h.Target == TargetSandbox {
		if twin == nil {
			return nil, ErrNoKey
		}
		t, err := twin(string(f))
		if err != nil {
			return nil, broken(string(f), err, "")
		}
		a.BaseURL, a.Key, a.Transport = "http://localhost", importer.NewSecret("sandbox"), t
	}
	if a.Key.Empty() {
		return nil, ErrNoKey
	}
	client, err := api.New(a)
	if err != nil {
		return nil, usage("", "%v", "", err)
	}
	return readingWith(client, rate), nil
}

// readingWith reads through a client that is there already.
func readingWith(client *api.Client, rate float64) *reading {
	if rate <= 0 {
		rate = readingRate
	}
	r := &reading{client: client, pacer: importer.NewPacer(importer.PacerOptions{Rate: rate, Workers: 1, OnResume: fresh(client)})}
	r.read = importer.Retry(importer.Pace(importer.CreatorFunc(func(ctx context.Context, req importer.Request) (importer.Receipt, error) {
		var err error
		r.got, err = client.Read(ctx, string(req.Key))
		return importer.Receipt{}, err
	}), r.pacer), 3)
	return r
}

// fresh has a client begin anew after a pause.
func fresh(client *api.Client) func(context.Context) *importer.Halt {
	return func(context.Context) *importer.Halt {
		client.CloseIdle()
		return nil
	}
}

func (r *reading) close() { r.client.CloseIdle() }

// client reads one client. The error says that nothing is known of it.
func (r *reading) readClient(ctx context.Context, id string) (importer.Readback, error) {
	_, err := r.read.Create(ctx, importer.Request{Key: importer.Key(id)})
	return r.got, err
}

// ended tells why there is no sense in reading on, after this error; nil if
// there is.
func (r *reading) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &Problem{Exit: ExitInterrupted, What: "interrupted"}
	}
	if importer.KindOf(err) == importer.KindFatal {
		return &Problem{Exit: ExitFailed, What: "the server refuses the API key: " + importer.AsError(err).Error(),
			Hint: "give the key of the account these clients were created in", Cause: err}
	}
	if h := r.pacer.Halted(); h != nil {
		return &Problem{Exit: ExitFailed, What: "the server is not well: " + h.Message, Hint: "try again later", Cause: h}
	}
	return nil
}

// differences names what a client has that was not sent, with both values; none
// if it is the same. What the server does not tell is not compared.
func (r *reading) differences(sent importer.Client, got importer.Readback) []string {
	sent = r.shown(sent)
	var out []string
	differ := func(what, want, is string) {
		out = append(out, fmt.Sprintf("%s (sent %.300q, there %.300q)", what, want, is))
	}
	if want, is := strings.TrimSpace(sent.Details.Name), strings.TrimSpace(got.Name); want != "" && is != "" && want != is {
		differ("name", want, is)
	}
	if want, is := importer.Fold(sent.Details.Email), importer.Fold(got.PrimaryEmail); want != "" && is != "" && want != is {
		differ("e-mail", want, is)
	}
	if got.UserEmails == nil || len(sent.Users) == 0 {
		return out
	}
	var is []string
	for _, e := range got.UserEmails {
		is = append(is, importer.Fold(e))
	}
	want := sent.UserEmails()
	slices.Sort(want)
	slices.Sort(is)
	if is = slices.Compact(is); !slices.Equal(want, is) {
		differ("users", strings.Join(want, " "), strings.Join(is, " "))
	}
	return out
}

// shown is what was sent as a read-back shows it: a name may hold a password by
// chance.
func (r *reading) shown(sent importer.Client) importer.Client {
	sent.Details.Name, sent.Details.Email = r.client.Clean(sent.Details.Name), r.client.Clean(sent.Details.Email)
	sent.Users = slices.Clone(sent.Users)
	for i := range sent.Users {
		sent.Users[i].Email = r.client.Clean(sent.Users[i].Email)
	}
	return sent
}

// tells says whether the server told anything that could be compared.
func tells(got importer.Readback) bool {
	return got.Name != "" || got.PrimaryEmail != "" || len(got.UserEmails) > 0
}
