package virtual

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Tag sets a tag of an asset, as a person does.
func (w *World) Tag(n catalog.Name, key, value, by string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.see(n)
	w.tags[n] = append(slices.DeleteFunc(w.tags[n], func(t catalog.Tag) bool { return t.Key == key }),
		catalog.Tag{Key: key, Value: value, Curated: catalog.Curated{By: by, Since: at}})
}

// Code says what is known of a job's code from now on.
func (w *World) Code(job catalog.Name, c catalog.Code) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.see(job)
	w.code[job] = c
}

// Tool says which tool reports a job.
func (w *World) Tool(job catalog.Name, tool string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pos++
	w.see(job)
	w.tools[job] = tool
}

// Tagged lists assets that carry a tag.
func (w *World) Tagged(_ context.Context, t catalog.AssetType, key string, limit int) ([]catalog.Asset, error) {
	return w.filtered(limit, func(a catalog.Asset) bool {
		return a.Type == t && slices.ContainsFunc(a.Tags, func(tag catalog.Tag) bool { return tag.Key == key })
	}), nil
}

// OfTool lists the jobs of a tool.
func (w *World) OfTool(_ context.Context, tool string, limit int) ([]catalog.Asset, error) {
	return w.filtered(limit, func(a catalog.Asset) bool {
		return a.Type == catalog.TypeJob && strings.EqualFold(a.Integration, tool)
	}), nil
}

func (w *World) filtered(limit int, fits func(catalog.Asset) bool) (out []catalog.Asset) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	seen := map[catalog.AssetID]bool{}
	for n := range w.names {
		if a := w.asset(n); !seen[a.ID] && fits(a) {
			seen[a.ID], out = true, append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b catalog.Asset) int { return a.Name.Compare(b.Name) })
	return out[:min(len(out), limit)]
}
