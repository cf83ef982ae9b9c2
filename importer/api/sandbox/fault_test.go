package sandbox

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParseFaultReadsWhatItPrints(t *testing.T) {
	for in, out := range map[string]string{
		"500-after":                 "500-after",
		"429-retry-after":           "429-retry-after:1",
		"503-retry-after:30@10%":    "503-retry-after:30@0.1",
		"slow":                      "slow:2s",
		"slow:500ms@#3":             "slow:500ms@#3",
		"plan-limit:50":             "plan-limit:50",
		"cut-after@0.25":            "cut-after@0.25",
		"cut-after@100%":            "cut-after@1.0",
		"hang@#1,7-9":               "hang@#1,7-9",
		"forbidden@=Bob@ACME.test":  "forbidden@=bob@acme.test",
		"rejected@once=Bob & Sons ": "rejected@once=bob & sons ",
		"read-500@#2":               "read-500@#2",
	} {
		f, err := ParseFault(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if f.String() != out {
			t.Errorf("%s prints as %s, want %s", in, f, out)
		}
		again, err := ParseFault(f.String())
		if err != nil || !reflect.DeepEqual(f, again) {
			t.Errorf("%s came back as %v, %v", f, again, err)
		}
	}
}

func TestParseFaultErrors(t *testing.T) {
	for in, part := range map[string]string{
		"":                    "unknown fault",
		"nope":                "known are 429, 429-retry-after, 500-before",
		"CUT-AFTER":           "unknown fault",
		"cut-after:3":         "takes no value",
		"slow:fast":           "not a duration",
		"slow:-1s":            "not a duration",
		"429-retry-after:":    "not a whole number of seconds",
		"429-retry-after:1.5": "not a whole number of seconds",
		"plan-limit":          "plan-limit:100",
		"plan-limit:-1":       "not a whole number",
		"hang@":               "not a condition",
		"hang@3":              "not a condition",
		"hang@1.5":            "not a condition",
		"hang@120%":           "not a condition",
		"hang@NaN%":           "not a condition",
		"hang@once":           "once=TEXT",
		"hang@#":              "running numbers",
		"hang@#0":             "running numbers",
		"hang@#5-3":           "running numbers",
		"hang@#1,,2":          "running numbers",
		"hang@=":              "no text",
		"hang@once=":          "no text",
	} {
		f, err := ParseFault(in)
		if err == nil {
			t.Errorf("%q is accepted as %v", in, f)
		} else if !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v, want %q in it", in, err, part)
		}
	}
}

func TestEveryFaultHasOneLineOfHelp(t *testing.T) {
	names := FaultNames()
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
		t.Error("a name comes twice")
	}
	for _, name := range names {
		if help := FaultHelp(name); help == "" || strings.Contains(help, "\n") {
			t.Errorf("%s: %q", name, help)
		}
	}
	if help := FaultHelp("nope"); help != "" {
		t.Errorf("help for an unknown fault: %q", help)
	}
}

func TestNewRefusesSenselessOptions(t *testing.T) {
	for _, o := range []Options{{Rate: -1}, {Latency: -1}, {Faults: []Fault{{}}}, {File: t.TempDir()}} {
		if twin, err := New(o); err == nil {
			t.Errorf("%+v is accepted", o)
			_ = twin.Close()
		}
	}
}

func strikes(t *testing.T, seed uint64) string {
	twin := newTwin(t, Options{Seed: seed}, "rejected@30%", "forbidden@30%")
	var s strings.Builder
	for i := range 60 {
		fmt.Fprint(&s, create(t.Context(), twin.Transport(), "http://x", "A", fmt.Sprintf("a%d@x.test", i)).status, " ")
	}
	return s.String()
}

func TestChanceIsReproducible(t *testing.T) {
	first := strikes(t, 1)
	if again := strikes(t, 1); again != first {
		t.Errorf("same seed:\n%s\n%s", first, again)
	}
	if other := strikes(t, 2); other == first {
		t.Error("another seed gives the same faults")
	}
	for _, status := range []string{"200", "400", "403"} {
		if !strings.Contains(first, status) {
			t.Errorf("no %s in %s", status, first)
		}
	}
}

func TestChanceIsAsLikelyAsItSays(t *testing.T) {
	for seed := range uint64(3) {
		for position := range 3 {
			hits := 0
			for n := range 10_000 {
				if (when{likely: true, chance: 0.1}).matches(seed, n+1, position, "") {
					hits++
				}
			}
			if hits < 880 || hits > 1120 { // four standard deviations
				t.Errorf("seed %d, fault %d: %d of 10000", seed, position, hits)
			}
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, s := range []string{"slow:5s@#3", "503-retry-after:30@10%", "cut-after@once=Bob", "hang@=a@b", "plan-limit:3@0.5", "@", ":",
		"hang@#1-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fault, err := ParseFault(s)
		if err != nil {
			if fault.kind != nil {
				t.Errorf("%q: an error and a fault", s)
			}
			return
		}
		again, err := ParseFault(fault.String())
		if err != nil || again.String() != fault.String() {
			t.Errorf("%q prints as %q, which reads as %q, %v", s, fault, again, err)
		}
	})
}
