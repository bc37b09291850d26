package catalog

import (
	"cmp"
	"slices"
	"time"
)

// terminalWindow is how close to the latest terminal event another one must
// lie to contest it. Spark sends FAIL and, 5 ms later, COMPLETE for the same
// run; a person who marks a failed run as success hours later is heard.
const terminalWindow = 60 * time.Second

// RunEvent is what folding needs of one event of a run.
type RunEvent struct {
	Type EventType `json:"t"`
	At   time.Time `json:"a"`
	// Tool is the tool's word, for Type EventTool.
	Tool RunState `json:"s,omitempty"`
}

// Compare orders events by time, then type, then the tool's word: a total
// order over the set, whatever order they arrived in.
func (e RunEvent) Compare(o RunEvent) int {
	return cmp.Or(e.At.Compare(o.At), cmp.Compare(eventRank(e.Type), eventRank(o.Type)), cmp.Compare(e.Type, o.Type), cmp.Compare(e.Tool, o.Tool))
}

// Attempt is one try of a run: from its START to its terminal events.
type Attempt struct {
	Number     int
	StartedAt  time.Time
	StartKnown bool
	EndedAt    time.Time // zero while not terminal
	State      RunState
	// CompletedAt is the time of the latest COMPLETE; zero when none came. A
	// FAILED attempt that also completed wrote something (tainted version).
	CompletedAt time.Time
	// RunningAt is the time of the latest RUNNING; zero when none came. For a
	// run that does not end it is the last write (rule W).
	RunningAt time.Time
	// Contested: several terminal events that disagree. Tool: the tool's own
	// answer outranked the events.
	Contested, Tool bool
}

// FoldRun gives the attempts of a run from the set of its events; the last
// attempt is the run's state. Order and repetition do not matter.
//
// A START later than a terminal event opens the next attempt. Within an
// attempt, once any event is terminal, the highest of FAIL > ABORT > COMPLETE
// among those within 60 s of the latest terminal decides; before that RUNNING >
// START > OTHER (semantics 1.2; OpenLineage run cycle). A tool's own answer
// that contradicts outranks the attempt's events.
func FoldRun(events []RunEvent) []Attempt {
	set := slices.Clone(events)
	slices.SortFunc(set, RunEvent.Compare)
	set = slices.Compact(set)
	var attempts []Attempt
	for _, part := range splitAttempts(set) {
		attempts = append(attempts, foldAttempt(len(attempts)+1, part))
	}
	return attempts
}

func splitAttempts(sorted []RunEvent) [][]RunEvent {
	var parts [][]RunEvent
	var cur []RunEvent
	var terminalAt time.Time
	for _, e := range sorted {
		if e.Type == EventStart && !terminalAt.IsZero() && e.At.After(terminalAt) {
			parts, cur, terminalAt = append(parts, cur), nil, time.Time{}
		}
		if terminalRank(e.Type) > 0 {
			terminalAt = e.At
		}
		cur = append(cur, e)
	}
	if len(cur) > 0 {
		parts = append(parts, cur)
	}
	return parts
}

func foldAttempt(number int, events []RunEvent) Attempt {
	a := Attempt{Number: number, StartedAt: events[0].At, State: RunQueued}
	a.State = openState(events)
	for _, e := range events {
		if e.Type == EventStart && !a.StartKnown {
			a.StartedAt, a.StartKnown = e.At, true
		}
		switch e.Type {
		case EventComplete:
			a.CompletedAt = e.At
		case EventRunning:
			a.RunningAt = e.At
		}
	}
	closeAttempt(&a, events)
	applyTool(&a, events)
	return a
}

func openState(events []RunEvent) RunState {
	for _, e := range events {
		if e.Type == EventRunning || e.Type == EventStart {
			return RunRunning
		}
	}
	return RunQueued
}

func closeAttempt(a *Attempt, events []RunEvent) {
	var latest time.Time
	for _, e := range events {
		if terminalRank(e.Type) > 0 {
			latest = e.At
		}
	}
	if latest.IsZero() {
		return
	}
	best, kinds := 0, map[EventType]bool{}
	for _, e := range events {
		r := terminalRank(e.Type)
		if r == 0 {
			continue
		}
		kinds[e.Type] = true
		if latest.Sub(e.At) <= terminalWindow && r > best {
			best = r
		}
	}
	a.State, a.EndedAt, a.Contested = terminalState(best), latest, len(kinds) > 1
}

// applyTool lets the tool's latest terminal word outrank the events; a word
// that is not terminal only stands in where no event says more.
func applyTool(a *Attempt, events []RunEvent) {
	var last RunEvent
	for _, e := range events {
		if e.Type == EventTool {
			last = e
		}
	}
	switch {
	case last.Tool == "" || last.Tool == RunUnknown:
	case last.Tool.Terminal() && last.Tool != a.State:
		a.Tool, a.State = true, last.Tool
		if a.EndedAt.IsZero() {
			a.EndedAt = last.At
		}
		if last.Tool == RunSucceeded && a.CompletedAt.IsZero() {
			a.CompletedAt = last.At
		}
	case !a.State.Terminal() && a.State == RunQueued:
		a.State = last.Tool
	}
}

func eventRank(t EventType) int {
	switch t {
	case EventOther, "":
		return 1
	case EventStart:
		return 2
	case EventRunning:
		return 3
	case EventTool:
		return 9
	}
	return 4 + terminalRank(t)
}

func terminalRank(t EventType) int {
	switch t {
	case EventComplete:
		return 1
	case EventAbort:
		return 2
	case EventFail:
		return 3
	}
	return 0
}

func terminalState(rank int) RunState {
	return [...]RunState{RunUnknown, RunSucceeded, RunCancelled, RunFailed}[rank]
}
