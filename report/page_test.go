package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

var pageTime = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

// hostile is what a cell or a server might say.
const hostile = "</bdi></style><script>alert(1)</script><img src=x onerror=alert(2)>\" ' & \u202Etxt.exe\x1b[31m"

func somePage(text string) Page {
	c := importer.Counts{}
	c[importer.Created], c[importer.InDoubt], c[importer.Rejected] = 305, 3, 4
	row := PageRow{Ref: text + "!17", Key: text, Name: text, Email: text, Message: text, Advice: text, SentAt: pageTime}
	run := importer.Run{ID: 7, StartedAt: pageTime, EndedAt: pageTime.Add(time.Minute), Operator: text, Host: text, Version: text,
		Reason: text,
		Input:  importer.InputRecord{Path: "/home/somebody/" + text, Digest: text, Rows: 312}, Mapping: importer.MappingRecord{Path: text,
			Content: "secret content"},
		Corrections: []importer.CorrectionRecord{{File: text, Digest: text}}}
	p := Page{Job: JobFacts{ID: text, Target: text, CreatedAt: pageTime}, Run: run, Runs: []importer.Run{run}, Counts: c, InDoubt: 3,
		Missing: text, Running: text,
		Tasks:  []Task{{Kind: TaskSettle, N: 3, Command: []string{"bulkonboard", "settle", text}}, {Kind: TaskChange, N: 1}},
		Causes: []Cause{{Status: importer.Rejected, Code: text, Message: text, Advice: text, N: 4, Rows: []PageRow{row}}},
		Doubts: []PageRow{row}, Drifts: []PageRow{row}, Drifted: 1, Written: pageTime, Timeline: importer.Timeline{Span: time.Second}}
	for i := range 60 {
		p.Timeline.Buckets = append(p.Timeline.Buckets, importer.Bucket{Run: 7, At: pageTime.Add(time.Duration(i) * time.Second), Begun: 5 + i%3,
			Created: 5})
	}
	return p
}

func written(t *testing.T, p Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := WritePage(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageTellsTwoSentences(t *testing.T) {
	page := func(f func(*Page)) string { p := somePage("x"); f(&p); return written(t, p) }
	for want, got := range map[string]string{
		"<h1>Of 312 customers, 305 have an account now.</h1>": page(func(*Page) {}),
		"4 were refused by the server and 3 are in doubt":     page(func(*Page) {}),
		"<h1>All 305 customers have an account now.</h1>": page(func(p *Page) {
			p.Counts, p.InDoubt = importer.Counts{importer.Created: 305, importer.Skipped: 9}, 0
		}),
		"This was a rehearsal, nothing real was created: of 312 customers, 305 would have an account now.": page(func(
			p *Page) {
			p.Rehearsal = true
		}),
		"Of 2 customers, none has an account now.": page(func(p *Page) { p.Counts = importer.Counts{importer.Failed: 2} }),
		"Nothing is left to do.": page(func(p *Page) {
			p.Counts, p.InDoubt, p.Tasks = importer.Counts{importer.Created: 1}, 0,
				nil
		}),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got[strings.Index(got, "<header>"):strings.Index(got, "<main>")])
		}
	}
}

func TestPageEscapesWhateverItIsGiven(t *testing.T) {
	got := written(t, somePage(hostile))
	for _, bad := range []string{"<script", "<img", "\u202E", "\x1b", "/home/somebody", "secret content"} {
		if strings.Contains(got, bad) {
			t.Errorf("it holds %q", bad)
		}
	}
	// Nothing of its own is said less for it: every tag is one that is there
	// with harmless values.
	tags := regexp.MustCompile(`<[a-z/!][^>]*`)
	if a, b := len(tags.FindAllString(got, -1)), len(tags.FindAllString(written(t, somePage("x")), -1)); a != b {
		t.Errorf("%d tags, and %d with harmless values", a, b)
	}
}

func TestPageNeedsNothingElse(t *testing.T) {
	got := written(t, somePage("https://elsewhere.test/x"))
	for _, m := range regexp.MustCompile(`(?i)(src|href|srcset|action|data|poster|xlink:href)\s*=\s*"([^"]*)"`).FindAllStringSubmatch(got,
		-1) {
		if !strings.HasPrefix(m[2], "#") {
			t.Errorf("it refers to %s", m[0])
		}
	}
	style := got[strings.Index(got, "<style>")+len("<style>") : strings.Index(got, "</style>")]
	for _, bad := range []string{"url(", "@import", "@font-face"} {
		if strings.Contains(style, bad) {
			t.Errorf("its style holds %s", bad)
		}
	}
	if strings.Contains(got, " style=") || strings.Contains(got, " on") && regexp.MustCompile(`<[^>]* on[a-z]+=`).MatchString(got) {
		t.Error("it has a style or a script in an attribute, which its policy does not allow")
	}
	sum := sha256.Sum256([]byte(style))
	want := "default-src &#39;none&#39;; style-src &#39;sha256-" +
		strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;") + "&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"
	if !strings.Contains(got, `http-equiv="Content-Security-Policy" content="`+want+`"`) {
		t.Errorf("its policy is not\n%s", want)
	}
	if strings.Index(got, "Content-Security-Policy") > strings.Index(got, "<style>") {
		t.Error("the policy comes after what it rules")
	}
}

