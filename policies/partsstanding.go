package policies

import (
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// partState is how fresh an asset is by its partitions: late when one that is
// wanted is past its time.
func partState(f *Freshness, e Evaluated) {
	f.State, f.Says = FreshUnknown, "nothing was made yet"
	if e.Snapshot.EverMade {
		f.State, f.Says = Fresh, "every partition that is over was made"
	}
	for _, part := range e.Snapshot.Parts {
		n := e.Snapshot.of(part)
		if part.Old || part.Due.IsZero() || atomPartition(e.Policy, n, e.At).Value != catalog.True {
			continue
		}
		switch {
		case e.At.After(part.Due) && (f.State != Late || part.Due.Before(f.Deadline)):
			f.State, f.Deadline, f.Says = Late, part.Due, fmt.Sprintf("late: partition %s was due at %s", part.label(), clock(part.Due))
		case f.State != Late && (f.Deadline.IsZero() || part.Due.Before(f.Deadline)):
			f.State, f.Deadline, f.Says = Due, part.Due, fmt.Sprintf("partition %s is due at %s", part.label(), clock(part.Due))
		}
	}
}
