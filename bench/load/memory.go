package load

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory reads a size of a process from /proc/PID/status in MB: VmRSS now, VmHWM
// the most. (The Maxrss of a child counts what its parent had when it forked.)
func Memory(pid int, what string) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, what+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s", what)
}
