package main

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/weirhq/weir/bench/load"
)

// spent begins to count what something takes of the machine.
type spent struct {
	began time.Time
	cpu   time.Duration
}

// spend begins to count; the most memory is that from now on.
func spend() (spent, error) {
	const peak = "5" // proc(5): resets VmHWM
	if err := os.WriteFile("/proc/self/clear_refs", []byte(peak), 0); err != nil {
		return spent{}, fmt.Errorf("forget the most memory so far: %w", err)
	}
	cpu, err := processors()
	return spent{time.Now(), cpu}, err
}

// print prints what it took until now, the line that make bench reads.
func (s spent) print(w io.Writer) error {
	took := time.Since(s.began)
	cpu, err := processors()
	if err != nil {
		return err
	}
	most, err := load.Memory(os.Getpid(), "VmHWM")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "took %.2f s, %.2f s of processors, %.0f MB of memory at most\n", took.Seconds(), (cpu - s.cpu).Seconds(), most)
	return err
}

// processors is the time of all processors that this process took.
func processors() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read the time of processors: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
