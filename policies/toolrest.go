package policies

import (
	"time"

	"github.com/weirhq/weir/connectors"
)

// slowLook is how long a look may take before its failure counts as silence; one
// that is refused at once costs nobody anything.
const slowLook = time.Second

// longestRest bounds how long a tool is left alone after one call.
const longestRest = 2 * time.Minute

// One goroutine asks all tools in turn. Each action of a tool that takes calls and
// does not answer would keep the actions of all others waiting for as long as a
// call lasts: such a tool rests for twice as long as it was waited for, and holds
// up others for a third of the time at most, however many actions it has.

// asking begins a call of a tool; what it returns is told how the call went.
func (d *Dispatcher) asking(connector string) (answered func(error)) {
	start := d.now()
	return func(err error) {
		end := d.now()
		if took := end.Sub(start); unanswered(err) && took >= slowLook {
			d.mu.Lock()
			d.rests[connector] = end.Add(min(2*took, longestRest))
			d.mu.Unlock()
			d.slog.Warn("a tool did not answer in time and is left alone for a while", "connector", connector, "waited", took, "error", err)
		}
	}
}

// unanswered: an error that is no refusal, which would be an answer.
func unanswered(err error) bool {
	if err == nil {
		return false
	}
	class := connectors.ClassOf(err)
	return class == connectors.Ambiguous || class == connectors.Retryable
}

// resting is until when a tool is left alone; zero: it is not.
func (d *Dispatcher) resting(connector string) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	until := d.rests[connector]
	if d.now().Before(until) {
		return until
	}
	delete(d.rests, connector)
	return time.Time{}
}
