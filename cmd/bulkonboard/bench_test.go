//go:build unix

package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// benchRows is how many customers a benchmark imports; BULKONBOARD_ROWS says
// otherwise.
func benchRows(otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv("BULKONBOARD_ROWS")); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// twelveColumns writes a sheet of n customers.
func twelveColumns(tb testing.TB, n int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "clients.csv")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "client_name,client_email,user_email,user_password,tenant_voice_provider_id,asset_group_name,billing_type,billing_product_id,billing_price_ids,access_assistant,access_campaign,resource_assistant")
	for i := range n {
		fmt.Fprintf(w, "Customer Company Number %d,office%d@customer-%d.example,login%d@customer-%d.example,Sample-Pass-%08d,%s,Default Group,STRIPE,prod_%d,price_%d;price_%d,view_only,view_and_add,asst_%08d\n",
			i, i, i, i, i, i, "VGVuYW50Vm9pY2VQcm92aWRlcjoxMjM=", i%7, i%5, i%3+10, i)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		tb.Fatal(err)
	}
	return path
}

// A cost is what a process took.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

// costOf runs a program of this test binary to its end.
func costOf(tb testing.TB, dir string, name string, args ...string) cost {
	tb.Helper()
	c := exec.Command(program(tb, name), args...)
	c.Dir = dir
	peak := filepath.Join(tb.TempDir(), "peak")
	c.Env = append(os.Environ(), peakVariable+"="+peak, "VOICEAIWRAPPER_API_KEY="+testKey, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir,
		"HOME="+dir)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	began := time.Now()
	if err := c.Run(); err != nil {
		tb.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out.String())
	}
	b, err := os.ReadFile(peak)
	if err != nil {
		tb.Fatal(err)
	}
	most, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return cost{time.Since(began), c.ProcessState.UserTime() + c.ProcessState.SystemTime(), most}
}

// peakVariable names the file that a measured program writes its peak to. The
// system's own figure for a child counts what its parent had before it started.
const peakVariable = "BULKONBOARD_TEST_PEAK"

// tellPeak writes the most memory that this process has held, in bytes.
func tellPeak() {
	var most int64
	status, err := os.ReadFile("/proc/self/status")
	if _, rest, ok := strings.Cut(string(status), "VmHWM:"); err == nil && ok {
		most, _ = strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
		most <<= 10
	} else {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		most = int64(u.Maxrss)
	}
	if err := os.WriteFile(os.Getenv(peakVariable), []byte(strconv.FormatInt(most, 10)), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measured is the program, and tells its peak.
func measured() {
	economise()
	code := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	tellPeak()
	os.Exit(code)
}

// sandboxProcess starts a twin in a process of its own, and returns its address.
func sandboxProcess(tb testing.TB) string {
	tb.Helper()
	c := exec.Command(program(tb, "bulkonboard"), "sandbox", "--addr", "127.0.0.1:0", "--for", "30m")
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "sandbox listening on "))
}

