package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// A Respelled is an entry that goes on under another key, or beside one that
// was another spelling of it.
type Respelled struct {
	Key  Key
	Note string // the entry's own, and what there is to say of its twin
}

// Respell says, by the keys that entries have now, what becomes of those whose
// keys an older folding made. It wants all entries whose keys ParseKey spells
// otherwise, and those at keys which one of these would get; no others are
// concerned, and free tells whether any of the others has a key. Names and
// logins are folded anew by whoever keeps them.
//
// Two spellings of one customer may both be entries, and both have a client.
// None is merged away: the key finds the one that is surest (created, else in
// doubt, else the later), the other one gets a key of its own beside it, and
// the notes name the twin.
func Respell(entries []Entry, free func(Key) bool) map[Key]Respelled {
	twins := map[Key][]Entry{}
	taken := map[Key]bool{}
	for _, e := range entries {
		k := ParseKey(string(e.Key))
		twins[k] = append(twins[k], e)
		taken[k] = true
	}
	out := map[Key]Respelled{}
	for _, k := range slices.Sorted(maps.Keys(twins)) {
		list := twins[k]
		slices.SortStableFunc(list, func(a, b Entry) int {
			return cmp.Or(sureness(b)-sureness(a), b.FinishedAt.Compare(a.FinishedAt), cmp.Compare(a.Key, b.Key))
		})
		keys := []Key{k}
		for n := 2; len(keys) < len(list); n++ {
			own := ParseKey(fmt.Sprintf("%s (%d)", k, n))
			if !taken[own] && free(own) {
				taken[own] = true
				keys = append(keys, own)
			}
		}
		for i, e := range list {
			r := Respelled{keys[i], e.Note}
			for j, other := range list {
				if i != j {
					r.Note = besideNote(r.Note, keys[j], other)
				}
			}
			if r.Key != e.Key || r.Note != e.Note {
				out[e.Key] = r
			}
		}
	}
	return out
}

func besideNote(note string, key Key, twin Entry) string {
	if note != "" {
		note += "; "
	}
	note += fmt.Sprintf("this job has the customer twice, under two spellings: the other is %q, %s", key, twin.Status)
	if twin.ClientID != "" {
		note += ", client " + twin.ClientID
	}
	return note
}

// sureness orders entries by what is known of the customer on the server.
func sureness(e Entry) int {
	switch {
	case e.Status == Created:
		return 3
	case e.Open || e.Status == InDoubt:
		return 2
	default:
		return 1
	}
}
