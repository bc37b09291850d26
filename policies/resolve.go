package policies

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
)

// connector finds a configured connector.
func (g *Gatherer) connector(name string) connectors.Connector {
	for _, c := range g.Connectors {
		if c.Instance() == name {
			return c
		}
	}
	return nil
}

// maxSelected bounds how many assets one policy may select.
const maxSelected = 1000

// Match is a policy and an asset that it is about.
type Match struct {
	Policy *Policy
	Asset  catalog.AssetID
	// Equal names other acting policies of the same rank on the asset.
	Equal []string
	// Cut: the policy matches more assets than are decided.
	Cut bool

	id string // key, where it was worked out
}

func (m Match) key() string {
	if m.id != "" {
		return m.id
	}
	return m.Policy.Name + "\x00" + m.Asset.String()
}

// rivals are other acting policies that name the same asset, since a merge.
func (g *Gatherer) rivals(ctx context.Context, p *Policy, id catalog.AssetID) (out []string, err error) {
	if p.Select.Glob() {
		return nil, nil
	}
	by, err := g.acting(ctx)
	for _, o := range by[id] {
		if o != p {
			out = append(out, o.Name)
		}
	}
	return out, err
}

// acting are the acting policies by the asset that they name.
func (g *Gatherer) acting(ctx context.Context) (map[catalog.AssetID][]*Policy, error) {
	x, set := &g.root().actors, g.Policies.Get()
	var renamed uint64
	if g.root().Recall != nil {
		if renamed = g.root().renames(ctx); x.of(set, renamed) != nil {
			return x.of(set, renamed), nil
		}
	}
	by := map[catalog.AssetID][]*Policy{}
	for _, o := range set.Policies {
		if !o.Acts() || o.Select.Glob() {
			continue
		}
		id, _, err := g.resolve(ctx, o.Select)
		if err != nil {
			return nil, err
		}
		by[id] = append(by[id], o)
	}
	if g.root().Recall != nil {
		x.keep(set, renamed, by)
	}
	return by, nil
}

// actors remembers acting until a name that it rests on is forgotten.
type actors struct {
	mu      sync.Mutex
	set     *Set
	renamed uint64
	by      map[catalog.AssetID][]*Policy
}

func (x *actors) of(set *Set, renamed uint64) map[catalog.AssetID][]*Policy {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.set != set || x.renamed != renamed {
		return nil
	}
	return x.by
}

func (x *actors) keep(set *Set, renamed uint64, by map[catalog.AssetID][]*Policy) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.set, x.renamed, x.by = set, renamed, by
}

// resolve gives the asset of an exact selector and the name to show. A dataset
// that was renamed away is followed until its old name is written again.
func (g *Gatherer) resolve(ctx context.Context, s Selector) (catalog.AssetID, catalog.Name, error) {
	word := catalog.Name{Type: s.Type, Name: s.Text}
	if s.Exact != nil {
		word = *s.Exact
	}
	of := called(factOfName, word)
	x := g.kept(of) // asked for all the time: nothing is made to find it
	if x == nil {
		var err error
		if x, err = g.name(ctx, of, s); err != nil {
			return catalog.AssetID{}, catalog.Name{}, err
		}
	}
	return x.named.asset, x.named.name, nil
}

// name reads what a selector names.
func (g *Gatherer) name(ctx context.Context, of thing, s Selector) (*fact, error) {
	return g.fact(&reader{ctx: ctx, history: g.History, single: true}, of, func(r *reader, x *fact) (bool, error) {
		id, n, err := (&Gatherer{History: r.history}).named(ctx, s)
		if err == nil && n.Type == catalog.TypeDataset {
			id, err = r.history.Follow(ctx, id)
		}
		x.named = &named{id, n, s}
		return true, err
	})
}

// named is resolve without renames. A text is split where a known name says
// so, else as the command line does.
func (g *Gatherer) named(ctx context.Context, s Selector) (catalog.AssetID, catalog.Name, error) {
	var first catalog.Name
	for i, n := range s.names() {
		id, seen, err := g.History.Resolve(ctx, n)
		if err != nil {
			return id, n, err
		}
		if i == 0 {
			first = n
		}
		if seen {
			return id, n, nil
		}
	}
	id, _, err := g.History.Resolve(ctx, first)
	return id, first, err
}

// names are the ways to split "NAMESPACE/NAME": the longest namespace first
// would prefer odd names, so the likeliest comes first (after the authority,
// or at the first slash), then every other slash.
func (s Selector) names() []catalog.Name {
	if s.Exact != nil {
		return []catalog.Name{*s.Exact}
	}
	return catalog.SplitName(s.Type, s.Text)
}

// target resolves what would be started: what the policy names, else by the
// run chain of the newest version the innermost job that the outermost
// claiming connector claims.
func (g *Gatherer) target(ctx context.Context, r *reader, p *Policy, s *Snapshot) error {
	if p.Target != nil {
		s.Resolved = ResolvedTarget{p.Target.Connector, p.Target.Job, true}
		if g.connector(p.Target.Connector) == nil {
			s.ResolveErr = fmt.Sprintf("no connector is named %q", p.Target.Connector)
		}
		return nil
	}
	if s.Produced == nil {
		s.ResolveErr = "the asset was never produced, so nothing says what makes it: name a target"
		return nil
	}
	run, ok, err := r.run(s.Produced.Run)
	if err != nil {
		return err
	}
	if !ok {
		s.ResolveErr = "its newest version came without a run: name a target"
		return nil
	}
	chain, err := r.chain(run)
	if err != nil {
		return err
	}
	s.Resolved, ok = g.claim(ctx, chain)
	if !ok {
		s.ResolveErr = fmt.Sprintf("no configured connector claims %s or what contains it: name a target", run.Key.Job.Name)
		s.AskAgain = true // the tool may have been down, or have a new job
	}
	return nil
}

// claim walks the chain from the outside in for the connector, then from the
// inside out for its job.
func (g *Gatherer) claim(ctx context.Context, chain []catalog.Run) (ResolvedTarget, bool) {
	for i := len(chain) - 1; i >= 0; i-- {
		if chain[i].Key.Job.Namespace == catalog.InternalNamespace {
			continue
		}
		for _, c := range g.Connectors {
			if _, ok := g.claims(ctx, c, chain[i].Key.Job); !ok {
				continue
			}
			for _, inner := range chain {
				if job, ok := g.claims(ctx, c, inner.Key.Job); ok {
					return ResolvedTarget{Connector: c.Instance(), ToolJob: job}, true
				}
			}
		}
	}
	return ResolvedTarget{}, false
}

// A connector may ask its tool what it has. It gets claimWait, and one that took
// so long is not asked again for claimRest: a tool that hangs must not hold up
// the gate.
const (
	claimWait = time.Second
	claimRest = time.Minute
)

func (g *Gatherer) claims(ctx context.Context, c connectors.Connector, job catalog.Name) (string, bool) {
	if until, ok := g.root().hung.Load(c.Instance()); ok && time.Now().Before(until.(time.Time)) { //nolint:errcheck // only times are kept
		return "", false
	}
	short, cancel := shortly(ctx, claimWait)
	defer cancel()
	toolJob, ok := c.Claims(short, job)
	if short.Err() != nil && ctx.Err() == nil {
		g.root().hung.Store(c.Instance(), time.Now().Add(claimRest))
	}
	return toolJob, ok
}
