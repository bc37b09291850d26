package server

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Evaluations lists how assets stand (policies.Evaluator).
type Evaluations interface {
	Evaluations() []policies.Evaluated
}

// Breaches reads when assets were late (policies.Ledger).
type Breaches interface {
	Breaches(ctx context.Context, q catalog.BreachQuery) ([]catalog.Breach, error)
}

// slaMetrics reads the standings anew at each scrape: there is nothing to keep
// in step.
type slaMetrics struct {
	judge  Evaluations
	ledger Breaches
	now    func() time.Time
}

// NewSLAMetrics gives the metrics of deadlines by policy. The first maxPolicies
// by name have a label of their own, the rest share otherPolicies, so that the
// number of series is bounded whatever is loaded.
func NewSLAMetrics(judge Evaluations, ledger Breaches, now func() time.Time) prometheus.Collector {
	return slaMetrics{judge, ledger, now}
}

const (
	maxPolicies    = 200
	otherPolicies  = "(other)"
	budgetPatience = 2 * time.Second
	maxBudgetRows  = 1000
)

// slaStates are the states that are counted; without a bound there is none.
var slaStates = []policies.FreshnessState{policies.Fresh, policies.Due, policies.AtRisk, policies.Late, policies.FreshUnknown, policies.Exempt}

type slaGauges struct{ assets, late, left *prometheus.GaugeVec }

func newSLAGauges() slaGauges {
	return slaGauges{
		assets: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "weir_sla_assets", Help: "Assets by policy and how they stand."}, []string{"policy", "state"}),
		late:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "weir_sla_late_seconds", Help: "How late the latest asset of a policy is; 0: none is late."}, []string{"policy"}),
		left:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "weir_sla_budget_left_ratio", Help: "What is left of the month's budget of the asset that has the least; negative: missed."}, []string{"policy"}),
	}
}

// Describe sends what Collect may send.
func (m slaMetrics) Describe(ch chan<- *prometheus.Desc) {
	g := newSLAGauges()
	g.assets.Describe(ch)
	g.late.Describe(ch)
	g.left.Describe(ch)
}

// Collect reads the standings.
func (m slaMetrics) Collect(ch chan<- prometheus.Metric) {
	g, now := newSLAGauges(), m.now()
	all := m.judge.Evaluations()
	label := labels(all)
	worst := map[string]float64{}
	budgeted := map[*policies.Policy][]policies.Evaluated{}
	for _, e := range all {
		name := label[e.Policy.Name]
		f := policies.FreshnessOf(e)
		for _, s := range slaStates {
			g.assets.WithLabelValues(name, strings.ToLower(string(s))).Add(b2f(s == f.State))
		}
		late := 0.0
		if f.State == policies.Late {
			late = now.Sub(f.Deadline).Seconds()
		}
		worst[name] = max(worst[name], late)
		if e.Policy.Timing.Objective > 0 {
			budgeted[e.Policy] = append(budgeted[e.Policy], e)
		}
	}
	for name, seconds := range worst {
		g.late.WithLabelValues(name).Set(seconds)
	}
	m.budgets(g.left, label, budgeted, now)
	g.assets.Collect(ch)
	g.late.Collect(ch)
	g.left.Collect(ch)
}

// budgets sets the least that is left by label. A ledger that does not answer
// leaves the gauge out: no value is better than a guessed one.
func (m slaMetrics) budgets(left *prometheus.GaugeVec, label map[string]string, of map[*policies.Policy][]policies.Evaluated, now time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), budgetPatience)
	defer cancel()
	least := map[string]float64{}
	for p, assets := range of {
		from, _ := p.Month(now)
		list, err := m.ledger.Breaches(ctx, catalog.BreachQuery{Policy: p.Name, After: from, Limit: maxBudgetRows})
		if err != nil {
			return
		}
		for _, e := range assets {
			own := slices.DeleteFunc(slices.Clone(list), func(b catalog.Breach) bool { return !slices.Contains(e.Snapshot.IDs, b.Target) })
			budget := policies.BudgetOf(p, own, now)
			ratio := budget.Left.Seconds() / budget.Allowed.Seconds()
			if known, ok := least[label[p.Name]]; !ok || ratio < known {
				least[label[p.Name]] = ratio
			}
		}
	}
	for name, ratio := range least {
		left.WithLabelValues(name).Set(ratio)
	}
}

// labels gives each policy the value of its label.
func labels(all []policies.Evaluated) map[string]string {
	var names []string
	for _, e := range all {
		names = append(names, e.Policy.Name)
	}
	slices.Sort(names)
	out := map[string]string{}
	for i, n := range slices.Compact(names) {
		if out[n] = n; i >= maxPolicies {
			out[n] = otherPolicies
		}
	}
	return out
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
