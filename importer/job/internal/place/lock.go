package place

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// A lock is the kernel's lock on a file: it dies with its process. The file
// stays for good, since deleting a locked file would let two processes hold
// "it".
type lock struct {
	flock *flock.Flock
	path  string
}

// take takes the lock or says who has it.
func take(path string) (*lock, error) {
	if err := durable.Check(path); err != nil {
		return nil, importer.AsProblem(err)
	}
	l := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDWR|durable.Flags))
	ok, err := l.TryLock()
	if err != nil {
		return nil, importer.Broken(path, err,
			"the job's lock cannot be taken: check the permissions of the folder, or name another one with --job")
	}
	if !ok {
		_ = l.Close()
		return nil, &importer.Problem{Exit: importer.ExitBusy, Where: path, What: "the job is in use by " + readHolder(path).String(),
			Hint: "wait until it has ended; this shows how far it is: " + importer.CommandLine("bulkonboard", "status", filepath.Dir(path))}
	}
	host, _ := os.Hostname()
	h := &lock{flock: l, path: path}
	if note, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: time.Now().UTC()}); err == nil {
		h.note(append(note, '\n'))
	}
	return h, nil
}

// note leaves a note for others in the locked file and in no other. It is only
// a courtesy for the message above: the lock holds without it.
func (h *lock) note(text []byte) {
	f, err := durable.Update(h.path)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	locked, err := h.flock.Stat()
	if err != nil {
		return
	}
	if info, err := f.Stat(); err == nil && os.SameFile(info, locked) && f.Truncate(0) == nil {
		_, _ = f.Write(text)
	}
}

func (h *lock) release() {
	h.note(nil)
	_ = h.flock.Close()
}

// heldBy tells who holds a lock, without taking it.
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
