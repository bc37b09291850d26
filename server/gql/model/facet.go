package model

import (
	"encoding/json"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Bounds of the facets in one answer to facets.
const (
	maxFacets     = 100
	maxFacetBytes = 1 << 20
)

// Facet is the view of a facet; Shown says that its value fits the answer.
type Facet struct {
	F     catalog.Facet
	Shown bool
}

// Facets are views of the first facets, with the values of as many as fit.
func Facets(list []catalog.Facet) []*Facet {
	out := []*Facet{}
	left := maxFacetBytes
	for _, f := range list[:min(len(list), maxFacets)] {
		v := &Facet{F: f, Shown: f.Raw != nil && len(f.Raw) <= left}
		if v.Shown {
			left -= len(f.Raw)
		}
		out = append(out, v)
	}
	return out
}

// Key of the facet.
func (f *Facet) Key() string { return f.F.Key }

// Dataset that it is about.
func (f *Facet) Dataset() *AssetName {
	if f.F.Dataset.IsZero() {
		return nil
	}
	n := nameOf(f.F.Dataset)
	return &n
}

// Side of the run.
func (f *Facet) Side() *catalog.FacetSide {
	if f.F.Side == "" {
		return nil
	}
	return &f.F.Side
}

// At is when it was stated.
func (f *Facet) At() time.Time { return f.F.At }

// Bytes is its size.
func (f *Facet) Bytes() int { return f.F.Bytes }

// Value is the JSON itself.
func (f *Facet) Value() any {
	if !f.Shown {
		return nil
	}
	return json.RawMessage(f.F.Raw)
}

// Raw is its text.
func (f *Facet) Raw() *string {
	if !f.Shown {
		return nil
	}
	s := string(f.F.Raw)
	return &s
}
