package policies

import (
	"slices"
	"sync"
	"time"
)

// MapKind is how partitions of an input make partitions of the asset.
type MapKind string

// The maps. In brackets: what one partition of the asset is made of.
const (
	MapIdentity MapKind = "identity" // the input's partition of the same key
	MapRollup   MapKind = "rollup"   // all of the input's periods that begin in the asset's
	MapWindow   MapKind = "window"   // the input's periods from so many before it to so many after it
	MapAll      MapKind = "all"      // every partition that the input has
	MapLatest   MapKind = "latest"   // the input's newest partition
	MapFixed    MapKind = "fixed"    // the same named partitions, whichever it is
	MapTable    MapKind = "table"    // the named partitions of its key
)

// Map says which partitions of an input a partition of the asset is made of.
type Map struct {
	Kind MapKind
	// Grain is the asset's of a rollup, Of the input's. Window has Grain for both.
	Grain, Of Grain
	// TZ is the zone of the asset's periods, InputTZ of the keys of the input.
	TZ, InputTZ string
	// First and Last are the offsets of a window: -6 and 0 are the last seven.
	First, Last int
	// Keys are those of fixed; Table's, by the asset's key.
	Keys  []string
	Table map[string][]string
}

// maxMapped bounds how many partitions one partition is made of: the hours of a
// leap year.
const maxMapped = 366*24 + 1

// Periods cuts the asset's time; false when the map's partitions are none in time.
func (m Map) Periods() (Periods, bool) { return periodsOf(m.Grain, m.TZ) }

func periodsOf(g Grain, tz string) (Periods, bool) {
	loc, known := zones.Load(tz)
	if !known {
		read, err := time.LoadLocation(tz)
		if err != nil {
			return Periods{}, false
		}
		loc, _ = zones.LoadOrStore(tz, read)
	}
	return Periods{Grain: g, Zone: loc.(*time.Location)}, g != ""
}

// zones are those that were read: the library reads the disk each time.
var zones sync.Map

// Upstream are the partitions of the input that a partition of the asset is made
// of, in canonical form and in order. seen are the input's partitions as far as
// they are known, oldest written first; only all and latest look at them. A key
// that the map does not know is made of nothing.
func (m Map) Upstream(key string, seen []string) []string {
	switch m.Kind {
	case MapIdentity:
		return []string{key}
	case MapRollup:
		return m.rolled(key)
	case MapWindow:
		return m.windowed(key, m.First, m.Last)
	case MapAll:
		return seen
	case MapLatest:
		return seen[max(0, len(seen)-1):]
	case MapFixed:
		return m.Keys
	case MapTable:
		return m.Table[key]
	}
	return nil
}

// Downstream are the partitions of the asset that a partition of the input takes
// part in: the inverse of Upstream. known are the asset's keys as far as they are
// known; only all, latest and fixed look at them, since for these the input says
// nothing about the asset.
func (m Map) Downstream(key string, known []string) []string {
	switch m.Kind {
	case MapIdentity:
		return []string{key}
	case MapRollup:
		return m.unrolled(key)
	case MapWindow:
		return m.windowed(key, -m.Last, -m.First)
	case MapAll, MapLatest:
		return known
	case MapFixed:
		if slices.Contains(m.Keys, key) {
			return known
		}
	case MapTable:
		return m.tabled(key)
	}
	return nil
}

// rolled: an input's period belongs to where it begins, so that none is in two
// even where hours of UTC do not fit the days of a zone.
func (m Map) rolled(key string) (out []string) {
	days, ok := m.Periods()
	hours, fine := periodsOf(m.Of, m.InputTZ)
	whole, known := days.Of(key)
	if !ok || !fine || !known {
		return nil
	}
	for _, p := range hours.Within(whole.From, whole.To) {
		out = append(out, p.Key)
	}
	return out
}

func (m Map) unrolled(key string) []string {
	days, ok := m.Periods()
	hours, fine := periodsOf(m.Of, m.InputTZ)
	if !ok || !fine {
		return nil
	}
	part, known := hours.Of(key)
	if !known {
		return nil
	}
	return []string{days.At(part.From).Key}
}

func (m Map) windowed(key string, first, last int) (out []string) {
	c, ok := m.Periods()
	p, known := c.Of(key)
	if !ok || !known {
		return nil
	}
	p = c.Step(p, first)
	for range last - first + 1 {
		out = append(out, p.Key)
		p = c.Step(p, 1)
	}
	return out
}

func (m Map) tabled(key string) (out []string) {
	for k, list := range m.Table {
		if slices.Contains(list, key) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}
