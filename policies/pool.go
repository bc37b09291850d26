package policies

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/yamlfile"
)

// Pool is a document of kind Pool: a bound on how much goes on at once, and how
// classes of work share it.
type Pool struct {
	Name  string
	Slots int
	// Shares are the parts of the starts that each class gets while all wait.
	Shares map[catalog.Class]int
	// MaxQueue is after how long a waiting action goes with the next higher
	// class; 0 never.
	MaxQueue time.Duration
	// PerMinute bounds the starts in a minute; 0 none.
	PerMinute int
	// Tool is a connector of which every action takes a slot here; "" only
	// those of policies that name the pool.
	Tool string

	File string
	Line int
	YAML string
	body ast.Node
}

type poolDoc struct {
	APIVersion string         `yaml:"apiVersion"`
	Kind       string         `yaml:"kind"`
	Name       string         `yaml:"name"`
	Slots      *int           `yaml:"slots"`
	Shares     map[string]int `yaml:"shares"`
	MaxQueue   string         `yaml:"max_queue"`
	PerMinute  *int           `yaml:"runs_per_minute"`
	Tool       string         `yaml:"tool"`
}

// defaultShares are those of a pool that gives none: best effort has a share only
// where a pool gives it one.
var defaultShares = map[catalog.Class]int{catalog.ClassCritical: 6, catalog.ClassNormal: 3, catalog.ClassBackfill: 1}

// parsePool reads a document of kind Pool.
func (c *checker) parsePool() (*Pool, error) {
	if c.unknownKeys(poolDoc{}); len(c.errs) > 0 {
		return nil, nil
	}
	var d poolDoc
	if err := yamlfile.ReadNode(c.body, &d); err != nil {
		return nil, syntaxError(c.path, err)
	}
	p := &Pool{Name: d.Name, Tool: d.Tool, Shares: maps.Clone(defaultShares), MaxQueue: time.Hour, File: c.path, body: c.body}
	p.Line, _ = at().in(c.body)
	if d.APIVersion != "" && d.APIVersion != "weir.dev/v1" {
		c.fail(at("apiVersion"), "E101", "write apiVersion: weir.dev/v1", "unknown apiVersion %q", d.APIVersion)
	}
	if !policyName.MatchString(d.Name) {
		c.fail(at("name"), "E105", "use [a-z0-9-]", "pool name %q", d.Name)
	}
	if d.Slots == nil {
		c.fail(at("slots"), "E106", "slots: 4", "pool %q has no slots", d.Name)
	}
	c.count(&p.Slots, at("slots"), d.Slots, 1)
	c.count(&p.PerMinute, at("runs_per_minute"), d.PerMinute, 1)
	for k, n := range d.Shares {
		share := 0
		c.count(&share, at("shares", k), &n, 1)
		p.Shares[c.class(at("shares", k), k)] = share
	}
	if d.MaxQueue != "" {
		p.MaxQueue = c.duration(at("max_queue"), d.MaxQueue)
	}
	return p, nil
}

// takes is how many slots an action takes here: 0 when it is not of this pool,
// and never more than there are, should the pool have shrunk.
func (p *Pool) takes(a catalog.Action) int {
	switch {
	case a.Kind != catalog.ActionTrigger && a.Kind != catalog.ActionRerun: // a cancel must never wait, and a backfill is its runs
		return 0
	case a.Admission.Pool == p.Name:
		return min(max(1, a.Admission.Slots), p.Slots)
	case p.Tool != "" && a.Connector == p.Tool:
		return 1
	}
	return 0
}

// window is how many of the newest starts count for the shares: enough that
// shares come out even when only some classes wait.
func (p *Pool) window() int {
	n := 0
	for _, w := range p.Shares {
		n += 5 * w
	}
	return n
}

// classOf is the class that an action waits with: its own, or a higher one when
// it has waited for long.
func (p *Pool) classOf(a catalog.Action, now time.Time) catalog.Class {
	i := max(0, slices.Index(catalog.Classes, cmp.Or(a.Admission.Class, catalog.ClassNormal)))
	if p.MaxQueue > 0 {
		i -= int(min(now.Sub(waitsSince(a))/p.MaxQueue, time.Duration(i)))
	}
	return catalog.Classes[max(0, i)]
}

