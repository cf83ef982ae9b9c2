package job

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
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
	if err := durable.Check(path); err != nil {
		return nil, asProblem(err)
	}
	l := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDWR|durable.Flags))
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
	h := &held{lock: l, path: path}
	if note, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: time.Now().UTC()}); err == nil {
		h.note(append(note, '\n'))
	}
	return h, nil
}

// note leaves a note for others in the locked file and in no other. It is only
// a courtesy for the message above: the lock holds without it.
func (h *held) note(text []byte) {
	f, err := durable.Update(h.path)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	locked, err := h.lock.Stat()
	if err != nil {
		return
	}
	if info, err := f.Stat(); err == nil && os.SameFile(info, locked) && f.Truncate(0) == nil {
		_, _ = f.Write(text)
	}
}

func (h *held) release() {
	h.note(nil)
	_ = h.lock.Close()
}

// heldBy tells who holds a job, without taking it.
func heldBy(path string) (Holder, bool) {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return Holder{}, false
	}
	l := flock.New(path, flock.SetFlag(os.O_RDONLY|durable.Flags))
	ok, err := l.TryRLock()
	_ = l.Close()
	if err != nil || ok {
		return Holder{}, false
	}
	return readHolder(path), true
}

func readHolder(path string) Holder {
	var h Holder
	b, err := durable.ReadFile(path)
	if err == nil {
		_ = json.Unmarshal(b, &h)
	}
	return h
}
