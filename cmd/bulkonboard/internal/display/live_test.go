package display

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

var began = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func halfway() job.Progress {
	p := job.Progress{Total: 1000, Started: began}
	p.Sent[importer.Created], p.Sent[importer.Rejected] = 480, 20
	p.Pace = importer.PaceState{Rate: 19, Ceiling: 100, Reason: "the server answered 429"}
	p.Refusals = []job.Refusal{{Row: importer.RowRef{Number: 17}, Status: importer.Rejected, Message: "no such\nprovider \x1b[31m"}}
	return p
}

func TestLines(t *testing.T) {
	got := strings.Join(Lines(halfway(), began.Add(50*time.Second), 80), "\n")
	want := `[###############---------------] 500 of 1,000 · 10/s · 50s left
480 created, 20 rejected
slowed to 19/s: the server answered 429
row 17 rejected: no such provider �[31m`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSentence(t *testing.T) {
	got := Sentence(halfway(), began.Add(50*time.Second))
	want := "500 of 1,000 rows done: 480 created, 20 rejected. About 50s left. It is slowed to 19/s: the server answered 429. The last that was not created: row 17, no such provider �[31m."
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTimeLeftStaysSane(t *testing.T) {
	now := began.Add(100 * time.Second)
	p := job.Progress{Total: 1000, Started: began}
	p.Sent[importer.Failed] = 500
	p.Pace.Rate = 1
	if left, ok := p.Left(now); !ok || left != 500*time.Second {
		t.Errorf("slowed to 1/s: %s, %v", left, ok)
	}
	p.Pace.PausedUntil = now.Add(time.Minute)
	if left, _ := p.Left(now); left != 560*time.Second {
		t.Errorf("with a minute's pause: %s", left)
	}
	p.Pace = importer.PaceState{Rate: importer.Unlimited}
	if left, _ := p.Left(now); left != 100*time.Second {
		t.Errorf("all fail fast: %s", left)
	}
	p.Total, p.Pace.Rate = 10_000_000, 0.2
	if left, ok := p.Left(now); ok {
		t.Errorf("nobody can say: %s", left)
	}
}

// TestScreen: a line that stays goes above the block, no line wraps, and a
// terminal that became narrower is cleared of all that it has wrapped.
func TestScreen(t *testing.T) {
	var out bytes.Buffer
	columns := 20
	width := func() int { return columns }
	s := NewScreen(&out)
	step := func(want string) {
		t.Helper()
		if got := out.String(); got != want {
			t.Errorf("got %q\nwant %q", got, want)
		}
		out.Reset()
	}
	_, _ = s.Write([]byte("before\n"))
	step("before\n")
	s.Draw(width, "one", "a line that is far too long", "客户客户客户客户客户客户")
	step("one\na line that is far…\n客户客户客户客户客…")
	_, _ = s.Write([]byte("a note\n"))
	step("\r\x1b[A\x1b[A\x1b[Ja note\none\na line that is far…\n客户客户客户客户客…")
	columns = 10
	s.Draw(width, "one")
	step("\r\x1b[A\x1b[A\x1b[A\x1b[A\x1b[Jone")
	s.Draw(width)
	step("\r\x1b[J")
	_, _ = s.Write([]byte("after\n"))
	step("after\n")
}

func TestPlainProgressIsSentences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := Live{Screen: NewScreen(&out), Columns: func() int { return 80 }, Plain: true, Log: zerolog.Nop()}
		start := time.Now()
		stop := l.Show(func() job.Progress { p := halfway(); p.Started = start; return p })
		time.Sleep(11 * time.Second)
		stop()
		stop()
		if n := strings.Count(out.String(), "500 of 1,000 rows done"); n != 2 || strings.Contains(out.String(), "\x1b") {
			t.Errorf("in eleven seconds:\n%q", out.String())
		}
	})
}
