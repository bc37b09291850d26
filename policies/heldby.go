package policies

import "github.com/weirhq/weir/catalog"

// HeldBy is the input that keeps a run from beginning, the first that is not as
// it must be, and a sentence that says how; ok is false when no input does. Of
// a policy by partitions it knows nothing: each partition has its own.
func HeldBy(e Evaluated) (in InputView, says string, ok bool) {
	if e.Policy.Partition != nil {
		return in, "", false
	}
	for _, in := range e.Snapshot.Inputs {
		if a := atomRequire(e.Policy, e.Snapshot, in, e.At); a != nil && a.Value != catalog.True {
			return in, a.Says, true
		}
		if in.Checks != ChecksNone && in.Checked.Value != "" && in.Checked.Value != catalog.True {
			return in, in.Checked.Says, true
		}
	}
	return in, "", false
}
