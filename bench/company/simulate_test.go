package main

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/weirhq/weir/policies/virtual"
)

// TestSimulatedDaysAreThoseOfTheGame: weir simulate finds in cron's days what the
// judge of the game saw, and promises what weir keeps there.
func TestSimulatedDaysAreThoseOfTheGame(t *testing.T) {
	g := Game{Size: Small, Seed: 1, Days: 2}
	rec, cron, err := record(g)
	if err != nil {
		t.Fatal(err)
	}
	game, err := playWeir(g, nil)
	if err != nil {
		t.Fatal(err)
	}
	question, err := g.simulation()
	if err != nil {
		t.Fatal(err)
	}
	report := func() virtual.Report {
		r, err := virtual.Simulate(context.Background(), rec, question)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := report()
	was, is := r.Total.Recorded, r.Total.Simulated
	if !near(was.Runs, cron.Runs) || was.StaleRuns == 0 || was.Missed == 0 {
		t.Errorf("as it was: %+v; the game's cron: %+v", was, cron)
	}
	if !near(is.Runs, game.Runs) || is.StaleRuns > 0 || is.Missed > was.Missed || is.Deadlines == 0 || r.Total.RunsRemoved == 0 {
		t.Errorf("with the policies: %+v, %d removed; weir in the game: %+v", is, r.Total.RunsRemoved, game)
	}
	if first, again := text(t, r), text(t, report()); first != again {
		t.Errorf("the same question gave\n%s\nthen\n%s", first, again)
	}
}

// near: a third apart at most; the game counts a tool's second try as a run of its
// own, and what it draws differs.
func near(a, b int) bool { return 3*a >= 2*b && 3*b >= 2*a }

func text(t *testing.T, r virtual.Report) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
