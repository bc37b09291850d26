package scene

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
)

// Band is what is drawn.
type Band string

// The bands. DATASET folds jobs into edges, JOB datasets; COLUMN draws datasets
// with those of their columns that the focus has to do with.
const (
	ByAsset   Band = "ASSET"
	ByDataset Band = "DATASET"
	ByJob     Band = "JOB"
	ByColumn  Band = "COLUMN"
)

// Bounds of a scene.
const (
	// MaxLimit is how many drawables a scene has at most, FirstLimit how many
	// it has by default before anything is expanded.
	MaxLimit   = 500
	FirstLimit = 40
	// MaxHops on each side, MaxExpansions of one scene.
	MaxHops       = 50
	MaxExpansions = 50
	// MaxFan is how many drawables one side of a drawable takes: where more
	// neighbours are not drawn yet, the last is a bundle of the rest.
	MaxFan = 12
	// MaxColumns are drawn of one dataset.
	MaxColumns = 10
	// readBudget bounds the edges read for one scene, and throughBudget the
	// assets that are walked through without being drawn.
	readBudget    = 200_000
	throughBudget = 10_000
)

// Ask is a question for a scene.
type Ask struct {
	// Focus are the assets to begin with. With To, ways from the first of them
	// are drawn in place of hops.
	Focus []catalog.AssetID
	Band  Band
	// Up and Down are hops on each side. A hop leads to the next dataset: in
	// the band ASSET the jobs between belong to it and do not count.
	Up, Down int
	// Limit bounds what is drawn before anything is expanded; 0: FirstLimit.
	Limit int
	AsOf  time.Time
	// Whole draws throw-aways (catalog.Ephemeral), which are walked through
	// otherwise.
	Whole bool
	// Through says of an asset that it is walked through by a filter; nil: none.
	Through func(catalog.AssetID) bool
	// Expand are drawables to which one hop was added on a side, in order.
	Expand []Expansion
	// Show are assets that come before all others where a fan is cut.
	Show []catalog.AssetID
	// To draws the Ways shortest ways from the focus to it; zero: none.
	To   catalog.AssetID
	Ways int
	// Column is the column of the focus that is followed in the band COLUMN;
	// empty: all of them.
	Column string
}

// Expansion adds one hop to a drawable.
type Expansion struct {
	Asset catalog.AssetID
	Side  graph.Direction
}

// normal fills in defaults and checks bounds.
func (a Ask) normal() (Ask, error) {
	a.Band = cmp.Or(a.Band, ByAsset)
	a.Limit = cmp.Or(a.Limit, FirstLimit)
	a.Ways = cmp.Or(a.Ways, graph.DefaultPaths)
	switch {
	case len(a.Focus) == 0:
		return a, fmt.Errorf("%w: a scene needs a focus", catalog.ErrInvalid)
	case a.Up < 0 || a.Up > MaxHops || a.Down < 0 || a.Down > MaxHops:
		return a, fmt.Errorf("%w: up and down must be 0 to %d", catalog.ErrInvalid, MaxHops)
	case a.Limit < 1 || a.Limit > MaxLimit:
		return a, fmt.Errorf("%w: limit must be 1 to %d, not %d", catalog.ErrInvalid, MaxLimit, a.Limit)
	case len(a.Focus) > a.Limit:
		return a, fmt.Errorf("%w: %d assets in focus, and the limit is %d", catalog.ErrInvalid, len(a.Focus), a.Limit)
	case len(a.Expand) > MaxExpansions || len(a.Show) > MaxLimit:
		return a, fmt.Errorf("%w: at most %d expansions and %d assets to show", catalog.ErrInvalid, MaxExpansions, MaxLimit)
	}
	for _, e := range a.Expand {
		if e.Side != graph.Upstream && e.Side != graph.Downstream {
			return a, fmt.Errorf("%w: an expansion is UPSTREAM or DOWNSTREAM", catalog.ErrInvalid)
		}
	}
	return a, nil
}

// Label is what the scene needs to know of an asset to order and to fold it.
type Label struct {
	Name catalog.Name
	// Concern orders neighbours where not all are drawn, the highest first: how
	// badly the asset stands.
	Concern int
}

// Reader answers questions from a graph and what is known of its assets.
type Reader struct {
	Graph graph.Neighbourer
	// Labels gives a label for each id, in that order; zero for what is not
	// known.
	Labels func(ctx context.Context, ids []catalog.AssetID) ([]Label, error)
	// Columns gives the columns of datasets, in the order of their schemas; it
	// is asked for the band COLUMN only.
	Columns func(ctx context.Context, ids []catalog.AssetID) (map[catalog.AssetID][]string, error)
}

// Draw makes the scene.
func (r Reader) Draw(ctx context.Context, a Ask) (*Scene, error) {
	a, err := a.normal()
	if err != nil {
		return nil, err
	}
	if a.Band == ByColumn {
		return r.columns(ctx, a)
	}
	w := newWalk(ctx, r, a)
	if err := w.base(); err != nil {
		return nil, fmt.Errorf("scene: %w", err)
	}
	s, err := w.stage(nil)
	for _, e := range a.Expand {
		if err != nil {
			break
		}
		if err = w.expand(e); err == nil {
			s, err = w.stage(s)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("scene: %w", err)
	}
	return s, nil
}
