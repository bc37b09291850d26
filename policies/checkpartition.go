package policies

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type partitionDoc struct {
	By    string   `yaml:"by"`
	TZ    string   `yaml:"tz"`
	Keys  []string `yaml:"keys"`
	Param string   `yaml:"param"`
}

type backfillDoc struct {
	Order         string `yaml:"order"`
	MaxPartitions int    `yaml:"max_partitions"`
	Parallel      int    `yaml:"parallel"`
	SealedBefore  string `yaml:"sealed_before"`
	Pool          string `yaml:"pool"`
	ApproveAbove  *int   `yaml:"approve_above"`
}

const hintPartition = "partition: { within: 2h, lateness: 3d }"

// wantPartition reads what stands behind want: partition.
func (c *checker) wantPartition(p *Policy, v any) {
	p.Partition = &Partitioning{}
	m, ok := v.(map[string]any)
	if !ok {
		c.fail(at("want", "partition"), "E106", hintPartition, "partition needs within")
		return
	}
	where := at("want", "partition")
	c.only(where, m, "within", "lateness")
	if m["within"] == nil {
		c.fail(where, "E106", hintPartition, "partition needs within")
		return
	}
	p.Partition.Within = c.duration(where.then("within"), text(m["within"]))
	if m["lateness"] != nil {
		p.Partition.Lateness = c.duration(where.then("lateness"), text(m["lateness"]))
	}
}

// partition reads the keys about partitions, once the inputs are known.
func (c *checker) partition(p *Policy, d document) {
	if p.Partition == nil {
		c.noPartition(p, d)
		return
	}
	if q := d.Partition; q != nil {
		p.Partition.Grain, p.Partition.TZ, p.Partition.Keys, p.Partition.Param = Grain(q.By), q.TZ, canonical(q.Keys), q.Param
		c.grain(at("partition", "by"), q.By)
		if q.By != "" && len(q.Keys) > 0 {
			c.fail(at("partition", "keys"), "E106", "either by or keys", "partitions by %s have no list of keys", q.By)
		}
	}
	c.zone(at("partition", "tz"), p.Partition.TZ)
	c.backfill(p, d.Backfill)
	c.maps(p, d)
}

// noPartition: the keys mean nothing without want: partition.
func (c *checker) noPartition(p *Policy, d document) {
	const hint = "write want: { partition: { within: 2h } }"
	if d.Partition != nil {
		c.fail(at("partition"), "E112", hint, "partition without want: partition")
	}
	if d.Backfill != nil {
		c.fail(at("backfill"), "E112", hint, "backfill without want: partition")
	}
	for _, in := range p.Inputs {
		if in.Map != nil || in.Require == RequireComplete {
			c.fail(at("inputs", in.Selector.String()), "E112", hint, "%s is mapped to partitions that the policy does not want", in.Selector)
		}
	}
}

func (c *checker) grain(where place, g string) {
	if g != "" && !slices.Contains(Grains, Grain(g)) {
		c.fail(where, "E106", "hour, day, week, month or year", "unknown grain %q", g)
	}
}

func (c *checker) zone(where place, tz string) (known bool) {
	_, err := time.LoadLocation(tz)
	if err != nil {
		c.fail(where, "E120", "an IANA zone such as Europe/Berlin", "unknown zone %q", tz)
	}
	return err == nil
}

func (c *checker) backfill(p *Policy, d *backfillDoc) {
	b := &p.Partition.Backfill
	if d == nil {
		return
	}
	if b.Max, b.Parallel, b.OldestFirst = d.MaxPartitions, d.Parallel, d.Order == "oldest"; !slices.Contains([]string{"", "newest", "oldest"}, d.Order) {
		c.fail(at("backfill", "order"), "E106", "newest or oldest", "unknown order %q", d.Order)
	}
	if b.Max < 0 || b.Max > maxParts {
		c.fail(at("backfill", "max_partitions"), "E106", fmt.Sprintf("at most %d", maxParts), "max_partitions %d", b.Max)
	}
	if b.Parallel < 0 || b.Parallel > maxParallel {
		c.fail(at("backfill", "parallel"), "E106", fmt.Sprintf("at most %d", maxParallel), "parallel %d", b.Parallel)
	}
	b.Pool = d.Pool
	c.count(&b.ApproveAbove, at("backfill", "approve_above"), d.ApproveAbove, 1)
	if d.SealedBefore != "" {
		b.SealedBefore = c.duration(at("backfill", "sealed_before"), d.SealedBefore)
	}
}

