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

// seeing are the watermarks that can see as far as until, or farther.
func (l sightlines) seeing(id catalog.AssetID, until int64) []*markNode {
	var out []*markNode
	for _, s := range l[id][l.from(id, until):] {
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
	from, touched := touchedFrom(t, id)
	if !touched {
		return nil
	}
	return m.looked.seeing(id, from)
}

// touchedFrom is the smallest until of a watermark that a batch may contradict by
// what it did to an asset.
func touchedFrom(t catalog.Touched, id catalog.AssetID) (from int64, touched bool) {
	if t.Rows {
		return math.MinInt64, true
	}
	at, none := t.Since(id)
	return after(at), !none
}

// doubts are what the last batches did to an asset, oldest first: a later one
// concerns less than those before it, or stands for them.
type doubts []doubt

// doubt is a batch, and the smallest until of the watermarks that it concerns.
type doubt struct {
	batch uint64
	from  int64
}

// maxDoubts of an asset are told apart: an evaluation lasts a batch or two.
const maxDoubts = 8

func (d doubts) add(batch uint64, from int64) doubts {
	for len(d) > 0 && d[len(d)-1].from >= from {
		d = d[:len(d)-1]
	}
	if len(d) == maxDoubts { // the two oldest become one that concerns what either did
		d[1].from = d[0].from
		d = slices.Delete(d, 0, 1)
	}
	return append(d, doubt{batch, from})
}

// since is the smallest until of a watermark that a batch after this one concerns.
func (d doubts) since(batch uint64) (from int64, touched bool) {
	for _, one := range d {
		if one.batch > batch {
			return one.from, true
		}
	}
	return 0, false
}
