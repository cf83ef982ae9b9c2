package place_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// A desk is a user's machine: folders, and one list of jobs.
type desk struct {
	*testing.T
	dir string
}

func (d desk) at(name string) *place.Folder {
	d.Helper()
	p, err := place.At(d.path(name), place.List(d.path("state/jobs.jsonl")))
	if err != nil {
		d.Fatal(err)
	}
	return p
}

func (d desk) path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }

func (d desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// copies puts a copy of a folder in the place of another.
func (d desk) copies(from, to string) {
	d.Helper()
	d.ok(os.RemoveAll(d.path(to)))
	d.ok(os.CopyFS(d.path(to), os.DirFS(d.path(from))))
	d.ok(os.Chmod(d.path(to), 0o700))
	for _, e := range []string{"journal.db", "run.log"} { // CopyFS adds no bits, and takes none
		if _, err := os.Lstat(d.path(to + "/" + e)); err == nil {
			d.ok(os.Chmod(d.path(to+"/"+e), 0o600))
		}
	}
}

// sends has a run attempt some rows in a job, new if it is not there, and tells
// the log of them unless it is silent.
func (d desk) sends(name, target string, rows int, silent bool) {
	d.Helper()
	p := d.at(name)
	_, release, err := p.Lock(d.Context())
	d.ok(err)
	defer release()
	var s importer.Store
	if there, err := p.Exists(d.Context()); there || err != nil {
		s, err = p.Open(d.Context())
		d.ok(err)
	} else {
		h, err := place.NewHeader(target, []string{"k"})
		d.ok(err)
		s, err = p.Create(d.Context(), h)
		d.ok(err)
		if target != place.TargetSandbox {
			d.ok(p.Register(h))
		}
	}
	h, err := s.Header(d.Context())
	d.ok(err)
	run, err := s.StartRun(d.Context(), importer.Run{StartedAt: time.Now()})
	d.ok(err)
	log, err := p.Log()
	d.ok(err)
	for i := range rows {
		key := importer.Key(fmt.Sprintf("run%d-%d", run, i))
		id, err := s.Begin(d.Context(), importer.Attempt{Key: key, Snapshot: []byte("{}"), BegunAt: time.Now()})
		d.ok(err)
		if !silent {
			fmt.Fprintf(log, `{"job":%q,"run":%d,"attempt":%d,"row":"2","key":%q,"message":"begun"}`+"\n", h.JobID, run, id, key)
		}
		d.ok(s.Finish(d.Context(), id, importer.Outcome{Status: importer.Failed, FinishedAt: time.Now()}, nil))
	}
	d.ok(s.UpdateRun(d.Context(), importer.Run{ID: run, EndedAt: time.Now()}))
	d.ok(errors.Join(log.Close(), s.Close()))
}

// refused wants that neither reading nor writing goes on, and says why.
func (d desk) refused(name, why string) {
	d.Helper()
	before, err := os.ReadFile(d.path(name + "/journal.db"))
	d.ok(err)
	p := d.at(name)
	_, release, err := p.Lock(d.Context())
	d.ok(err)
	defer release()
	for _, way := range []func() (importer.Store, error){
		func() (importer.Store, error) { return p.Read(d.Context()) },
		func() (importer.Store, error) { return p.Open(d.Context()) },
	} {
		if s, err := way(); err == nil || importer.ExitOf(err) != importer.ExitFailed || !strings.Contains(err.Error(), why) || s != nil {
			d.Errorf("%s: %v, exit code %d, want %q", name, err, importer.ExitOf(err), why)
		}
	}
	if after, err := os.ReadFile(d.path(name + "/journal.db")); err != nil || !slices.Equal(after, before) {
		d.Errorf("%s: it was written to, %v", name, err)
	}
}

// goesOn wants that a job can be gone on with, and what is said of it.
func (d desk) goesOn(name, warning string) {
	d.Helper()
	p := d.at(name)
	_, release, err := p.Lock(d.Context())
	d.ok(err)
	defer release()
	s, err := p.Open(d.Context())
	d.ok(err)
	if got := strings.Join(p.Warnings(), "\n"); warning == "" && got != "" || !strings.Contains(got, warning) {
		d.Errorf("%s: warns %q, want %q", name, got, warning)
	}
	d.ok(s.Close())
	r, err := d.at(name).Read(d.Context())
	d.ok(err)
	d.ok(r.Close())
}

const target = "https://api.example.test"

func TestTheNewestJournal(t *testing.T) {
	for name, play := range map[string]func(d desk){
		"the folder is put back whole": func(d desk) {
			d.copies("job", "backup")
			d.sends("job", target, 1, false)
			d.copies("backup", "job")
			d.refused("job", "knows run 2")
		},
		"an older journal of the same run, and no log": func(d desk) {
			d.copies("job", "backup")
			p := d.at("job")
			_, release, err := p.Lock(d.Context())
			d.ok(err)
			s, err := p.Open(d.Context())
			d.ok(err)
			d.ok(s.Decide(d.Context(), importer.Decision{Key: "run1-0", Action: importer.ActionNew, At: time.Now()}))
			d.ok(s.Close())
			release()
			d.copies("backup", "job")
			d.refused("job", "knows attempt or decision")
		},
		"a journal of before the run's end": func(d desk) {
			p := d.at("job")
			_, release, err := p.Lock(d.Context())
			d.ok(err)
			s, err := p.Open(d.Context())
			d.ok(err)
			_, err = s.StartRun(d.Context(), importer.Run{})
			d.ok(err)
			d.ok(s.Close())
			release()
			d.goesOn("job", "")
			d.copies("job", "backup")
			_, release, err = p.Lock(d.Context())
			d.ok(err)
			s, err = p.Open(d.Context())
			d.ok(err)
			d.ok(s.UpdateRun(d.Context(), importer.Run{ID: 2, EndedAt: time.Now()}))
			d.ok(s.Close())
			release()
			d.copies("backup", "job")
			d.refused("job", "knows the end of run 2")
		},
		"the list is gone: the log beside the journal counts": func(d desk) {
			d.ok(os.RemoveAll(d.path("state")))
			d.copies("job", "backup")
			d.sends("job", target, 1, false)
			d.ok(os.RemoveAll(d.path("state")))
			d.goesOn("job", "")
			d.copies("backup", "older")
			d.ok(os.Rename(d.path("older/journal.db"), d.path("job/journal.db")))
			d.refused("job", "run.log knows run 2")
		},
		"a copy, while the original is there": func(d desk) {
			d.copies("job", "copy")
			d.refused("copy", "copy of the job in "+d.path("job"))
			d.goesOn("job", "")
			d.sends("job", target, 1, false)
			d.refused("copy", "copy of the job in "+d.path("job"))
		},
		"the original is gone: the job has moved": func(d desk) {
			d.ok(os.Rename(d.path("job"), d.path("elsewhere")))
			d.goesOn("elsewhere", "moved from "+d.path("job"))
			d.goesOn("elsewhere", "") // the list knows now
			d.copies("elsewhere", "job")
			d.refused("job", "copy of the job in "+d.path("elsewhere"))
		},
		"the original cannot be read": func(d desk) {
			d.copies("job", "copy")
			d.ok(os.WriteFile(d.path("job/journal.db"), []byte("no journal"), 0o600))
			d.goesOn("copy", "moved from "+d.path("job"))
		},
		"the original is behind, and the newest lies elsewhere": func(d desk) {
			d.copies("job", "backup")
			d.sends("job", target, 1, false)
			d.ok(os.Rename(d.path("job"), d.path("newest")))
			d.copies("backup", "job")
			d.refused("job", "knows run 2")
			d.goesOn("newest", "moved from "+d.path("job"))
		},
		"another path to it is no copy": func(d desk) {
			if err := os.Symlink(d.dir, d.path("link")); err != nil {
				d.Skipf("NOT TESTED: no links here: %v", err)
			}
			d.goesOn("link/job", "")
		},
		"a rehearsal may be copied": func(d desk) {
			d.sends("sandbox", place.TargetSandbox, 2, false)
			d.copies("sandbox", "copy")
			d.sends("sandbox", place.TargetSandbox, 2, false)
			d.goesOn("copy", "")
			log, err := os.ReadFile(d.path("sandbox/run.log"))
			d.ok(err)
			d.ok(os.WriteFile(d.path("copy/run.log"), log, 0o600))
			d.refused("copy", "run.log knows run 2")
		},
		"the log knows a later attempt of the same run": func(d desk) {
			log, err := os.ReadFile(d.path("job/run.log"))
			d.ok(err)
			d.ok(os.RemoveAll(d.path("state")))
			d.ok(os.WriteFile(d.path("job/run.log"), append(log, strings.ReplaceAll(string(log), `"attempt":1,`, `"attempt":7,`)...), 0o600))
			d.refused("job", "run.log knows attempt 7")
		},
		"another job has taken its place since": func(d desk) {
			log, err := os.ReadFile(d.path("job/run.log"))
			d.ok(err)
			d.ok(os.WriteFile(d.path("job/run.log"), append(log, `{"job":"0123456789abcdef","run":1,"attempt":1,"row":"2","key":"k"}`+"\n"...), 0o600))
			d.refused("job", "attempts of the job 0123456789abcdef")
		},
		"a mark that cannot be read": func(d desk) {
			marks, err := filepath.Glob(d.path("state/marks/*"))
			if err != nil || len(marks) != 1 {
				d.Fatalf("marks: %v, %v", marks, err)
			}
			d.ok(os.WriteFile(marks[0], []byte("torn"), 0o600))
			d.refused("job", marks[0])
		},
		"nothing has happened": func(d desk) { d.goesOn("job", "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := desk{t, t.TempDir()}
			d.sends("job", target, 1, false)
			play(d)
		})
	}
}

// TestAMarkIsNeverAhead: it follows each commit of a run, and a look meanwhile
// finds nothing behind.
func TestAMarkIsNeverAhead(t *testing.T) {
	d := desk{t, t.TempDir()}
	d.sends("job", target, 1, false)
	p := d.at("job")
	_, release, err := p.Lock(t.Context())
	d.ok(err)
	defer release()
	s, err := p.Open(t.Context())
	d.ok(err)
	defer func() { d.ok(s.Close()) }()
	_, err = s.StartRun(t.Context(), importer.Run{})
	d.ok(err)
	looked := make(chan error, 1)
	go func() {
		for range 50 {
			r, err := d.at("job").Read(t.Context())
			if err == nil {
				err = r.Close()
			}
			if err != nil {
				looked <- err
				return
			}
		}
		looked <- nil
	}()
	for i := 0; ; i++ {
		select {
		case err := <-looked:
			d.ok(err)
			return
		default:
		}
		_, err := s.Begin(t.Context(), importer.Attempt{Key: importer.Key(fmt.Sprint(i)), Snapshot: []byte("{}"), BegunAt: time.Now()})
		d.ok(err)
	}
}

// TestAJobThatIsNoMoreIsNoNewOne: the list knows that it has sent.
func TestAJobThatIsNoMoreIsNoNewOne(t *testing.T) {
	d := desk{t, t.TempDir()}
	d.sends("idle", target, 0, false)
	d.sends("job", target, 1, true)
	for _, name := range []string{"idle", "job"} {
		d.ok(os.RemoveAll(d.path(name)))
	}
	if err := d.at("idle").Remains(); err != nil {
		t.Errorf("nothing was sent, and it says %v", err)
	}
	err := d.at("job").Remains()
	if !errors.Is(err, place.ErrListed) || importer.ExitOf(err) != importer.ExitFailed {
		t.Errorf("the list knows it, and it says %v", err)
	}
	var warned []string
	others := d.at("new").Others(t.Context(), target, "", func(s string) { warned = append(warned, s) })
	defer func() { d.ok(others.Close()) }()
	if !slices.Equal(others.Missing, []string{d.path("job")}) || len(warned) != 2 {
		t.Errorf("missing are %v, warned %q", others.Missing, warned)
	}
}
