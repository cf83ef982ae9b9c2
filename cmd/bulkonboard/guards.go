package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// guardFlags are the flags that let a run go unwatched.
type guardFlags struct{ maxNew, changedRows, changedColumns, knownFaults string }

func (f *guardFlags) add(fs *pflag.FlagSet, o *job.RunOptions) {
	fs.StringVar(&f.maxNew, "max-new", "", "stop a run that asks nobody, and is not the job's first, before it sends more than `N` new "+
		"customers, or N% of those created or in doubt (default: the larger of 50 and 10%)")
	fs.StringVar(&f.changedRows, "changed-rows", "", "stop a run that asks nobody before it sends anything where more than `N` rows, "+
		"or N% of the known customers, lack a name or login of the customer whose key they have since the last run, or where all known "+
		"customers are gone (default: the larger of 5 and 10%)")
	fs.DurationVar(&o.MaxDuration, "max-duration", 0,
		"start no row after `D` of sending, such as 2h; the next run goes on (default: no limit)")
	fs.StringVar(&f.changedColumns, "changed-columns", "stop",
		"when columns are gone or new since the last run, a run that asks nobody does this: `stop|ok`")
	fs.StringVar(&f.knownFaults, "known-faults", "fail",
		"when rows are bad, but each was so after the last run already, end with 3 or with 0: `fail|ok`")
}

func (f *guardFlags) apply(fs *pflag.FlagSet, o *job.RunOptions) error {
	for _, s := range []struct {
		flag, value string
		into        **job.Share
	}{{"max-new", f.maxNew, &o.MaxNew}, {"changed-rows", f.changedRows, &o.ChangedRows}} {
		if s.value == "" {
			continue
		}
		n, percent, ok := share(s.value)
		if !ok {
			return usagef("write a number of customers such as 100, or a share of the known ones such as 5%", "--%s: %q is neither", s.flag, s.value)
		}
		*s.into = &job.Share{Number: n, Percent: percent}
	}
	if o.MaxDuration <= 0 && config.Source(fs.Lookup("max-duration")) != "default" {
		return usagef("write it like 30m or 2h, or leave it out", "--max-duration: %s is no time", o.MaxDuration)
	}
	switch f.changedColumns {
	case "stop":
	case "ok":
		o.ChangedColumns = true
	default:
		return usagef("write stop or ok", "--changed-columns: %q is neither", f.changedColumns)
	}
	switch f.knownFaults {
	case "fail":
	case "ok":
		o.KnownFaults = true
	default:
		return usagef("write fail or ok", "--known-faults: %q is neither", f.knownFaults)
	}
	return nil
}

// share reads "N" or "N%"; percent is 0 for a number.
func share(s string) (number int, percent float64, ok bool) {
	digits, isPercent := strings.CutSuffix(s, "%")
	n, err := strconv.ParseFloat(digits, 64)
	switch {
	case err != nil || n < 0 || !(n < 1e9) || isPercent && (n > 100 || n == 0) || !isPercent && n != math.Trunc(n):
		return 0, 0, false
	case isPercent:
		return 0, n, true
	}
	return int(n), 0, true
}