// maps finishes the maps of the inputs: the grain of the asset follows from
// roll-ups where the policy does not give it, and all must agree.
func (c *checker) maps(p *Policy, d document) {
	for _, in := range p.Inputs {
		if m := in.Map; m != nil && m.Kind == MapRollup && p.Partition.Grain == "" && len(p.Partition.Keys) == 0 {
			p.Partition.Grain = m.Grain
		}
	}
	for i := range p.Inputs {
		in := &p.Inputs[i]
		where := at("inputs", in.Selector.String())
		switch {
		case in.Map != nil:
			c.finish(p, in.Map, where, d.Inputs[in.Selector.String()])
			c.reachable(in, where)
		case in.Require == RequireComplete:
			c.fail(where.then("require"), "E112", "say how its partitions make those of the asset: map: identity", "complete without a map")
		case in.Trigger:
			c.fail(where.then("trigger"), "E112", "give it a map, or trigger: false", "%s triggers and has no map: which partition would it want?", in.Selector)
		}
	}
}

// finish fills in what a map takes from the policy and finds maps that cannot be.
func (c *checker) finish(p *Policy, m *Map, where place, d *inputDoc) {
	m.TZ, m.InputTZ = p.Partition.TZ, p.Partition.TZ
	if d != nil && d.TZ != "" {
		m.InputTZ = d.TZ
		c.zone(where.then("tz"), d.TZ)
	}
	where = where.then("map")
	switch {
	case m.Kind == MapRollup && m.Grain != p.Partition.Grain:
		c.fail(where, "E112", "make them the same", "rolled up to %ss, but the partitions of the asset are %s", m.Grain, plural(p.Partition))
	case m.Kind == MapRollup && slices.Index(Grains, m.Of) >= slices.Index(Grains, m.Grain):
		c.fail(where, "E112", "of: a finer grain, such as hour", "a %s is not made of %ss", m.Grain, m.Of)
	case m.Kind == MapWindow && p.Partition.Grain == "":
		c.fail(where, "E112", "say partition: { by: day }", "a window needs partitions in time")
	case m.Kind == MapTable && p.Partition.Grain != "":
		c.fail(where, "E112", "leave partition.by out", "a table names keys, but the partitions of the asset are %s", plural(p.Partition))
	case m.Kind == MapWindow, m.Kind == MapIdentity:
		m.Grain = p.Partition.Grain
	}
}

func plural(c *Partitioning) string {
	if c.Grain == "" {
		return "no periods"
	}
	return string(c.Grain) + "s"
}

// reachable: a count that some day cannot reach would hold that day for ever.
func (c *checker) reachable(in *Input, where place) {
	periods, ok := in.Map.Periods()
	if in.Complete.AtLeast == 0 || in.Map.Kind != MapRollup || !ok {
		return
	}
	least, key := maxMapped, ""
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, whole := range periods.Within(from, from.AddDate(4, 0, 1)) {
		if n := len(in.Map.Upstream(whole.Key, nil)); n < least {
			least, key = n, whole.Key
		}
		if in.Map.Grain == GrainHour {
			break
		}
	}
	if least > 0 && in.Complete.AtLeast > least { // none: its zone is unreadable, which is said
		c.fail(where.then("require", "complete", "at_least"), "E113", fmt.Sprintf("at most %d", least),
			"at_least %d, but %s has %d %ss", in.Complete.AtLeast, key, least, in.Map.Of)
	}
}

func canonical(keys []string) (out []string) {
	for _, k := range keys {
		out = append(out, CanonicalPartition(k))
	}
	return out
}

// finer is what a grain is rolled up from unless it is said.
var finer = map[Grain]Grain{GrainDay: GrainHour, GrainWeek: GrainDay, GrainMonth: GrainDay, GrainYear: GrainMonth}

