package main

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/stack"
)

// pastJob is a job with a past, in a weir of its own.
type pastJob struct {
	dir   string
	stack *stack.Stack
	runs  int
	took  []float64 // µs an event
}

// benchHistory shows that the next run of a job costs the same however many
// runs the job had before.
func benchHistory(ctx context.Context, s settings) ([]result, error) {
	const few, many, next = 10, 100_000, 1_024
	var jobs []*pastJob
	defer func() {
		for _, j := range jobs {
			j.stack.Close()
			os.RemoveAll(j.dir)
		}
	}()
	for _, n := range []int{few, many} {
		j, err := newPastJob(ctx, n)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	for round := range 3*s.Rounds + 1 { // the first one warms up
		for _, j := range jobs {
			if err := j.project(ctx, next, round > 0); err != nil {
				return nil, err
			}
		}
	}
	short, long := jobs[0].took, jobs[1].took
	return []result{{Name: "project.history", Value: median(long), Unit: "µs", Ratio: medianRatio(long, short),
		Yardstick: "the same after 10 runs", YardstickValue: median(short), N: len(long) * next,
		Notes: "state of one more run of a job after 100,000 runs"}}, nil
}

func newPastJob(ctx context.Context, runs int) (*pastJob, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return nil, err
	}
	s, err := stack.Open(ctx, dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	j := &pastJob{dir: dir, stack: s}
	for left := runs; left > 0 && err == nil; {
		n := min(left, 4096)
		err = j.project(ctx, n, false)
		left -= n
	}
	if err != nil {
		s.Close()
		os.RemoveAll(dir)
	}
	return j, err
}

// project sends the next runs, and takes the time if it counts.
func (j *pastJob) project(ctx context.Context, n int, counts bool) error {
	entries := make([]catalog.Projected, n)
	for i := range entries {
		j.runs++
		entries[i] = ingest.InterpretEntry(catalog.Entry{Position: catalog.Position(j.runs), Kind: catalog.EntryEvent, ReceivedAt: time.Now(), Body: small.Event(0, j.runs)})
	}
	start := time.Now()
	for part := range slices.Chunk(entries, 256) {
		if _, err := j.stack.History.Project(ctx, part); err != nil {
			return err
		}
	}
	if counts {
		j.took = append(j.took, float64(time.Since(start).Microseconds())/float64(n))
	}
	return nil
}
