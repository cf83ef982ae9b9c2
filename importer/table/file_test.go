package table_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

func TestFileTrouble(t *testing.T) {
	missing := refuse(t, filepath.Join(t.TempDir(), "none.csv"), table.Options{})
	if !errors.Is(missing, fs.ErrNotExist) || !strings.Contains(missing.Cause, "no such file") {
		t.Errorf("%v", missing)
	}
	if e := refuse(t, t.TempDir(), table.Options{}); !strings.Contains(e.Cause, "folder") {
		t.Errorf("%v", e)
	}
	if runtime.GOOS != "windows" {
		if e := refuse(t, os.DevNull, table.Options{}); !strings.Contains(e.Cause, "device") {
			t.Errorf("%v", e)
		}
	}
	if os.Getuid() > 0 {
		path := write(t, "secret.csv", "A\n1\n")
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		if e := refuse(t, path, table.Options{}); !errors.Is(e, fs.ErrPermission) {
			t.Errorf("%v", e)
		}
	}
}

func TestOtherFiles(t *testing.T) {
	archive := func(names ...string) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, n := range names {
			if _, err := w.Create(n); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, c := range []struct{ name, content, cause, advice string }{
		{"clients.xlsx", archive("[Content_Types].xml", "xl/workbook.xml"), "damaged", "again"},
		{"clients.csv", archive("clients.csv"), "zip archive", "unpack"},
		{"clients.csv", archive(), "empty zip archive", "right file"},
		{"clients.csv", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more", "old Excel workbook", "save"},
		{"clients.csv", "%PDF-1.7\n", "PDF", "CSV"},
		{"~$clients.xlsx", "\x05user", "shows that clients.xlsx is open", "name clients.xlsx itself"},
		{".~lock.clients.xlsx#", ",user,desk;", "shows that clients.xlsx is open", "name clients.xlsx itself"},
		{"clients.ods", "PK\x03\x04" + strings.Repeat("\x00", 26) + "mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK",
			"LibreOffice sheet", ".xlsx"},
		{"clients.numbers", "PK\x03\x04" + strings.Repeat("\x00", 26) + "Index/Document.iwa", "Numbers", "Export"},
		{"clients.xlsb", "PK\x03\x04" + strings.Repeat("\x00", 26) + "xl/workbook.bin", "binary Excel workbook", ".xlsx"},
		{"clients.csv", "PK\x03\x04" + strings.Repeat("\x00", 26) + "word/document.xml", "Word document", "CSV"},
		{"clients.zip", "PK\x03\x04" + strings.Repeat("\x00", 26) + "clients.csv", "zip archive", "unpack"},
		{"clients.7z", "7z\xBC\xAF\x27\x1C", "archive", "unpack"},
		{"clients.slk", "ID;PWXL;N;E\n", "SYLK", ".xlsx"},
		{"clients.dif", "TABLE\r\n0,1\r\n\"EXCEL\"\r\n", "DIF", ".xlsx"},
		{"clients.csv", "[{\"name\": \"Acme\"}]", "JSON", "CSV"},
		{"clients.csv", "\r\n<!DOCTYPE html><html>", "web page", "browser"},
		{"clients.csv", "\xEF\xBB\xBF<html>", "web page", "browser"},
		{"clients.csv", "<?xml version=\"1.0\"?>", "XML", "Excel"},
		{"clients.csv", `{\rtf1`, "RTF", "CSV"},
		{"clients.csv.gz", "\x1F\x8B\x08", "gzip", "unpack"},
		{"clients.xlsx", "A,B\n1,2\n", "something else", ".csv"},
		{"clients.dat", "\x00\x01\x02\x03", "not text", "CSV"},
	} {
		t.Run(c.name+" "+c.cause, func(t *testing.T) {
			if e := refuse(t, write(t, c.name, c.content), table.Options{}); !strings.Contains(e.Cause, c.cause) ||
				!strings.Contains(e.Advice, c.advice) {
				t.Errorf("%s\n%s", e, e.Advice)
			}
		})
	}
	for _, name := range []string{"clients", "clients.dat", "clients.TXT", "clients.tab"} {
		if got := shown(t, open(t, write(t, name, "A,B\n1,2\n"), table.Options{})); got[0] != "2: 1|2" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOpenStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := table.Open(ctx, write(t, "clients.csv", "A,B\n1,2\n"), table.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := table.Open(ctx, "-", table.Options{Stdin: strings.NewReader("A,B\n1,2\n"), TempDir: t.TempDir()}); !errors.Is(err,
		context.Canceled) {
		t.Error(err)
	}
}

func TestHash(t *testing.T) {
	const fixed = "1d6bba46"
	rows := [][]string{nil, {""}, {"", ""}, {"a", "b"}, {"ab", ""}, {"", "ab"}, {"ab"}, {"a", "b", ""}}
	seen := make(map[string]int)
	for i, r := range rows {
		h := table.Hash(r)
		if j, ok := seen[h]; ok || len(h) != 32 {
			t.Errorf("%q and %q have the hash %s", r, rows[j], h)
		}
		seen[h] = i
	}
	// Kept in journals: it must never change.
	if got := table.Hash([]string{"Acme", "a@acme.test"}); got[:8] != fixed {
		t.Errorf("the hash is %s", got)
	}
}