// BenchmarkEndToEnd imports a sheet over a socket, everything durable and every
// output written, beside the bare loop that has none of it: encoding/csv,
// json.Marshal, net/http and 32 goroutines. Both in one run, since machines vary
// more than programs.
func BenchmarkEndToEnd(b *testing.B) {
	n := benchRows(20_000)
	path := twelveColumns(b, n)
	var ours, bare cost
	for range b.N {
		bare.add(costOf(b, b.TempDir(), "bulkonboard-bare", sandboxProcess(b), path))
		dir := b.TempDir()
		ours.add(costOf(b, dir, "bulkonboard-measured", "run", path, "--job", filepath.Join(dir, "job"), "--yes", "--new-job", "--quiet",
			"--base-url", sandboxProcess(b), "--rate", "unlimited", "--workers", "32"))
	}
	rows := float64(n * b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(rows/ours.wall.Seconds(), "rows/s")
	b.ReportMetric(rows/bare.wall.Seconds(), "bare-rows/s")
	b.ReportMetric(bare.wall.Seconds()/ours.wall.Seconds(), "of-bare")
	b.ReportMetric(float64(ours.cpu.Microseconds())/rows, "cpu-µs/row")
	b.ReportMetric(float64(bare.cpu.Microseconds())/rows, "bare-cpu-µs/row")
	b.ReportMetric(float64(ours.peak)/1e6, "peak-MB")
	b.ReportMetric(float64(bare.peak)/1e6, "bare-peak-MB")
}

func (c *cost) add(o cost) {
	c.wall, c.cpu, c.peak = c.wall+o.wall, c.cpu+o.cpu, max(c.peak, o.peak)
}

// BenchmarkCheck reads and checks a sheet, beside encoding/csv and json.Marshal
// alone.
func BenchmarkCheck(b *testing.B) {
	n := benchRows(200_000)
	checked(b, twelveColumns(b, n), n, "times-bare")
}

// checked checks a file of n rows, beside the bare loop over it in the same run.
func checked(b *testing.B, path string, n int, ratio string) (ours, bare cost) {
	for range b.N {
		bare.add(costOf(b, b.TempDir(), "bulkonboard-bare", "", path))
		ours.add(costOf(b, b.TempDir(), "bulkonboard-measured", "check", path))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(n*b.N)/ours.wall.Seconds(), "rows/s")
	b.ReportMetric(ours.wall.Seconds()/bare.wall.Seconds(), ratio)
	b.ReportMetric(float64(ours.peak)/1e6, "peak-MB")
	return ours, bare
}

// BenchmarkCheckXLSX reads and checks workbooks of the kinds there are, beside
// excelize's own loop over the rows, which looks at nothing.
func BenchmarkCheckXLSX(b *testing.B) {
	n := benchRows(100_000)
	for _, k := range []struct {
		name  string
		write func(testing.TB, int) string
	}{{"shared texts", sharedTexts}, {"few shared texts", fewSharedTexts}, {"inline texts", inlineTexts},
		{"numbers and dates", numbersAndDates}} {
		b.Run(k.name, func(b *testing.B) {
			ours, raw := checked(b, k.write(b, n), n, "times-excelize")
			b.ReportMetric(ours.cpu.Seconds()/raw.cpu.Seconds(), "times-its-cpu")
			b.ReportMetric(float64(raw.peak)/1e6, "excelize-peak-MB")
		})
	}
}

// twelveColumnsOf calls do for every row of twelveColumns, the header among them.
func twelveColumnsOf(tb testing.TB, n int, do func(cells []string) error) {
	tb.Helper()
	f, err := os.Open(twelveColumns(tb, n))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	for r := csv.NewReader(f); ; {
		cells, err := r.Read()
		if err == io.EOF {
			return
		}
		if err == nil {
			err = do(cells)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// inlineTexts writes a workbook of n customers as excelize streams them.
func inlineTexts(tb testing.TB, n int) string {
	tb.Helper()
	return streamed(tb, n, func(row int, cells []any) {})
}

// numbersAndDates is inlineTexts with some columns that are none.
func numbersAndDates(tb testing.TB, n int) string {
	tb.Helper()
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return streamed(tb, n, func(row int, cells []any) {
		if row == 1 {
			cells[9], cells[10], cells[11] = "Since", "Size", "Revenue"
			return
		}
		cells[9], cells[10], cells[11] = began.AddDate(0, 0, row%1000), row, float64(row)*1.25
	})
}

func streamed(tb testing.TB, n int, change func(row int, cells []any)) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "clients.xlsx")
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		tb.Fatal(err)
	}
	row := 0
	twelveColumnsOf(tb, n, func(cells []string) error {
		row++
		values := make([]any, len(cells))
		for i, c := range cells {
			values[i] = c
		}
		change(row, values)
		return w.SetRow(fmt.Sprintf("A%d", row), values)
	})
	if err := errors.Join(w.Flush(), f.SaveAs(path), f.Close()); err != nil {
		tb.Fatal(err)
	}
	return path
}

// sharedTexts writes a workbook of n customers as Excel saves it.
func sharedTexts(tb testing.TB, n int) string {
	tb.Helper()
	return shared(tb, n, func(cells []string) {})
}

// fewSharedTexts is sharedTexts of rows that have little of their own.
func fewSharedTexts(tb testing.TB, n int) string {
	tb.Helper()
	return shared(tb, n, func(cells []string) {
		if cells[3] != "user_password" {
			cells[1], cells[3], cells[11] = "", "Sample-Pass-00000000", ""
		}
	})
}

func shared(tb testing.TB, n int, change func(cells []string)) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "clients.xlsx")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	z := zip.NewWriter(f)
	const (
		head   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n"
		main   = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
		office = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
		types  = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
	)
	part := func(name, content string) io.Writer {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, head+content)
		}
		if err != nil {
			tb.Fatal(err)
		}
		return w
	}
	part("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="`+types+`sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="`+types+`worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="`+types+`sharedStrings+xml"/></Types>`)
	const rels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	part("_rels/.rels", rels+`<Relationship Id="rId1" Type="`+office+`/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	part("xl/workbook.xml", `<workbook xmlns="`+main+`" xmlns:r="`+office+
		`"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`)
	part("xl/_rels/workbook.xml.rels", rels+`<Relationship Id="rId1" Type="`+office+
		`/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="`+office+
		`/sharedStrings" Target="sharedStrings.xml"/></Relationships>`)

	w := bufio.NewWriter(part("xl/worksheets/sheet1.xml",
		`<worksheet xmlns="`+main+`" xmlns:r="`+office+`"><sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15"/><sheetData>`))
	var texts []string
	numbers := map[string]int{}
	row, count := 0, 0
	twelveColumnsOf(tb, n, func(cells []string) error {
		change(cells)
		row++
		fmt.Fprintf(w, `<row r="%d" spans="1:%d">`, row, len(cells))
		for i, c := range cells {
			if c == "" {
				continue
			}
			k, ok := numbers[c]
			if !ok {
				k, texts = len(texts), append(texts, c)
				numbers[c] = k
			}
			count++
			fmt.Fprintf(w, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+i, row, k)
		}
		_, err := w.WriteString("</row>")
		return err
	})
	fmt.Fprint(w, `</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/></worksheet>`)
	err = w.Flush()
	w.Reset(part("xl/sharedStrings.xml", fmt.Sprintf(`<sst xmlns="%s" count="%d" uniqueCount="%d">`, main, count, len(texts))))
	for _, t := range texts {
		fmt.Fprintf(w, "<si><t>%s</t></si>", t)
	}
	fmt.Fprint(w, "</sst>")
	if err := errors.Join(err, w.Flush(), z.Close(), f.Close()); err != nil {
		tb.Fatal(err)
	}
	return path
}

