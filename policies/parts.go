package policies

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Partitioning is how a policy sees the partitions of its asset; nil for a
// policy that is about the asset as a whole.
type Partitioning struct {
	// Grain and TZ cut time; without a grain the keys are the Keys, or those that
	// the inputs have.
	Grain Grain
	TZ    string
	Keys  []string
	// Param is the parameter of the target that gets the key; "" none.
	Param string
	// Within is how long after its end a partition may be missing; what comes
	// later than Lateness after its end changes nothing.
	Within, Lateness time.Duration
	Backfill         Backfill
}

// Backfill bounds the making of partitions that are older than the lateness.
type Backfill struct {
	// Max is how many of these periods are looked at, from the newest on; 0: none.
	Max int
	// OldestFirst turns the order of all starts; Parallel is how many partitions
	// are under way at once.
	OldestFirst bool
	Parallel    int
	// SealedBefore: what ended longer ago is never made; 0 no bound.
	SealedBefore time.Duration
	// Pool is where its actions take slots, as class backfill; "": where the
	// policy's do.
	Pool string
	// ApproveAbove: while more partitions than that are to be made, a person is
	// asked; 0 never.
	ApproveAbove int
}

// Complete bounds require: complete.
type Complete struct {
	// AtLeast so many mapped partitions do, MaxWait after the end; 0: all.
	AtLeast int
	MaxWait time.Duration
}

// PartView is one partition of the asset as it stands.
type PartView struct {
	// Key is canonical; From and To are zero where it is no period.
	Key      string
	From, To time.Time
	// Seen is when the first of its inputs came, where it is no period. Due is
	// when it should be made; zero when nobody knows.
	Seen, Due time.Time
	// Old: longer over than the lateness, Sealed: than sealed_before. Place counts
	// the old ones, made or not, from the newest on; the first is 1.
	Old, Sealed bool
	Place       int
	// Made is the newest success of it; nil when there is none. Last are the newest
	// versions, also those of failed runs.
	Made *catalog.Version
	Last []catalog.Version
	// Failed is when a run failed last that the gate let through for it, that weir
	// started, or that says it was for its time; zero none did.
	Failed time.Time
	Inputs []PartInput
	// Others are the actions under way for other partitions.
	Others int
}

// PartInput is what a mapped input has for a partition.
type PartInput struct {
	// Input is the selector of the input.
	Input string
	// Mapped is how many of its partitions belong to it, There how many of them
	// have a version; Missing are the first of those that have none.
	Mapped, There int
	Missing       []string
	// Newest is the newest version of them, Hash stands for the newest of each.
	Newest *catalog.Version
	Hash   string
	// New are the versions that its newest success did not read:
	// in time, and too late to matter.
	New, TooLate []string
	// Unclear says why nobody knows what there is.
	Unclear string
	// Versions are the newest of each, newest first: only for a partition that a
	// gate is asked about, and not of more than maxPartPins.
	Versions []catalog.Version
}

// partFacts is what partitions are judged by.
type partFacts struct {
	made   partIndex
	inputs map[string]partIndex // by selector
	failed map[string]time.Time
}

// partIndex holds versions by canonical partition, newest first.
type partIndex struct {
	by map[string][]catalog.Version
	// keys are the partitions, the one written longest ago first.
	keys []string
	// unclear says why it may lack some.
	unclear string
}

// indexed files versions that are newest first.
func indexed(list []catalog.Version) partIndex {
	x := partIndex{by: map[string][]catalog.Version{}}
	for _, v := range list {
		if x.by[v.Partition] == nil {
			x.keys = append(x.keys, v.Partition)
		}
		x.by[v.Partition] = append(x.by[v.Partition], v)
	}
	slices.Reverse(x.keys)
	return x
}

// good is the newest untainted version of a partition.
func (x partIndex) good(key string) *catalog.Version {
	list := x.by[key]
	for i := range list {
		if !list[i].Tainted {
			return &list[i]
		}
	}
	return nil
}

