package model

import (
	"cmp"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
)

// Lineage is the view of a walk.
type Lineage struct {
	L graph.Lineage
	// Names says who assets are, in the order asked; see LineageNode.
	Names Names
	// Denied counts the nodes that the caller may not read.
	Denied int
}

// DeniedByRole counts hidden assets.
func (l *Lineage) DeniedByRole() int { return l.Denied }

// Names says who assets are, in the order asked: no ID for one that nobody knows.
type Names func(ids []catalog.AssetID) ([]catalog.NamedAsset, error)

// Nodes by distance.
func (l *Lineage) Nodes() []*LineageNode {
	return views(l.L.Nodes, func(n *graph.Node) LineageNode { return LineageNode{*n, l.Names} })
}

// Edges between them.
func (l *Lineage) Edges() []*LineageEdge {
	return views(l.L.Edges, func(e *catalog.Edge) LineageEdge { return LineageEdge{e} })
}

// Complete says that nothing was cut.
func (l *Lineage) Complete() bool { return l.L.Complete }

// Cut is why it was cut.
func (l *Lineage) Cut() *graph.CutReason { return cutOf(l.L.Cut) }

// AsOf is the time it holds for.
func (l *Lineage) AsOf() time.Time { return l.L.AsOf }

// Position of the graph.
func (l *Lineage) Position() catalog.Position { return l.L.Position }

func cutOf(c graph.CutReason) *graph.CutReason {
	if c == "" {
		return nil
	}
	return &c
}

// LineageNode is one place of a walk.
type LineageNode struct {
	N graph.Node
	// Names is whom PlainNodes asks about all nodes of a list; nil: its assets
	// are resolved.
	Names Names
}

// ID of the asset.
func (n *LineageNode) ID() string { return AssetID(n.N.Asset) }

// Field is the column.
func (n *LineageNode) Field() *string { return opt(n.N.Field) }

// Distance in hops.
func (n *LineageNode) Distance() int { return n.N.Distance }

// HiddenUpstream counts neighbours that are not in the answer.
func (n *LineageNode) HiddenUpstream() int { return n.N.HiddenUpstream }

// HiddenDownstream counts neighbours that are not in the answer.
func (n *LineageNode) HiddenDownstream() int { return n.N.HiddenDownstream }

// LineageEdge is one interval of a relation.
type LineageEdge struct{ E *catalog.Edge }

// Source it leaves.
func (e *LineageEdge) Source() string { return AssetID(e.E.Source) }

// Target it enters.
func (e *LineageEdge) Target() string { return AssetID(e.E.Target) }

// SourceField it leaves.
func (e *LineageEdge) SourceField() *string { return opt(e.E.SourceField) }

// TargetField it enters.
func (e *LineageEdge) TargetField() *string { return opt(e.E.TargetField) }

// Type of the edge.
func (e *LineageEdge) Type() catalog.EdgeType { return e.E.Type }

// Origin of the edge.
func (e *LineageEdge) Origin() catalog.EdgeOrigin { return e.E.Origin }

// ValidFrom is when it began.
func (e *LineageEdge) ValidFrom() time.Time { return e.E.From }

// ValidTo is null while it holds.
func (e *LineageEdge) ValidTo() *time.Time { return at(e.E.To) }

// Run is the evidence.
func (e *LineageEdge) Run() *string { return opt(e.E.Run) }

// Policy that declares it.
func (e *LineageEdge) Policy() *string { return opt(e.E.Policy) }

// StatedBy is who knows of what flows between others.
func (e *LineageEdge) StatedBy() *string {
	if e.E.Job.IsZero() {
		return nil
	}
	id := AssetID(e.E.Job)
	return &id
}

// Transformation of a column; null when none was stated.
func (e *LineageEdge) Transformation() *Transformation {
	return transformationOf(e.E.Transformation)
}

func transformationOf(t catalog.Transformation) *Transformation {
	if t == (catalog.Transformation{}) {
		return nil
	}
	return &Transformation{Type: t.Type, Subtype: opt(t.Subtype), Description: opt(t.Description), Masking: &t.Masking}
}

// Transformation says how a column is made.
type Transformation struct {
	Type                 string
	Subtype, Description *string
	Masking              *bool
}

// TaggedPaths is the view of where tagged values go.
type TaggedPaths struct {
	W        graph.TaggedWays
	AsOf     time.Time
	Position catalog.Position
}

// Paths by source.
func (t *TaggedPaths) Paths() []*TaggedPath {
	return each(t.W.Ways, func(w graph.TaggedWay) *TaggedPath { return &TaggedPath{w} })
}

// MoreFrom are the sources of which not all ways are listed.
func (t *TaggedPaths) MoreFrom() []*LineageNode { return steps(t.W.MoreFrom) }

// Complete says that nothing was cut.
func (t *TaggedPaths) Complete() bool { return t.W.Complete }

// Cut is why it was cut.
func (t *TaggedPaths) Cut() *graph.CutReason { return cutOf(t.W.Cut) }

// TaggedPath is one way.
type TaggedPath struct{ W graph.TaggedWay }

// Masked says that masking stopped it.
func (t *TaggedPath) Masked() bool { return t.W.Masked }

// Nodes in order.
func (t *TaggedPath) Nodes() []*LineageNode { return steps(t.W.Nodes) }

// Edges between them.
func (t *TaggedPath) Edges() []*LineageEdge {
	return views(t.W.Edges, func(e *catalog.Edge) LineageEdge { return LineageEdge{e} })
}