// bareWorkbook reads the rows of a workbook with excelize, and no more.
func bareWorkbook(path string) error {
	f, err := excelize.OpenFile(path)
	if err != nil {
		return err
	}
	rows, err := f.Rows("Sheet1")
	if err != nil {
		return err
	}
	for rows.Next() {
		if _, err := rows.Columns(excelize.Options{RawCellValue: true}); err != nil {
			return err
		}
	}
	return errors.Join(rows.Close(), f.Close())
}

// bare is the loop without a journal, a check or a result; without an address
// it converts only.
func bare() {
	url, path := os.Args[1], os.Args[2]
	if filepath.Ext(path) == ".xlsx" {
		if err := bareWorkbook(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		tellPeak()
		os.Exit(0)
	}
	f, err := os.Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	r := csv.NewReader(bufio.NewReaderSize(f, 64<<10))
	head, err := r.Read()
	if err != nil {
		os.Exit(1)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	work := make(chan []string, 64)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for row := range work {
				at := map[string]string{}
				for i, c := range row {
					at[head[i]] = c
				}
				body, _ := json.Marshal(map[string]any{
					"client_users":       []map[string]string{{"email": at["user_email"], "password": at["user_password"]}},
					"client_details":     map[string]string{"name": at["client_name"], "email": at["client_email"]},
					"client_asset_group": map[string]string{"tenant_voice_provider_id": at["tenant_voice_provider_id"], "name": at["asset_group_name"]},
					"billing_provider": map[string]any{"type": at["billing_type"], "selected_product": map[string]any{
						"product_id": at["billing_product_id"], "price_ids": strings.Split(at["billing_price_ids"], ";")}},
					"client_access":      map[string]string{"assistant": at["access_assistant"], "campaign": at["access_campaign"]},
					"assigned_resources": map[string]any{"assistant": []string{at["resource_assistant"]}},
				})
				if url == "" {
					continue
				}
				req, _ := http.NewRequest(http.MethodPost, url+"/api/v2/clients/create", bytes.NewReader(body))
				req.Header.Set("Authorization", "Bearer "+testKey)
				req.Header.Set("Content-Type", "application/json")
				resp, err := client.Do(req)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				var answer struct{ Success bool }
				if json.NewDecoder(resp.Body).Decode(&answer) != nil || !answer.Success {
					os.Exit(1)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
	for {
		row, err := r.Read()
		if err != nil {
			break
		}
		work <- row
	}
	close(work)
	wg.Wait()
	tellPeak()
	os.Exit(0)
}
