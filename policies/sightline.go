package policies

import (
	"math"
	"slices"
	"sort"
	"time"

	"github.com/weirhq/weir/catalog"
)

// sightlines holds by asset which watermarks looked at it, in the order of how
// late a version each can see. An asset that is written all day is looked at by
// thousands of them, of which a new version concerns the last few.
type sightlines map[catalog.AssetID][]sightline

type sightline struct {
	// until is the time, in ns, that the versions it can see lie before.
	until int64
	n     *markNode
}

// endless is the until of one that looks for the newest of all.
const endless = math.MaxInt64

func (l sightlines) add(n *markNode) {
	for id, until := range n.sightlines() {
		at := l.from(id, until)
		l[id] = slices.Insert(l[id], at, sightline{until, n})
	}
}

func (l sightlines) remove(n *markNode) {
	for id, until := range n.sightlines() {
		for i := l.from(id, until); i < len(l[id]) && l[id][i].until == until; i++ {
			if l[id][i].n == n {
				l[id] = slices.Delete(l[id], i, i+1)
				break
			}
		}
		if len(l[id]) == 0 {
			delete(l, id)
		}
	}
}

// from is the place of the first that can see what lies just before until.
func (l sightlines) from(id catalog.AssetID, until int64) int {
	return sort.Search(len(l[id]), func(i int) bool { return l[id][i].until >= until })
}

// seeing are the watermarks that can see a version of this time or a later one.
func (l sightlines) seeing(id catalog.AssetID, at time.Time) []*markNode {
	var out []*markNode
	for _, s := range l[id][l.from(id, after(at)):] {
		out = append(out, s.n)
	}
	return out
}

// after is the smallest until from which on a version of this time is seen; of
// the zero time, the smallest of all.
func after(at time.Time) int64 {
	if at.IsZero() {
		return math.MinInt64
	}
	return at.UnixNano() + 1
}

// sightlines gives for each asset that the node looked at how far it saw.
func (n *markNode) sightlines() map[catalog.AssetID]int64 {
	out := map[catalog.AssetID]int64{n.root: math.MinInt64}
	see := func(id catalog.AssetID, until int64) {
		if was, ok := out[id]; !ok || was < until {
			out[id] = until
		}
	}
	for _, s := range n.seen {
		until := int64(endless)
		if !s.query.Before.IsZero() {
			until = s.query.Before.UnixNano()
		}
		see(s.query.Dataset, until)
	}
	switch {
	case n.look == nil:
	case n.upTo.IsZero():
		see(n.root, endless)
	default: // data of that very time is seen too
		see(n.root, after(n.upTo))
	}
	return out
}

// doubted are the watermarks that a batch may contradict by what it did to an
// asset.
func (m *marks) doubted(t catalog.Touched, id catalog.AssetID) []*markNode {
	at, none := t.Since(id)
	if t.Rows {
		at, none = time.Time{}, false
	}
	if none {
		return nil
	}
	return m.looked.seeing(id, at)
}