// bigPage is one of 100,000 rows that all went wrong, with as much of each as
// the job gathers.
func bigPage() Page {
	p := somePage("clients.csv")
	p.Counts = importer.Counts{importer.Rejected: 90_000, importer.InDoubt: 10_000}
	p.Causes, p.Doubts, p.Drifts, p.InDoubt, p.Drifted = nil, nil, nil, 10_000, 10_000
	long := strings.Repeat("a long message ", 15)
	list := func(n int) []PageRow {
		var out []PageRow
		for i := range n {
			out = append(out, PageRow{Ref: fmt.Sprint(i + 2), Name: "Customer Number Such And Such",
				Email: fmt.Sprintf("office%d@customer.example", i), Message: fmt.Sprint(long, i), SentAt: pageTime})
		}
		return out
	}
	for i := range 400 {
		p.Causes = append(p.Causes, Cause{Status: importer.Rejected, Code: fmt.Sprint("http_", i), Message: long, Advice: long, N: 225,
			Rows: list(PageRows)})
	}
	p.Doubts, p.Drifts = list(PageDoubts), list(PageDrifts)
	return p
}

func TestPageOfManyRowsIsBounded(t *testing.T) {
	got := written(t, bigPage())
	if len(got) > 2<<20 {
		t.Errorf("it has %d bytes", len(got))
	}
	for _, want := range []string{"And 340 rarer causes with 76,500 rows", "And 25 more rows", "And 9,500 more rows: see doubt.csv",
		"And 9,500 more rows: their note"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

// TestPageInABrowser renders the page where Chromium is installed, at the
// widths of a phone and of a desk: nothing is reported on its console, its style
// is allowed, and it is no wider than the window.
func TestPageInABrowser(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("NOT TESTED: chromium is not installed, so no browser has seen the page")
	}
	dir := t.TempDir()
	for name, p := range map[string]Page{"hostile": somePage(hostile), "unbroken": somePage(strings.Repeat("x", 250)), "big": bigPage()} {
		file, shot, frames := filepath.Join(dir, name+".html"), filepath.Join(dir, name+".png"), filepath.Join(dir, name+"-frames.html")
		// A window has a least width; a frame has none.
		wrapper := `<body>`
		for _, w := range []int{320, 390, 1280} {
			wrapper += fmt.Sprintf(`<iframe width="%d" height="600" src="%s.html" onload="var d=this.contentDocument.documentElement;document.body.append('['+d.clientWidth+':'+d.scrollWidth+']')"></iframe>`, w, name)
		}
		for path, text := range map[string]string{file: written(t, p), frames: wrapper} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out := browse(t, "--window-size=500,900", "--screenshot="+shot, "file://"+file)
		for _, bad := range []string{"CONSOLE", "Content Security Policy"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s: the browser says\n%s", name, out)
			}
		}
		f, err := os.Open(shot)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if n := colours(img); n < 20 {
			t.Errorf("%s: it has %d colours: it is blank, or its style was not applied", name, n)
		}
		dom := browse(t, "--allow-file-access-from-files", "--dump-dom", "file://"+frames)
		widths := regexp.MustCompile(`\[(\d+):(\d+)\]`).FindAllStringSubmatch(dom, -1)
		if len(widths) != 3 {
			t.Errorf("%s: %d frames were measured, want 3:\n%.2000s", name, len(widths), dom)
		}
		for _, w := range widths {
			if w[1] != w[2] {
				t.Errorf("%s: in a window %s wide it is %s wide", name, w[1], w[2])
			}
		}
	}
}

// browse runs Chromium without a window or a network, and returns what it says.
func browse(t *testing.T, args ...string) string {
	t.Helper()
	args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--hide-scrollbars", "--user-data-dir=" +
			t.TempDir()}, args...)
	out, err := exec.CommandContext(t.Context(), "chromium", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func colours(img image.Image) int {
	seen := map[[3]uint32]bool{}
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 2 {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}
