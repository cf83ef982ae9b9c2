package place_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

func TestMarksOutliveTheirProcess(t *testing.T) {
	m := place.MarkFile{Path: filepath.Join(t.TempDir(), "marks", "job")}
	if got, err := m.Read(); err != nil || got != (place.Marks{}) {
		t.Fatal(got, err)
	}
	for _, want := range []place.Marks{{Run: 1, Open: true}, {Run: 1, Attempt: 1 << 60, Open: true}, {Run: 2, Attempt: 7}} {
		if err := m.Write(want); err != nil {
			t.Fatal(err)
		}
		again := place.MarkFile{Path: m.Path}
		if got, err := again.Read(); err != nil || got != want {
			t.Errorf("got %+v, want %+v (%v)", got, want, err)
		}
	}
	if err := m.Begun(9); err != nil {
		t.Fatal(err)
	}
	if got, _ := m.Read(); got.Attempt != 9 || got.Run != 2 {
		t.Error(got)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(m.Path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Read(); err == nil {
		t.Error("a damaged file has marks")
	}
}

func TestALogKnowsItsLastAttempt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.log")
	if got, err := place.LogMarks(path); err != nil || got != (place.Marks{}) {
		t.Fatal(got, err)
	}
	var b strings.Builder
	for n := range 9000 { // more than is read at first
		fmt.Fprintf(&b, `{"level":"info","run":%d,"attempt":%d,"key":"k%d@x.example","message":"attempt"}`+"\n", n/100+1, n+1, n)
	}
	for what, rest := range map[string]string{
		"whole": "", "torn": `{"run":99,"attempt":99`, "a long end without numbers": strings.Repeat("oops\n", 1<<17),
	} {
		if err := os.WriteFile(path, []byte(b.String()+rest), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := place.LogMarks(path); err != nil || got.Run != 90 || got.Attempt != 9000 {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	m, _ := place.LogMarks(path)
	if !m.Behind(90, 8999) || !m.Behind(89, 9000) || m.Behind(90, 9000) || m.Behind(91, 9001) {
		t.Error("which journal is behind is told wrong")
	}
}
