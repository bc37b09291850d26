package catalog

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return t0.Add(time.Duration(seconds) * time.Second) }

func TestFoldRun(t *testing.T) {
	type ev = RunEvent
	for name, c := range map[string]struct {
		events  []ev
		attempt int
		state   RunState
	}{
		"started":                          {[]ev{{Type: EventStart, At: at(0)}}, 1, RunRunning},
		"only OTHER is queued":             {[]ev{{Type: EventOther, At: at(0)}}, 1, RunQueued},
		"complete without start":           {[]ev{{Type: EventComplete, At: at(5)}}, 1, RunSucceeded},
		"a late START changes nothing":     {[]ev{{Type: EventComplete, At: at(5)}, {Type: EventStart, At: at(0)}}, 1, RunSucceeded},
		"a late RUNNING changes nothing":   {[]ev{{Type: EventComplete, At: at(5)}, {Type: EventRunning, At: at(9)}}, 1, RunSucceeded},
		"Spark: FAIL, 5 ms later COMPLETE": {[]ev{{Type: EventFail, At: at(5)}, {Type: EventComplete, At: at(5).Add(5 * time.Millisecond)}}, 1, RunFailed},
		"same time: FAIL wins":             {[]ev{{Type: EventComplete, At: at(5)}, {Type: EventFail, At: at(5)}}, 1, RunFailed},
		"marked as success hours later":    {[]ev{{Type: EventFail, At: at(5)}, {Type: EventComplete, At: at(7205)}}, 1, RunSucceeded},
		"a clear is the next attempt":      {[]ev{{Type: EventStart, At: at(0)}, {Type: EventFail, At: at(5)}, {Type: EventStart, At: at(60)}}, 2, RunRunning},
		"aborted":                          {[]ev{{Type: EventStart, At: at(0)}, {Type: EventAbort, At: at(5)}}, 1, RunCancelled},
		"the tool contradicts":             {[]ev{{Type: EventStart, At: at(0)}, {Type: EventTool, At: at(99), Tool: RunFailed}}, 1, RunFailed},
		"the tool does not know":           {[]ev{{Type: EventStart, At: at(0)}, {Type: EventTool, At: at(99), Tool: RunUnknown}}, 1, RunRunning},
	} {
		got := FoldRun(c.events)
		last := got[len(got)-1]
		if last.State != c.state || last.Number != c.attempt {
			t.Errorf("%s: attempt %d is %s, want attempt %d %s", name, last.Number, last.State, c.attempt, c.state)
		}
	}
}

// genEvents draws a set of events of one run.
func genEvents(t *rapid.T) []RunEvent {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) RunEvent {
		e := RunEvent{At: at(rapid.IntRange(0, 300).Draw(t, "at"))}
		e.Type = rapid.SampledFrom([]EventType{EventStart, EventRunning, EventComplete, EventAbort, EventFail, EventOther, EventTool, ""}).Draw(t, "type")
		if e.Type == EventTool {
			e.Tool = rapid.SampledFrom([]RunState{RunRunning, RunSucceeded, RunFailed, RunUnknown}).Draw(t, "tool")
		}
		return e
	}), 1, 12).Draw(t, "events")
}

// TestFoldRunIsAFunctionOfTheSet: order and repetition of events say nothing.
func TestFoldRunIsAFunctionOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := genEvents(t)
		want := FoldRun(events)
		shuffled := rapid.Permutation(append(events, events[rapid.IntRange(0, len(events)-1).Draw(t, "twice")])).Draw(t, "order")
		if got := FoldRun(shuffled); !slices.Equal(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}
