package graph

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Store keeps the asset graph with all its validity intervals.
//
// Methods are safe for concurrent use; Apply is called by one follower at a
// time. After Close every method returns catalog.ErrClosed. A store that
// cannot answer now returns an error that wraps catalog.ErrUnavailable.
type Store interface {
	// Apply makes the change durable, whole or not at all. Applying the same
	// or an older change again must leave the store as it is: a change whose
	// Position is not greater than the store's is ignored. A change whose
	// After is not the store's position is refused with ErrGap, unless Reset.
	// A store that is not empty refuses a change of another projection than the
	// one it counts the positions of, with ErrProjection, unless Reset. Where it
	// counts none yet, the change that follows names it, or one that says no more
	// than where the store stands (After and Position).
	Apply(ctx context.Context, c Change) error

	// Assets returns the rows of the ids that exist, in the order asked;
	// unknown ids are left out.
	Assets(ctx context.Context, ids []catalog.AssetID) ([]catalog.Asset, error)

	// Find lists assets by filter, by keyset paging in the order
	// (Name.Namespace, Name.Name, Type). It never returns more than q.First.
	Find(ctx context.Context, q Query) (Page, error)

	// Neighbours returns the edges that leave the frontier in the direction
	// given and hold at asOf (zero: current), in the order of SortNeighbours, at
	// most limit of them, the first; more is true when it was cut. Walk builds
	// lineage from it. Several calls are of one moment through Still, which every
	// store is.
	Neighbours(ctx context.Context, q NeighbourQuery) (edges []catalog.Edge, more bool, err error)

	// Rows yields every asset with every edge that it owns, ordered by id,
	// as the backend itself holds them. The export and the topology read it.
	// A backend without snapshots lets changes wait, and ends it with ErrMoved when
	// somebody else writes meanwhile.
	Rows(ctx context.Context) iter.Seq2[Row, error]

	// Position is the journal position of the last applied change.
	Position(ctx context.Context) (catalog.Position, error)

	// Projection is whose positions the store counts (catalog.Projection.ID); 0
	// when it is empty or no change has said it.
	Projection(ctx context.Context) (int64, error)

	// Ready returns nil when the store can answer, else why not.
	Ready(ctx context.Context) error

	Close() error
}

// Change is a set of final rows. Applying it replaces each asset in Rows
// together with all the edges that asset owns (catalog.Edge.Owner), and
// deletes the assets in Removed with the edges they own.
type Change struct {
	// After is the position this change builds on, Position where it leads.
	After, Position catalog.Position
	// Projection is what the positions count (catalog.Projection.ID); 0: it is
	// not said.
	Projection int64
	// Reset empties the store first: the start of a rebuild.
	Reset   bool
	Rows    []Row
	Removed []catalog.AssetID
}

// Row is an asset and the complete list of edges it owns.
type Row = catalog.Row

// Names reports whether a change only says to a store at a position whose
// positions it counts.
func (c Change) Names(at catalog.Position) bool {
	return c.Projection != 0 && !c.Reset && c.After == c.Position && c.Position == at
}

// Foreign is ErrProjection where a change is not for a store that stands at a
// position and counts those of a projection.
func (c Change) Foreign(at catalog.Position, projection int64) error {
	if c.Reset || at == 0 || c.Projection == 0 || projection == 0 || c.Projection == projection {
		return nil
	}
	return ErrProjection
}

// Query selects assets. Empty fields do not filter. What people look for by
// words, graph/search finds.
type Query struct {
	Types     []catalog.AssetType
	Namespace string
	Owner     string
	Tag       string
	Removed   bool // include removed assets
	Internal  bool // include weir's own jobs
	Ephemeral bool // include throw-aways
	First     int
	After     string // Page.End of the page before
}

// Page is one page of assets.
type Page struct {
	Assets []catalog.Asset
	// End continues after the last asset; HasNext says whether there is more.
	End     string
	HasNext bool
}

// Direction of a walk.
type Direction string

// The directions.
const (
	Upstream   Direction = "UPSTREAM"
	Downstream Direction = "DOWNSTREAM"
	Both       Direction = "BOTH"
)

// NeighbourQuery asks for the edges of a frontier. Upstream follows edges from
// target to source, Downstream from source to target; Both is not allowed
// here: walks of two directions are two walks.
type NeighbourQuery struct {
	Frontier  []catalog.AssetID
	Direction Direction
	Types     []catalog.EdgeType
	// Fields selects field edges instead of asset edges.
	Fields bool
	// Stated selects what the jobs of the frontier state between other assets
	// (catalog.Edge.Job), column edges left out; Direction, Types and Fields
	// are not looked at. The answer is in the order of SortStated.
	Stated bool
	AsOf   time.Time
	Limit  int
	// Internal includes edges that lead to weir's own jobs, which are hidden
	// from lineage otherwise.
	Internal bool

	// overlaid adds what an Overlay holds; see Overlaid.
	overlaid bool
}

// ErrMoved: the graph changed while it was read as a whole.
var ErrMoved = fmt.Errorf("%w: the graph changed while it was read, ask again", catalog.ErrUnavailable)

// ErrProjection: the store holds what another projection of the journal said.
var ErrProjection = errors.New("graph: the store follows another projection of the journal")

// ErrGap: the change does not start where the store stands.
var ErrGap = gapError{}

type gapError struct{}

func (gapError) Error() string { return "graph: change does not follow the store's position" }
