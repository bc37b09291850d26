package main

import "github.com/prometheus/procfs"

// hardware is what the system says of itself; what it does not say is left out.
func hardware() (processor string, memoryGB int) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return "", 0
	}
	if cpus, err := fs.CPUInfo(); err == nil && len(cpus) > 0 {
		processor = cpus[0].ModelName
	}
	if mem, err := fs.Meminfo(); err == nil && mem.MemTotalBytes != nil {
		memoryGB = int((*mem.MemTotalBytes + 1<<29) >> 30)
	}
	return processor, memoryGB
}
