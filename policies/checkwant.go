package policies

import (
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
)

func (c *checker) wantOf(p *Policy, d document) {
	switch w := d.Want.(type) {
	case nil:
		p.Want.Kind = WantData
	case string:
		if p.Want.Kind = WantKind(w); p.Want.Kind != WantManual && p.Want.Kind != WantInherit {
			c.word(at("want"), w, "manual, inherit, or one of max_lag, max_age, by, versions_behind, partition", fmt.Sprintf("unknown want %q", w))
		}
	case map[string]any:
		if len(w) != 1 {
			c.fail(at("want"), "E106", "one map key: max_lag, max_age, by, versions_behind or partition", "want has %d keys", len(w))
			return
		}
		for k, v := range w {
			c.wantKey(p, k, v)
		}
	default:
		c.fail(at("want"), "E106", "manual, or one of max_lag, max_age, by", "unreadable want")
	}
}

func (c *checker) wantKey(p *Policy, key string, v any) {
	p.Want.Kind = WantKind(key)
	switch p.Want.Kind {
	case WantMaxLag, WantMaxAge:
		p.Want.Within = c.duration(at("want", key), fmt.Sprint(v))
	case WantBy:
		c.by(p, v)
	case WantBehind: // its inputs are read first
	case WantPartition:
		c.wantPartition(p, v)
	default:
		c.word(at("want", key), key, "manual, inherit, max_lag, max_age, by, versions_behind or partition", fmt.Sprintf("unknown want %q", key))
	}
}

func (c *checker) by(p *Policy, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.fail(at("want", "by"), "E106", `by: { cron: "0 9 * * *", tz: Europe/Berlin, covers: 6h }`, "by needs cron, tz and covers")
		return
	}
	for k, x := range m {
		switch k {
		case "cron":
			p.Want.Cron = fmt.Sprint(x)
		case "tz":
			p.Want.TZ = fmt.Sprint(x)
		case "covers":
			p.Want.Covers = c.duration(at("want", "by", "covers"), fmt.Sprint(x))
		default:
			c.fail(at("want", "by", k), "E101", "by knows cron, tz, covers", "unknown key %q", k)
		}
	}
	c.schedule(at("want", "by"), p.Want.Cron, p.Want.TZ)
}

func (c *checker) inputs(p *Policy, docs map[string]*inputDoc) {
	keys := make([]string, 0, len(docs))
	for k := range docs {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		d := docs[k]
		if d == nil {
			d = &inputDoc{}
		}
		in := Input{Selector: c.selector(at("inputs", k), k), Trigger: d.Trigger, Static: d.Static, Require: RequireExists, Checks: ChecksNone}
		if in.Selector.Type == catalog.TypeJob || in.Selector.Glob() {
			c.fail(at("inputs", k), "E109", "name one dataset", "an input is one dataset")
		}
		if d.Map != nil {
			in.Map, in.Require = c.mapOf(at("inputs", k, "map"), d.Map), RequireComplete
		}
		c.require(&in, at("inputs", k, "require"), d.Require)
		if d.Checks != "" {
			in.Checks = ChecksMode(d.Checks)
			if !slices.Contains([]ChecksMode{ChecksNone, ChecksBlocking, ChecksAll}, in.Checks) {
				c.fail(at("inputs", k, "checks"), "E106", "blocking, all or none", "unknown checks %q", d.Checks)
			}
		}
		p.Inputs = append(p.Inputs, in)
	}
}

func (c *checker) require(in *Input, at place, v any) {
	switch x := v.(type) {
	case nil:
	case string:
		in.Require = Require(x)
		if !slices.Contains([]Require{RequireNone, RequireExists, RequireUpdated, RequireFresh, RequireComplete}, in.Require) {
			c.word(at, x, "complete, updated, fresh, exists, none or { fresh: 2h }", fmt.Sprintf("unknown require %q", x))
		}
	case map[string]any:
		if v, ok := x["complete"]; ok && len(x) == 1 {
			in.Require, in.Complete = RequireComplete, c.completeness(at.then("complete"), v)
			return
		}
		d, ok := x["fresh"]
		if !ok || len(x) != 1 {
			c.fail(at, "E106", "updated, fresh, exists, none or { fresh: 2h }", "unreadable require")
			return
		}
		in.Require, in.Fresh = RequireFresh, c.duration(at.then("fresh"), fmt.Sprint(d))
	default:
		c.fail(at, "E106", "updated, fresh, exists, none or { fresh: 2h }", "unreadable require")
	}
}
