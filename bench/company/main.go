// Command company plays the same days of a made-up data company twice, with
// every tool's own cron and with weir, and prints how both did.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
)

func main() {
	days := flag.Int("days", 30, "virtual days")
	seeds := flag.Int("seeds", 5, "how many companies")
	small := flag.Bool("small", false, "a small company")
	faultless := flag.Bool("faultless", false, "nothing goes wrong around weir")
	flag.Parse()
	debug.SetGCPercent(400) // the world is large and lives long
	g := Game{Size: Company, Days: *days, Faults: AllFaults}
	if *small {
		g.Size = Small
	}
	if *faultless {
		g.Faults = Faults{}
	}
	if err := run(os.Stdout, g, *seeds); err != nil {
		fmt.Fprintln(os.Stderr, "company:", err)
		os.Exit(1)
	}
}
