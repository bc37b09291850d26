package openlineage

import (
	"fmt"
	"strings"
	"time"
)

// naiveForms are what producers send without a zone.
var naiveForms = []string{
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04",
	"2006-01-02",
}

// ParseTime reads the times that real producers send: RFC 3339 with 0 to 9
// digits, a space for the T, "+0000", no zone (taken as UTC), a bracketed zone
// as Java writes it ("Z[Europe/London]"), or a date. flag is "" or a code.
func ParseTime(s string) (t time.Time, flag string, err error) {
	text := strings.TrimSpace(s)
	if text == "" {
		return time.Time{}, FlagEventTime, fmt.Errorf("no time")
	}
	if i := strings.IndexByte(text, '['); i > 0 && strings.HasSuffix(text, "]") {
		text, flag = text[:i], FlagTimeForm
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), flag, nil
		}
	}
	for _, form := range naiveForms {
		if t, err := time.Parse(form, text); err == nil {
			if form == "2006-01-02" {
				return t, FlagTimeForm, nil
			}
			return t, FlagTimeNaive, nil
		}
	}
	return time.Time{}, FlagEventTime, fmt.Errorf("%q is not a time in RFC 3339", clip(s, 64))
}

// InRange reports whether nanoseconds since 1970 can hold the time.
func InRange(t time.Time) bool { return t.Year() >= 1700 && t.Year() <= 2250 }

// clip shortens a text for a message.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
