package infer

import (
	"strings"
	"testing"
)

// TestNoSecretInADraft wants no value of a column in a mapping file that is not
// known to be harmless, whatever language it is headed in and whatever it was
// taken for.
func TestNoSecretInADraft(t *testing.T) {
	secrets := []string{"Soleil-2026!", "hunter22", "Lune#4711x", "k9#Qx-77", "9041", "7713"}
	for _, header := range []string{
		"Mot de passe", "Senha", "Wachtwoord", "Heslo", "Пароль", "密码", "パスワード", "비밀번호", "κωδικός", "Şifre", "Tajne słowo", "Code", "Zugang", "Access", "Permissions", "Rechte", "Plan", "Produkt",
		"Status", "Type", "Group", "Notes", "Notizen", "Memo", "Kundennummer", "Assistant ID", "Price IDs", "Login", "E-Mail 2", "Identifiant", "x", "", "Portal", "PIN", "Secret question", "Lösenord",
	} {
		for _, given := range [][]string{secrets[:4], secrets[4:]} {
			text := "Firma,E-Mail,\"" + header + "\"\n"
			for i, s := range given {
				text += strings.Repeat("Acme", i+1) + ",a" + strings.Repeat("x", i) + "@acme.test," + s + "\n"
			}
			o := inferred(t, text)
			draft := string(o.YAML(Draft{Input: "c.csv"}))
			for _, s := range given {
				if strings.Contains(draft, s) {
					t.Errorf("under the header %q, %s is in the draft:\n%s", header, s, draft)
				}
			}
			for _, p := range append(o.Bound, o.Open...) {
				for _, s := range given {
					if strings.Contains(strings.Join(append(p.Samples, p.Reason), " "), s) {
						t.Errorf("under the header %q, %s is in a proposal: %+v", header, s, p)
					}
				}
			}
		}
	}
}

// TestHeadersOfOtherLanguages wants the everyday words to be known.
func TestHeadersOfOtherLanguages(t *testing.T) {
	for header, want := range map[string]string{
		"Société,Courriel,Nom d'utilisateur,Mot de passe":          "client_details.name client_details.email client_users.0.email client_users.0.password",
		"Azienda,Indirizzo e-mail,Nome utente,Parola d'accesso":    "client_details.name client_details.email client_users.0.email client_users.0.password",
		"Bedrijfsnaam,E-mailadres,Gebruikersnaam,Wachtwoord":       "client_details.name client_details.email client_users.0.email client_users.0.password",
		"Nome da empresa,Endereço de e-mail,Nome de usuário,Senha": "client_details.name client_details.email client_users.0.email client_users.0.password",
		"Сompany\u200b,Е-mаil,Lo\u00adgin,Рassword":                "client_details.name client_details.email client_users.0.email client_users.0.password",
	} {
		o := inferred(t, header+"\nAcme,office@acme.test,jo@acme.test,Soleil-2026!\n")
		var got []string
		for _, p := range o.Bound {
			got = append(got, p.Path)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s", header, s)
		}
	}
}
