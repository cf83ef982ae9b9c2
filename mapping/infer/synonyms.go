package infer

import (
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// Meanings of a header that are no request path by themselves.
const (
	meansEmail    = "an e-mail"           // the client's, a user's, or both
	meansLogin    = "a user's e-mail"     // of the user with the header's number
	meansPassword = "a user's password"   // likewise
	meansName     = "a name"              // the client's, or a person's
	meansFirst    = "a first name"        // of a person
	meansLast     = "a last name"         // of a person
	meansStatus   = "a status"            // which rows are customers
	meansID       = "an id"               // of the system the sheet comes from
	meansAccess   = "an access level"     // values decide
	meansNothing  = "nothing in the call" // known, and the request has no place for it
)

// A synonym is what a header means, and how sure its words alone make it.
type synonym struct {
	means  string
	weight float64
	words  string // as a person writes them
}

// wordings are the words that agencies and their CRMs head columns with, in
// English, Spanish and German, and some in other languages. Accents, case and what stands between words do
// not count. The weights order the words that mean the same: where a sheet has
// both, "Company name" is the client's name rather than "Account".
var wordings = []struct {
	means  string
	weight float64
	words  string
}{
	{paths.Name, 0.97, `company name, company, client name, customer name, client company, organization name,
		organisation name, organization, organisation,
		firmenname, firma, unternehmen, unternehmensname, kundenname, name der firma, firmenbezeichnung, kunde firma, betrieb,
		société, nom de la société, entreprise, nom de l entreprise, raison sociale, nom du client, azienda, nome azienda,
		nome dell azienda, ragione sociale, nome cliente,
		bedrijf, bedrijfsnaam, klantnaam, razão social, nome da empresa, nome do cliente,
		empresa, nombre de la empresa, nombre empresa, nombre del cliente, nombre cliente, razon social, nombre comercial,
		compania, organizacion,
		person organization, deal organization, associated company, primary associated company, company or organization,
		cliente empresa`},
	{paths.Name, 0.94, `account name, business name, business, client, customer, kunde, mandant, cliente, kontoname,
		nombre de la cuenta, nombre de cuenta, negocio, nombre del negocio,
		subaccount name, sub account name, location name, trade name, legal name, practice name, salon, geschaeft,
		geschaftsname`},
	{paths.Name, 0.88, `account, konto, cuenta, org, sub account, subaccount, store name, shop, praxis, kanzlei`},
	{meansName, 0.82, `name, full name, nombre, item, item name, element, elemento`},
	{meansFirst, 0.95, `first name, firstname, given name, forename, vorname, nombre de pila, primer nombre,
		contact first name, person first name, nombres`},
	{meansLast, 0.95, `last name, lastname, surname, family name, nachname, familienname, apellido, apellidos,
		contact last name, person last name`},

	{paths.Email, 0.96, `client email, customer email, company email, contact email, business email, account email,
		organization email, office email, email of the company,
		firmen email, firma email, kunden email, kontakt email, kontakt mail, firmenmail, email firma, email kunde,
		geschaftliche email, kundenmail, kontaktmail, email adresse firma,
		correo de la empresa, correo del cliente, email empresa, email cliente, email de la empresa, email del cliente,
		correo empresa, correo de contacto, email de contacto, correo cliente`},
	{meansEmail, 0.93, `email, email address, mail, mail address, emailadresse, mailadresse, email adresse, mail adresse,
		correo, correo electronico, direccion de correo, direccion de correo electronico,
		direccion de email, direccion email, primary email, main email, email primary, work email, email work, person email,
		person email work, contact person email, email id, emails, email 1 value,
		courriel, adresse courriel, adresse électronique, e mailadres, indirizzo email, indirizzo e mail, posta elettronica,
		endereço de email, endereço de e mail,
		haupt email, hauptemail, email principal, correo principal, email person, ansprechpartner email`},
	{meansLogin, 0.95, `login, login email, user email, user login, username, user name, user, email user, admin email,
		portal email, portal login, portal user, account login, login address, login mail, admin user,
		benutzer, benutzername, benutzer email, nutzer, nutzer email, anmeldename, anmeldung, login name, zugang email,
		zugangs email, email login, email benutzer, benutzermail, admin login,
		identifiant, utilisateur, nom d utilisateur, gebruiker, gebruikersnaam, utente, nome utente, nome de usuário,
		usuario, usuario email, email usuario, correo usuario, correo del usuario, nombre de usuario, email del usuario,
		email de acceso, correo de acceso, acceso email`},
	{meansPassword, 0.97, `password, pass, passwd, pwd, initial password, first password, temp password,
		temporary password, start password, user password, login password, portal password, default password,
		passwort, kennwort, initialpasswort, startpasswort, erstpasswort, einmalpasswort, passwort benutzer, login passwort,
		passwort login, zugangspasswort,
		mot de passe, mdp, mot de passe initial, senha, senha inicial, palavra passe, parola d accesso, wachtwoord, heslo,
		hasło, lösenord, adgangskode, passord, salasana, şifre, jelszo, lozinka, пароль,
		密码, 初始密码, 密碼, パスワード, 비밀번호, contrasena, contrasena inicial, contrasena temporal, contrasena usuario,
		contrasena del usuario, clave de acceso, clave acceso, clave inicial, password usuario`},

	{paths.Provider, 0.95, `tenant voice provider id, tenant voice provider, voice provider id, voice provider,
		provider id, provider, tenant provider id,
		anbieter id, sprachanbieter, sprachanbieter id, voice anbieter, anbieter, proveedor id, id del proveedor,
		id de proveedor, proveedor de voz, proveedor`},
	{paths.Group, 0.95, `asset group name, asset group, client group, client asset group, resource group, assetgruppe,
		kundengruppe, ressourcengruppe, grupo de recursos, grupo de activos, grupo de clientes`},
	{paths.Group, 0.84, `group, group name, gruppe, gruppenname, grupo, nombre del grupo`},

	{paths.BillingType, 0.93, `billing type, billing provider, billing provider type, payment provider, payment gateway,
		abrechnungsart, abrechnungstyp, zahlungsanbieter, tipo de facturacion, proveedor de pago, proveedor de pagos,
		pasarela de pago`},
	{paths.Product, 0.93, `product id, stripe product id, stripe product, billing product id, billing product, plan id,
		produkt id, produktid, id del producto, id de producto, producto id, tarif id`},
	{paths.Product, 0.9, `plan, product, subscription, subscription plan, plan name, product name, package, tier, tarif,
		paket, produkt, abo, abonnement, vertrag, produktname, tarifname,
		producto, suscripcion, paquete, tarifa, nombre del plan, nombre del producto, plan contratado, subscription product`},
	{paths.Prices, 0.93, `price ids, price id, prices, stripe price id, stripe price ids, stripe price, billing price ids,
		billing price id, preis ids, preis id, preisid, preise, id de precio, ids de precio, id del precio, precios`},

	{paths.Resources + "assistant", 0.94, `assistant id, assistant ids, assistants, assistant, agent id, voice agent id,
		voice agent, vapi assistant id, vapi assistant, voice assistant, ai assistant, agent ids, ai agent,
		assistent, assistenten, assistent id, assistenten id, assistenten ids, sprachassistent, ki assistent, asistente,
		asistentes, id del asistente, id de asistente, asistente id, agente de voz`},
	{paths.Resources + "phone_number", 0.94, `phone number id, phone number ids, phone id, phone ids, number id,
		vapi phone number id, vapi phone id, telefonnummer id, telefonnummern id, rufnummer id, rufnummern id,
		rufnummern ids, nummer id,
		id del numero, id de numero, id de telefono, id del telefono, id numero de telefono, telefono id`},
	{paths.Resources + "phone_number_pool", 0.94, `phone number pool, phone number pool id, number pool, number pool id,
		phone pool, nummernpool, rufnummernpool, grupo de numeros, pool de numeros`},
	{paths.Resources + "campaign", 0.93, `campaign id, campaign ids, campaigns, voice campaign, voice campaign id,
		kampagnen id, kampagnen ids, kampagnen, kampagne id, id de campana, id de la campana, campanas`},
	{paths.Resources + "campaign", 0.88, `campaign, kampagne, campana`},
	{paths.Resources + "knowledge_base", 0.94, `knowledge base, knowledge base id, knowledge base ids, knowledge bases,
		kb id, wissensbasis, wissensdatenbank, wissensbasis id, base de conocimiento, base de conocimientos,
		id base de conocimiento`},
	{paths.Resources + "vapi_workflow", 0.94, `workflow id, workflow ids, vapi workflow, vapi workflow id, workflow,
		workflows, flujo de trabajo, arbeitsablauf`},
	{paths.Resources + "vapi_squad", 0.94, `squad id, squad ids, vapi squad, vapi squad id, squad, squads`},
	{paths.Resources + "tools_and_functions", 0.94, `tools and functions, tool ids, tool id, tools, functions, werkzeuge,
		werkzeuge und funktionen, herramientas, herramientas y funciones`},
	{paths.Access + "assistant", 0.9, `assistant access, access assistant, assistant permission, assistant permissions,
		assistant rights, may edit assistants, may edit, assistent rechte, assistenten rechte, rechte assistent, rechte,
		darf bearbeiten,
		permiso asistente, permisos asistente, permisos de asistente, acceso asistente, permisos, puede editar, permissions,
		access level, access`},
	{paths.Access + "campaign", 0.9, `campaign access, access campaign, campaign permission, campaign permissions,
		campaign rights, kampagnen rechte, rechte kampagne, permiso campana, permisos campana, permisos de campana,
		acceso campana`},

	{meansStatus, 0.96, `lifecycle stage, customer status, client status, account status, lebenszyklusphase,
		lifecycle phase, kundenstatus, estado del cliente, estado cliente, etapa del ciclo de vida, fase del ciclo de vida,
		ciclo de vida, contact type, kundentyp, tipo de cliente, customer type, account type, tipo de cuenta, kontotyp,
		client type`},
	{meansStatus, 0.93, `status, is customer, is client, active customer, active client, ist kunde, aktiver kunde,
		kunde aktiv, es cliente, cliente activo, active, aktiv, activo, activa, estado, is active, state of customer,
		subscription status, abo status, estatus, vertragsstatus, zustand`},
	{meansStatus, 0.9, `deal stage, stage, pipeline stage, opportunity stage, phase, etapa, fase, deal status, deal phase,
		deal stage name, etapa del negocio, etapa del trato, contact stage, person status, contact status, tipo, type, typ`},
	{meansStatus, 0.85, `lead status, lead stage, leadstatus, estado del lead, estado del contacto`},

	{meansID, 0.95, `id, record id, customer id, client id, account id, company id, organization id, contact id, deal id,
		person id, external id, externalid, crm id, item id, uuid, subscriber id, location id,
		customer number, client number, account number, customer no, kundennummer, kundennr, kunden nr, kunden id, kundenid,
		kontonummer, mandantennummer, firmen id, datensatz id, kontakt id,
		id cliente, id de cliente, id del cliente, cliente id, numero de cliente, n cliente, id empresa, id de empresa,
		id de la empresa, id de registro, id de contacto, codigo de cliente, codigo cliente, case safe id, record id company,
		record id contact, primary associated company id, associated company id, associated company ids`},

	{meansNothing, 0.95, `phone, phone number, telephone, mobile, mobile phone, mobile number, cell, cell phone, fax,
		work phone, person phone, person phone work, phone work, whatsapp, whatsapp number, company phone, business phone,
		telefon, telefonnummer, handy, mobil, mobilnummer, mobiltelefon, rufnummer, telefono, telefonos, movil, celular,
		numero de telefono, telefono movil, tel, telefax,
		address, street, street address, street address line, address line, city, town, state, region, state region,
		province, zip, zip code, postal code, postcode, country, country region, country code, location, county,
		billing street, billing city, billing state, billing state province, billing zip, billing zip postal code,
		billing code, billing country, billing address, shipping street, shipping city, shipping country, mailing city,
		mailing country, mailing street, mailing state, mailing zip, mailing state province, mailing zip postal code,
		adresse, anschrift, strasse, hausnummer, strasse und hausnummer, ort, stadt, plz, postleitzahl, land, bundesland,
		standort,
		direccion, calle, ciudad, provincia, codigo postal, cp, pais, region o provincia, poblacion, localidad, domicilio,
		website, website url, url, web, homepage, domain, company domain name, company domain, webseite, internetseite,
		sitio web, pagina web, dominio, linkedin, linkedin url, facebook, twitter, instagram, facebook company page,
		linkedin company page,
		owner, account owner, contact owner, company owner, record owner, deal owner, sales rep, sales person,
		account manager, assigned to, assigned user, assigned, responsible, person owner, organization owner, lead owner,
		salesperson, rep, people,
		besitzer, inhaber, zustandig, betreuer, kundenbetreuer, verantwortlich, verantwortlicher, bearbeiter, vertriebler,
		zustandiger mitarbeiter, konto inhaber, kontoinhaber, propietario, responsable, comercial, asesor,
		propietario del contacto, propietario de la cuenta, vendedor, gestor, propietario de la empresa,
		owner email, account owner email, sales rep email, account manager email, betreuer email, email del comercial,
		email comercial, email des betreuers, created by, modified by, last modified by, erstellt von, creado por,
		billing email, invoice email, rechnungsemail, rechnungs email, email rechnung, correo de facturacion,
		email de facturacion, email facturacion, accounting email, secondary email, additional emails, other email,
		alternative email, additional email, email other, email home, person email home, person email other, email bounced,
		email opt out, email domain, email status, email marketing status,
		notes, note, comment, comments, description, memo, remarks, details, notiz, notizen, bemerkung, bemerkungen,
		kommentar, kommentare, beschreibung, anmerkung, anmerkungen, hinweis, nota, notas, comentario, comentarios,
		descripcion, observaciones, background info,
		created, created at, created date, create date, created on, created time, date created, date added, creation date,
		last modified, last modified date, modified time, modified at, updated, updated at, update time, last updated,
		last activity, last activity date, last contacted, last login, last contact, add time, date, start date, end date,
		renewal date, contract start, contract end, close date, won time, birthday, date of birth, closed date,
		organization created, person created, last activity time, last touch, became a customer date, subscribed,
		date subscribed, signup date, customer since, next activity date,
		datum, erstellt, erstellt am, erstelldatum, geandert am, zuletzt geandert, letzte aktivitat, letzter kontakt,
		vertragsbeginn, vertragsende, kunde seit, beginn, anlagedatum, aktualisiert am, startdatum, geburtsdatum, angelegt am,
		fecha, fecha de alta, fecha de creacion, fecha de modificacion, creado, creado el, ultima actividad, ultimo contacto,
		fecha de inicio, alta, fecha alta, fecha de baja, cliente desde, ultima modificacion,
		industry, sector, vertical, branche, industria, rubro, segment, category, kategorie, categoria, segmento, employees,
		number of employees, no of employees, num employees, mitarbeiter, mitarbeiterzahl, anzahl mitarbeiter, empleados,
		numero de empleados,
		annual revenue, revenue, amount, value, deal value, mrr, arr, price, monthly fee, budget, currency, umsatz,
		jahresumsatz, betrag, wert, preis, monatspreis, wahrung, ingresos, ingresos anuales, importe, valor, precio, moneda,
		facturacion, cuota mensual, total revenue, monatlich, discount, rabatt,
		tags, tag, labels, label, lists, list, source, lead source, original source, channel, campaign source, quelle,
		herkunft, kanal, schlagworte, etiketten, markierungen, etiquetas, etiqueta, fuente, origen, canal, person labels,
		organization label, organization labels, original traffic source,
		job title, title, position, role, department, salutation, anrede, titel, abteilung, funktion, rolle, cargo, puesto,
		tratamiento, departamento, rol, mr mrs, gender, geschlecht,
		contact, contact name, contact person, person, person name, primary contact, main contact, associated contact,
		ansprechpartner, ansprechperson, kontakt, kontaktperson, contacto, persona de contacto, nombre del contacto,
		nombre de contacto, nombre completo, nombre y apellidos, contacto principal, geschaftsfuhrer, associated contacts,
		key contact, full name of contact, deal contact person,
		language, locale, time zone, timezone, sprache, zeitzone, idioma, zona horaria, lead score, score, rating, priority,
		prioritat, prioridad, puntuacion, bewertung, dnd, open deals, open deals count, won deals, lost deals, activities,
		people count, total activities, number of associated contacts, number of times contacted, subitems, parent account,
		parent company, ip address, ip, vat id, vat number, tax id, tax number, ust id, ustid, umsatzsteuer id, steuernummer,
		handelsregister, cif, nif, rfc, cuit, iva, iban, bic, bank, attachments, attachment, logo, file, files, archivos,
		dateien, last interview, number of users, seats, quantity, anzahl, cantidad, deal title, deal name, deal value,
		opportunity, opportunity name, pipeline, deal pipeline`},
}

var synonyms, synonymPhrases = func() (map[string]synonym, []string) {
	m := map[string]synonym{}
	var all []string
	for _, w := range wordings {
		for phrase := range strings.SplitSeq(w.words, ",") {
			phrase = strings.Join(strings.Fields(phrase), " ")
			k := paths.Headed(phrase).Phrase
			if _, twice := m[k]; !twice {
				m[k] = synonym{w.means, w.weight, phrase}
				all = append(all, k)
			}
		}
	}
	return m, all
}()

// qualifiers add nothing to what a header means.
var qualifiers = []string{"primary", "main", "haupt", "principal", "the", "your", "my", "our", "new", "neue", "neues",
	"official", "current", "field", "required", "optional", "pflicht", "pflichtfeld",
	"obligatorio", "feld", "column", "spalte", "text", "value", "crm", "legal", "del", "de", "la", "el", "der", "des",
	"die", "of"}

// plainPhrase is a heading without its qualifiers.
func plainPhrase(h paths.Heading) string {
	var out []string
	for _, w := range h.Words {
		if !slices.Contains(qualifiers, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, "")
}
