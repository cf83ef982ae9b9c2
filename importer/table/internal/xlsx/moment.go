package xlsx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	dayLayout    = time.DateOnly
	clockLayout  = time.TimeOnly
	momentLayout = "2006-01-02 15:04:05"
	// days are how many there are up to the end of the year 9999, from 1900 and 1904.
	days1900, days1904 = 2_958_466, 2_957_004
	daySeconds         = 86_400
)

// moment words a day, a time, or both; "" for what is neither. Seconds are the finest
// that spreadsheets show. What is shown as a time only, and has a day, has both.
func (s *section) moment(x float64, date1904 bool) string {
	last := float64(days1900)
	if date1904 {
		last = days1904
	}
	if x < 0 || x >= last {
		return ""
	}
	day, fraction := math.Modf(x)
	seconds := int(math.Round(fraction * daySeconds))
	clock := day < 1 && !date1904
	if s.date && !s.time {
		// A day is not rounded up, but for what a float lost.
		if clock {
			return ""
		}
		if fraction*daySeconds > daySeconds-0.0005 {
			day++
		}
		return dayOf(int(day), date1904)
	}
	if clock || day < 1 && !s.date {
		return clockOf(seconds % daySeconds)
	}
	return dayOf(int(day)+seconds/daySeconds, date1904) + " " + clockOf(seconds%daySeconds)
}

// dayOf is the date of a day's number. In the count from 1900 the day 60 is one that
// never was, and is worded as it is shown.
func dayOf(n int, date1904 bool) string {
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n == 60:
		return "1900-02-29"
	case n < 60:
		n++
	}
	return first.AddDate(0, 0, n).Format(dayLayout)
}

func clockOf(seconds int) string {
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

// span words a duration: hours, minutes and seconds, however it is shown.
func span(x float64) string {
	minus := ""
	if x < 0 {
		minus, x = "-", -x
	}
	if x >= days1900 {
		return minus + strconv.FormatFloat(x, 'f', -1, 64)
	}
	return minus + clockOf(int(math.Round(x*daySeconds)))
}

// isoMoment words a date, a time or a duration that is written as ISO 8601 has it, as
// the same would be worded that is written as a number. ok is false for anything else.
func (f *Format) isoMoment(v string) (text string, ok bool) {
	if d, found := strings.CutPrefix(v, "P"); found {
		return isoSpan(d)
	}
	day, clock, both := strings.Cut(v, "T")
	switch {
	case both && day == "", !both && strings.Contains(v, ":"):
		if !both {
			clock = v
		}
		seconds, ok := isoClock(clock)
		return clockOf(int(math.Round(seconds)) % daySeconds), ok
	}
	t, err := time.Parse(dayLayout, day)
	if err != nil || t.Year() < 1 {
		return "", false
	}
	seconds, ok := 0.0, true
	if both {
		if seconds, ok = isoClock(clock); !ok {
			return "", false
		}
	}
	var s section
	if f != nil && len(f.sections) > 0 {
		s = f.sections[0]
	}
	if s.shows == showMoment && s.date && !s.time {
		if seconds > daySeconds-0.0005 {
			t = t.AddDate(0, 0, 1)
		}
		return t.Format(dayLayout), true
	}
	if both && t.Year() == 1899 {
		return clockOf(int(math.Round(seconds)) % daySeconds), true // the day before all days
	}
	t = t.Add(time.Duration(math.Round(seconds)) * time.Second)
	if !both || s.shows != showMoment && seconds == 0 {
		return t.Format(dayLayout), true
	}
	return t.Format(momentLayout), true
}

// isoClock reads hh:mm, hh:mm:ss and fractions of it, with or without a Z.
func isoClock(v string) (seconds float64, ok bool) {
	v = strings.TrimSuffix(v, "Z")
	if len(v) < 5 || v[2] != ':' {
		return 0, false
	}
	hour, minute := number2(v[:2]), number2(v[3:5])
	if hour > 23 || minute > 59 {
		return 0, false
	}
	seconds = float64(hour*3600 + minute*60)
	if v = v[5:]; v == "" {
		return seconds, true
	}
	whole, fraction, pointed := strings.Cut(v, ".")
	if len(whole) != 3 || whole[0] != ':' || number2(whole[1:]) > 59 || pointed && !isDigits(fraction) {
		return 0, false
	}
	seconds += float64(number2(whole[1:]))
	if pointed {
		f, _ := strconv.ParseFloat("0."+fraction[:min(len(fraction), 9)], 64)
		seconds += f
	}
	return seconds, true
}

// number2 reads two digits; 99 if they are none.
func number2(s string) int {
	if len(s) != 2 || !isDigits(s) {
		return 99
	}
	return int(s[0]-'0')*10 + int(s[1]-'0')
}

// isoSpan reads what stands behind the P of a duration in days, hours, minutes and
// seconds.
func isoSpan(v string) (text string, ok bool) {
	days, clock, timed := strings.Cut(v, "T")
	if days == "" && clock == "" || timed && clock == "" {
		return "", false
	}
	seconds := 0.0
	take := func(v, units string, sizes ...float64) bool {
		for v != "" {
			end := strings.IndexFunc(v, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
			if end <= 0 {
				return false
			}
			unit := strings.IndexByte(units, v[end])
			if unit < 0 || !isNumber(v[:end]) || strings.Contains(v[:end], ".") && v[end] != 'S' {
				return false
			}
			n, err := strconv.ParseFloat(v[:end], 64)
			if err != nil {
				return false
			}
			seconds += n * sizes[unit]
			units, sizes, v = units[unit+1:], sizes[unit+1:], v[end+1:]
		}
		return true
	}
	if !take(days, "D", daySeconds) || !take(clock, "HMS", 3600, 60, 1) || seconds >= days1900*daySeconds {
		return "", false
	}
	return clockOf(int(math.Round(seconds))), true
}