// Bounds of what is looked at.
const (
	maxParts        = 500
	maxPartVersions = 5000
	maxMissing      = 3
)

// partsOf judges the partitions of a policy's asset that may be wanted at now, in
// the order in which they would be started. cut: there are more.
func partsOf(p *Policy, f partFacts, now time.Time) (out []PartView, cut bool) {
	keys := partKeys(p, f, now)
	for _, key := range keys {
		v, ok := p.Partition.view(key, f, p)
		if !ok || !v.To.IsZero() && v.To.After(now) && v.Made == nil {
			continue // to come, or never on the clock
		}
		v.Old, v.Sealed = p.Partition.old(v, now), p.Partition.sealed(v.To, now)
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b PartView) int { return -comparePlace(a, b) })
	cut = len(out) > maxParts
	out = out[:min(len(out), maxParts)]
	n := 0
	for i := range out {
		if out[i].Old {
			n++
			out[i].Place = n
		}
		out[i].Inputs = partInputs(p, f, out[i])
	}
	p.Partition.order(out)
	return out, cut
}

// comparePlace orders by time, then by key.
func comparePlace(a, b PartView) int {
	if c := a.From.Compare(b.From); c != 0 {
		return c
	}
	if a.Key < b.Key {
		return -1
	}
	return 1
}

// order puts those that are due before those that are backfilled.
func (c *Partitioning) order(list []PartView) {
	if c.Backfill.OldestFirst {
		slices.Reverse(list)
	}
	slices.SortStableFunc(list, func(a, b PartView) int {
		switch {
		case a.Old == b.Old:
			return 0
		case b.Old:
			return -1
		}
		return 1
	})
}

// partKeys are the keys that may be wanted: the fixed ones, the periods of the
// lateness and the backfill, and those that versions of inputs lead to. So a key
// that a run made up wants exactly what it is mapped to.
func partKeys(p *Policy, f partFacts, now time.Time) []string {
	set := map[string]bool{}
	for _, k := range p.Partition.Keys {
		set[k] = true
	}
	for _, k := range p.Partition.recent(now) {
		set[k] = true
	}
	known := p.Partition.Keys
	if len(known) == 0 {
		known = f.made.keys
	}
	mapped := false
	for _, in := range p.Inputs {
		if in.Map == nil {
			continue
		}
		for _, key := range f.inputs[in.Selector.String()].keys {
			for _, k := range in.Map.Downstream(key, known) {
				mapped = true
				set[k] = set[k] || p.Partition.allows(k)
			}
		}
	}
	if len(set) == 0 && !mapped && p.Partition.Grain == "" {
		set[""] = true // the whole is its one partition
	}
	var out []string
	for k, in := range set {
		if in {
			out = append(out, k)
		}
	}
	return out
}

// allows: a key of the asset's own form.
func (c *Partitioning) allows(key string) bool {
	if len(c.Keys) > 0 {
		return slices.Contains(c.Keys, key)
	}
	if periods, ok := periodsOf(c.Grain, c.TZ); ok {
		_, ok := periods.Of(key)
		return ok
	}
	return true
}

// recent are the periods that ended within the lateness, and as many before them
// as a backfill may make.
func (c *Partitioning) recent(now time.Time) (out []string) {
	periods, ok := periodsOf(c.Grain, c.TZ)
	if !ok {
		return nil
	}
	p, older := periods.At(now), 0
	for len(out) < maxParts {
		p = periods.Step(p, -1)
		over := now.Sub(p.To)
		if over > c.Lateness {
			older++
		}
		if older > c.Backfill.Max && len(out) > 0 || c.sealed(p.To, now) {
			break
		}
		out = append(out, p.Key)
	}
	return out
}

