package model

import (
	"fmt"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Origin says who states something.
type Origin string

// The origins.
const (
	OriginObserved Origin = "OBSERVED"
	OriginOperator Origin = "OPERATOR"
)

func originOf(c *catalog.Curated) Origin {
	if c == nil {
		return OriginObserved
	}
	return OriginOperator
}

// curatedOf is null for what a producer stated.
func curatedOf(c catalog.Curated) *catalog.Curated {
	if c.IsZero() {
		return nil
	}
	return &c
}

// Owner is somebody responsible.
type Owner struct {
	Name    string
	Type    *string
	Curated *catalog.Curated
}

// Origin says who states it.
func (o Owner) Origin() Origin { return originOf(o.Curated) }

// OwnersOf makes the views.
func OwnersOf(list []catalog.Owner) []Owner {
	return each(list, func(o catalog.Owner) Owner { return Owner{o.Name, opt(o.Type), curatedOf(o.Curated)} })
}

// Tag is a label.
type Tag struct {
	Key           string
	Value, Source *string
	Curated       *catalog.Curated
}

// Origin says who states it.
func (t Tag) Origin() Origin { return originOf(t.Curated) }

// tagsOf are the labels of a field, or with "" of the asset as a whole.
func tagsOf(list []catalog.Tag, field string) []Tag {
	out := []Tag{}
	for _, t := range list {
		if t.Field == field {
			out = append(out, Tag{Key: t.Key, Value: opt(t.Value), Source: opt(t.Source), Curated: curatedOf(t.Curated)})
		}
	}
	return out
}

// AssetRefInput is a full name that the caller gives.
type AssetRefInput struct {
	Type            AssetType
	Namespace, Name string
}

// Catalog is the catalogue's value.
func (n AssetRefInput) Catalog() catalog.Name {
	return catalog.Name{Type: n.Type.Catalog(), Namespace: n.Namespace, Name: n.Name}
}

// StatementVerb is the GraphQL word of a catalog.OperatorVerb.
type StatementVerb string

// Statement is the view of what somebody stated.
type Statement struct {
	S catalog.Statement
	// Undoes is what an undo takes back, nil when it is not known.
	Undoes *catalog.Statement
}

// IsNode marks it.
func (*Statement) IsNode() {}

// ID is the node id.
func (s *Statement) ID() string { return PrefixStatement + s.S.Position.String() }

// ParseStatementID reads a statement's node id; the bare position is taken too.
func ParseStatementID(text string) (catalog.Position, error) {
	pos, err := catalog.ParsePosition(strings.TrimPrefix(text, PrefixStatement))
	if err != nil {
		return 0, fmt.Errorf("%w: %q is not the id of a statement", catalog.ErrInvalid, clip(text))
	}
	return pos, nil
}

// Verb is what kind of statement it is.
func (s *Statement) Verb() StatementVerb {
	return StatementVerb(strings.ToUpper(string(s.S.Fact.Verb)))
}

// Says is the statement in a sentence.
func (s *Statement) Says() string {
	if s.Undoes != nil {
		return "takes back: " + s.Undoes.Fact.Says()
	}
	return s.S.Fact.Says()
}

// By is who made it.
func (s *Statement) By() string { return s.S.Fact.Actor }

// At is when.
func (s *Statement) At() time.Time { return s.S.Fact.At }

// Names are what it is about.
func (s *Statement) Names() []AssetName { return each(s.S.Fact.Names, nameOf) }

// Undone says whether it was taken back.
func (s *Statement) Undone() bool { return !s.S.Standing() }

// Position is the journal entry that holds it.
func (s *Statement) Position() catalog.Position { return s.S.Position }

// StatementEdge is one of a page.
type StatementEdge struct {
	Node   *Statement
	Cursor string
}

func (e StatementEdge) cursor() string { return e.Cursor }

// StatementConnection is a page.
type StatementConnection struct {
	Edges      []StatementEdge
	PageInfo   PageInfo
	TotalCount *int
}

// Nodes are the page without cursors.
func (c *StatementConnection) Nodes() []*Statement {
	return nodesOf(c.Edges, func(e StatementEdge) *Statement { return e.Node })
}