const hintMap = "identity, rollup(day), window(-6..0), all, latest, { fixed: [ KEY ] }, { rollup: day, of: hour } or { table: { KEY: [ KEY ] } }"

var (
	callForm   = regexp.MustCompile(`^([a-z]+)\((.*)\)$`)
	windowForm = regexp.MustCompile(`^(-?[0-9]{1,4})\.\.(-?[0-9]{1,4})$`)
)

// mapOf reads a map.
func (c *checker) mapOf(where place, v any) *Map {
	switch x := v.(type) {
	case string:
		if m := mapWord(x); m != nil {
			return m
		}
	case map[string]any:
		return c.mapForm(where, x)
	}
	c.fail(where, "E112", hintMap, "unreadable map %v", v)
	return nil
}

func mapWord(s string) *Map {
	if k := MapKind(s); k == MapIdentity || k == MapAll || k == MapLatest {
		return &Map{Kind: k}
	}
	m := callForm.FindStringSubmatch(s)
	if m == nil {
		return nil
	}
	switch MapKind(m[1]) {
	case MapRollup:
		if of, ok := finer[Grain(m[2])]; ok {
			return &Map{Kind: MapRollup, Grain: Grain(m[2]), Of: of}
		}
	case MapWindow:
		w := windowForm.FindStringSubmatch(m[2])
		if w == nil {
			return nil
		}
		first, _ := strconv.Atoi(w[1]) // digits, by the form
		last, _ := strconv.Atoi(w[2])
		if first <= last && last-first < maxMapped {
			return &Map{Kind: MapWindow, First: first, Last: last}
		}
	}
	return nil
}

func (c *checker) mapForm(where place, x map[string]any) *Map {
	switch {
	case x["rollup"] != nil:
		c.only(where, x, "rollup", "of")
		m := &Map{Kind: MapRollup, Grain: Grain(text(x["rollup"])), Of: Grain(text(x["of"]))}
		c.grain(where.then("rollup"), string(m.Grain))
		c.grain(where.then("of"), string(m.Of))
		if m.Of == "" {
			m.Of = finer[m.Grain]
		}
		return m
	case x["fixed"] != nil:
		c.only(where, x, "fixed")
		list, ok := x["fixed"].([]any)
		if !ok || len(list) == 0 {
			c.fail(where.then("fixed"), "E112", hintMap, "fixed needs a list of keys")
		}
		return &Map{Kind: MapFixed, Keys: keysOfList(list)}
	case x["table"] != nil:
		c.only(where, x, "table")
		return c.table(where.then("table"), x["table"])
	}
	c.fail(where, "E112", hintMap, "unreadable map with %s", strings.Join(slices.Sorted(maps.Keys(x)), ", "))
	return nil
}

func (c *checker) table(where place, v any) *Map {
	rows, ok := v.(map[string]any)
	m := &Map{Kind: MapTable, Table: map[string][]string{}}
	for k, row := range rows {
		list, fine := row.([]any)
		ok = ok && fine && len(list) > 0
		m.Table[CanonicalPartition(k)] = keysOfList(list)
	}
	if !ok || len(rows) == 0 {
		c.fail(where, "E112", hintMap, "a table needs a list of keys for each key")
	}
	return m
}

func keysOfList(list []any) (out []string) {
	for _, k := range list {
		out = append(out, CanonicalPartition(text(k)))
	}
	return out
}

// completeness reads { at_least, max_wait }.
func (c *checker) completeness(where place, v any) (out Complete) {
	m, ok := v.(map[string]any)
	n, whole := m["at_least"].(uint64)
	if !ok || !whole || n < 1 || n > maxMapped {
		c.fail(where, "E106", "complete: { at_least: 23, max_wait: 4h }", "complete needs the number of partitions that are enough")
		return out
	}
	out.AtLeast = int(n)
	if m["max_wait"] != nil {
		out.MaxWait = c.duration(where.then("max_wait"), text(m["max_wait"]))
	}
	return out
}

// inputGrain is the grain of the input's own partitions; "" when they are none in
// time, or of the asset's.
func (m Map) inputGrain() Grain {
	if m.Kind == MapRollup {
		return m.Of
	}
	return m.Grain
}
