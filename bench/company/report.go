package main

import (
	"fmt"
	"io"
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

// run plays a game for several seeds, a few at once, and prints the rows of each
// as soon as it and those before it have ended.
func run(w io.Writer, g Game, seeds Seeds) error {
	fmt.Fprintf(w, "%d sources, %d models, %d pipelines, %d reports; %d days, %d seeds; slots: %d dbt, %d ml, %d bi\n\n",
		g.Size.Sources, g.Size.Models, g.Size.Pipelines, g.Size.Reports, g.Days, seeds.N, slots["dbt"], slots["ml"], slots["bi"])
	line(w, "seed", "player", "runs", "stale", "wasted", "failed", "deadlines met", "of", "stale report hours", "slot hours", "alerts", "doubled", "crashes", "seconds")
	var sum outcome
	for _, game := range seeds.play(g) {
		got := <-game
		if got.err != nil {
			return got.err
		}
		rows(w, fmt.Sprint(got.seed), got.outcome)
		sum.cron.add(got.cron)
		sum.once.add(got.once)
		sum.wei.add(got.wei)
	}
	rows(w, "all", sum)
	fmt.Fprintf(w, "\nweir: %.1f %% fewer runs than cron, %.1f %% fewer slot hours; the slowest game of %d days took %.1f s\n",
		fewer(sum.wei.Runs, sum.cron.Runs), fewer(int(sum.wei.Busy/time.Minute), int(sum.cron.Busy/time.Minute)), g.Days, sum.wei.Took.Seconds())
	return nil
}

// Seeds are the companies to play: N from First on, AtOnce of them side by side.
type Seeds struct {
	First     uint64
	N, AtOnce int
}

type result struct {
	outcome
	err error
}

// play begins the games; each of the channels brings the outcome of one, in the
// order of the seeds.
func (s Seeds) play(g Game) []chan result {
	games, next := make([]chan result, s.N), make(chan int, s.N)
	for i := range games {
		games[i] = make(chan result, 1)
		next <- i
	}
	close(next)
	for range s.AtOnce {
		go func() {
			for i := range next {
				one := g
				one.Seed = s.First + uint64(i)
				o, err := playAll(one)
				games[i] <- result{o, err}
			}
		}()
	}
	return games
}

func rows(w io.Writer, seed string, o outcome) {
	row(w, seed, twoPasses.Name, o.cron)
	row(w, seed, onePass.Name, o.once)
	row(w, seed, "weir", o.wei)
}

func row(w io.Writer, seed, player string, s score) {
	line(w, seed, player, s.Runs, s.Stale, s.Wasted, s.Failed, s.Met, s.Due, int(s.Staleness.Hours()+0.5), int(s.Busy.Hours()+0.5), s.Alerts(), s.Doubled, s.Crashes, fmt.Sprintf("%.1f", s.Took.Seconds()))
}

// line prints one line of the table.
func line(w io.Writer, cells ...any) {
	fmt.Fprintf(w, "%4v  %14v  %6v  %5v  %6v  %6v  %13v  %5v  %18v  %10v  %6v  %7v  %7v  %7v\n", cells...)
}