// view is a partition by itself; false for a period that never was.
func (c *Partitioning) view(key string, f partFacts, p *Policy) (PartView, bool) {
	v := PartView{Key: key, Made: f.made.good(key), Last: f.made.last(key), Failed: f.failed[key]}
	if periods, ok := periodsOf(c.Grain, c.TZ); ok {
		period, known := periods.Of(key)
		v.From, v.To, v.Due = period.From.UTC(), period.To.UTC(), period.To.Add(c.Within).UTC()
		return v, known
	}
	if v.Seen = firstSeen(p, f, key); !v.Seen.IsZero() {
		v.Due = v.Seen.Add(c.Within)
	}
	return v, true
}

// firstSeen is when the inputs first had anything of a key.
func firstSeen(p *Policy, f partFacts, key string) (first time.Time) {
	for _, in := range p.Inputs {
		if in.Map == nil {
			continue
		}
		x := f.inputs[in.Selector.String()]
		for _, k := range in.Map.Upstream(key, x.keys) {
			if list := x.by[k]; len(list) > 0 {
				first = soonest(first, list[len(list)-1].ProducedAt)
			}
		}
	}
	return first
}

// broken: a run that wrote it, or was to, failed after its newest success.
func (v PartView) broken() bool {
	return len(v.Last) > 0 && v.Last[0].Tainted || v.Made != nil && v.Failed.After(v.Made.ProducedAt)
}

// old: longer over than the lateness. The partition of the last period is made
// whatever the lateness is.
func (c *Partitioning) old(v PartView, now time.Time) bool {
	if v.To.IsZero() || now.Sub(v.To) <= c.Lateness {
		return false
	}
	periods, _ := periodsOf(c.Grain, c.TZ)
	return periods.Step(periods.At(now), -1).Key != v.Key
}

func (c *Partitioning) sealed(end, now time.Time) bool {
	return c.Backfill.SealedBefore > 0 && !end.IsZero() && now.Sub(end) > c.Backfill.SealedBefore
}

// partInputs is what each mapped input has for a partition.
func partInputs(p *Policy, f partFacts, part PartView) (out []PartInput) {
	for _, in := range p.Inputs {
		if in.Map == nil {
			continue
		}
		x := f.inputs[in.Selector.String()]
		v := PartInput{Input: in.Selector.String(), Unclear: x.unclear}
		v.fill(in.Map.Upstream(part.Key, x.keys), x, part, p.Partition.Lateness)
		out = append(out, v)
	}
	return out
}

// fill looks at each mapped partition. One that a failed run wrote last is not
// there, and nobody knows what it holds.
func (v *PartInput) fill(want []string, x partIndex, part PartView, lateness time.Duration) {
	v.Mapped = len(want)
	h := sha256.New()
	for _, k := range want {
		newest := x.good(k)
		if newest != nil && x.by[k][0].Tainted {
			v.Unclear, newest = "the last run that wrote "+k+" failed", nil
		}
		if newest == nil {
			if len(v.Missing) < maxMissing {
				v.Missing = append(v.Missing, k)
			}
			continue
		}
		v.There++
		h.Write([]byte(newest.ID()))
		if v.Newest == nil || v.Newest.Before(*newest) {
			v.Newest = newest
		}
		v.compare(*newest, x.by[k], part, lateness)
	}
	if v.There > 0 {
		v.Hash = hex.EncodeToString(h.Sum(nil)[:10])
	}
}

// compare notes a version that the last success of the partition did not read:
// one that was committed since that began, and holds other data.
func (v *PartInput) compare(newest catalog.Version, list []catalog.Version, part PartView, lateness time.Duration) {
	if part.Made == nil || newest.ProducedAt.Before(begun(*part.Made)) {
		return
	}
	for _, read := range list {
		if !read.Tainted && read.ProducedAt.Before(begun(*part.Made)) {
			if read.DataVersion != "" && read.DataVersion == newest.DataVersion {
				return
			}
			break
		}
	}
	if !part.To.IsZero() && newest.ProducedAt.After(part.To.Add(lateness)) {
		v.TooLate = append(v.TooLate, newest.ID())
		return
	}
	v.New = append(v.New, newest.ID())
}
