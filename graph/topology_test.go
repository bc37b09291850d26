package graph_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/graph/graphtest"
)

// TestTopologyReaders: readers see a change whole or not at all.
func TestTopologyReaders(t *testing.T) {
	topo := graph.NewTopology()
	root := graphtest.Dataset("root")
	const fan = 50
	change := func(at catalog.Position, pass int) graph.Change {
		c := graph.Change{After: at, Position: at + 1, Rows: []graph.Row{{Asset: root}}}
		for i := range fan {
			j := graphtest.Job(fmt.Sprint("j", i))
			out := graphtest.Dataset(fmt.Sprint("d", pass%2, i))
			c.Rows = append(c.Rows, graph.Row{Asset: j, Edges: []catalog.Edge{graphtest.Reads(root, j), graphtest.Writes(j, out)}})
		}
		return c
	}
	if err := topo.Apply(t.Context(), change(0, 0)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, g := range []graph.Granularity{graph.ByAsset, graph.ByDataset} {
		wg.Go(func() {
			for range 100 {
				l, err := graph.Walk(t.Context(), topo, graph.Traversal{Roots: []catalog.AssetID{root.ID}, Direction: graph.Downstream, Granularity: g})
				want := 1 + fan
				if g == graph.ByAsset {
					want += fan
				}
				if err != nil || len(l.Nodes) != want || !l.Complete || l.Position == 0 {
					t.Errorf("%s: %d nodes at %s, %v; want %d", g, len(l.Nodes), l.Position, err, want)
					return
				}
			}
		})
	}
	for i := range 100 {
		if err := topo.Apply(t.Context(), change(catalog.Position(i+1), i+1)); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}

// hubs is a change that makes jobs read a hub, a batch of them.
func hubs(hub catalog.Asset, first, n int, at catalog.Position) graph.Change {
	c := graph.Change{After: at, Position: at + 1}
	for i := range n {
		j := graphtest.Job(fmt.Sprint("j", first+i))
		c.Rows = append(c.Rows, graph.Row{Asset: j, Edges: []catalog.Edge{graphtest.Reads(hub, j)}})
	}
	return c
}

// TestTopologyHub: 100,000 neighbours come in batches, are read meanwhile, are
// sent again, and go.
func TestTopologyHub(t *testing.T) {
	const fan, batch = 100_000, 2500
	topo, hub := graph.NewTopology(), graphtest.Dataset("hub")
	q := graph.Traversal{Roots: []catalog.AssetID{hub.ID}, Direction: graph.Downstream, MaxNodes: 10}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for last := catalog.Position(0); ; {
			l, err := topo.Lineage(t.Context(), q)
			if seen := len(l.Nodes) - 1 + l.Nodes[0].HiddenDownstream; err != nil || seen != int(l.Position)*batch || l.Position < last {
				t.Errorf("%d neighbours at position %s after %s, %v", seen, l.Position, last, err)
				return
			}
			last = l.Position
			select {
			case <-done:
				return
			default:
			}
		}
	})
	apply := func(c graph.Change) {
		if err := topo.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	for at := range catalog.Position(fan / batch) {
		apply(hubs(hub, int(at)*batch, batch, at))
	}
	close(done)
	wg.Wait()
	full, _ := topo.Size()
	apply(hubs(hub, 0, fan, fan/batch))
	if again, _ := topo.Size(); again != full {
		t.Errorf("the same rows again take %d bytes, before %d", again, full)
	}
	if c, err := graph.Reach(t.Context(), topo, graph.Traversal{Roots: q.Roots, Direction: graph.Downstream}); err != nil || len(c.Reached) != fan+1 || !c.Complete {
		t.Errorf("%d reached, %v", len(c.Reached), err)
	}
	gone := hubs(hub, 0, fan, fan/batch+1)
	for _, r := range gone.Rows {
		gone.Removed = append(gone.Removed, r.Asset.ID)
	}
	gone.Rows = nil
	apply(gone)
	if l, err := topo.Lineage(t.Context(), q); err != nil || len(l.Nodes) != 1 || !l.Complete {
		t.Errorf("%d nodes are left, complete %v, %v", len(l.Nodes), l.Complete, err)
	}
	if empty, _ := graphtest.Restored(t, topo).Size(); empty != 0 {
		t.Errorf("what is left takes %d bytes after a restart", empty)
	}
}

// TestTopologyLimit: above its limit a topology holds nothing and follows on;
// reset gives it another chance.
func TestTopologyLimit(t *testing.T) {
	topo, hub := graph.NewTopology(), graphtest.Dataset("hub")
	topo.Limit = 10_000
	for at := range catalog.Position(5) {
		if err := topo.Apply(t.Context(), hubs(hub, int(at)*20, 20, at)); err != nil {
			t.Fatal(err)
		}
	}
	if pos, _ := topo.Position(t.Context()); pos != 5 {
		t.Errorf("position %s, want 5", pos)
	}
	if size, dropped := topo.Size(); !dropped || size <= topo.Limit {
		t.Errorf("%d bytes, dropped %v", size, dropped)
	}
	if err := topo.Apply(t.Context(), hubs(hub, 0, 1, 9)); !errors.Is(err, graph.ErrGap) {
		t.Errorf("a gap is taken: %v", err)
	}
	if _, err := topo.Lineage(t.Context(), graph.Traversal{Roots: []catalog.AssetID{hub.ID}}); !errors.Is(err, graph.ErrDropped) || !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("lineage of what was dropped: %v", err)
	}
	c := hubs(hub, 0, 1, 0)
	c.Reset = true
	if err := topo.Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, dropped := topo.Size(); dropped {
		t.Error("a reset graph is still dropped")
	}
}