// waitsSince is when an action was ready first.
func waitsSince(a catalog.Action) time.Time {
	for _, t := range a.Transitions {
		if t.To == catalog.ActionReady {
			return t.At
		}
	}
	return a.CreatedAt
}

// holding: the tool has the action, or may have it. What is being sent holds
// its slot from the transaction that says so.
var holding = []catalog.ActionState{
	catalog.ActionDispatching, catalog.ActionAmbiguous, catalog.ActionAccepted, catalog.ActionRunning, catalog.ActionCancelling, catalog.ActionLost,
}

// PoolView is a pool as it stands.
type PoolView struct {
	Name string
	// Used of Slots are taken.
	Slots, Used int
	// Frees is when a lease of the gate lapses next; zero: none does.
	Frees time.Time
}

// pool reads how full the policy's pool is. What the asker of a gate holds itself
// is not taken from it: the action that started it has its slots already.
func (g *Gatherer) pool(ctx context.Context, p *Policy, s *Snapshot, now time.Time) error {
	if p.Admit.Pool == "" || g.Policies == nil {
		return nil
	}
	pool := g.Policies.Get().Pool(p.Admit.Pool)
	if pool == nil {
		return nil
	}
	held, err := g.Ledger.Actions(ctx, ActionQuery{Pool: pool.Name, States: holding, Limit: pool.Slots + 1}) // one may be the asker's
	s.Pool = &PoolView{Name: pool.Name, Slots: pool.Slots}
	if err != nil {
		return err
	}
	for _, a := range held {
		if !startedBy(a, s.asking) {
			s.Pool.Used += pool.takes(a)
		}
	}
	n, frees, err := g.atGate(ctx, pool, held, now)
	s.Pool.Used, s.Pool.Frees = s.Pool.Used+n, frees
	return err
}

// atomPool is unknown while the pool is full: the intent is made and queues.
func atomPool(p *Policy, s Snapshot) []catalog.Reason {
	if s.Pool == nil || p.backfills(s) && p.Partition.Backfill.Pool != "" {
		return nil
	}
	r := catalog.Reason{Atom: "pool(" + s.Pool.Name + ")", Value: catalog.True}
	r.Says = fmt.Sprintf("%d of %d slots of %s are taken, and it takes %d", s.Pool.Used, s.Pool.Slots, s.Pool.Name, p.Admit.Slots)
	if s.Pool.Used+p.Admit.Slots > s.Pool.Slots {
		r.Value = catalog.Unknown
		r.Says += ": it queues as " + string(p.Admit.Class)
	}
	return []catalog.Reason{r}
}

// checkPools finds what is wrong between pools and policies.
func checkPools(set *Set) (errs []error) {
	seen := map[string]*Pool{}
	for _, p := range set.Pools {
		if o := seen[p.Name]; o != nil {
			errs = append(errs, p.fault(at("name"), "E104", "give each pool a name of its own", fmt.Sprintf("pool %q stands in %s:%d too", p.Name, o.File, o.Line)))
		}
		seen[p.Name] = p
	}
	for _, p := range set.Policies {
		switch pool := seen[p.Admit.Pool]; {
		case p.Admit.Pool == "":
		case pool == nil:
			errs = append(errs, p.fault(at("pool"), "E140", "add a document of kind Pool, or correct the name", "no pool %q", p.Admit.Pool))
		case p.Admit.Slots > pool.Slots:
			errs = append(errs, p.fault(at("pool"), "E140", "take fewer slots, or give the pool more", "%d slots of pool %q, which has %d", p.Admit.Slots, pool.Name, pool.Slots))
		}
		if p.Partition != nil && p.Partition.Backfill.Pool != "" && seen[p.Partition.Backfill.Pool] == nil {
			errs = append(errs, p.fault(at("backfill", "pool"), "E140", "add a document of kind Pool, or correct the name", "no pool %q", p.Partition.Backfill.Pool))
		}
	}
	return errs
}

func (p *Pool) fault(at place, code, hint, what string) *FileError {
	e := &FileError{File: p.File, Line: p.Line, Code: code, What: what, Hint: hint}
	if p.body != nil {
		e.Line, e.Column = at.in(p.body)
	}
	return e
}
