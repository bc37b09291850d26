package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// machine is what a run was measured on: figures of two machines are not compared.
type machine struct {
	Processors int    `json:"processors"`
	Processor  string `json:"processor,omitempty"` // empty: the system does not say
	MemoryGB   int    `json:"memory_gb,omitempty"` // 0: the system does not say
	// SyncMS is the median time of 4 kB appended to a file and synced: the
	// limit of all that is durable, and what differs most from day to day.
	SyncMS float64 `json:"sync_ms"`
	OS     string  `json:"os"`
	Go     string  `json:"go"`
}

// syncs is how many times a machine's disk is asked.
const syncs = 101

func look() (machine, error) {
	m := machine{Processors: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	m.Processor, m.MemoryGB = hardware()
	took, err := syncTimes(os.TempDir())
	if err != nil {
		return m, fmt.Errorf("the disk is asked how long a sync takes: %w", err)
	}
	m.SyncMS = ms(percentile(took, 0.5))
	return m, nil
}

func (m machine) String() string {
	name, memory := m.Processor, ""
	if name == "" {
		name = "processors of no name"
	}
	if m.MemoryGB > 0 {
		memory = fmt.Sprintf(", %d GB", m.MemoryGB)
	}
	return fmt.Sprintf("machine: %d x %s%s, 4 kB synced in %.3g ms, %s, %s", m.Processors, name, memory, m.SyncMS, m.OS, m.Go)
}

func syncTimes(dir string) ([]time.Duration, error) {
	f, err := os.CreateTemp(dir, "weir-bench-sync-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []time.Duration
	block := make([]byte, 4096)
	for range syncs {
		start := time.Now()
		if _, err := f.Write(block); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}
