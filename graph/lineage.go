package graph

import (
	"time"

	"github.com/weirhq/weir/catalog"
)

// Granularity is what a lineage node stands for.
type Granularity string

// The granularities. DATASET collapses jobs, JOB collapses datasets.
const (
	ByAsset   Granularity = "ASSET"
	ByDataset Granularity = "DATASET"
	ByJob     Granularity = "JOB"
	ByField   Granularity = "FIELD"
)

// Traversal asks for lineage. An upstream walk stays upstream and a downstream
// walk stays downstream: siblings are not lineage.
type Traversal struct {
	Roots     []catalog.AssetID
	Direction Direction
	// Depth counts hops of edges; 0 means 5. MaxNodes: 0 means 500.
	Depth       int
	MaxNodes    int
	Granularity Granularity
	// Types defaults to READS, WRITES and DERIVES.
	Types []catalog.EdgeType
	AsOf  time.Time
	// within leaves out whether jobs without column lineage stand beside it.
	within bool
	// overlaid adds what an Overlay holds; see Overlaid.
	overlaid bool
}

// CutReason says why an answer is not complete; "" when it is.
type CutReason string

// The cut reasons.
const (
	CutDepth  CutReason = "DEPTH"
	CutNodes  CutReason = "NODES"
	CutTime   CutReason = "TIME"
	CutMemory CutReason = "MEMORY"
	// CutNoColumns: a job beside the columns of the answer states no column
	// lineage, so that more columns may belong to it.
	CutNoColumns CutReason = "NO_COLUMN_LINEAGE"
	// CutWays: more ways lead from a tagged source than were asked for.
	CutWays CutReason = "WAYS"
)

// cutRank orders the reasons: the one shown is what to raise first. Beyond the
// depth hidden counts tell of more, of jobs without column lineage nothing else;
// where the memory was spent edges are missing, and these counts may fall short, which
// only it says.
var cutRank = map[CutReason]int{"": 0, CutWays: 1, CutDepth: 1, CutNoColumns: 2, CutNodes: 3, CutMemory: 4}

// add keeps of two reasons the one that is shown.
func (r *CutReason) add(o CutReason) {
	if cutRank[o] > cutRank[*r] {
		*r = o
	}
}

// Lineage is the answer to a Traversal: flat, in stable order (distance, then
// id; edges by source, target, type, fields, ordinal).
type Lineage struct {
	Nodes    []Node
	Edges    []catalog.Edge
	Complete bool
	Cut      CutReason
	AsOf     time.Time
	Position catalog.Position
}

// Node is an asset (or one field of it) that a walk reached. Hidden counts are
// the neighbours that exist on that side and are not in the answer.
type Node struct {
	Asset            catalog.AssetID
	Field            string
	Distance         int
	HiddenUpstream   int
	HiddenDownstream int
}
