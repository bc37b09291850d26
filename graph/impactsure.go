package graph

import "github.com/weirhq/weir/catalog"

// Confidence is what stands behind a severity: the weakest of what is known of
// the steps of the path that explains it.
type Confidence string

// The confidences, strongest first.
const (
	// ByRuns: runs did each step.
	ByRuns Confidence = "OBSERVED"
	// ByWord: a job's declaration, a policy or a person states a step, and no run
	// was seen to do it.
	ByWord Confidence = "DECLARED"
	// ByWeir: no edge says it; weir concludes it.
	ByWeir Confidence = "INFERRED"
	// ByNothing goes with UNKNOWN, and with nothing else.
	ByNothing Confidence = "NONE"
)

var confidenceRank = map[Confidence]int{ByRuns: 4, ByWord: 3, ByWeir: 2, ByNothing: 1, "": 0}

// Weaker is the weaker of two; what is not said at all is weakest.
func (c Confidence) Weaker(o Confidence) Confidence {
	if confidenceRank[o] < confidenceRank[c] {
		return o
	}
	return c
}

// stronger is the stronger of two.
func (c Confidence) stronger(o Confidence) Confidence {
	if confidenceRank[o] > confidenceRank[c] {
		return o
	}
	return c
}

func sureOf(e catalog.Edge) Confidence {
	if e.Origin == catalog.EdgeObserved {
		return ByRuns
	}
	return ByWord
}

// concluded reports whether no edge states what a use does, so that its severity
// is weir's own conclusion: that dbt's columns pass a type on, that what column
// lineage does not lead to is safe, and when data will be there.
func (k ChangeKind) concluded(u Use) bool {
	switch u {
	case UseUnsaid:
		return k == RetypeField
	case UseNone, UseMissed, UseMet:
		return true
	}
	return false
}

// sure is what stands behind one use of a column. Names that differ in case alone
// are taken for one column by weir alone.
func (f *fieldImpact) sure(e catalog.Edge, respelt bool) Confidence {
	if respelt || f.change.Kind.concluded(useOf(e)) {
		return ByWeir
	}
	return sureOf(e)
}

// fed is the strongest that is known of each step that age takes.
func (f *fieldImpact) fed() map[[2]catalog.AssetID]Confidence {
	out := map[[2]catalog.AssetID]Confidence{}
	note := func(from catalog.AssetID, e catalog.Edge) {
		at := [2]catalog.AssetID{from, e.Target}
		out[at] = out[at].stronger(sureOf(e))
	}
	for _, list := range [][]catalog.Edge{f.l.Edges, f.aside} {
		for _, e := range list {
			note(e.Source, e)
			if !e.Job.IsZero() {
				note(e.Job, e)
			}
		}
	}
	return out
}
