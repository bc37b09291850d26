package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// outcome is one game, played by all.
type outcome struct {
	seed            uint64
	cron, once, wei score
}

func playAll(g Game) (outcome, error) {
	o := outcome{seed: g.Seed, cron: playCron(g, twoPasses), once: playCron(g, onePass)}
	var err error
	o.wei, err = playWeir(g, nil)
	return o, err
}

// run plays a game for several seeds and prints the table.
func run(w io.Writer, g Game, first uint64, seeds int) error {
	fmt.Fprintf(w, "%d sources, %d models, %d pipelines, %d reports; %d days, %d seeds; slots: %d dbt, %d ml, %d bi\n\n",
		g.Size.Sources, g.Size.Models, g.Size.Pipelines, g.Size.Reports, g.Days, seeds, slots["dbt"], slots["ml"], slots["bi"])
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "seed\tplayer\truns\tstale\twasted\tfailed\tdeadlines met\tof\tstale report hours\tslot hours\talerts\tdoubled\tcrashes\tseconds\t")
	var sum outcome
	for i := range seeds {
		g.Seed = first + uint64(i)
		o, err := playAll(g)
		if err != nil {
			return err
		}
		rows(t, fmt.Sprint(g.Seed), o)
		sum.cron.add(o.cron)
		sum.once.add(o.once)
		sum.wei.add(o.wei)
	}
	rows(t, "all", sum)
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nweir: %.1f %% fewer runs than cron, %.1f %% fewer slot hours; the slowest game of %d days took %.1f s\n",
		fewer(sum.wei.Runs, sum.cron.Runs), fewer(int(sum.wei.Busy/time.Minute), int(sum.cron.Busy/time.Minute)), g.Days, sum.wei.Took.Seconds())
	return nil
}

func rows(w io.Writer, seed string, o outcome) {
	row(w, seed, twoPasses.Name, o.cron)
	row(w, seed, onePass.Name, o.once)
	row(w, seed, "weir", o.wei)
}

func row(w io.Writer, seed, player string, s score) {
	fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.0f\t%.0f\t%d\t%d\t%d\t%.1f\t\n", seed, player, s.Runs, s.Stale, s.Wasted, s.Failed, s.Met, s.Due,
		s.Staleness.Hours(), s.Busy.Hours(), s.Alerts(), s.Doubled, s.Crashes, s.Took.Seconds())
}