// TestRestore: what cannot be used is refused with the reason, and changes
// nothing; every cut and every flipped bit is found.
func TestRestore(t *testing.T) {
	shop, assets := shop(t)
	var b bytes.Buffer
	pos, err := shop.Save(&b, 7)
	if err != nil {
		t.Fatal(err)
	}
	good := b.Bytes()
	topo := graph.NewTopology()
	for what, err := range map[string]error{
		"another projection": topo.Restore(good, 8, pos),
		"ahead of the state": topo.Restore(good, 7, pos-1),
		"nothing":            topo.Restore(nil, 7, pos),
	} {
		if !errors.Is(err, graph.ErrSnapshot) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range good {
		flipped := bytes.Clone(good)
		flipped[i] ^= 1
		if topo.Restore(good[:i], 7, pos) == nil || topo.Restore(flipped, 7, pos) == nil {
			t.Fatalf("torn or flipped at byte %d of %d is taken", i, len(good))
		}
	}
	if size, _ := topo.Size(); size != 0 {
		t.Errorf("%d bytes of what was refused", size)
	}
	if err := topo.Restore(good, 7, pos); err != nil {
		t.Fatal(err)
	}
	q := graph.Traversal{Roots: []catalog.AssetID{assets["raw"].ID}, Direction: graph.Both, Depth: 20}
	want, _ := shop.Lineage(t.Context(), q)
	if got, err := topo.Lineage(t.Context(), q); err != nil || fmt.Sprint(got) != fmt.Sprint(want) || len(got.Edges) == 0 {
		t.Errorf("%v, want %v, %v", got, want, err)
	}
	if topo.Restore(good, 8, pos) == nil || topo.Apply(t.Context(), graph.Change{After: pos, Position: pos + 1}) != nil {
		t.Error("a refused snapshot moves the topology")
	}
}

// FuzzRestore: a snapshot whose checksum is right and whose content is not, is
// refused or read, and never ends the process.
func FuzzRestore(f *testing.F) {
	topo, hub := graph.NewTopology(), graphtest.Dataset("hub")
	if err := topo.Apply(f.Context(), hubs(hub, 0, 3, 0)); err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := topo.Save(&b, 7); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes()[:b.Len()-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
		topo := graph.NewTopology()
		if topo.Restore(binary.LittleEndian.AppendUint32(bytes.Clone(body), sum), 7, 1) != nil {
			return
		}
		if _, err := topo.Lineage(t.Context(), graph.Traversal{Roots: []catalog.AssetID{hub.ID}}); err != nil {
			t.Error(err)
		}
	})
}
