package sandbox

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Fault is one way to misbehave and when to do so. ParseFault makes one; the
// zero value is not a fault.
type Fault struct {
	kind  *kind
	value int64 // in the kind's unit
	when  when
}

// ParseFault reads NAME[:VALUE][@WHEN], for example 503-retry-after:30@10%.
//
// WHEN is nothing (every request), a probability (0.1 or 10%), the running
// numbers of requests from 1 (#3,7-9), a text that the client's name or e-mail
// contains in any case (=acme), or the same for the first such request only
// (once=acme). Read-back faults look at reads and their numbers, all others at
// creates.
func ParseFault(s string) (Fault, error) {
	head, condition, conditional := strings.Cut(s, "@")
	name, value, valued := strings.Cut(head, ":")
	k := kindOf(name)
	if k == nil {
		return Fault{}, fmt.Errorf("unknown fault %q; known are %s", name, strings.Join(FaultNames(), ", "))
	}
	f := Fault{kind: k, value: k.fallback}
	switch {
	case valued:
		v, err := k.unit.parse(value)
		if err != nil {
			return Fault{}, fmt.Errorf("fault %s: %w", name, err)
		}
		f.value = v
	case k.unit == count:
		return Fault{}, fmt.Errorf("fault %s needs a number: %s:100", name, name)
	}
	if conditional {
		w, err := parseWhen(condition)
		if err != nil {
			return Fault{}, fmt.Errorf("fault %s: %w", name, err)
		}
		f.when = w
	}
	return f, nil
}

// String is a text that ParseFault reads as the same fault.
func (f Fault) String() string {
	if f.kind == nil {
		return ""
	}
	s := f.kind.name
	if f.kind.unit != none {
		s += ":" + f.kind.unit.format(f.value)
	}
	if w := f.when.String(); w != "" {
		s += "@" + w
	}
	return s
}

// FaultNames are the names ParseFault knows, related ones together.
func FaultNames() []string {
	names := make([]string, len(kinds))
	for i := range kinds {
		names[i] = kinds[i].name
	}
	return names
}

// FaultHelp is one line on what the fault does, "" for an unknown name.
func FaultHelp(name string) string {
	if k := kindOf(name); k != nil {
		return k.help
	}
	return ""
}

// A unit is what stands behind the colon of a fault.
type unit int

const (
	none unit = iota
	seconds
	count
	duration
)

func (u unit) parse(s string) (int64, error) {
	switch u {
	case seconds:
		n, err := strconv.ParseUint(s, 10, 31)
		if err != nil {
			return 0, fmt.Errorf("%q is not a whole number of seconds", s)
		}
		return int64(n), nil
	case count:
		n, err := strconv.ParseUint(s, 10, 31)
		if err != nil {
			return 0, fmt.Errorf("%q is not a whole number", s)
		}
		return int64(n), nil
	case duration:
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return 0, fmt.Errorf("%q is not a duration like 500ms or 5s", s)
		}
		return int64(d), nil
	}
	return 0, fmt.Errorf("takes no value, but has %q", s)
}

func (u unit) format(v int64) string {
	if u == duration {
		return time.Duration(v).String()
	}
	return strconv.FormatInt(v, 10)
}

// noLimit stands for a plan without a limit.
const noLimit = -1

// pick returns the fault that strikes the request with this number, nil if
// none does, and the smallest limit that plan-limit faults set for it.
func (t *Twin) pick(read bool, n int, text string) (*Fault, int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit := math.MaxInt
	var hit *Fault
	text = strings.ToLower(text)
	for i := range t.o.Faults {
		f := &t.o.Faults[i]
		if f.kind.read != read || t.spent[i] || !f.when.matches(t.o.Seed, n, i, text) {
			continue
		}
		if f.when.once {
			t.spent[i] = true
		}
		if f.kind.stage == limits {
			limit = min(limit, int(f.value))
			continue
		}
		hit = f
		break
	}
	if limit == math.MaxInt {
		limit = noLimit
	}
	return hit, limit
}
