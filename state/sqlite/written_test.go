package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weirhq/weir/catalog"
)

var (
	writtenStart = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	writtenNames = []catalog.Name{
		{Type: catalog.TypeDataset, Namespace: "postgres://wh:5432", Name: "shop.raw"},
		{Type: catalog.TypeDataset, Namespace: "postgres://wh:5432", Name: "shop.mart"},
	}
)

// TestTouchedSaysSinceWhen: what lay before the time that a batch names, of an
// asset that it touched or not, is as it was before the batch: the newest version
// before any moment, and the last look that saw nothing newer.
func TestTouchedSaysSinceWhen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
		noError(t, err)
		defer db.Close()
		h, err := NewHistory(t.Context(), db)
		noError(t, err)
		defer h.Close()
		pos := catalog.Position(0)
		for range rapid.IntRange(1, 8).Draw(rt, "batches") {
			before := standing(t, h)
			var batch []Projected
			for range rapid.IntRange(1, 3).Draw(rt, "entries") {
				pos++
				batch = append(batch, Projected{Position: pos, Facts: someWrite(rt)})
			}
			touched, err := h.Project(t.Context(), batch)
			noError(t, err)
			if touched.Regrouped {
				continue
			}
			for k, now := range standing(t, h) {
				since, none := touched.Since(k.asset)
				if !none && !k.upTo.Before(since) {
					continue
				}
				if diff := cmp.Diff(before[k], now); diff != "" {
					rt.Fatalf("up to %s, though the batch says %s (none %v):\n%s", k.upTo.Format("04:05"), since.Format("04:05"), none, diff)
				}
			}
		}
	})
}

// moment is the time up to which an asset is looked at.
type moment struct {
	asset catalog.AssetID
	upTo  time.Time
}

// standing is what there is up to each of some moments.
func standing(t *testing.T, h *History) map[moment]string {
	t.Helper()
	out := map[moment]string{}
	for _, n := range writtenNames {
		id, _, err := h.Resolve(t.Context(), n)
		noError(t, err)
		for s := range 13 {
			m := moment{id, writtenStart.Add(time.Duration(s)*time.Second + 1)}
			list, err := h.Versions(t.Context(), catalog.VersionQuery{Dataset: id, Before: m.upTo.Add(1), Untainted: true, Limit: 1})
			noError(t, err)
			look, err := h.LastLook(t.Context(), id, m.upTo)
			noError(t, err)
			for _, v := range list {
				out[m] = v.ID() + v.RunStartedAt.String()
			}
			out[m] += fmt.Sprint(look)
		}
	}
	return out
}

// someWrite is an event of a run that writes, or a look.
func someWrite(rt *rapid.T) *catalog.Facts {
	at := writtenStart.Add(time.Duration(rapid.IntRange(1, 12).Draw(rt, "at")) * time.Second)
	name := rapid.SampledFrom(writtenNames).Draw(rt, "dataset")
	f := &catalog.Facts{EventTime: at, Datasets: []catalog.AssetFact{{Name: name}}}
	if rapid.IntRange(0, 3).Draw(rt, "what") == 0 {
		f.Looks = []catalog.LookFact{{Dataset: name, DataTime: writtenStart.Add(time.Duration(rapid.IntRange(1, 12).Draw(rt, "data")) * time.Second)}}
		return f
	}
	f.Job = &catalog.AssetFact{Name: catalog.Name{Type: catalog.TypeJob, Namespace: "af", Name: "load"}}
	f.Outputs = []catalog.IOFact{{Dataset: name}}
	f.Run = &catalog.RunFact{RunID: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "run"),
		Type: rapid.SampledFrom([]catalog.EventType{catalog.EventStart, catalog.EventComplete, catalog.EventComplete, catalog.EventFail}).Draw(rt, "type")}
	return f
}
