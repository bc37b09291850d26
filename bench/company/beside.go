package main

import (
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// beside calls f for each number below n on all processors, and returns when all
// have returned.
func beside(n int, f func(i int)) {
	var next atomic.Int64
	work := func() error {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
		return nil
	}
	var others errgroup.Group
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		others.Go(work)
	}
	_, _ = work(), others.Wait() // f has no errors
}
