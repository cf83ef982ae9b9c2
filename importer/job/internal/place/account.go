package place

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// An Account is what one API key pays for: a target, and where profiles label
// several accounts of one target, its label. One run at a time sends for it, of
// this user on this machine; another user's runs and another machine's are not
// seen.
type Account struct {
	Dir           string // the user's own folder of accounts
	Target, Label string
}

// A Turn is one run's time with an account.
type Turn struct {
	Number int64     `json:"turn"` // 1 for the first; 0: nobody had the account yet
	Job    string    `json:"job"`  // as people know it
	PID    int       `json:"pid"`
	Host   string    `json:"host"`
	Since  time.Time `json:"since"`
	// Ended tells that what it sent is on record. A turn whose process died
	// never says so.
	Ended bool `json:"ended,omitempty"`
}

func (t Turn) String() string {
	if t.PID == 0 {
		return "another run"
	}
	return fmt.Sprintf("the run of %s (process %d on %s, since %s)", t.Job, t.PID, t.Host, t.Since.Local().Format("2006-01-02 15:04:05"))
}

// A BusyError says who has had an account for longer than anybody would wait.
type BusyError struct{ Turn Turn }

func (e *BusyError) Error() string {
	return "this account is in use by " + e.Turn.String() + ", and one run at a time sends for an account"
}

// A Hold is an account that this process has. It ends with the process.
type Hold struct {
	Turn    Turn
	account Account
	lock    *flock.Flock
}

// lookEvery is how long an account that is taken is left alone between two
// looks.
const lookEvery = 200 * time.Millisecond

func (a Account) path(ending string) string {
	sum := sha256.Sum256([]byte(a.Target + "\x00" + a.Label))
	return filepath.Join(a.Dir, hex.EncodeToString(sum[:8])+ending)
}

// Last is the newest turn: the one that goes on, or the last that went.
// Whoever compares its number before and after knows whether somebody ran,
// unless it has not ended: then somebody may be running now.
func (a Account) Last() (Turn, error) {
	var t Turn
	b, err := os.ReadFile(a.path(".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &t)
	}
	return t, err
}

// Acquire takes the account for a run of a job, and waits for others for as
// long as wait says; then it fails with a *BusyError. waiting is told once for
// whom it waits; it may be nil.
func (a Account) Acquire(ctx context.Context, job string, wait time.Duration, waiting func(Turn)) (*Hold, error) {
	if err := os.MkdirAll(a.Dir, 0o700); err != nil {
		return nil, err
	}
	l := flock.New(a.path(".lock"), flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err == nil && !got && wait > 0 {
		if last, err := a.Last(); err == nil && waiting != nil {
			waiting(last)
		}
		patience, cancel := context.WithTimeout(ctx, wait)
		got, err = l.TryLockContext(patience, lookEvery)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = nil
		}
	}
	switch {
	case err != nil:
		return nil, errors.Join(err, l.Close())
	case !got:
		last, _ := a.Last() // it only names who
		return nil, errors.Join(&BusyError{last}, l.Close())
	}
	h, err := a.begin(job, l)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return h, nil
}

// begin puts a new turn on record. The lock is held.
func (a Account) begin(job string, l *flock.Flock) (*Hold, error) {
	last, err := a.Last()
	if err != nil {
		last = Turn{Number: time.Now().UnixMilli()} // a damaged record: whoever compares sees a change
	}
	host, _ := os.Hostname()
	t := Turn{Number: last.Number + 1, Job: job, PID: os.Getpid(), Host: host, Since: time.Now().UTC()}
	return &Hold{t, a, l}, a.record(t)
}

// record keeps the newest turn. The lock is held.
func (a Account) record(t Turn) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	durable.Sweep(a.path(".json"))
	return durable.Replace(a.path(".json"), durable.Bytes(append(b, '\n')))
}

// Release gives the account back. A nil Hold holds nothing.
func (h *Hold) Release() {
	if h == nil {
		return
	}
	h.Turn.Ended = true
	_ = h.account.record(h.Turn) // if not, it is as if this process had died
	_ = h.lock.Close()
}
