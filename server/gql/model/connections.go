package model

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph/search"
)

// MaxFirst is the largest page.
const MaxFirst = 200

// PageInfo says where a page ends.
type PageInfo struct {
	HasNextPage bool
	EndCursor   *string
}

type cursored interface{ cursor() string }

// Info describes a page of edges.
func Info[E cursored](edges []E, more bool) PageInfo {
	if len(edges) == 0 {
		return PageInfo{}
	}
	end := edges[len(edges)-1].cursor()
	return PageInfo{HasNextPage: more, EndCursor: &end}
}

// Edges are the first n of a list that was read one further, to know whether
// there is more.
func Edges[T any, E cursored](list []T, n int, edge func(T) E) ([]E, PageInfo) {
	var out []E
	for _, v := range list[:min(n, len(list))] {
		out = append(out, edge(v))
	}
	return out, Info(out, len(list) > n)
}

// First checks the size of a page; null means the schema's default.
func First(first *int, def int) (int, error) {
	switch {
	case first == nil:
		return def, nil
	case *first < 1 || *first > MaxFirst:
		return 0, fmt.Errorf("%w: first must be 1 to %d, not %d", catalog.ErrInvalid, MaxFirst, *first)
	}
	return *first, nil
}

// Cursor hides the parts of a keyset position.
func Cursor(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\x00")))
}

var errCursor = fmt.Errorf("%w: after is not a cursor of this list", catalog.ErrInvalid)

// ParseCursor reads a cursor of n parts; nil for none.
func ParseCursor(after *string, n int) ([]string, error) {
	if after == nil || *after == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(*after)
	parts := strings.Split(string(b), "\x00")
	if err != nil || len(parts) != n {
		return nil, errCursor
	}
	return parts, nil
}

// OffsetCursor is for lists that are read whole.
func OffsetCursor(n int) string { return Cursor("o" + strconv.Itoa(n)) }

// ParseOffset reads an OffsetCursor; 0 for none.
func ParseOffset(after *string) (int, error) {
	p, err := ParseCursor(after, 1)
	if err != nil || p == nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(p[0], "o"))
	if err != nil || n < 0 {
		return 0, errCursor
	}
	return n, nil
}

// Slice pages through a list that is in memory.
func Slice[T any](all []T, first *int, after *string) (page []T, from int, more bool, err error) {
	n, err := First(first, 50)
	if err != nil {
		return nil, 0, false, err
	}
	if from, err = ParseOffset(after); err != nil {
		return nil, 0, false, err
	}
	from = min(from, len(all))
	to := min(from+n, len(all))
	return all[from:to], from, to < len(all), nil
}

func nodesOf[E, T any](edges []E, node func(E) T) []T { return each(edges, node) }

// AssetEdge is one of a page.
type AssetEdge struct {
	Node    Asset
	Cursor  string
	Matches []search.Match
}

func (e AssetEdge) cursor() string { return e.Cursor }

// AssetConnection is a page.
type AssetConnection struct {
	Edges    []AssetEdge
	PageInfo PageInfo
	// Position is that of the search index, for its lists.
	Position *catalog.Position
}

// Nodes are the page without cursors.
func (c *AssetConnection) Nodes() []Asset {
	return nodesOf(c.Edges, func(e AssetEdge) Asset { return e.Node })
}

// DatasetEdge is one of a page.
type DatasetEdge struct {
	Node   *Dataset
	Cursor string
}

func (e DatasetEdge) cursor() string { return e.Cursor }

// DatasetConnection is a page.
type DatasetConnection struct {
	Edges      []DatasetEdge
	PageInfo   PageInfo
	TotalCount *int
}

// Nodes are the page without cursors.
func (c *DatasetConnection) Nodes() []*Dataset {
	return nodesOf(c.Edges, func(e DatasetEdge) *Dataset { return e.Node })
}

// JobEdge is one of a page.
type JobEdge struct {
	Node   *Job
	Cursor string
}

func (e JobEdge) cursor() string { return e.Cursor }

// JobConnection is a page.
type JobConnection struct {
	Edges    []JobEdge
	PageInfo PageInfo
	// TotalCount is nil where there are too many to count.
	TotalCount *int
}

// Nodes are the page without cursors.
func (c *JobConnection) Nodes() []*Job {
	return nodesOf(c.Edges, func(e JobEdge) *Job { return e.Node })
}

