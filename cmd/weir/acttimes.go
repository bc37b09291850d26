package main

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// readPairs reads NAME=VALUE of a flag; a value that is JSON is taken as such.
func readPairs(flag string, list []string) (map[string]any, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := map[string]any{}
	for _, p := range list {
		name, text, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, usageError(flag+" NAME=VALUE", "unreadable %s %q", flag, p)
		}
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			v = text
		}
		out[name] = v
	}
	return out, nil
}

// readTime reads a day (its beginning in UTC) or a time.
func readTime(s string) (time.Time, error) {
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usageError("2026-03-01 or 2026-03-01T06:00:00Z", "unreadable time %q", s)
}

// maxTimes is the server's bound; a wrong --every must not fill the memory.
const maxTimes = 400

// readTimes lists the times of a backfill, in the order of its runs.
func readTimes(dates []string, from, to string, every time.Duration, newest bool) ([]time.Time, error) {
	var out []time.Time
	switch {
	case len(dates) > 0 && from == "" && to == "":
		for _, s := range dates {
			t, err := readTime(s)
			if err != nil {
				return nil, err
			}
			out = append(out, t)
		}
	case len(dates) == 0 && from != "" && to != "" && every > 0:
		first, err := readTime(from)
		if err != nil {
			return nil, err
		}
		last, err := readTime(to)
		if err != nil {
			return nil, err
		}
		for t := first; !t.After(last); t = t.Add(every) {
			if len(out) == maxTimes {
				return nil, usageError("several backfills, or a longer --every", "more than %d times", maxTimes)
			}
			out = append(out, t)
		}
	default:
		return nil, usageError("--dates A,B or --from A --to B [--every 24h]", "for which times?")
	}
	if newest {
		slices.Reverse(out)
	}
	if len(out) == 0 {
		return nil, usageError("--from not after --to", "no time lies between %s and %s", from, to)
	}
	return out, nil
}
