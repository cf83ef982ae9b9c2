package api

import (
	"encoding/json"
	"strings"
)

// A word is what an answer says of its own success.
type word int

const (
	silent  word = iota // it says nothing of it
	yes                 // it succeeded
	refusal             // it did not
	unknown             // a word that we do not know: it proves nothing
)

// success tells whether a 2xx with this word is a success: one that is silent is.
func (w word) success() bool { return w == yes || w == silent }

// verdict reads what an answer says of its own success, in any of the envelopes
// that the API's endpoints use. A no anywhere is one, since an item may have
// failed under an overall success. A word that we do not know counts unless the
// envelope around it says yes: a client has a status of its own, too.
func verdict(body map[string]any) word {
	out := silent
	for depth, o := range containers(body) {
		for _, k := range []string{"success", "status"} {
			said := wordOf(o[k])
			if said == clients && (depth > 0 || ownID(o) != "" || text(o["client_id"]) != "") {
				said = silent
			}
			switch {
			case said == refusal:
				return refusal
			case said == silent, out != silent: // the outermost counts
			case said == yes:
				out = yes
			default:
				out = unknown
			}
		}
	}
	return out
}

// clients are words of a client's own status, which say nothing of the call.
const clients word = -1

var words = map[string]word{
	"":     silent,
	"true": yes, "success": yes, "successful": yes, "succeeded": yes, "ok": yes, "created": yes, "done": yes, "completed": yes,
	"false": refusal, "no": refusal, "failed": refusal, "failure": refusal, "fail": refusal, "error": refusal, "errored": refusal,
	"rejected": refusal, "refused": refusal, "denied": refusal, "invalid": refusal, "unsuccessful": refusal,
	"active": clients, "pending": clients, "enabled": clients, "trial": clients,
}

// wordOf reads one field in the forms that servers write it in: a truth, a word,
// or an HTTP status.
func wordOf(v any) word {
	switch t := v.(type) {
	case nil:
		return silent
	case bool:
		if t {
			return yes
		}
		return refusal
	case string:
		if w, known := words[strings.ToLower(strings.TrimSpace(t))]; known {
			return w
		}
		return wordOf(json.Number(strings.TrimSpace(t)))
	case json.Number:
		n, err := t.Int64()
		switch {
		case err != nil:
			return unknown
		case n == 1, n >= 200 && n < 300:
			return yes
		case n == 0, n >= 400 && n < 600:
			return refusal
		}
	}
	return unknown
}
