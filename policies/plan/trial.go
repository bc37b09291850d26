package plan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// TrialTime is how long a policy that may do more than before is tried: it does
// what it did, and what it would do is recorded, before its new mode holds.
const TrialTime = 24 * time.Hour

// trials are the policies that would hold or start what nothing held or started
// before. The first set of a server has none: who begins sees what was written.
func (c Planner) trials(ctx context.Context, base int64, before *policies.Set, then *policies.Gatherer, now time.Time) (out []catalog.PolicyTrial, err error) {
	if base == 0 {
		return nil, nil
	}
	was, err := modesOf(ctx, c.Over)
	if err != nil {
		return nil, err
	}
	pairs, err := then.Matches(ctx)
	if err != nil {
		return nil, err
	}
	about := map[*policies.Policy][]catalog.AssetID{}
	for _, m := range pairs {
		about[m.Policy] = append(about[m.Policy], m.Asset)
	}
	giver := map[string]catalog.Mode{} // on trial -> the mode meanwhile
	for _, p := range then.Policies.Get().Policies {
		if !p.Gates() || goesOn(p, before.ByName(p.Name), about[p], was) {
			continue
		}
		from := modeBefore(p, before.ByName(p.Name), about[p], was)
		if covers, is := giver[p.Select.Upstreams]; !policies.MayMore(p.Mode, from) || is && !policies.MayMore(covers, from) {
			continue
		}
		t := catalog.PolicyTrial{Policy: p.Name, From: from, To: p.Mode, Until: now.Add(TrialTime)}
		if now := before.ByName(p.Name); now != nil && now.YAML == p.YAML && now.Trial != nil && now.Trial.To == p.Mode && !policies.MayMore(now.Trial.From, from) {
			t.Until = now.Trial.Until // it goes on
		}
		giver[p.Name] = from
		out = append(out, t)
	}
	return out, nil
}

// modesOf is what may be done for each asset that a policy is about, given ones
// included: the most that any of its policies may.
func modesOf(ctx context.Context, g *policies.Gatherer) (map[catalog.AssetID]catalog.Mode, error) {
	pairs, err := g.Matches(ctx)
	modes := map[catalog.AssetID]catalog.Mode{}
	for _, m := range pairs {
		if mode, known := modes[m.Asset]; !known || policies.MayMore(m.Policy.Mode, mode) {
			modes[m.Asset] = m.Policy.Mode
		}
	}
	return modes, err
}

// goesOn: a policy did as much for some of its assets before. That it comes to
// further ones is in the plan; to try it would stop what it runs.
func goesOn(p, same *policies.Policy, assets []catalog.AssetID, was map[catalog.AssetID]catalog.Mode) bool {
	return same != nil && !policies.MayMore(p.Mode, same.Mode) && slices.ContainsFunc(assets, func(id catalog.AssetID) bool {
		mode, known := was[id]
		return known && !policies.MayMore(p.Mode, mode)
	})
}

// modeBefore is the least that was done for an asset of a policy, whatever policy
// did it: one with another name, or cut out of a pattern, goes on as before, and
// one that comes to further assets does not begin there at once. Where it is
// about nothing yet, its own mode counts.
func modeBefore(p, same *policies.Policy, assets []catalog.AssetID, was map[catalog.AssetID]catalog.Mode) catalog.Mode {
	from := p.Mode
	if len(assets) == 0 {
		from = catalog.ModeShadow
		if same != nil && policies.MayMore(same.Mode, from) {
			from = same.Mode
		}
	}
	for _, id := range assets {
		mode := catalog.ModeShadow
		if m, known := was[id]; known && policies.MayMore(m, mode) {
			mode = m
		}
		if policies.MayMore(from, mode) {
			from = mode
		}
	}
	return from
}

// enact puts a set in force as far as its trials let it.
func (d *Desk) enact(set *policies.Set, trials []catalog.PolicyTrial) {
	d.set, d.tried = set, trials
	d.lapse()
}

// lapse puts in force what the trials let through now.
func (d *Desk) lapse() {
	now, next := d.set.OnTrial(d.tried, d.Now())
	d.next = next
	d.Put(now)
	select {
	case d.wakes() <- struct{}{}:
	default:
	}
}

func (d *Desk) wakes() chan struct{} {
	d.onceWake.Do(func() { d.wake = make(chan struct{}, 1) })
	return d.wake
}

// Step ends the trials whose time has come, and says when the next does; zero:
// none is under way.
func (d *Desk) Step() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.next.IsZero() && !d.Now().Before(d.next) {
		d.lapse()
	}
	return d.next
}

// Run ends trials in time, until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	for {
		var due <-chan time.Time
		if next := d.Step(); !next.IsZero() {
			due = time.After(next.Sub(d.Now()))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.wakes():
		case <-due:
		}
	}
}

// left are the trials of an earlier version that did not take their whole time,
// while it or one after it that went on with them was in force: each goes on for
// what was left of it.
func (d *Desk) left(ctx context.Context, back catalog.PolicySet) (out []catalog.PolicyTrial, err error) {
	open := slices.Clone(back.Trials)
	for v := back.Version + 1; len(open) > 0; v++ {
		list, err := d.Store.PolicySets(ctx, v+1, 1)
		if err != nil || len(list) == 0 || list[0].Version != v {
			return out, err
		}
		next := list[0]
		open = slices.DeleteFunc(open, func(t catalog.PolicyTrial) bool {
			on := slices.Contains(next.Trials, t)
			if rest := t.Until.Sub(next.At); !on && rest > 0 {
				t.Until = d.Now().Add(rest)
				out = append(out, t)
			}
			return !on
		})
	}
	return out, nil
}

// maxDrift bounds how many differences are said.
const maxDrift = 20

// Drift says in sentences where what is in force is not what was put in force
// last: a directory rules where a set was applied before, or was changed to
// something that cannot be read.
func (d *Desk) Drift(ctx context.Context) (out []string, err error) {
	if d.Dir == "" {
		return nil, nil
	}
	if err := d.Over.Policies.Err(); err != nil {
		out = append(out, fmt.Sprintf("%s was changed since, and could not be read: the policies in force are those from before: %v", d.Dir, err))
	}
	newest, err := d.newest(ctx)
	if err != nil || newest.Version == 0 {
		return out, err
	}
	applied, err := policies.Load(newest.Files)
	if err != nil {
		return append(out, fmt.Sprintf("version %d, applied by %s at %s, can no longer be read", newest.Version, newest.Actor, clock(newest.At))), nil
	}
	changes, _ := diff(applied, d.Over.Policies.Get())
	for i, c := range changes {
		if i == maxDrift {
			out = append(out, fmt.Sprintf("%d more differ", len(changes)-maxDrift))
			break
		}
		out = append(out, c.drifted(newest))
	}
	return out, nil
}

// drifted says how a document in force differs from what was applied.
func (c Change) drifted(s catalog.PolicySet) string {
	applied := fmt.Sprintf("applied by %s at %s (version %d)", s.Actor, clock(s.At), s.Version)
	what := map[Kind]string{Added: "was not", Removed: "is not in force, and was", Changed: "is not what was"}[c.Kind]
	return fmt.Sprintf("%s %s %s %s", kindWord(c.Of), c.Policy, what, applied)
}

func kindWord(of string) string {
	return map[string]string{"Policy": "policy", "Pool": "pool", "Calendar": "calendar"}[of]
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }
