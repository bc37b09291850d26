package policies

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
)

// marks remembers the watermarks of versions. What a run read is settled once it
// ran, so the watermark of a version hardly ever changes, while what is upstream
// of it may be most of a company. Each is kept with what it was made of; an event
// is compared with that, and takes away only what it contradicts, with what was
// made of it in turn.
type marks struct {
	mu    sync.Mutex
	nodes map[versionKey]*markNode
	made  uint64 // how many nodes there have been
	// before are those that were taken away and not made again since.
	before map[versionKey]*markNode
	// looked is by the assets that nodes looked at, runs by the runs they are of.
	looked sightlines
	runs   map[catalog.RunKey]map[*markNode]struct{}

	// told counts batches; touched is what they did of late, and settled the batch
	// from which on that is known.
	told, settled uint64
	touched       map[catalog.AssetID]doubts
	touchedRuns   map[catalog.RunKey]uint64
	// lost are the watermarks that went for want of room, to be named with the
	// next batch: what was decided by them stands until then.
	lost []thing
}

// markNode is a watermark and what it was made of.
type markNode struct {
	key versionKey
	// id counts the nodes that are kept, of which one that is made again and says the
	// same is the same; 0 is none.
	id      uint64
	version *catalog.Version
	mark    mark
	began   uint64 // the batch behind which it was read
	of      catalog.RunKey
	seen    []sighting
	look    *Look // of a root: the last look at it
	upTo    time.Time
	root    catalog.AssetID
	parts   map[*markNode]struct{} // made of this one
	whole   map[*markNode]struct{} // this one is made of them
	// took are the versions that its run read; height is how many lie behind
	// one another, reached what was found among them.
	took    []taken
	height  int
	reached map[catalog.AssetID]*catalog.Version
	// circular: it is not made yet, or of something that comes round to it, or that
	// lies too deep. Such a one is not kept: it depends on where the walk began.
	circular bool
}

// taken is a version that a run read, and its node.
type taken struct {
	version *catalog.Version
	part    *markNode
}

// thing is what depends on the watermark: of this node, not of the version, so
// that one which was made anew since, and says something else, is another.
func (n *markNode) thing() thing { return numbered(theMark, n.id) }

// versionKey is what makes a version that one, as a watermark sees it: of a view
// it depends on when it was looked at. What a run read of its own output is left
// out, so that a dataset which is another asset by now has another watermark.
type versionKey struct {
	dataset   catalog.Name
	asset     catalog.AssetID
	run       catalog.RunKey
	attempt   int
	partition string
	produced  int64 // a look counts as far as it: a run that ends again moves it
	started   int64
}

func markKey(v catalog.Version) versionKey {
	return versionKey{dataset: v.Dataset, asset: v.Asset, run: v.Run, attempt: v.Attempt, partition: v.Partition, produced: unixNano(v.ProducedAt), started: unixNano(v.RunStartedAt)}
}

// unixNano is a time as a number; 0 for no time.
func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// sighting is a version that was looked for and what was found; "" nothing.
type sighting struct {
	query VersionQuery
	found string
}

// maxMarks bounds how many are remembered; at it all are forgotten.
const maxMarks = 200_000

// maxBefore bounds how many are compared when they are made again.
const maxBefore = 4096

func newMarks() *marks {
	m := &marks{touched: map[catalog.AssetID]doubts{}, touchedRuns: map[catalog.RunKey]uint64{}}
	m.reset()
	return m
}

func (m *marks) reset() {
	m.nodes, m.looked, m.runs = map[versionKey]*markNode{}, sightlines{}, map[catalog.RunKey]map[*markNode]struct{}{}
	m.before = map[versionKey]*markNode{}
}

func (m *marks) get(key versionKey) *markNode {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.nodes[key]
}

// put keeps a node of which every part is kept.
func (m *marks) put(n *markNode, parts []*markNode) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.nodes) >= maxMarks {
		m.lost = m.all(m.lost)
		m.reset()
	}
	if m.nodes[n.key] != nil || m.overtaken(n) {
		return
	}
	for _, p := range parts {
		if m.nodes[p.key] != p {
			return // taken away meanwhile, or never kept
		}
	}
	n.parts, n.whole = map[*markNode]struct{}{}, map[*markNode]struct{}{}
	for _, p := range parts {
		n.parts[p] = struct{}{}
		p.whole[n] = struct{}{}
	}
	m.identify(n)
	m.nodes[n.key] = n
	m.looked.add(n)
	link(m.runs, n.of, n)
}

// identify says whether a node is the one that was taken away.
func (m *marks) identify(n *markNode) {
	old := m.before[n.key]
	delete(m.before, n.key)
	if old != nil && old.says(n) {
		n.id = old.id
		return
	}
	m.made++
	n.id = m.made
}

