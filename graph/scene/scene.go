package scene

import (
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Scene is what is drawn. Drawables are ordered by rank and row, edges by their
// ends.
type Scene struct {
	Drawables []*Drawable
	Edges     []Edge
	// Ways are those of a question with To: places in Drawables, in order.
	Ways []Way
	// Complete is false when something was cut, and Cut says why; hops that
	// were not asked for are hidden, not cut.
	Complete bool
	Cut      graph.CutReason
	// Marks are the times at which an edge of the scene began, oldest first, at
	// most MaxMarks, the newest kept.
	Marks []time.Time
}

// MaxMarks bounds Scene.Marks.
const MaxMarks = 100

// Drawable is an asset, or a bundle of neighbours of one that are not drawn
// each by itself.
type Drawable struct {
	// Asset is the asset, or the one whose neighbours are bundled.
	Asset catalog.AssetID
	Name  catalog.Name
	// Bundled are the members of a bundle, worst first; nil for an asset. Side
	// is on which side of Asset they are.
	Bundled []catalog.AssetID
	Side    graph.Direction
	// Focus marks what was asked about. Distance counts hops to it, upstream
	// negative.
	Focus    bool
	Distance int
	// Rank is the column, 0 for the focus; every edge that is no back edge leads
	// to a higher one. Row is the line in it, Span how many lines it takes.
	Rank, Row, Span int
	// HiddenUp and HiddenDown count neighbours that exist and are neither drawn
	// nor in a bundle of this drawable.
	HiddenUp, HiddenDown int
	// SelfLoop: it is made of itself.
	SelfLoop bool
	// Columns are those drawn, in the band COLUMN; HiddenColumns counts the rest.
	Columns       []Column
	HiddenColumns int
	// Ways are the indexes of the ways that lead over it.
	Ways []int
}

// Bundle reports whether it stands for several.
func (d *Drawable) Bundle() bool { return d.Bundled != nil }

// Key names a drawable within its scene, and the same one in the next.
func (d *Drawable) Key() string {
	switch {
	case !d.Bundle():
		return d.Asset.String()
	case d.Side == graph.Upstream:
		return d.Asset.String() + ":up"
	}
	return d.Asset.String() + ":down"
}

// Column is a column of a dataset. Related: the focus has to do with it.
type Column struct {
	Name    string
	Related bool
}

// Edge joins two drawables by their places in Scene.Drawables.
type Edge struct {
	Source, Target             int
	SourceColumn, TargetColumn string
	Type                       catalog.EdgeType
	Origin                     catalog.EdgeOrigin
	// Policy is the evidence where a policy declares it.
	Policy string
	// From is when it began to hold; zero for the edge of a bundle.
	From time.Time
	// Through counts assets on the way that were folded: throw-aways, and what a
	// filter leaves out. What the band leaves out is not among them.
	Through int
	// Back marks an edge that closes a cycle and leads to the left.
	Back bool
	// Lane is the row above which it runs between its ends, where it would run
	// behind a drawable that it does not join; Laned says that it would.
	Lane  int
	Laned bool
	// Transformation of a column edge.
	Transformation catalog.Transformation
}

// Way is one way from the focus to the end asked for.
type Way struct {
	Assets []catalog.AssetID
}

// At finds a drawn asset; nil when it is not drawn by itself.
func (s *Scene) At(id catalog.AssetID) *Drawable {
	for _, d := range s.Drawables {
		if d.Asset == id && !d.Bundle() {
			return d
		}
	}
	return nil
}
