package report

import (
	"fmt"
	"io"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Login is one password of one user, opened. It goes into a handover's file
// and nowhere else.
type Login struct {
	Client, Email, Password, Portal string
	SentAt                          time.Time
	// Candidate counts the passwords that this user may have, 1 is the newest;
	// Of is how many there are.
	Candidate, Of int
}

// note marks a login of which it is not known which password the server has.
func (l Login) note() string {
	if l.Of < 2 {
		return ""
	}
	newest := ""
	if l.Candidate == 1 {
		newest = ", the newest: try it first"
	}
	return fmt.Sprintf("candidate %d of %d%s (sent %s)", l.Candidate, l.Of, newest, l.SentAt.UTC().Format(time.RFC3339))
}

// mergeLine is a line for a mail merge; the tags are the contract.
type mergeLine struct {
	Client   string `csv:"client_name"`
	Email    string `csv:"login_email"`
	Password string `csv:"password"`
	Portal   string `csv:"portal"`
	Note     string `csv:"note"`
}

// bitwardenLine is the layout that Bitwarden imports.
type bitwardenLine struct {
	Folder   string `csv:"folder"`
	Favorite string `csv:"favorite"`
	Type     string `csv:"type"`
	Name     string `csv:"name"`
	Notes    string `csv:"notes"`
	Fields   string `csv:"fields"`
	Reprompt string `csv:"reprompt"`
	URI      string `csv:"login_uri"`
	Username string `csv:"login_username"`
	Password string `csv:"login_password"`
	TOTP     string `csv:"login_totp"`
}

// WriteLogins writes a handover's file. A mail merge is opened in spreadsheets:
// there a password that would run as a formula gets an apostrophe, and its note
// says so. Bitwarden takes every cell as it is.
func WriteLogins(w io.Writer, format string, logins []Login) error {
	if format == "bitwarden" {
		out := newLines[bitwardenLine](w)
		for _, l := range logins {
			if err := out.write(bitwardenLine{Folder: "VoiceAIWrapper", Type: "login", Name: l.Client, Notes: l.note(), URI: l.Portal,
				Username: l.Email, Password: l.Password}); err != nil {
				return err
			}
		}
		return out.flush()
	}
	out := newLines[mergeLine](w)
	for _, l := range logins {
		m := mergeLine{Client: cell(l.Client), Email: cell(l.Email), Password: importer.Neutralize(l.Password), Portal: cell(l.Portal),
			Note: l.note()}
		if m.Password != l.Password {
			if m.Note != "" {
				m.Note += "; "
			}
			m.Note += "the first apostrophe is not part of the password"
		}
		if err := out.write(m); err != nil {
			return err
		}
	}
	return out.flush()
}
