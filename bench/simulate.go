package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// simulated is how many days the company is played for.
const simulated = 30

// benchSimulate plays 30 days of the made-up company (docs/company.md) in a
// process of its own, everything going wrong around weir, and says how long that
// took and how much memory it had at its peak.
func benchSimulate(ctx context.Context, _ settings) ([]result, error) {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "company")
	if out, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", bin, "./bench/company").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the company: %w: %s", err, out)
	}
	cmd := exec.CommandContext(ctx, bin, "-days", fmt.Sprint(simulated), "-seeds", "1")
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("play the company: %w: %s", err, out)
	}
	took := time.Since(start)
	rows := []result{{Name: "simulate.30d", Value: took.Seconds(), Unit: "s", N: 1,
		Notes: fmt.Sprintf("40 sources, 600 models, 60 pipelines, 120 reports, all faults; %.0f s of processors", (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())}}
	if use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		rows = append(rows, result{Name: "simulate.30d.rss", Value: float64(use.Maxrss) / 1024, Unit: "MB", N: 1, Notes: "the most that the process had"})
	}
	return rows, nil
}