// FieldEdge is one of a page.
type FieldEdge struct {
	Node   Field
	Cursor string
}

func (e FieldEdge) cursor() string { return e.Cursor }

// FieldConnection is a page.
type FieldConnection struct {
	Edges      []FieldEdge
	PageInfo   PageInfo
	TotalCount *int
}

// Nodes are the page without cursors.
func (c *FieldConnection) Nodes() []Field {
	return nodesOf(c.Edges, func(e FieldEdge) Field { return e.Node })
}

// RunEdge is one of a page.
type RunEdge struct {
	Node   *Run
	Cursor string
}

func (e RunEdge) cursor() string { return e.Cursor }

// RunConnection is a page.
type RunConnection struct {
	Edges    []RunEdge
	PageInfo PageInfo
}

// Nodes are the page without cursors.
func (c *RunConnection) Nodes() []*Run {
	return nodesOf(c.Edges, func(e RunEdge) *Run { return e.Node })
}

// VersionEdge is one of a page.
type VersionEdge struct {
	Node   *Version
	Cursor string
}

func (e VersionEdge) cursor() string { return e.Cursor }

// VersionConnection is a page.
type VersionConnection struct {
	Edges    []VersionEdge
	PageInfo PageInfo
}

// Nodes are the page without cursors.
func (c *VersionConnection) Nodes() []*Version {
	return nodesOf(c.Edges, func(e VersionEdge) *Version { return e.Node })
}

// CheckEdge is one of a page.
type CheckEdge struct {
	Node   *Check
	Cursor string
}

func (e CheckEdge) cursor() string { return e.Cursor }

// CheckConnection is a page.
type CheckConnection struct {
	Edges    []CheckEdge
	PageInfo PageInfo
}

// Nodes are the page without cursors.
func (c *CheckConnection) Nodes() []*Check {
	return nodesOf(c.Edges, func(e CheckEdge) *Check { return e.Node })
}

// PolicyEdge is one of a page.
type PolicyEdge struct {
	Node   *Policy
	Cursor string
}

func (e PolicyEdge) cursor() string { return e.Cursor }

// PolicyConnection is a page.
type PolicyConnection struct {
	Edges      []PolicyEdge
	PageInfo   PageInfo
	TotalCount *int
}

// Nodes are the page without cursors.
func (c *PolicyConnection) Nodes() []*Policy {
	return nodesOf(c.Edges, func(e PolicyEdge) *Policy { return e.Node })
}

// DecisionEdge is one of a page.
type DecisionEdge struct {
	Node   *Decision
	Cursor string
}

func (e DecisionEdge) cursor() string { return e.Cursor }

// DecisionConnection is a page.
type DecisionConnection struct {
	Edges    []DecisionEdge
	PageInfo PageInfo
}

// Nodes are the page without cursors.
func (c *DecisionConnection) Nodes() []*Decision {
	return nodesOf(c.Edges, func(e DecisionEdge) *Decision { return e.Node })
}

// ActionEdge is one of a page.
type ActionEdge struct {
	Node   *Action
	Cursor string
}

func (e ActionEdge) cursor() string { return e.Cursor }

// ActionConnection is a page.
type ActionConnection struct {
	Edges    []ActionEdge
	PageInfo PageInfo
	// Cut says what is missing that no page gives; nil nothing.
	Cut *string
}

// Nodes are the page without cursors.
func (c *ActionConnection) Nodes() []*Action {
	return nodesOf(c.Edges, func(e ActionEdge) *Action { return e.Node })
}

// QuarantinedEventEdge is one of a page.
type QuarantinedEventEdge struct {
	Node   QuarantinedEvent
	Cursor string
}

func (e QuarantinedEventEdge) cursor() string { return e.Cursor }

// QuarantinedEventConnection is a page.
type QuarantinedEventConnection struct {
	Edges    []QuarantinedEventEdge
	PageInfo PageInfo
}

// Nodes are the page without cursors.
func (c *QuarantinedEventConnection) Nodes() []QuarantinedEvent {
	return nodesOf(c.Edges, func(e QuarantinedEventEdge) QuarantinedEvent { return e.Node })
}

// Words are those of a search, in lower case.
func Words(text *string) []string {
	if text == nil {
		return nil
	}
	return strings.Fields(strings.ToLower(*text))
}

// Holds says whether all words, of Words, occur in a name in any case.
func Holds(name string, words []string) bool {
	name = strings.ToLower(name)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) })
}
