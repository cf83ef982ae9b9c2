package table

import (
	"bytes"
	"strings"
)

const (
	unpack    = "unpack it, and name the list that is in it"
	fromSheet = "save the list from a spreadsheet as CSV UTF-8"
)

// A signature is how files of one kind begin.
type signature struct{ begins, what, advice string }

// signatures are those of files that are no list, whatever their name says.
var signatures = []signature{
	{"PK\x05\x06", "this is an empty zip archive, not CSV", "check that this is the right file"},
	{"\x1F\x8B", "this is a compressed file (gzip), not CSV", unpack},
	{"BZh", "this is a compressed file (bzip2), not CSV", unpack},
	{"\xFD7zXZ\x00", "this is a compressed file (xz), not CSV", unpack},
	{"(\xB5\x2F\xFD", "this is a compressed file (zstd), not CSV", unpack},
	{"7z\xBC\xAF\x27\x1C", "this is an archive (7z), not CSV", unpack},
	{"Rar!\x1A\x07", "this is an archive (rar), not CSV", unpack},
	{"ID;P", "this is a sheet in the SYLK format (.slk)", "open it in Excel and save it as .xlsx"},
	{"TABLE\r\n0,1", "this is a sheet in the DIF format", "open it in a spreadsheet and save it as .xlsx"},
	{"TABLE\n0,1", "this is a sheet in the DIF format", "open it in a spreadsheet and save it as .xlsx"},
	{"SQLite format 3\x00", "this is a database (SQLite), not a list", "export the table as CSV UTF-8"},
	{"\x89PNG", "this is a picture, not a list", "ask for the list as a spreadsheet or as CSV"},
	{"\xFF\xD8\xFF", "this is a picture, not a list", "ask for the list as a spreadsheet or as CSV"},
}

// texts are the same for files that are text; blanks before and capitals do not
// count.
var texts = []signature{
	{"%pdf-", "this is a PDF, not CSV", "ask for the list as a spreadsheet or as CSV"},
	{"<!doctype html", "", ""}, {"<html", "", ""}, {"<head", "", ""}, {"<table", "", ""},
	{"<?xml", "this is XML, not CSV", "open it in Excel and save the sheet as CSV UTF-8"},
	{`{\rtf`, "this is a text document (RTF), not CSV", fromSheet},
	{`{"`, "this is JSON, not CSV", fromSheet},
	{`[{`, "this is JSON, not CSV", fromSheet},
	{"begin:vcard", "these are address cards (vCard), not CSV",
		"import them into a spreadsheet or a mail program, and export them as CSV UTF-8"},
}

// zips are the kinds of files that are a zip archive inside, by what stands
// near its beginning.
var zips = []signature{
	{"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "this is a LibreOffice sheet (.ods)",
		"open it in LibreOffice and save it as .xlsx"},
	{"mimetypeapplication/vnd.oasis.opendocument", "this is a LibreOffice document, not a spreadsheet", fromSheet},
	{"Index/Document.iwa", "this is a Numbers sheet", "open it in Numbers, and choose File, Export To, Excel"},
	{"Index.zip", "this is a Numbers sheet", "open it in Numbers, and choose File, Export To, Excel"},
	{"xl/workbook.bin", "this is a binary Excel workbook (.xlsb)", "open it in Excel and save it as .xlsx"},
	{"xl/worksheets/sheet1.bin", "this is a binary Excel workbook (.xlsb)", "open it in Excel and save it as .xlsx"},
	{"word/document.xml", "this is a Word document, not a spreadsheet", fromSheet},
	{"ppt/presentation.xml", "this is a presentation, not a spreadsheet", fromSheet},
}

// foreign knows files that are not a list, whatever their name says, and what
// people can do about it.
func foreign(name string, head []byte) (what, advice string) {
	if of, lock := lockFile(name); lock {
		return "this is the file with which a spreadsheet program shows that " + of + " is open", "name " + of + " itself"
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.begins)) {
			return s.what, s.advice
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return zipped(name, head)
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) &&
		bytes.Contains(head, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e")):
		return "this workbook is protected with a password", "open it in Excel, remove the password (File, Info, Protect Workbook), and save " +
			"it again"
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return "this is an old Excel workbook (.xls) or one with a password", "open it in Excel, remove the password if there is one, and " +
			"save it as .xlsx"
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return "this is an archive (tar), not CSV", unpack
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n"))
	for _, s := range texts {
		switch {
		case !bytes.HasPrefix(text, []byte(s.begins)):
		case s.what == "":
			return "this is a web page (HTML), not CSV",
				"a download that needs a login often ends like this: open it in a browser, or open it in Excel and save it as CSV UTF-8"
		default:
			return s.what, s.advice
		}
	}
	return "", ""
}

// zipped tells what a zip archive is that is no workbook; nothing for one that
// may be one.
func zipped(name string, head []byte) (what, advice string) {
	for _, s := range zips {
		if bytes.Contains(head, []byte(s.begins)) {
			return s.what, s.advice
		}
	}
	if strings.HasSuffix(strings.ToLower(name), ".zip") {
		return "this is a zip archive, not a list", unpack
	}
	return "", ""
}

// lockFile knows the files that Excel and LibreOffice keep beside a workbook
// that is open, and names the workbook.
func lockFile(name string) (of string, lock bool) {
	if rest, ok := strings.CutPrefix(name, "~$"); ok {
		return rest, true
	}
	if rest, ok := strings.CutPrefix(name, ".~lock."); ok {
		return strings.TrimSuffix(rest, "#"), true
	}
	return "", false
}
