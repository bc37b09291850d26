package model

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weirhq/weir/catalog"
)

// MarshalTime writes RFC 3339 in UTC; an unknown time is null.
func MarshalTime(t time.Time) graphql.Marshaler {
	if t.IsZero() {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.UTC().Format(time.RFC3339Nano)))
	})
}

// UnmarshalTime reads RFC 3339.
func UnmarshalTime(v any) (time.Time, error) {
	s, ok := v.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	if !ok || err != nil {
		return time.Time{}, fmt.Errorf("%w: %.40q is no Time: RFC 3339, such as 2026-03-01T06:00:00Z", catalog.ErrInvalid, fmt.Sprint(v))
	}
	return t.UTC(), nil
}

// MarshalDuration writes ISO 8601 in hours, minutes and seconds.
func MarshalDuration(d time.Duration) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(FormatDuration(d))) })
}

// FormatDuration gives ISO 8601: 90 minutes are PT1H30M.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "PT0S"
	}
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	s := strings.ToUpper(d.Round(time.Millisecond).String()) // 1H30M0S
	if strings.HasSuffix(s, "MS") {
		s = strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "S"
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s+"$", "M0S$"), "$")
	if strings.HasSuffix(s, "H0") || !strings.HasSuffix(s, "S") {
		if i := strings.LastIndexByte(s, 'H'); i >= 0 && s[i+1:] == "0" {
			s = s[:i+1]
		} else {
			s += "M"
		}
	}
	return sign + "PT" + s
}

// UnmarshalDuration reads ISO 8601.
func UnmarshalDuration(v any) (time.Duration, error) {
	s, ok := v.(string)
	if !ok {
		return 0, errDuration
	}
	return ParseDuration(s)
}

var errDuration = fmt.Errorf("%w: a Duration is ISO 8601, such as PT90M or P1D", catalog.ErrInvalid)

// ParseDuration reads weeks, days, hours, minutes and seconds of ISO 8601; a
// day is 24 hours. Months and years have no length and are refused.
func ParseDuration(s string) (time.Duration, error) {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" || rest == "T" || len(s) > 40 {
		return 0, errDuration
	}
	units := map[byte]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour}
	total, inTime := 0.0, false
	for rest != "" {
		if rest[0] == 'T' && !inTime {
			inTime, rest = true, rest[1:]
			units = map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second}
			continue
		}
		i := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if i <= 0 || units[rest[i]] == 0 {
			return 0, errDuration
		}
		n, err := strconv.ParseFloat(rest[:i], 64)
		if err != nil {
			return 0, errDuration
		}
		total += n * float64(units[rest[i]])
		delete(units, rest[i])
		rest = rest[i+1:]
	}
	if total > float64(100*365*24*time.Hour) {
		return 0, errDuration
	}
	return time.Duration(total), nil
}

// MarshalPosition writes the decimal string.
func MarshalPosition(p catalog.Position) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(p.String())) })
}

// UnmarshalPosition reads the decimal string.
func UnmarshalPosition(v any) (catalog.Position, error) {
	s, ok := v.(string)
	p, err := catalog.ParsePosition(s)
	if !ok || err != nil {
		return 0, fmt.Errorf("%w: a Position is a decimal string", catalog.ErrInvalid)
	}
	return p, nil
}
