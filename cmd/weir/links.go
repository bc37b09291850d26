package main

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/weirhq/weir/graph"
)

// The pages of the web app that show what a command prints. Each page reads its
// address as it is written here (ui/src: search.ts of each page).

// pageLink is the address of a page of the web app.
func pageLink(base, path string) string { return strings.TrimRight(base, "/") + path }

// sayPage says on stderr where the web app shows what a list does.
func (a *app) sayPage(base, path string) { a.say("page: %s", pageLink(base, path)) }

// assetLink and runLink are pages of one thing.
func assetLink(base, id string) string { return pageLink(base, "/a/"+url.PathEscape(id)) }
func runLink(base, id string) string   { return pageLink(base, "/r/"+url.PathEscape(id)) }

// decisionPath is the page of a decision.
func decisionPath(id string) string { return "/d/" + url.PathEscape(id) }

// withQuery is a path with what is not empty.
func withQuery(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Add(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// longestImpact bounds the address of an impact: proxies take 8 kB.
const longestImpact = 6000

// impactPath is the page with the same changes at the same time; "" where it can show only some
// of them.
func impactPath(changes []planned, asOf string) string {
	var pairs []string
	for _, p := range changes {
		if !p.Known {
			return ""
		}
		pairs = append(pairs, "change", p.inAddress())
	}
	path := withQuery("/impact", append(pairs, "asOf", asOf)...)
	if len(changes) == 0 || len(changes) > impactChanges || len(path) > longestImpact {
		return ""
	}
	return path
}

// inAddress is a change as the page of impact reads it.
func (p planned) inAddress() string {
	field, to := p.Column, p.To
	if p.Kind == graph.DelayData {
		to = p.By
		if p.job {
			field = "job"
		}
	}
	words := []string{string(p.Kind)}
	for _, part := range []string{p.namespace, p.name, field, to} {
		words = append(words, url.PathEscape(part))
	}
	return strings.TrimRight(strings.Join(words, " "), " ")
}

// path is the page with the same picture.
func (q lineageAsk) path(id string) string {
	return withQuery("/lineage", "focus", id, "up", strconv.Itoa(q.up), "down", strconv.Itoa(q.down), "band", band(q.columns), "asOf", q.asOf,
		"tag", q.filter.tag, "owner", q.filter.owner, "tool", q.filter.tool, "ns", q.filter.namespace, "kind", strings.ToUpper(strings.ReplaceAll(q.filter.kind, "-", "_")))
}

// path is the page with the same ways; of a tag, with what lies before the end.
func (q pathAsk) path(ends []asset) string {
	if q.tag != "" {
		return withQuery("/lineage", "focus", ends[0].ID, "up", "3", "down", "0", "asOf", q.asOf)
	}
	return withQuery("/lineage", "focus", ends[0].ID, "to", ends[1].ID, "k", strconv.Itoa(q.k), "band", band(q.columns), "asOf", q.asOf)
}

func band(columns bool) string {
	if columns {
		return "COLUMN"
	}
	return ""
}

// path is the page with the same list.
func (q searchQuery) path(filter map[string]any) string {
	removed := ""
	if q.removed {
		removed = "1"
	}
	var pairs []string
	for _, k := range []string{"type", "kind"} {
		if filter[k] != nil {
			pairs = append(pairs, k, fmt.Sprint(filter[k]))
		}
	}
	if q.failed {
		pairs = append(pairs, "run", "FAILED")
	}
	return withQuery("/assets", slices.Concat(pairs, []string{"q", q.words, "tool", q.tool, "ns", q.namespace, "owner", q.owner, "tag", q.tag, "removed", removed})...)
}
