package server_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server"
)

type standings []policies.Evaluated

func (s standings) Evaluations() []policies.Evaluated { return s }

type breaches []catalog.Breach

func (b breaches) Breaches(_ context.Context, q catalog.BreachQuery) (out []catalog.Breach, err error) {
	for _, x := range b {
		if x.Policy == q.Policy {
			out = append(out, x)
		}
	}
	return out, nil
}

var slaNow = time.Date(2024, 6, 11, 0, 0, 0, 0, time.UTC) // of a month of 720 hours

// aged is an asset whose newest version is so old, where an hour is allowed.
func aged(policy string, old time.Duration, objective float64) policies.Evaluated {
	id := catalog.AssetID(catalog.DatasetName("pg", policy).ID())
	p := &policies.Policy{Name: policy, Want: policies.Want{Kind: policies.WantMaxAge, Within: time.Hour}, Timing: policies.Timing{Objective: objective}}
	return policies.Evaluated{Policy: p, Asset: id, At: slaNow, Snapshot: policies.Snapshot{IDs: []catalog.AssetID{id}, Produced: &catalog.Version{ProducedAt: slaNow.Add(-old)}}}
}

func TestSLAMetrics(t *testing.T) {
	a := aged("a", 3*time.Hour, 0.99)
	end := slaNow.Add(-24 * time.Hour)
	held := breaches{
		{Policy: "a", Target: a.Asset, Since: slaNow.Add(-2 * time.Hour)},                     // 2 h of 7.2
		{Policy: "a", Target: a.Asset, Since: end.Add(-1600 * time.Millisecond), Until: &end}, // and a bit
		{Policy: "a", Target: catalog.AssetID{1}, Since: slaNow.Add(-48 * time.Hour)},         // another asset's
	}
	got := gathered(t, standings{a, aged("b", time.Minute, 0)}, held)
	for name, want := range map[string]float64{
		"weir_sla_assets a late": 1, "weir_sla_assets a fresh": 0, "weir_sla_assets b fresh": 1,
		"weir_sla_late_seconds a": 7200, "weir_sla_late_seconds b": 0, "weir_sla_budget_left_ratio a": 0.7222,
	} {
		if v, ok := got[name]; !ok || math.Abs(v-want) > 0.0001 {
			t.Errorf("%s is %v (%t), want %v", name, v, ok, want)
		}
	}
	if v, ok := got["weir_sla_budget_left_ratio b"]; ok {
		t.Errorf("a budget of %v without an objective", v)
	}
}

// gathered are the values of all series by metric and labels.
func gathered(t *testing.T, judge standings, held breaches) map[string]float64 {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(server.NewSLAMetrics(judge, held, func() time.Time { return slaNow }))
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			out[name] = m.GetGauge().GetValue()
		}
	}
	return out
}

func TestSLAMetricsAreBounded(t *testing.T) {
	var many standings
	for i := range 1000 {
		many = append(many, aged(fmt.Sprintf("p-%04d", i), time.Minute, 0.99))
	}
	got := gathered(t, many, nil)
	if len(got) != 201*(6+1+1) || got["weir_sla_assets (other) fresh"] != 800 {
		t.Errorf("%d series of 1000 policies, %v assets in the rest", len(got), got["weir_sla_assets (other) fresh"])
	}
}