// says reports whether two nodes say the same, of the watermark and of what was
// read.
func (n *markNode) says(o *markNode) bool {
	return n.mark.equal(o.mark) && n.height == o.height && slices.EqualFunc(n.took, o.took, func(a, b taken) bool {
		return a.part.id != 0 && a.part.id == b.part.id && sameVersion(a.version, b.version)
	})
}

// overtaken: something that it can see was touched since.
func (m *marks) overtaken(n *markNode) bool {
	if n.began < m.settled || m.touchedRuns[n.of] > n.began {
		return true
	}
	for id, until := range n.sightlines() {
		if from, touched := m.touched[id].since(n.began); touched && until >= from {
			return true
		}
	}
	return false
}

// note remembers what a batch touched.
func (m *marks) note(t catalog.Touched) {
	m.told++
	if t.Regrouped || len(m.touched)+len(m.touchedRuns) > maxMarks {
		clear(m.touched)
		clear(m.touchedRuns)
		m.settled = m.told
	}
	for _, id := range t.Assets {
		if from, touched := touchedFrom(t, id); touched {
			m.touched[id] = m.touched[id].add(m.told, from)
		}
	}
	for _, k := range t.Runs {
		m.touchedRuns[k] = m.told
	}
}

// now is the last batch that was told of.
func (m *marks) now() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.told
}

func link[K, V comparable](index map[K]map[V]struct{}, k K, v V) {
	if index[k] == nil {
		index[k] = map[V]struct{}{}
	}
	index[k][v] = struct{}{}
}

func unlink[K, V comparable](index map[K]map[V]struct{}, k K, v V) {
	if delete(index[k], v); len(index[k]) == 0 {
		delete(index, k)
	}
}

// forget takes away what a batch contradicts; lost are those that went without a
// trace.
func (m *marks) forget(ctx context.Context, h History, t catalog.Touched) (gone []*markNode, lost []thing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note(t)
	lost, m.lost = m.lost, nil
	if t.Regrouped {
		lost = m.all(lost)
		m.reset()
		return nil, lost
	}
	for _, k := range t.Runs {
		for n := range m.runs[k] {
			gone = m.drop(n, gone)
		}
	}
	for _, id := range t.Assets {
		for _, n := range m.doubted(t, id) {
			if t.Rows || !n.holds(ctx, h, id) {
				gone = m.drop(n, gone)
			}
		}
	}
	return gone, lost
}

// all adds every watermark.
func (m *marks) all(to []thing) []thing {
	for _, n := range m.nodes {
		to = append(to, n.thing())
	}
	return to
}

// holds looks again at what the node saw of an asset.
func (n *markNode) holds(ctx context.Context, h History, id catalog.AssetID) bool {
	for _, s := range n.seen {
		if s.query.Dataset != id {
			continue
		}
		list, err := h.Versions(ctx, s.query)
		if err != nil || firstID(list) != s.found {
			return false
		}
	}
	if n.root == id && n.look != nil {
		look, err := h.LastLook(ctx, id, n.upTo)
		return err == nil && look.At.Equal(n.look.At) && look.DataTime.Equal(n.look.DataTime)
	}
	return true
}

func firstID(list []catalog.Version) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].ID() + "@" + list[0].RunStartedAt.String()
}

// drop takes a node away, and all that was made of it.
func (m *marks) drop(n *markNode, gone []*markNode) []*markNode {
	if m.nodes[n.key] != n {
		return gone
	}
	delete(m.nodes, n.key)
	if len(m.before) >= maxBefore {
		clear(m.before)
	}
	m.before[n.key] = n
	gone = append(gone, n)
	m.looked.remove(n)
	unlink(m.runs, n.of, n)
	for p := range n.parts {
		delete(p.whole, n)
	}
	for w := range n.whole {
		gone = m.drop(w, gone)
	}
	return gone
}

// sights notes which versions a node looked for.
type sights struct {
	History
	n *markNode
}

func (s sights) Versions(ctx context.Context, q VersionQuery) ([]catalog.Version, error) {
	list, err := s.History.Versions(ctx, q)
	s.n.seen = append(s.n.seen, sighting{q, firstID(list)})
	return list, err
}

// walked is the watermark of a version by a walk that begins at it. What depends on
// where a walk began, says nothing to the next one.
func (r *reader) walked(v catalog.Version, began uint64) (*markNode, error) {
	if n := r.memo.get(markKey(v)); n != nil {
		return n, nil
	}
	n, err := r.remembered(&v, began, 0)
	for _, c := range r.circular {
		delete(r.nodes, c.key)
	}
	r.circular = r.circular[:0]
	return n, err
}

