package policies

import (
	"context"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// maxChain bounds how far pins and run trees are followed, maxDepth how far a
// watermark is.
const (
	maxChain = 32
	maxDepth = 1000
)

// reader answers the questions of one snapshot and remembers the answers, so
// that a diamond costs what a chain costs. It is used for one snapshot only. Most
// snapshots ask few kinds of questions: the maps are made when there is something
// in them.
type reader struct {
	ctx      context.Context
	history  History
	assets   map[catalog.AssetID]*catalog.Asset // nil: never seen
	runs     map[catalog.RunKey][]catalog.Run
	runIDs   map[string][]catalog.Run
	versions map[versionAsk]*catalog.Version
	marks    map[versionKey]mark
	facts    map[thing]*fact
	// single: it answers one question, and remembers no fact.
	single bool
	// pins is the watermark that a pin was last read from.
	pins *markNode

	// memo, when set, holds watermarks beyond this snapshot; filling reads what
	// it lacks, as of the batch began, and nodes are what it made.
	memo  *marks
	nodes map[versionKey]*markNode
	// circular are those of them that depend on where the walk began.
	circular []*markNode
	filling  *reader
	began    uint64
}

// memo remembers v under k in a map that may not be there yet.
func memo[K comparable, V any](in *map[K]V, k K, v V) {
	if *in == nil {
		*in = map[K]V{}
	}
	(*in)[k] = v
}

type versionAsk struct {
	asset  catalog.AssetID
	before int64
}

// mark is a watermark: the oldest root's time, and which root it is.
type mark struct {
	at    time.Time
	asset catalog.AssetID
	name  catalog.Name
}

func (m mark) equal(o mark) bool { return m.at.Equal(o.at) && m.asset == o.asset && m.name == o.name }

// orOlder is whichever of the two is known and older.
func (m mark) orOlder(o mark) mark {
	if !o.at.IsZero() && (m.at.IsZero() || o.at.Before(m.at)) {
		return o
	}
	return m
}

func newReader(ctx context.Context, h History) *reader { return &reader{ctx: ctx, history: h} }

func (r *reader) asset(id catalog.AssetID) (catalog.Asset, bool, error) {
	a, known := r.assets[id]
	if !known {
		list, err := r.history.Assets(r.ctx, []catalog.AssetID{id})
		if err != nil {
			return catalog.Asset{}, false, err
		}
		if len(list) > 0 {
			a = &list[0]
		}
		memo(&r.assets, id, a)
	}
	if a == nil {
		return catalog.Asset{}, false, nil
	}
	return *a, true, nil
}

// newest is the newest untainted version committed before a time (zero: now).
// A view has the newest of what it reads: it passes newness through.
func (r *reader) newest(id catalog.AssetID, before time.Time) (*catalog.Version, error) {
	return r.newestOf(id, before, 0)
}

func (r *reader) newestOf(id catalog.AssetID, before time.Time, depth int) (*catalog.Version, error) {
	ask := versionAsk{id, 0}
	if !before.IsZero() {
		ask.before = before.UnixNano()
	}
	if v, ok := r.versions[ask]; ok {
		return v, nil
	}
	list, err := r.history.Versions(r.ctx, VersionQuery{Dataset: id, Before: before, Untainted: true, Limit: 1})
	if err != nil {
		return nil, err
	}
	var v *catalog.Version
	if len(list) > 0 {
		v = &list[0]
	}
	memo(&r.versions, ask, v)
	a, _, err := r.asset(id)
	if err != nil || !a.View || v == nil || depth > maxChain {
		return v, err
	}
	through, err := r.throughView(*v, before, depth)
	if err == nil && through != nil {
		v = through
		r.versions[ask] = v
	}
	return v, err
}

// throughView: the newest version among what the view's newest run read.
func (r *reader) throughView(view catalog.Version, before time.Time, depth int) (*catalog.Version, error) {
	inputs, err := r.inputsOf(view)
	if err != nil {
		return nil, err
	}
	var best *catalog.Version
	for _, in := range inputs {
		v, err := r.newestOf(in.asset, before, depth+1)
		if err != nil {
			return nil, err
		}
		if v != nil && (best == nil || best.Before(*v)) {
			best = v
		}
	}
	return best, nil
}

// source is an asset that a run read, and the store's own versions of it that
// the run named.
type source struct {
	asset    catalog.AssetID
	versions []string
}

// inputsOf are the assets that the run of a version read, without itself. What
// a run says of the versions it read is about its last attempt.
func (r *reader) inputsOf(v catalog.Version) ([]source, error) {
	run, ok, err := r.run(v.Run)
	if err != nil || !ok {
		return nil, err
	}
	var out []source
	for _, n := range run.Inputs {
		id, _, err := r.history.Resolve(r.ctx, n)
		if err != nil {
			return nil, err
		}
		if id == v.Asset {
			continue
		}
		in := source{asset: id}
		for _, read := range run.ReadsOf(n) {
			if read.DataVersion != "" && v.Attempt == run.Attempt && !slices.Contains(in.versions, read.DataVersion) {
				in.versions = append(in.versions, read.DataVersion)
			}
		}
		out = append(out, in)
	}
	return out, nil
}

func (r *reader) run(key catalog.RunKey) (catalog.Run, bool, error) {
	if key.IsZero() {
		return catalog.Run{}, false, nil
	}
	list, ok := r.runs[key]
	if !ok {
		var err error
		if list, err = r.history.Runs(r.ctx, RunQuery{Keys: []catalog.RunKey{key}, Limit: 1}); err != nil {
			return catalog.Run{}, false, err
		}
		memo(&r.runs, key, list)
	}
	if len(list) == 0 {
		return catalog.Run{}, false, nil
	}
	return list[0], true, nil
}

// runByID finds the run that a parent reference names.
func (r *reader) runByID(id string) (catalog.Run, bool, error) {
	list, ok := r.runIDs[id]
	if !ok {
		var err error
		if list, err = r.history.Runs(r.ctx, RunQuery{RunIDs: []string{id}, Limit: 1}); err != nil {
			return catalog.Run{}, false, err
		}
		memo(&r.runIDs, id, list)
	}
	if len(list) == 0 {
		return catalog.Run{}, false, nil
	}
	return list[0], true, nil
}

// pinnedThrough is the version of input that v read: the oldest one reached
// through pins of pins (a mart that pins staging pins raw). When none is
// reached, the run consumed what there was at its START.
func (r *reader) pinnedThrough(v catalog.Version, input catalog.AssetID) (pin *catalog.Version, reached bool, err error) {
	if pin, err = r.reachFrom(v, input); err != nil || pin != nil {
		return pin, pin != nil, err
	}
	if v.RunStartedAt.IsZero() {
		return nil, false, nil
	}
	pin, err = r.newest(input, v.RunStartedAt)
	return pin, false, err
}

func (r *reader) reachFrom(v catalog.Version, input catalog.AssetID) (*catalog.Version, error) {
	if r.memo != nil {
		if pin, ok, err := r.recalledPin(v, input); err != nil || ok {
			return pin, err
		}
	}
	return r.reach(v, input, map[string]bool{}, 0)
}

func (r *reader) reach(v catalog.Version, input catalog.AssetID, seen map[string]bool, depth int) (*catalog.Version, error) {
	if seen[v.ID()] || depth > maxChain || v.RunStartedAt.IsZero() {
		return nil, nil
	}
	seen[v.ID()] = true
	inputs, err := r.inputsOf(v)
	if err != nil {
		return nil, err
	}
	var oldest *catalog.Version
	for _, in := range inputs {
		p, err := r.pinOf(v, in, input, seen, depth)
		if err != nil {
			return nil, err
		}
		if p != nil && (oldest == nil || p.Before(*oldest)) {
			oldest = p
		}
	}
	return oldest, nil
}

// pinOf follows one input of a version.
func (r *reader) pinOf(v catalog.Version, in source, input catalog.AssetID, seen map[string]bool, depth int) (*catalog.Version, error) {
	if in.asset == input {
		if p, err := r.named(in); err != nil || p != nil {
			return p, err
		}
		return r.newest(input, v.RunStartedAt)
	}
	next, err := r.readBy(v, in)
	if err != nil || next == nil {
		return nil, err
	}
	return r.reach(*next, input, seen, depth+1)
}

// readBy is the version of an input that the run of v read: the one whose data
// version it named, else the newest that was committed before its START.
func (r *reader) readBy(v catalog.Version, in source) (*catalog.Version, error) {
	if p, err := r.named(in); err != nil || p != nil {
		return p, err
	}
	own, err := r.history.Versions(r.ctx, VersionQuery{Dataset: in.asset, Before: v.RunStartedAt, Untainted: true, Limit: 1})
	if err != nil || len(own) == 0 {
		return nil, err
	}
	a, _, err := r.asset(in.asset)
	if err != nil {
		return nil, err
	}
	next := own[0]
	if a.View { // what the view showed then, not when it was made
		next.RunStartedAt = v.RunStartedAt
	}
	return &next, nil
}

// named is the oldest version with a data version that the run named; nil when
// none is known. A view has no versions of its own to name.
func (r *reader) named(in source) (*catalog.Version, error) {
	if len(in.versions) == 0 {
		return nil, nil
	}
	if a, _, err := r.asset(in.asset); err != nil || a.View {
		return nil, err
	}
	var oldest *catalog.Version
	for _, dv := range in.versions {
		list, err := r.history.Versions(r.ctx, VersionQuery{Dataset: in.asset, DataVersion: dv, Untainted: true, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(list) > 0 && (oldest == nil || list[0].Before(*oldest)) {
			oldest = &list[0]
		}
	}
	return oldest, nil
}

// watermark is the oldest root's time in a version: for a root the source's own
// time or the start of the run that took it in (the conservative end); else the
// minimum over what the run pinned. A verified look that found nothing newer
// moves a root's time on.
func (r *reader) watermark(v catalog.Version, depth int) (mark, error) {
	if r.memo != nil {
		return r.recalled(v)
	}
	if depth == 0 {
		clear(r.marks) // in a circle a mark depends on where the walk began
	}
	key := markKey(v)
	if m, ok := r.marks[key]; ok {
		return m, nil
	}
	memo(&r.marks, key, mark{}) // a cycle reaches no root
	inputs, err := r.inputsOf(v)
	if err != nil {
		return mark{}, err
	}
	var oldest mark
	for _, in := range inputs {
		if depth > maxDepth {
			break
		}
		m, err := r.inputMark(v, in, depth)
		if err != nil {
			return mark{}, err
		}
		oldest = oldest.orOlder(m)
	}
	if oldest.at.IsZero() {
		if _, oldest, err = r.rootLook(v); err != nil {
			return mark{}, err
		}
	}
	r.marks[key] = oldest
	return oldest, nil
}

func (r *reader) inputMark(v catalog.Version, in source, depth int) (mark, error) {
	next, err := r.readBy(v, in)
	if err != nil || next == nil {
		return mark{}, err
	}
	return r.watermark(*next, depth+1)
}

// rootLook is the watermark of a root's version, and the look that it went by.
func (r *reader) rootLook(v catalog.Version) (*Look, mark, error) {
	a, _, err := r.asset(v.Asset)
	if err != nil {
		return nil, mark{}, err
	}
	m := mark{at: v.RunStartedAt, asset: v.Asset, name: a.Name}
	if m.name.IsZero() {
		m.name = v.Dataset
	}
	if !v.DataTime.IsZero() {
		m.at = v.DataTime
	}
	look, err := r.history.LastLook(r.ctx, v.Asset, v.ProducedAt)
	if err == nil && look.At.After(m.at) {
		m.at = look.At
	}
	return &look, m, err
}

// chain is a run and its ancestors, innermost first, by parent references. Of
// an ancestor that never spoke only the name is known.
func (r *reader) chain(run catalog.Run) ([]catalog.Run, error) {
	out := []catalog.Run{run}
	for ref := run.Parent; ref != nil && len(out) < maxChain; {
		parent, ok, err := r.runByID(ref.RunID)
		if err != nil {
			return nil, err
		}
		if !ok {
			parent = catalog.Run{Key: catalog.RunKey{Job: ref.Job, RunID: ref.RunID}, State: catalog.RunUnknown}
		}
		for _, seen := range out {
			if seen.Key == parent.Key { // parent cycles exist
				return out, nil
			}
		}
		out = append(out, parent)
		ref = parent.Parent
	}
	return out, nil
}
