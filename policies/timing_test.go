package policies_test

import (
	"errors"
	"testing"
	"time"

	"github.com/weirhq/weir/policies"
)

const due = head + "want: { by: { cron: \"0 9 * * *\", tz: UTC, covers: 6h } }\n"

func TestTimingKeys(t *testing.T) {
	for name, c := range map[string]struct {
		yaml string
		want policies.Timing
	}{
		"defaults": {due, policies.Timing{Confidence: 0.9, RetryReserve: 1, Margin: 5 * time.Minute}},
		"all": {due + "start: latest\njitter: 10m\nrun: { expected: 70m, confidence: 95%, retry_reserve: 0, margin: 0 }\n",
			policies.Timing{Start: policies.StartLatest, Jitter: 10 * time.Minute, Expected: 70 * time.Minute, Confidence: 0.95}},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := policies.Parse("p.yaml", []byte(c.yaml))
			if err != nil {
				t.Fatal(err)
			}
			if got := list[0].Timing; got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTimingErrors(t *testing.T) {
	for name, c := range map[string]struct {
		yaml, code string
		line       int
	}{
		"start":               {due + "start: soon\n", "E106", 5},
		"start of no window":  {head + "want: { max_age: 1h }\nstart: latest\n", "E126", 5},
		"a tick is no window": {head + "want: { by: { cron: \"0 9 * * *\" } }\nstart: latest\n", "E126", 5},
		"jitter":              {due + "jitter: lots\n", "E121", 5},
		"certainty":           {due + "run: { confidence: 1 }\n", "E106", 5},
		"percent":             {due + "run: { confidence: 95 }\n", "E106", 5},
		"no number":           {due + "run: { confidence: NaN }\n", "E106", 5},
		"reserve":             {due + "run: { retry_reserve: 6 }\n", "E106", 5},
		"margin":              {due + "run:\n  margin: -5m\n", "E121", 6},
		"unknown":             {due + "run: { expect: 5m }\n", "E101", 5},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policies.Parse("p.yaml", []byte(c.yaml))
			var e *policies.FileError
			if !errors.As(err, &e) || e.Code != c.code || e.Line != c.line {
				t.Errorf("%v, want %s at line %d", err, c.code, c.line)
			}
		})
	}
}
