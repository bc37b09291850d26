package model

import (
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/scene"
	"github.com/weirhq/weir/policies"
)

// LineageScene is the view of a scene.
type LineageScene struct {
	S        *scene.Scene
	At       time.Time
	Position catalog.Position
	// Title stands above a picture, Standings are how assets stand now; nil for
	// the past.
	Title     string
	Standings map[catalog.AssetID]*Freshness
	// Denied counts the drawables that the caller may not read.
	Denied int
}

// DeniedByRole counts hidden assets.
func (s *LineageScene) DeniedByRole() int { return s.Denied }

// Drawables by rank and row.
func (l *LineageScene) Drawables() []*Drawable {
	return each(l.S.Drawables, func(d *scene.Drawable) *Drawable {
		return &Drawable{D: d, Standings: l.Standings, Past: l.Standings == nil}
	})
}

// Edges between them.
func (l *LineageScene) Edges() []*SceneEdge {
	return each(l.S.Edges, func(e scene.Edge) *SceneEdge { return &SceneEdge{e, l.S} })
}

// Ways to the end asked for.
func (l *LineageScene) Ways() []SceneWay {
	return each(l.S.Ways, func(w scene.Way) SceneWay { return SceneWay{each(w.Assets, AssetID)} })
}

// Complete says that nothing was cut.
func (l *LineageScene) Complete() bool { return l.S.Complete }

// Cut is why it was cut.
func (l *LineageScene) Cut() *graph.CutReason { return cutOf(l.S.Cut) }

// AsOf is the time it holds for.
func (l *LineageScene) AsOf() time.Time { return l.At }

// Marks are when its edges began.
func (l *LineageScene) Marks() []time.Time {
	return each(l.S.Marks, func(t time.Time) time.Time { return t })
}

// PictureForm is a form of a picture.
type PictureForm string

// The forms of a picture.
const (
	PictureSvg     PictureForm = "SVG"
	PictureDot     PictureForm = "DOT"
	PictureMermaid PictureForm = "MERMAID"
)

// Picture paints the scene.
func (l *LineageScene) Picture(form PictureForm) string {
	p := scene.Paint{Title: l.Title, Status: l.status}
	switch form {
	case PictureDot:
		return l.S.Dot(p)
	case PictureMermaid:
		return l.S.Mermaid(p)
	}
	return l.S.SVG(p)
}

// tones say what a standing means to people.
var tones = map[policies.FreshnessState]scene.Tone{
	policies.Late: scene.Bad, policies.AtRisk: scene.Warn, policies.FreshUnknown: scene.Doubt, policies.Due: scene.Busy, policies.Fresh: scene.Good,
}

func (l *LineageScene) status(id catalog.AssetID) (string, scene.Tone) {
	f := l.Standings[id]
	if f == nil || tones[f.F.State] == "" {
		return "", scene.Calm
	}
	return strings.ToLower(strings.ReplaceAll(string(f.F.State), "_", " ")), tones[f.F.State]
}

// Drawable is an asset of a scene, or a bundle.
type Drawable struct {
	D         *scene.Drawable
	Standings map[catalog.AssetID]*Freshness
	// Past: what is known of now does not hold.
	Past bool
}

// Key names it within its scene.
func (d *Drawable) Key() string { return PrefixAsset + d.D.Key() }

// ID of the asset, or of the one whose neighbours are bundled.
func (d *Drawable) ID() string { return AssetID(d.D.Asset) }

// Type is DATASET or JOB.
func (d *Drawable) Type() AssetType { return typeOf(d.D.Name.Type) }

// Name of the asset.
func (d *Drawable) Name() AssetName { return nameOf(d.D.Name) }

// Freshness is null when no policy selects it.
func (d *Drawable) Freshness() *Freshness {
	if d.D.Bundle() {
		return nil
	}
	return d.Standings[d.D.Asset]
}

// Bundle is null for an asset.
func (d *Drawable) Bundle() *SceneBundle {
	if !d.D.Bundle() {
		return nil
	}
	b := &SceneBundle{Side: d.D.Side, Count: len(d.D.Bundled)}
	counts := map[policies.FreshnessState]int{}
	for _, id := range d.D.Bundled {
		if f := d.Standings[id]; f != nil {
			counts[f.F.State]++
		}
	}
	for _, s := range WorstFirst {
		if counts[s] > 0 {
			b.States = append(b.States, StateCount{s, counts[s]})
		}
	}
	return b
}

