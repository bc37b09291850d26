package policies

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// readComplete reads a subject, or { of: SUBJECT, at_least: N, max_wait: D }.
func readComplete(c *checker, where place, v any, into *Condition) {
	m, ok := v.(map[string]any)
	if !ok {
		readSubject(c, where, v, into)
		return
	}
	c.only(where, m, "of", "at_least", "max_wait")
	readSubject(c, where.then("of"), m["of"], into)
	if m["at_least"] != nil || m["max_wait"] != nil {
		into.Complete = c.completeness(where, m)
	}
}

// completeOf is the condition complete: of mapped inputs, the partitions of the
// one that is to be made.
func completeOf(c Condition, p *Policy, s Snapshot, now time.Time) catalog.Reason {
	return overInputs("complete", "complete", func(c Condition, _ *Policy, s Snapshot, in InputView, now time.Time) catalog.Reason {
		return atomComplete(s, in, c.Complete, now)
	})(c, p, s, now)
}
