package scene

import (
	"encoding/binary"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// layered is 500 drawables in layers of 20, each made of three of the layer
// before.
func layered() *Scene {
	s := &Scene{}
	for i := range 500 {
		d := &Drawable{Span: 1, Distance: i/20 - 12, Focus: i == 250}
		binary.BigEndian.PutUint32(d.Asset[:], uint32(i))
		s.Drawables = append(s.Drawables, d)
		for k := range 3 {
			if from := (i/20-1)*20 + (i*7+k*5)%20; from >= 0 {
				s.Edges = append(s.Edges, Edge{Source: from, Target: i})
			}
		}
	}
	return s
}

// BenchmarkLayout500 places 500 drawables with 1,440 edges.
func BenchmarkLayout500(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		s := layered()
		b.StartTimer()
		place(s, nil, catalog.AssetID.Compare)
		if s.Drawables[499].Rank != 12 {
			b.Fatal("not laid out")
		}
	}
}
