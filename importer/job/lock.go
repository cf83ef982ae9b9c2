package job

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// A Holder is the process that holds a job.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d on %s, since %s", h.PID, h.Host, h.Since.Local().Format("2006-01-02 15:04:05"))
}

// held is the kernel's lock on a job: it dies with its process. The file stays
// for good, since deleting a locked file would let two processes hold "it".
type held struct {
	lock *flock.Flock
	path string
}

// hold takes the lock or says who has it.
func hold(path string) (*held, error) {
	l := flock.New(path, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, broken(path, err, "the job's lock cannot be taken: check the permissions of the folder, or name another one with --job")
	}
	if !ok {
		_ = l.Close()
		return nil, &Problem{Exit: ExitBusy, Where: path, What: "the job is in use by " + readHolder(path).String(),
			Hint: "wait until it has ended; `bulkonboard status` shows how far it is"}
	}
	host, _ := os.Hostname()
	note, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: time.Now().UTC()})
	if err == nil {
		// Only a courtesy for the message above: the lock holds without it.
		_ = os.WriteFile(path, append(note, '\n'), 0o600)
	}
	return &held{lock: l, path: path}, nil
}

func (h *held) release() {
	_ = os.Truncate(h.path, 0)
	_ = h.lock.Close()
}

// heldBy tells who holds a job, without taking it.
func heldBy(path string) (Holder, bool) {
	if _, err := os.Stat(path); err != nil {
		return Holder{}, false
	}
	l := flock.New(path, flock.SetFlag(os.O_RDONLY))
	ok, err := l.TryRLock()
	_ = l.Close()
	if err != nil || ok {
		return Holder{}, false
	}
	return readHolder(path), true
}

func readHolder(path string) Holder {
	var h Holder
	b, err := os.ReadFile(path)
	if err == nil {
		_ = json.Unmarshal(b, &h)
	}
	return h
}
