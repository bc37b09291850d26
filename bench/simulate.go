package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// simulated is how many days the company is played for.
const simulated = 30

// benchSimulate lets 30 days of the made-up company (docs/company.md) be lived
// through twice, each in a process of its own: as weir simulate does, and as a
// game in which everything goes wrong around weir, with cron's two games before it.
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
	const size = "40 sources, 600 models, 60 pipelines, 120 reports, "
	again, err := companyRows(ctx, bin, "simulate", size+"what cron did in them, with the policies", "-simulate")
	if err != nil {
		return nil, err
	}
	game, err := companyRows(ctx, bin, "company", size+"cron twice, weir with all faults", "-seeds", "1")
	return append(again, game...), err
}

// companyRows lets the company print what its days took.
func companyRows(ctx context.Context, bin, name, notes string, args ...string) ([]result, error) {
	out, err := exec.CommandContext(ctx, bin, append(args, "-days", fmt.Sprint(simulated))...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("play the company: %w: %s", err, out)
	}
	took, cpu, most, err := spent(string(out))
	if err != nil {
		return nil, fmt.Errorf("read what the company took: %w: %s", err, out)
	}
	name = fmt.Sprintf("%s.%dd", name, simulated)
	return []result{
		{Name: name, Value: took, Unit: "s", N: 1, Notes: fmt.Sprintf("%s; %.0f s of processors", notes, cpu)},
		{Name: name + ".rss", Value: most, Unit: "MB", N: 1, Notes: "the most that the process had"},
	}, nil
}

// spent reads the line of what bench/company took: seconds, those of all
// processors, and MB.
func spent(out string) (took, cpu, most float64, err error) {
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "took ") {
			_, err = fmt.Sscanf(line, "took %f s, %f s of processors, %f MB", &took, &cpu, &most)
			return took, cpu, most, err
		}
	}
	return 0, 0, 0, errors.New("it does not say")
}