// WorstFirst orders how assets stand.
var WorstFirst = []policies.FreshnessState{policies.Late, policies.AtRisk, policies.FreshUnknown, policies.Due, policies.Exempt, policies.Fresh, policies.NoFreshness}

// Focus says that it was asked about.
func (d *Drawable) Focus() bool { return d.D.Focus }

// Distance in hops.
func (d *Drawable) Distance() int { return d.D.Distance }

// Rank is the column of the picture.
func (d *Drawable) Rank() int { return d.D.Rank }

// Row is the line in it.
func (d *Drawable) Row() int { return d.D.Row }

// Span is how many lines it takes.
func (d *Drawable) Span() int { return d.D.Span }

// HiddenUpstream counts what is not drawn.
func (d *Drawable) HiddenUpstream() int { return d.D.HiddenUp }

// HiddenDownstream counts what is not drawn.
func (d *Drawable) HiddenDownstream() int { return d.D.HiddenDown }

// SelfLoop says that it is made of itself.
func (d *Drawable) SelfLoop() bool { return d.D.SelfLoop }

// Columns that are drawn.
func (d *Drawable) Columns() []SceneColumn {
	return each(d.D.Columns, func(c scene.Column) SceneColumn { return SceneColumn(c) })
}

// HiddenColumns counts the others.
func (d *Drawable) HiddenColumns() int { return d.D.HiddenColumns }

// Ways lead over it.
func (d *Drawable) Ways() []int { return each(d.D.Ways, func(n int) int { return n }) }

// SceneBundle is what a bundle holds.
type SceneBundle struct {
	Side   graph.Direction
	Count  int
	States []StateCount
}

// StateCount is how many stand in one way.
type StateCount struct {
	State policies.FreshnessState
	Count int
}

// SceneColumn is a column that is drawn.
type SceneColumn struct {
	Name    string
	Related bool
}

// SceneWay is one way through a scene.
type SceneWay struct{ Assets []string }

// SceneEdge joins two drawables.
type SceneEdge struct {
	E scene.Edge
	S *scene.Scene
}

// Source is the key of the drawable it leaves.
func (e *SceneEdge) Source() string { return PrefixAsset + e.S.Drawables[e.E.Source].Key() }

// Target is the key of the drawable it enters.
func (e *SceneEdge) Target() string { return PrefixAsset + e.S.Drawables[e.E.Target].Key() }

// SourceColumn it leaves.
func (e *SceneEdge) SourceColumn() *string { return opt(e.E.SourceColumn) }

// TargetColumn it enters.
func (e *SceneEdge) TargetColumn() *string { return opt(e.E.TargetColumn) }

// Type is null for the edge of a bundle.
func (e *SceneEdge) Type() *catalog.EdgeType { return given(e.E.Type) }

// Origin is null for the edge of a bundle.
func (e *SceneEdge) Origin() *catalog.EdgeOrigin { return given(e.E.Origin) }

// Policy that declares it.
func (e *SceneEdge) Policy() *string { return opt(e.E.Policy) }

// ValidFrom is when it began.
func (e *SceneEdge) ValidFrom() *time.Time { return at(e.E.From) }

// Through counts what is folded.
func (e *SceneEdge) Through() int { return e.E.Through }

// Back says that it closes a cycle.
func (e *SceneEdge) Back() bool { return e.E.Back }

// Lane is null for a straight way.
func (e *SceneEdge) Lane() *int {
	if !e.E.Laned {
		return nil
	}
	return &e.E.Lane
}

// Transformation of a column; null when none was stated.
func (e *SceneEdge) Transformation() *Transformation { return transformationOf(e.E.Transformation) }

func given[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}

// DrawableConnection is a page of drawables.
type DrawableConnection struct {
	Edges      []DrawableEdge
	PageInfo   PageInfo
	TotalCount *int
	Complete   bool
}

// Nodes of the page.
func (c *DrawableConnection) Nodes() []*Drawable {
	return each(c.Edges, func(e DrawableEdge) *Drawable { return e.Node })
}

// DrawableEdge is a drawable with its cursor.
type DrawableEdge struct {
	Node   *Drawable
	Cursor string
}

func (e DrawableEdge) cursor() string { return e.Cursor }