// Impact is what changes do downstream.
type Impact struct {
	Affected []*ImpactedAsset
	Counts   []SeverityCount
	Owners   []Owner
	Policies []*Policy
	NextRuns []*Action
	Complete bool
	Cut      *graph.CutReason
	// DeniedByRole counts hidden assets.
	DeniedByRole int
	AsOf         time.Time
	Position     catalog.Position
}

// ImpactedAsset is one affected asset; who answers reads the asset itself.
type ImpactedAsset struct {
	I         graph.Impacted
	Deadlines []*ImpactedDeadline
	// Uses says when any of the answer was last used.
	Uses Uses
}

// Use is when something was last used. Seen is UNKNOWN where nobody can say, as
// of what Uses leave out.
type Use struct {
	Seen catalog.Ternary
	At   time.Time
}

// Uses are the last uses of all affected assets of an answer.
type Uses func() (map[catalog.AssetID]Use, error)

// Used is whether a run that uses it was ever seen.
func (i *ImpactedAsset) Used() (catalog.Ternary, error) {
	all, err := i.Uses()
	return cmp.Or(all[i.I.Asset].Seen, catalog.Unknown), err
}

// LastUsedAt is when the last of them began.
func (i *ImpactedAsset) LastUsedAt() (*time.Time, error) {
	all, err := i.Uses()
	return at(all[i.I.Asset].At), err
}

// ImpactedDeadline is what one change does to a deadline.
type ImpactedDeadline struct {
	Change int
	S      policies.Strain
}

// Policy is whose deadline it is.
func (d *ImpactedDeadline) Policy() string { return d.S.Policy.Name }

// Owner answers for it.
func (d *ImpactedDeadline) Owner() *string { return opt(d.S.Policy.Owner) }

// Met is whether it is met all the same.
func (d *ImpactedDeadline) Met() catalog.Ternary { return d.S.Met }

// Deadline looked at.
func (d *ImpactedDeadline) Deadline() *time.Time { return at(d.S.Deadline) }

// ExpectedAt is when the data comes without the change.
func (d *ImpactedDeadline) ExpectedAt() *time.Time { return at(d.S.Expected) }

// DelayedTo is when it comes with it.
func (d *ImpactedDeadline) DelayedTo() *time.Time { return at(d.S.Delayed) }

// LateBy is by how much it is missed.
func (d *ImpactedDeadline) LateBy() *time.Duration {
	if d.S.LateBy <= 0 {
		return nil
	}
	return &d.S.LateBy
}

// Says it in a sentence.
func (d *ImpactedDeadline) Says() string { return d.S.Says }

// Fields that are affected.
func (i *ImpactedAsset) Fields() []string {
	return each(i.I.Fields, func(f graph.ImpactedField) string { return f.Name })
}

// Columns are the same with their severity.
func (i *ImpactedAsset) Columns() []*ImpactedField {
	return each(i.I.Fields, func(f graph.ImpactedField) *ImpactedField {
		return &ImpactedField{f.Name, f.Severity, f.Reason, steps(f.Path)}
	})
}

// Change is the index of the change that does the worst.
func (i *ImpactedAsset) Change() int { return i.I.Change }

// Effects of each change.
func (i *ImpactedAsset) Effects() []*ImpactEffect {
	return each(i.I.Effects, func(e graph.Effect) *ImpactEffect { return &ImpactEffect{e.Change, e.Severity, e.Reason} })
}

// ImpactEffect is what one change does to an asset.
type ImpactEffect struct {
	Change   int
	Severity graph.Severity
	Reason   string
}

// Path explains the severity.
func (i *ImpactedAsset) Path() []*LineageNode { return steps(i.I.Path) }

func steps(path []graph.Node) []*LineageNode {
	return each(path, func(n graph.Node) *LineageNode { return &LineageNode{N: n} })
}

// ImpactedField is one affected column.
type ImpactedField struct {
	Name     string
	Severity graph.Severity
	Reason   string
	Path     []*LineageNode
}

// Severity of it.
func (i *ImpactedAsset) Severity() graph.Severity { return i.I.Severity }

// Reason is a sentence.
func (i *ImpactedAsset) Reason() string { return i.I.Reason }

// UnlitBy is who states no column lineage.
func (i *ImpactedAsset) UnlitBy() *string {
	if i.I.Unlit.IsZero() {
		return nil
	}
	id := AssetID(i.I.Unlit)
	return &id
}

// Confidence is what stands behind the severity.
func (i *ImpactedAsset) Confidence() graph.Confidence { return i.I.Confidence }

// Distance in hops.
func (i *ImpactedAsset) Distance() int { return i.I.Distance }

// SeverityCount is how many are affected in one way.
type SeverityCount struct {
	Severity graph.Severity
	Count    int
}

// NewImpact is the view of an answer.
func NewImpact(im graph.Impact, uses Uses) *Impact {
	out := &Impact{Complete: im.Complete, Cut: cutOf(im.Cut)}
	out.Affected = each(im.Affected, func(i graph.Impacted) *ImpactedAsset {
		return &ImpactedAsset{I: i, Deadlines: []*ImpactedDeadline{}, Uses: uses}
	})
	counts := map[graph.Severity]int{}
	for _, i := range im.Affected {
		counts[i.Severity]++
	}
	out.Counts = []SeverityCount{}
	for _, s := range []graph.Severity{graph.Breaking, graph.Degrading, graph.Uncertain, graph.Safe} {
		if counts[s] > 0 {
			out.Counts = append(out.Counts, SeverityCount{s, counts[s]})
		}
	}
	return out
}
