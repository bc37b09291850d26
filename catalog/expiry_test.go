package catalog_test

import (
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
)

func TestStateAt(t *testing.T) {
	t0 := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	l := catalog.Liveness{Silence: 24 * time.Hour, Grace: time.Minute}
	running := catalog.Run{State: catalog.RunRunning, LastEventAt: t0}
	streaming := running
	streaming.Streaming = true
	periodic := running
	periodic.Window = 24 * time.Hour
	often := running
	often.Window = time.Minute
	done := catalog.Run{State: catalog.RunFailed, LastEventAt: t0}
	cases := map[string]struct {
		run       catalog.Run
		parentEnd time.Time
		now       time.Time
		state     catalog.RunState
		why       catalog.RunExpiry
	}{
		"goes on":                         {running, time.Time{}, t0.Add(time.Hour), catalog.RunRunning, ""},
		"at the end of the silence":       {running, time.Time{}, t0.Add(24 * time.Hour), catalog.RunRunning, ""},
		"silent":                          {running, time.Time{}, t0.Add(25 * time.Hour), catalog.RunUnknown, catalog.ExpiredSilence},
		"a stream may be silent":          {streaming, time.Time{}, t0.Add(1000 * time.Hour), catalog.RunRunning, ""},
		"between two windows":             {periodic, time.Time{}, t0.Add(72 * time.Hour), catalog.RunRunning, ""},
		"silent for windows":              {periodic, time.Time{}, t0.Add(73 * time.Hour), catalog.RunUnknown, catalog.ExpiredSilence},
		"short windows shorten nothing":   {often, time.Time{}, t0.Add(time.Hour), catalog.RunRunning, ""},
		"ended, whatever the time":        {done, t0, t0.Add(1000 * time.Hour), catalog.RunFailed, ""},
		"parent ended just now":           {running, t0.Add(time.Hour), t0.Add(time.Hour + time.Second), catalog.RunRunning, ""},
		"parent ended":                    {running, t0.Add(time.Hour), t0.Add(2 * time.Hour), catalog.RunUnknown, catalog.ExpiredParent},
		"a stream's parent ended":         {streaming, t0.Add(time.Hour), t0.Add(2 * time.Hour), catalog.RunUnknown, catalog.ExpiredParent},
		"heard of after the parent's end": {running, t0.Add(-time.Hour), t0.Add(time.Hour), catalog.RunRunning, ""},
		"no state":                        {catalog.Run{}, time.Time{}, t0, catalog.RunUnknown, ""},
	}
	for name, c := range cases {
		if state, why := l.StateAt(c.run, c.parentEnd, c.now); state != c.state || why != c.why {
			t.Errorf("%s: %s %q, want %s %q", name, state, why, c.state, c.why)
		}
	}
	if state, _ := (catalog.Liveness{}).StateAt(running, time.Time{}, t0.Add(1e6*time.Hour)); state != catalog.RunRunning {
		t.Errorf("without a limit: %s", state)
	}
}
