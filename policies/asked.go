package policies

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Asked is what only some conditions ask of an input, so that no other policy
// pays for it.
type Asked struct {
	// Bound is the input's own max_lag; 0 none.
	Bound time.Duration
	// Checked is checks_ok of its blocking checks.
	Checked CheckView
	// Running and Open are runs and actions that make it.
	Running []RunView
	Open    []catalog.Action
	// FirstNew is when the oldest version came that the last success did not
	// read; zero when there is none.
	FirstNew time.Time
}

// maxObserved bounds how many inputs that nobody listed are looked at.
const maxObserved = 50

// asked reads what the policy's own conditions ask for.
func (g *Gatherer) asked(ctx context.Context, r *reader, p *Policy, s *Snapshot, now time.Time, asker string) error {
	if len(p.Ready.Of) == 0 {
		return nil
	}
	if p.Ready.asks("signal") || p.Ready.asks("approved") {
		a, _, err := r.asset(s.Asset)
		if err != nil {
			return err
		}
		s.Signals = slices.DeleteFunc(slices.Clone(a.Tags), func(t catalog.Tag) bool {
			return t.Field != "" || t.Curated.Since.IsZero() || !strings.HasPrefix(t.Key, SignalTag)
		})
	}
	if p.Ready.asks("code_changed") {
		if err := g.code(r, s); err != nil {
			return err
		}
	}
	if err := g.unlisted(ctx, r, p, s); err != nil {
		return err
	}
	for _, list := range [][]InputView{s.Inputs, s.Observed} {
		for i := range list {
			if err := g.askedOf(ctx, r, p, &list[i], now, asker); err != nil {
				return err
			}
		}
	}
	return nil
}

// unlisted are the inputs of a policy that lists none, where its conditions ask
// for inputs: those that the last success read.
func (g *Gatherer) unlisted(ctx context.Context, r *reader, p *Policy, s *Snapshot) error {
	if len(s.Inputs) > 0 || s.Produced == nil || !slices.ContainsFunc(inputWords, p.Ready.asks) {
		return nil
	}
	list, cut, err := g.lastRead(ctx, r, s)
	s.Observed, s.ObservedCut = list, cut
	return err
}

// inputWords are the atoms about inputs.
var inputWords = []string{"idle", "exists", "updated", "changed", "fresh", "checks_ok", "same_time", "quiet"}

func (g *Gatherer) askedOf(ctx context.Context, r *reader, p *Policy, v *InputView, now time.Time, asker string) (err error) {
	if p.Ready.asks("fresh") {
		bound := InputView{Input: Input{Require: RequireFresh}, Asset: v.Asset, Newest: v.Newest}
		if v.Newest != nil {
			err = g.boundOf(ctx, &bound)
		}
		if v.Asked.Bound = bound.Fresh; err != nil {
			return err
		}
	}
	if p.Ready.asks("checks_ok") {
		if v.Asked.Checked, err = r.checksOK(v.Asset, ChecksBlocking); err != nil {
			return err
		}
	}
	if p.Ready.asks("quiet") {
		if err = g.firstNew(r, v); err != nil {
			return err
		}
	}
	if !p.Ready.asks("idle") {
		return nil
	}
	maker := Snapshot{Asset: v.Asset, Name: v.Name}
	if maker.Open, err = g.Ledger.Actions(ctx, ActionQuery{Assets: []catalog.AssetID{v.Asset}, Open: true, Limit: maxClosed}); err != nil {
		return err
	}
	err = g.running(ctx, r, p, &maker, now, asker)
	v.Asked.Running, v.Asked.Open = maker.Running, maker.Open
	return err
}

// maxUnread bounds how many versions that nobody read are looked at. With more,
// the oldest of these counts: quiet then ends later, not earlier, than it might.
const maxUnread = 100

// firstNew finds the oldest version that the last success did not read.
func (g *Gatherer) firstNew(r *reader, v *InputView) error {
	q := VersionQuery{Dataset: v.Asset, Untainted: true, Limit: maxUnread}
	if v.Pinned != nil {
		q.After = v.Pinned.ProducedAt
	}
	list, err := g.History.Versions(r.ctx, q)
	if err == nil && len(list) > 0 {
		v.Asked.FirstNew = list[len(list)-1].ProducedAt
	}
	return err
}

// code is the newest word on the code of the job that made the asset: the job's
// own, else that of its newest run.
func (g *Gatherer) code(r *reader, s *Snapshot) error {
	if s.Produced == nil || s.Produced.Run.IsZero() || s.Code.Known() {
		return nil
	}
	id, _, err := g.History.Resolve(r.ctx, s.Produced.Run.Job)
	if err != nil {
		return err
	}
	a, _, err := r.asset(id)
	if s.Code = a.Code(); err != nil || s.Code.Known() {
		return err
	}
	runs, err := g.History.Runs(r.ctx, RunQuery{Jobs: []catalog.AssetID{id}, Limit: 1})
	if err == nil && len(runs) > 0 {
		s.Code = runs[0].Code()
	}
	return err
}
