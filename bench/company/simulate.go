package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// record plays a game with cron, and keeps what a weir that only looks on is
// told, as weir simulate reads it of its state. No name is another's here, so
// there are no assets to tell.
func record(g Game) (virtual.Recording, score, error) {
	rec := virtual.Recording{Written: map[catalog.RunKey][]virtual.Written{}, Looks: map[catalog.Name][]catalog.Look{}}
	c, world := newCron(g, twoPasses), virtual.NewWorld()
	c.look = func(n catalog.Name, l catalog.Look) { rec.Looks[n] = append(rec.Looks[n], l) }
	c.tell = func(e virtual.Event) {
		world.Tell(e)
		if len(e.Written) > 0 {
			rec.Written[e.Key] = e.Written
		}
	}
	s := c.play()
	for _, t := range c.e.things {
		runs, err := world.Runs(context.Background(), policies.RunQuery{Jobs: []catalog.AssetID{world.ID(jobName(t))}, Limit: 1 << 30})
		if err != nil {
			return rec, s, err
		}
		rec.Runs = append(rec.Runs, runs...)
	}
	return rec, s, nil
}

// simulation is the question: the company's policies over the measured days.
func (g Game) simulation() (virtual.Simulation, error) {
	set, err := build(g.Size, g.Seed).policySet()
	return virtual.Simulation{Policies: set, From: firstDay.Add(day), To: firstDay.Add(time.Duration(g.Days+1) * day), Seed: g.Seed}, err
}

// simulate lives through cron's days again as weir simulate does, and prints what
// came of it, and what that alone took: not the playing, not the recording.
func simulate(w io.Writer, g Game) error {
	rec, _, err := record(g)
	if err != nil {
		return err
	}
	question, err := g.simulation()
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // what the players had
	debug.SetGCPercent(virtual.GCPercent)
	s, err := spend()
	if err != nil {
		return err
	}
	r, err := virtual.Simulate(context.Background(), rec, question)
	if err != nil {
		return err
	}
	was, is := r.Total.Recorded, r.Total.Simulated
	fmt.Fprintf(w, "%d days, %d recorded runs: runs %d -> %d, stale %d -> %d, missed %d -> %d of %d, slot hours %.0f -> %.0f\n", g.Days, len(rec.Runs),
		was.Runs, is.Runs, was.StaleRuns, is.StaleRuns, was.Missed, is.Missed, is.Deadlines, was.Busy.Hours(), is.Busy.Hours())
	return s.print(w)
}
