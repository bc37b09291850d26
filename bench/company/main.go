// Command company plays the same days of a made-up data company twice, with
// every tool's own cron and with weir, and prints how both did.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"runtime/pprof"
)

func main() {
	days := flag.Int("days", 30, "virtual days")
	seeds := flag.Int("seeds", 5, "how many companies")
	first := flag.Uint64("first", 1, "the seed of the first company")
	atOnce := flag.Int("at-once", 1, "how many companies are played side by side; each takes gigabytes of memory")
	small := flag.Bool("small", false, "a small company")
	faultless := flag.Bool("faultless", false, "nothing goes wrong around weir")
	again := flag.Bool("simulate", false, "instead of weir's game: live through cron's days again as weir simulate does, the first seed only")
	logs := flag.String("log", "", "a folder for what weir decided and did, a file for each seed")
	profile := flag.String("cpuprofile", "", "a file for a CPU profile")
	heap := flag.String("memprofile", "", "a file for a profile of what was allocated")
	flag.Parse()
	side := max(1, *atOnce)
	g := Game{Size: Company, Seed: *first, Days: *days, Faults: AllFaults}
	if *small {
		g.Size = Small
	}
	if *faultless {
		g.Faults = Faults{}
	}
	g.Logs = *logs
	play := func() error { return g.play(Seeds{*first, *seeds, side}) }
	if *again {
		play = func() error { return simulate(os.Stdout, g) }
	}
	if err := profiled(*profile, *heap, play); err != nil {
		fmt.Fprintln(os.Stderr, "company:", err)
		os.Exit(1)
	}
}

// play plays the games, and prints the table and what they took.
func (g Game) play(seeds Seeds) error {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(g.memory(seeds.AtOnce))
	s, err := spend()
	if err != nil {
		return err
	}
	if err := run(os.Stdout, g, seeds); err != nil {
		return err
	}
	return s.print(os.Stdout)
}

// memory is what so many games side by side may take before what is free in it is
// looked for: five times what one holds at its end, and as much again as one holds
// for each other. A share of what they hold at the time would have that looked for
// all the time in their first days.
func (g Game) memory(side int) int64 {
	const aDay = 15 << 10 // of a thing
	things := g.Size.Sources + g.Size.Models + g.Size.Pipelines + g.Size.Reports
	return max(256<<20, int64(things*(g.Days+5)*aDay*(4+side)))
}

// profiled runs f under the profilers for which there is a file.
func profiled(cpu, heap string, f func() error) error {
	if cpu != "" {
		w, err := os.Create(cpu)
		if err != nil {
			return err
		}
		defer w.Close()
		if err := pprof.StartCPUProfile(w); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if err := f(); err != nil || heap == "" {
		return err
	}
	w, err := os.Create(heap)
	if err != nil {
		return err
	}
	defer w.Close()
	return pprof.Lookup("allocs").WriteTo(w, 0)
}
