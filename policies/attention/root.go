package attention

import (
	"fmt"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// rootOf is what keeps an asset: a switch, a step upstream, what its run waits
// for, else itself.
func rootOf(e policies.Evaluated, f policies.Freshness) Root {
	if e.Snapshot.KillSwitch && e.Outcome != catalog.DecideNothing {
		return Root{Kind: KindSwitch, Name: catalog.Name{Name: e.Snapshot.Switch}, Says: "it is on: nothing is started"}
	}
	if c := f.Cause; c != nil && c.Asset != e.Asset {
		return Root{Kind: kindOf(c.Name), Asset: c.Asset, Name: c.Name, Owner: c.Owner, Since: c.Since, Says: c.Says}
	}
	r := heldRoot(e)
	if c := f.Cause; c != nil && r.Asset == e.Asset {
		r.Since, r.Says, r.Owner = c.Since, c.Says, first(c.Owner, r.Owner)
	}
	return r
}

// heldRoot is what the run of an asset waits for.
func heldRoot(e policies.Evaluated) Root {
	if in, says, ok := policies.HeldBy(e); ok {
		r := Root{Kind: kindOf(in.Name), Asset: in.Asset, Name: in.Name, Says: says}
		if in.Newest == nil {
			r.Since = in.SilentSince
		}
		return r
	}
	for _, run := range e.Snapshot.Running {
		return Root{Kind: KindJob, Asset: catalog.AssetID(run.Key.Job.ID()), Name: run.Key.Job, Since: run.StartedAt, Says: fmt.Sprintf("it runs since %s", run.StartedAt.UTC().Format("2006-01-02 15:04:05Z"))}
	}
	return Root{Kind: kindOf(e.Name), Asset: e.Asset, Name: e.Name, Owner: e.Policy.Owner, Connector: e.Snapshot.Resolved.Connector, Says: e.Tree.Says}
}

// askedRoot is what somebody at the gate waits for. Nothing may keep them any
// more, but that they have not asked again: then what they were told speaks.
// What the policy itself decides is no reason, it may never start anything.
func askedRoot(e policies.Evaluated, w Words) Root {
	r := heldRoot(e)
	if r.Asset == e.Asset && w.Told != "" {
		r.Says = "has not asked again since it was told to wait: " + w.Told
	}
	return r
}

func kindOf(n catalog.Name) Kind {
	if n.Type == catalog.TypeJob {
		return KindJob
	}
	return KindAsset
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
