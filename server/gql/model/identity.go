package model

import "github.com/weirhq/weir/catalog"

// NameConflict is a name that several datasets claim.
type NameConflict struct{ C catalog.Conflict }

// Name is the name claimed.
func (c *NameConflict) Name() AssetName { return nameOf(c.C.Name) }

// Claimants state it.
func (c *NameConflict) Claimants() []AssetName { return each(c.C.Claimants, nameOf) }

// NameConflictEdge is one of a page.
type NameConflictEdge struct {
	Node   *NameConflict
	Cursor string
}

func (e NameConflictEdge) cursor() string { return e.Cursor }

// NameConflictConnection is a page.
type NameConflictConnection struct {
	Edges      []NameConflictEdge
	PageInfo   PageInfo
	TotalCount *int
}

// Nodes are the page without cursors.
func (c *NameConflictConnection) Nodes() []*NameConflict {
	return nodesOf(c.Edges, func(e NameConflictEdge) *NameConflict { return e.Node })
}

// Suggestion is a guess that assets are one.
type Suggestion struct{ S catalog.Suggestion }

// Reason says why.
func (s *Suggestion) Reason() catalog.SuggestionReason { return s.S.Reason }

// Type is what they are.
func (s *Suggestion) Type() AssetType {
	if s.S.Names[0].Type == catalog.TypeJob {
		return AssetTypeJob
	}
	return AssetTypeDataset
}

// Names are one of each asset.
func (s *Suggestion) Names() []AssetName { return each(s.S.Names, nameOf) }

// Total is how many assets there are.
func (s *Suggestion) Total() int { return s.S.Total }

// SuggestionEdge is one of a page.
type SuggestionEdge struct {
	Node   *Suggestion
	Cursor string
}

func (e SuggestionEdge) cursor() string { return e.Cursor }

// SuggestionConnection is a page.
type SuggestionConnection struct {
	Edges      []SuggestionEdge
	PageInfo   PageInfo
	TotalCount *int
	Complete   bool
}

// Nodes are the page without cursors.
func (c *SuggestionConnection) Nodes() []*Suggestion {
	return nodesOf(c.Edges, func(e SuggestionEdge) *Suggestion { return e.Node })
}
