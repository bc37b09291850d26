package main

import (
	"fmt"
	"strconv"
	"time"
)

// planSimulation is what a plan would have made of the last 14 days.
type planSimulation struct {
	From     time.Time         `json:"from"`
	To       time.Time         `json:"to"`
	Reached  time.Time         `json:"reached"`
	Complete bool              `json:"complete"`
	Cut      *string           `json:"cut"`
	Seed     int               `json:"seed"`
	Same     int               `json:"same"`
	Policies []simulatedPolicy `json:"policies"`
}

type simulatedPolicy struct {
	Policy string          `json:"policy"`
	Owner  *string         `json:"owner"`
	Before *simulatedTally `json:"before"`
	After  *simulatedTally `json:"after"`
	Note   *string         `json:"note"`
}

type simulatedTally struct {
	Runs        int    `json:"runs"`
	Failed      int    `json:"failed"`
	Stale       int    `json:"stale"`
	Deadlines   int    `json:"deadlines"`
	Missed      int    `json:"missed"`
	MinutesLate int    `json:"minutesLate"`
	MinutesHeld int    `json:"minutesHeld"`
	Busy        string `json:"busy"`
}

const (
	tallyFields      = `{ runs failed stale deadlines missed minutesLate minutesHeld busy }`
	simulationFields = ` simulation { from to reached complete cut seed same policies { policy owner before ` + tallyFields + ` after ` + tallyFields + ` note } }`
)

// printContrast prints what the proposed policies would have made of the last
// days, and how much of that is missing.
func (a *app) printContrast(s planSimulation) {
	fmt.Fprintf(a.out, "\n%s to %s lived through again, in force -> proposed:\n", clock(s.From), clock(s.To))
	var rows [][]string
	for _, p := range s.Policies {
		rows = append(rows, append([]string{p.Policy, deref(p.Owner)}, append(contrastCells(p.Before, p.After), deref(p.Note))...))
	}
	if len(rows) > 0 {
		head := []string{"POLICY", "OWNER", "RUNS", "FAILED", "STALE", "DEADLINES MISSED", "MINUTES LATE", "HELD", "BUSY", ""}
		_ = printTable(a.out, head, rows) // stdout is gone, and so is who would read that
	}
	fmt.Fprintf(a.out, "%s the same\n", count(s.Same, "policy does", "policies do"))
	if s.Cut != nil {
		fmt.Fprintf(a.out, "not all of it: %s\n", *s.Cut)
	}
}

// contrastCells say what was and what would be, once where that is the same.
func contrastCells(before, after *simulatedTally) (out []string) {
	cell := func(of func(simulatedTally) string) {
		text := func(t *simulatedTally) *string {
			if t == nil {
				return nil
			}
			return opt(of(*t))
		}
		was, is := text(before), text(after)
		if is == nil {
			unknown := "?"
			is = &unknown
		}
		out = append(out, arrow(was != nil, was, is))
	}
	number := func(of func(simulatedTally) int) {
		cell(func(t simulatedTally) string { return strconv.Itoa(of(t)) })
	}
	number(func(t simulatedTally) int { return t.Runs })
	number(func(t simulatedTally) int { return t.Failed })
	number(func(t simulatedTally) int { return t.Stale })
	cell(func(t simulatedTally) string { return fmt.Sprintf("%d of %d", t.Missed, t.Deadlines) })
	number(func(t simulatedTally) int { return t.MinutesLate })
	number(func(t simulatedTally) int { return t.MinutesHeld })
	cell(func(t simulatedTally) string { return shortDuration(t.Busy) })
	return out
}
