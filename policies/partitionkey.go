package policies

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// CanonicalPartition is the form in which weir compares and names partitions: a
// period in time has one, however a store writes it ("dt=2026-03-29/hour=05",
// "2026/03/29/05" and "2026032905" are "2026-03-29T05"); any other key, one that
// a run made up for example, is taken as it is. It reads no zone: a key is what a
// wall clock showed.
func CanonicalPartition(key string) string {
	if g, wall, ok := parsePeriod(key); ok {
		return g.key(wall)
	}
	return key
}

var (
	weekForm = regexp.MustCompile(`^(\d{4})-?W(\d{2})$`)
	// dateForm: year, then month, day, hour, each with or without a separator;
	// minutes and seconds only as zeroes.
	dateForm = regexp.MustCompile(`^(\d{4})(?:[-/.]?(\d{2})(?:[-/.]?(\d{2})(?:[-/.T_ ]?(\d{2})(?:[:\-]?00){0,2})?)?)?$`)
)

// parsePeriod reads a key as a period and the first wall clock of it.
func parsePeriod(key string) (Grain, time.Time, bool) {
	text := values(key)
	if m := weekForm.FindStringSubmatch(text); m != nil {
		return weekStart(number(m[1]), number(m[2]))
	}
	m := dateForm.FindStringSubmatch(text)
	if m == nil || number(m[1]) < 1900 || number(m[1]) > 2199 {
		return "", time.Time{}, false
	}
	year, month, day, hour := number(m[1]), 1, 1, 0
	g := GrainYear
	for _, part := range []struct {
		text  string
		into  *int
		grain Grain
	}{{m[2], &month, GrainMonth}, {m[3], &day, GrainDay}, {m[4], &hour, GrainHour}} {
		if part.text != "" {
			*part.into, g = number(part.text), part.grain
		}
	}
	w := time.Date(year, time.Month(month), day, hour, 0, 0, 0, time.UTC)
	// A date that does not exist (2026-02-30) would be moved on.
	real := w.Month() == time.Month(month) && w.Day() == day && w.Hour() == hour
	return g, w, real
}

// values leaves out the names of key=value folders.
func values(key string) string {
	parts := strings.Split(strings.Trim(key, "/"), "/")
	for i, p := range parts {
		if _, v, ok := strings.Cut(p, "="); ok {
			parts[i] = v
		}
	}
	return strings.Join(parts, "/")
}

// weekStart is the Monday of an ISO week.
func weekStart(year, week int) (Grain, time.Time, bool) {
	jan4 := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // always in week 1
	monday := jan4.AddDate(0, 0, -(int(jan4.Weekday())+6)%7+(week-1)*7)
	y, n := monday.ISOWeek()
	return GrainWeek, monday, y == year && n == week
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0 // the form admits digits only, "" being none
	}
	return n
}