// remembered is the watermark of a version, from memory or made anew. One that
// cannot be kept, as something that it read was touched meanwhile, still answers
// for this reader: the ways that lead to a version are as many as the paths of a
// graph.
func (r *reader) remembered(v *catalog.Version, began uint64, depth int) (*markNode, error) {
	key := markKey(*v)
	if n := r.memo.get(key); n != nil {
		return n, nil
	}
	if n := r.nodes[key]; n != nil {
		return n, nil
	}
	n := &markNode{key: key, version: v, began: began, of: v.Run, root: v.Asset, circular: true}
	memo(&r.nodes, key, n) // a circle comes by again before it is made
	if depth > maxDepth {
		r.circular = append(r.circular, n)
		return n, nil
	}
	parts, err := r.madeOf(*v, n, depth)
	if err != nil {
		return nil, err
	}
	if n.circular {
		r.circular = append(r.circular, n)
		return n, nil
	}
	r.memo.put(n, parts)
	if kept := r.memo.get(key); kept != nil {
		return kept, nil
	}
	return n, nil
}

// madeOf fills in a node, and gives the nodes that it is made of.
func (r *reader) madeOf(v catalog.Version, n *markNode, depth int) (parts []*markNode, err error) {
	inputs, err := r.inputsOf(v)
	if err != nil {
		return nil, err
	}
	circular, oldest := false, mark{}
	for _, in := range inputs {
		next, err := r.sighted(v, in, n)
		if err != nil {
			return nil, err
		}
		if next == nil {
			continue
		}
		part, err := r.remembered(next, n.began, depth+1)
		if err != nil {
			return nil, err
		}
		circular = circular || part.circular
		parts, n.took = append(parts, part), append(n.took, taken{next, part})
		n.height = max(n.height, part.height+1)
		oldest = oldest.orOlder(part.mark)
	}
	if oldest.at.IsZero() {
		n.upTo = v.ProducedAt
		if n.look, oldest, err = r.rootLook(v); err != nil {
			return nil, err
		}
	}
	n.mark, n.circular = oldest, circular
	return parts, nil
}

// sighted is readBy with notes.
func (r *reader) sighted(v catalog.Version, in source, n *markNode) (*catalog.Version, error) {
	plain := r.history
	defer func() { r.history = plain }()
	r.history = sights{plain, n}
	return r.readBy(v, in)
}

// aside is the reader that fills what is remembered. It notes nothing for the
// snapshot: that depends on the watermarks alone.
func (r *reader) aside() *reader {
	if r.filling == nil {
		plain := r.history
		if s, ok := plain.(seenHistory); ok {
			plain = s.h
		}
		r.filling, r.began = newReader(r.ctx, plain), r.memo.now()
		r.filling.memo = r.memo
	}
	return r.filling
}

// recalled is the watermark of a version for a snapshot.
func (r *reader) recalled(v catalog.Version) (mark, error) {
	side := r.aside()
	n, err := side.walked(v, r.began)
	if err != nil {
		return mark{}, err
	}
	r.noted(n)
	return n.mark, nil
}

// noted: the snapshot depends on a watermark, or on anything where that could
// not be kept.
func (r *reader) noted(n *markNode) {
	s, ok := r.history.(seenHistory)
	switch {
	case !ok:
	case n.id != 0:
		s.f.note(n.thing())
	default:
		s.f.any(anything)
	}
}

// recalledPin is the version of an input that v read, by way of what its
// watermark was made of; not ok where that does not say it.
func (r *reader) recalledPin(v catalog.Version, input catalog.AssetID) (pin *catalog.Version, ok bool, err error) {
	if view, err := r.view(input); err != nil || view { // newness goes through it
		return nil, false, err
	}
	n := r.pins // of one version for all inputs of a snapshot
	if n == nil || n.key != markKey(v) {
		side := r.aside()
		if n, err = side.walked(v, r.began); err != nil || n.circular || n.height > maxChain {
			return nil, false, err
		}
		r.noted(n)
		r.pins = n
	}
	return r.memo.reach(n, input), true, nil
}

func (r *reader) view(id catalog.AssetID) (bool, error) {
	if x := r.facts[thing{id, factOfAsset}]; x != nil {
		return x.asset.row.View, nil
	}
	a, _, err := r.asset(id)
	return a.View, err
}

// reach is the oldest version of an asset that a node was made of, over all ways
// to it.
func (m *marks) reach(n *markNode, input catalog.AssetID) *catalog.Version {
	m.mu.Lock()
	defer m.mu.Unlock()
	return n.reach(input)
}

func (n *markNode) reach(input catalog.AssetID) *catalog.Version {
	if n.key.started == 0 {
		return nil
	}
	if v, known := n.reached[input]; known {
		return v
	}
	var oldest *catalog.Version
	for _, t := range n.took {
		p := t.version
		if p.Asset != input {
			p = t.part.reach(input)
		}
		if p != nil && (oldest == nil || p.Before(*oldest)) {
			oldest = p
		}
	}
	if n.reached == nil {
		n.reached = map[catalog.AssetID]*catalog.Version{}
	}
	n.reached[input] = oldest
	return oldest
}
