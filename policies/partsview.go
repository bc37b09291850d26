package policies

import (
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// PartitionState is how a partition stands.
type PartitionState string

// The states.
const (
	PartComplete PartitionState = "COMPLETE" // it was made
	PartMissing  PartitionState = "MISSING"  // it was not, and is not overdue
	PartLate     PartitionState = "LATE"     // it should be there by now
	PartTainted  PartitionState = "TAINTED"  // the last run that wrote it failed
)

// PartStanding is how one partition of an asset stands, by a policy or as far as
// versions alone tell.
type PartStanding struct {
	PartView
	// Policy is whose partition it is; "" none wants it.
	Policy string
	State  PartitionState
	Says   string
}

// maxLastVersions is how many versions of a partition are shown.
const maxLastVersions = 3

// PartitionsOf are the partitions that a policy looks at, the newest first.
func PartitionsOf(e Evaluated) (out []PartStanding) {
	for _, part := range e.Snapshot.Parts {
		r := atomPartition(e.Policy, e.Snapshot.of(part), e.At)
		s := PartStanding{PartView: part, Policy: e.Policy.Name, State: part.state(), Says: r.Says}
		switch {
		case s.State == PartTainted:
			s.Says = fmt.Sprintf("the run that wrote %s at %s failed", part.label(), clock(part.Last[0].ProducedAt))
		case s.State == PartMissing && r.Value == catalog.True && part.overdue(e.At):
			s.State = PartLate
		}
		for _, in := range part.Inputs {
			if s.State == PartComplete && len(in.New) > 0 {
				s.Says += fmt.Sprintf("; %d partitions of %s were written since", len(in.New), in.Input)
			}
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b PartStanding) int { return -comparePlace(a.PartView, b.PartView) })
	return out
}

// state is what versions alone tell.
func (v PartView) state() PartitionState {
	switch {
	case len(v.Last) > 0 && v.Last[0].Tainted:
		return PartTainted
	case v.Made != nil:
		return PartComplete
	}
	return PartMissing
}

// overdue: it should have been made by now, and is still waited for.
func (v PartView) overdue(now time.Time) bool {
	return !v.Old && !v.Due.IsZero() && now.After(v.Due)
}

// ObservedPartitions are those that versions, newest first, name: of an asset
// whose partitions no policy wants. The one that was written last comes first.
func ObservedPartitions(list []catalog.Version) (out []PartStanding) {
	list = slices.DeleteFunc(slices.Clone(list), func(v catalog.Version) bool { return v.Partition == "" })
	for i := range list {
		list[i].Partition = CanonicalPartition(list[i].Partition)
	}
	x := indexed(list)
	for _, key := range slices.Backward(x.keys) {
		s := PartStanding{PartView: PartView{Key: key, Made: x.good(key), Last: x.last(key)}}
		if s.State = s.state(); s.State == PartTainted {
			s.Says = "the run that wrote it at " + clock(s.Last[0].ProducedAt) + " failed"
		} else {
			s.Says = "was made at " + clock(s.Made.ProducedAt)
		}
		out = append(out, s)
	}
	return out
}

// last are the newest versions of a partition, also those of failed runs.
func (x partIndex) last(key string) []catalog.Version {
	list := x.by[key]
	return slices.Clone(list[:min(len(list), maxLastVersions)])
}
