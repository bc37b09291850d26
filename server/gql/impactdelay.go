package gql

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// maxDelay bounds a delay that is thought about.
const maxDelay = 30 * 24 * time.Hour

// maxHabits bounds the assets whose versions are read for one answer; of the
// others it is not known how often data comes.
const maxHabits = 200

// strains gathers what delays and stops do to deadlines. Deadlines are those of
// now: of the past nothing is reckoned.
type strains struct {
	query
	by     []time.Duration
	past   bool
	habits map[catalog.AssetID]policies.Estimate
	// found is by change what the last reckoning of it came to: a walk whose graph
	// moved begins again, and asks again.
	found [][]*model.ImpactedDeadline
}

func (q query) strainsOf(changes []*gen.ChangeInput, asOf *time.Time) (*strains, error) {
	s := &strains{query: q, past: asOf != nil, by: make([]time.Duration, len(changes)), habits: map[catalog.AssetID]policies.Estimate{}, found: make([][]*model.ImpactedDeadline, len(changes))}
	for i, c := range changes {
		if s.by[i] = deref(c.By); c.Kind != graph.DelayData {
			continue
		}
		if s.by[i] <= 0 || s.by[i] > maxDelay {
			return nil, fmt.Errorf("%w: a DELAY needs by, more than nothing and at most P30D", catalog.ErrInvalid)
		}
		if s.past {
			return nil, fmt.Errorf("%w: a DELAY is reckoned from now on: leave asOf out", catalog.ErrInvalid)
		}
	}
	return s, nil
}

// judge is graph.ImpactQuery's Deadlines.
func (s *strains) judge(ctx context.Context, change int, late, affected []catalog.AssetID) (map[catalog.AssetID]graph.Verdict, error) {
	d := policies.Delay{Of: map[catalog.AssetID]bool{}, By: s.by[change]}
	for _, id := range late {
		d.Of[id] = true
	}
	list, err := s.reckon(ctx, change, d, affected)
	out := map[catalog.AssetID]graph.Verdict{}
	for _, x := range list {
		out[x.S.Asset] = worseVerdict(out[x.S.Asset], x.S)
	}
	return out, err
}

func worseVerdict(old graph.Verdict, s policies.Strain) graph.Verdict {
	use := map[catalog.Ternary]graph.Use{catalog.True: graph.UseMet, catalog.False: graph.UseMissed}[s.Met]
	next := graph.Verdict{Use: cmp.Or(use, graph.UseUnclear), Says: s.Says}
	if old.Use == "" || graph.SeverityOf(graph.DelayData, next.Use).Worse(graph.SeverityOf(graph.DelayData, old.Use)) {
		return next
	}
	return old
}

// stopped reckons for jobs that stop what comes of the deadlines downstream.
func (s *strains) stopped(ctx context.Context, changes []graph.PlannedChange, im graph.Impact) error {
	if s.past {
		return nil
	}
	for n, c := range changes {
		if c.Kind != graph.StopJob {
			continue
		}
		var hit []catalog.AssetID
		for _, i := range im.Affected {
			if slices.ContainsFunc(i.Effects, func(e graph.Effect) bool { return e.Change == n }) {
				hit = append(hit, i.Asset)
			}
		}
		if _, err := s.reckon(ctx, n, policies.Delay{Never: true}, hit); err != nil {
			return err
		}
	}
	return nil
}

// reckon strains the deadlines of some assets, and keeps what came of it.
func (s *strains) reckon(ctx context.Context, change int, d policies.Delay, of []catalog.AssetID) (list []*model.ImpactedDeadline, err error) {
	for _, e := range s.Judge.EvaluationsOf(of...) {
		gaps, err := s.habit(ctx, e)
		if err != nil {
			return nil, err
		}
		if x, ok := policies.Strained(e, gaps, d); ok {
			list = append(list, &model.ImpactedDeadline{Change: change, S: x})
		}
	}
	s.found[change] = list
	return list, nil
}

// habit is how often data of an asset comes; nobody knows beyond the bound.
func (s *strains) habit(ctx context.Context, e policies.Evaluated) (policies.Estimate, error) {
	gaps, known := s.habits[e.Asset]
	if known || len(s.habits) >= maxHabits || !e.Policy.Bounded() || e.Policy.Want.Kind == policies.WantBy {
		return gaps, nil
	}
	list, err := s.History.Versions(ctx, policies.GapQuery(e.Asset))
	if err != nil {
		return gaps, fmt.Errorf("read versions of %s: %w", e.Name, err)
	}
	s.habits[e.Asset] = policies.GapsOf(list)
	return s.habits[e.Asset], nil
}

// show puts what was found at its assets, the worst first.
func (s *strains) show(out *model.Impact) {
	rank := map[catalog.Ternary]int{catalog.False: 0, catalog.Unknown: 1, catalog.True: 2}
	of := map[catalog.AssetID][]*model.ImpactedDeadline{}
	for _, x := range slices.Concat(s.found...) {
		of[x.S.Asset] = append(of[x.S.Asset], x)
	}
	for _, a := range out.Affected {
		list := of[a.I.Asset]
		slices.SortStableFunc(list, func(a, b *model.ImpactedDeadline) int {
			return cmp.Or(cmp.Compare(rank[a.S.Met], rank[b.S.Met]), cmp.Compare(b.S.LateBy, a.S.LateBy), a.S.Deadline.Compare(b.S.Deadline), cmp.Compare(a.S.Policy.Name, b.S.Policy.Name))
		})
		a.Deadlines = append(a.Deadlines, list[:min(len(list), model.MaxFirst)]...)
	}
}
