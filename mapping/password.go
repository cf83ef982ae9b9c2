package mapping

import (
	"regexp"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// masks are the characters that programs show in the place of a password's,
// and maskWords what they say there.
const masks = "*•●·∙⬤○◦■█▪xX#._-?"

var maskWords = wordSet(`hidden (hidden) [hidden] <hidden> redacted (redacted) [redacted] <redacted>
 masked [masked] encrypted (encrypted) [encrypted]
 <encrypted> protected [protected] (set) [set] verborgen versteckt verschlüsselt oculto cifrado geheim`)

// hashes are the forms of what is left of a password where a program keeps it.
var hashes = []*regexp.Regexp{
	regexp.MustCompile(`^\$(2[abxy]?|1|5|6|7|y|gy|argon2(id|i|d)|pbkdf2[\w-]*|scrypt|apr1|P|H|S|sha1|md5)\$.{8,}`),
	regexp.MustCompile(`^(?i)\{(SSHA|SHA|MD5|SMD5|CRYPT|PBKDF2|BCRYPT|ARGON2)[\w-]*\}.{8,}`),
	regexp.MustCompile(`^(?i)(pbkdf2_sha\d+|bcrypt(_sha256)?|argon2\w*|scrypt|md5|sha\d+)[$:].{8,}`),
	regexp.MustCompile(`^(\*[0-9A-F]{40}|0x0[12]00[0-9A-F]{40,})$`), // MySQL, SQL Server
}

// hexLengths are how many digits MD5, SHA-1 and the SHA-2s have.
var hexLengths = []int{32, 40, 56, 64, 96, 128}

var (
	hexDigits = regexp.MustCompile(`^([0-9a-f]+|[0-9A-F]+)$`)
	// numbers are those that spreadsheets show, with their signs.
	numbers = regexp.MustCompile(`^[-+]?[0-9][0-9.,' ]*([eE][-+]?[0-9]+)?\s?[%€$£]?$|^[€$£]\s?[0-9][0-9.,' ]*$`)
	times   = regexp.MustCompile(`^[0-9]{1,3}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?[AaPp][Mm])?$`)
	months  = regexp.MustCompile(
		`^(?i)([0-9]{1,2}[-. /]{1,2})?(jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez)` +
			`[a-z]{0,6}\.?([-. /]{1,2}[0-9]{2,4})?$`)
	truths = wordSet("true false wahr falsch verdadero falso vrai faux vero yes no ja nein")
)

// passwordLooks finds passwords that are none: masks and hashes, with which
// nobody can log in, and what a spreadsheet may have made of something else.
// It says nothing of the password but that.
func passwordLooks(p string) (sev importer.Severity, code, message, advice string) {
	switch {
	case masked(p), maskWords.has(p):
		return importer.Fault, "masked_password", "the password is a mask, which a program shows in the place of one",
			"enter the password itself, or have one generated"
	case hashed(p):
		return importer.Fault, "hashed_password", "the password is a hash, with which nobody can log in and which cannot be turned back",
			"choose a new password, or have one generated"
	}
	what, number := "", startsNumber(p) && numbers.MatchString(p)
	switch {
	case truths.has(p):
		what = "true or false"
	case mayBeDate(p) && (dateShape(p) != "" || times.MatchString(p) || months.MatchString(p)):
		what = "a date or a time"
	case number && strings.HasSuffix(p, "%"):
		what = "a share"
	case number:
		what = "a number"
	default:
		return 0, "", "", ""
	}
	return importer.Warning, "password_value", "the password is " + what +
			": a spreadsheet may have made that of something else, or dropped zeros",
		"make sure that it is the password that is meant; format the column as Text"
}

// startsNumber and mayBeDate keep the regular expressions away from almost all
// passwords.
func startsNumber(p string) bool {
	return p != "" && ('0' <= p[0] && p[0] <= '9' || strings.HasPrefix(p, "-") || strings.HasPrefix(p, "+") || p[0] == '$' || p[0] >= 0x80)
}

func mayBeDate(p string) bool {
	if len(p) < 3 || len(p) > 32 || !strings.ContainsAny(p, "0123456789") {
		return false
	}
	return '0' <= p[0] && p[0] <= '9' || strings.Contains(monthStarts, strings.ToLower(p[:3]))
}

const monthStarts = "jan feb mar mär mrz apr may mai jun jul aug sep oct okt nov dec dez"

// masked tells a text that is one sign again and again, or mostly stars.
func masked(p string) bool {
	if !strings.ContainsAny(p[:min(1, len(p))], masks) && strings.IndexByte(p, '*') < 0 && p < "\x80" && !strings.ContainsAny(p, "•●⬤") {
		return false
	}
	r := []rune(p)
	if len(r) < 3 {
		return false
	}
	stars := 0
	for _, c := range r {
		if strings.ContainsRune("*•●⬤", c) {
			stars++
		}
	}
	same := !slices.ContainsFunc(r, func(c rune) bool { return c != r[0] })
	return same && strings.ContainsRune(masks, r[0]) || 2*stars >= len(r) && stars >= 4
}

func hashed(p string) bool {
	if slices.Contains(hexLengths, len(p)) && hexDigits.MatchString(p) && strings.ContainsAny(p, "0123456789") &&
		strings.ContainsAny(p, "abcdefABCDEF") {
		return true
	}
	if len(p) < 12 || strings.IndexByte("${*0", p[0]) < 0 && !strings.ContainsAny(p, "$:") {
		return false
	}
	return slices.ContainsFunc(hashes, func(h *regexp.Regexp) bool { return h.MatchString(p) })
}

// password holds one against the mapping's rule. It is never shown.
func (r *renderer) password(s source, password string) {
	if sev, code, message, advice := passwordLooks(password); code != "" {
		r.add(sev, code, s, message, advice)
		if sev == importer.Fault {
			return
		}
	}
	r.rule(s, password)
}

// required tells the paths without which there is no client.
func required(path string) bool {
	return path == paths.Name || path == paths.Provider || path == paths.UserField(0, "email") || path == paths.UserField(0, "password")
}
