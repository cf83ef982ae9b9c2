package sandbox

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const (
	clientsPath = "/api/v2/clients/"
	createPath  = clientsPath + "create"
	bodyLimit   = 1 << 20 // bytes; more is answered 413
)

// ServeHTTP answers one request. It panics with http.ErrAbortHandler to cut the
// connection, when a fault says so, when the client has given up and when the
// Twin is closed; a net/http server expects that.
func (t *Twin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, leave, ok := t.enter(r.Context())
	if !ok {
		panic(http.ErrAbortHandler)
	}
	defer leave()
	t.route(w, r).deliver(ctx, w)
}

func (t *Twin) route(w http.ResponseWriter, r *http.Request) answer {
	path := r.URL.EscapedPath()
	switch path {
	case createPath:
		if r.Method != http.MethodPost {
			return methodRefused(http.MethodPost)
		}
		return t.create(w, r).later(t.o.Latency)
	case "/sandbox/clients":
		if r.Method != http.MethodGet {
			return methodRefused(http.MethodGet)
		}
		all := t.Clients()
		return jsonAnswer(http.StatusOK, map[string]any{"count": len(all), "clients": all})
	case "/sandbox/requests":
		if r.Method != http.MethodGet {
			return methodRefused(http.MethodGet)
		}
		return jsonAnswer(http.StatusOK, map[string]any{"count": t.Requests()})
	}
	// Still escaped: a slash within an id is part of the id, not of the path.
	if escaped, ok := strings.CutPrefix(path, clientsPath); ok && escaped != "" && !strings.Contains(escaped, "/") {
		if r.Method != http.MethodGet {
			return methodRefused(http.MethodGet)
		}
		if id, err := url.PathUnescape(escaped); err == nil {
			return t.read(r, id).later(t.o.Latency)
		}
	}
	return *refused(http.StatusNotFound, "There is nothing at this path.")
}

// create answers a create request. The rate comes first, as at a gateway, then
// faults that stand in for the server, then what a server would check.
func (t *Twin) create(w http.ResponseWriter, r *http.Request) answer {
	n := t.count()
	// All of it is read before anything is decided: net/http notices that a
	// client has given up only behind the end of the body.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		panic(http.ErrAbortHandler)
	}
	if !t.allow() {
		return *refused(http.StatusTooManyRequests, "Too many requests.").with("Retry-After", "1")
	}
	doc, malformed := parseDocument(body)
	fault, limit := t.pick(false, n, searchText(doc))
	if fault != nil && fault.kind.stage == instead {
		return fault.kind.act(fault.value, answer{})
	}
	a, created := t.process(r, tooLarge != nil, doc, malformed, limit)
	if fault != nil && (created || fault.kind.stage == whatever) {
		return fault.kind.act(fault.value, a)
	}
	return a
}

// process is the server without faults.
func (t *Twin) process(r *http.Request, tooLarge bool, doc document, malformed error, limit int) (a answer, created bool) {
	if no := t.unauthorized(r); no != nil {
		return *no, false
	}
	if tooLarge {
		return *refused(http.StatusRequestEntityTooLarge, "The body is larger than 1 MiB."), false
	}
	if !isJSON(r) {
		return *refused(http.StatusBadRequest, "The content type must be application/json."), false
	}
	if malformed != nil {
		return *refused(http.StatusBadRequest, "Malformed JSON: "+malformed.Error()), false
	}
	d, errs := doc.validate()
	if len(errs) > 0 {
		return jsonAnswer(http.StatusUnprocessableEntity, map[string]any{"success": false, "message": "Validation failed", "errors": errs}), false
	}
	c, no := t.add(d, limit)
	if no != nil {
		return *no, false
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"success": true,
		"message": "Client created successfully",
		"data": map[string]any{
			"client_id":      c.ID,
			"client_name":    c.Name,
			"primary_email":  c.Email,
			"users":          c.Users,
			"asset_group_id": c.AssetGroupID,
		},
	}), true
}

// read answers a read-back. What the API puts into subscription and usage is
// not documented: they are empty.
func (t *Twin) read(r *http.Request, id string) answer {
	n := t.countRead()
	c, found := t.find(id)
	if fault, _ := t.pick(true, n, c.Name+"\n"+c.Email); fault != nil {
		return fault.kind.act(fault.value, answer{})
	}
	if no := t.unauthorized(r); no != nil {
		return *no
	}
	if !found {
		return *refused(http.StatusNotFound, "Client not found.")
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"client": map[string]any{
			"id":            c.ID,
			"name":          c.Name,
			"primary_email": c.Email,
			"created_at":    c.CreatedAt,
			"users":         c.Users,
		},
		"subscription": map[string]any{},
		"usage":        map[string]any{},
	})
}

func (t *Twin) unauthorized(r *http.Request) *answer {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	key = strings.TrimSpace(key)
	if strings.EqualFold(scheme, "Bearer") && key != "" && (t.o.Key == "" || key == t.o.Key) {
		return nil
	}
	return refused(http.StatusUnauthorized, "Missing or invalid API key.").with("WWW-Authenticate", "Bearer")
}
