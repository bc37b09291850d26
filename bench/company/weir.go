package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/policies/virtual"
)

// weir is the second player: the real engine, which knows what it is told.
type weir struct {
	*stage
	world  *virtual.World
	ledger *virtual.Ledger
	// first leads; second is only up while two believe to lead.
	first, second *virtual.Engine
	draws         int
	// keys counts the runs of each action, going what runs of weir's are going
	// on, to see whether anything is done twice.
	keys  map[string]int
	going map[string]int
}

// playWeir plays a game with weir's policies. change, when given, spoils
// something: a test of the test.
func playWeir(g Game, change func(*weir, *policies.Set, []connectors.Connector)) (score, error) {
	w := &weir{stage: newStage(g), world: virtual.NewWorld(), ledger: virtual.NewLedger(), keys: map[string]int{}, going: map[string]int{}}
	w.ledger.Brief = g.Logs == "" // all decisions are most of what a game holds
	w.stage.tell, w.stage.look, w.stage.begun = w.deliver, w.found, w.watch
	var conns []connectors.Connector
	for _, name := range []string{"dbt", "ml", "bi"} {
		w.works(name, func(o *virtual.WorksOptions) { o.Fault, o.Silent = w.fault, w.silent })
		conns = append(conns, w.tools[name])
	}
	set, err := w.e.policySet()
	if err != nil {
		return score{}, err
	}
	if change != nil {
		change(w, set, conns)
	}
	if err := w.lead(set, conns); err != nil {
		return score{}, err
	}
	s := w.play()
	s.Crashes = w.first.Crashes + w.second.Crashes
	if g.Logs != "" {
		if err := w.keep(g.Logs); err != nil {
			return s, err
		}
	}
	return s, w.audit(&s)
}

// lead starts the engines; the second comes up while two believe to lead.
func (w *weir) lead(set *policies.Set, conns []connectors.Connector) (err error) {
	live := &policies.Live{}
	live.Put(set)
	o := virtual.EngineOptions{World: w.world, Policies: live, Connectors: conns, Grain: 30 * time.Second, Skew: w.skew, Failpoint: w.die}
	ctx := context.Background()
	o.Ledger, o.Holder, o.OnTold = fragile{w.ledger, w, &w.second}, "first", func(t catalog.Touched) { w.second.Touch(t) }
	if w.first, err = virtual.NewEngine(ctx, w.loop, o); err != nil {
		return err
	}
	o.Ledger, o.Holder, o.Skew, o.OnTold = fragile{w.ledger, w, &w.first}, "second", w.ahead, func(t catalog.Touched) { w.first.Touch(t) }
	if w.second, err = virtual.NewEngine(ctx, w.loop, o); err != nil {
		return err
	}
	w.second.Stop()
	for d := range w.game.Days + 1 {
		w.loop.At(firstDay.Add(time.Duration(d)*day+90*time.Minute), func() {
			if w.twoLeaders() {
				_ = w.second.Start() // one that fails to start is none
			}
		})
		w.loop.At(firstDay.Add(time.Duration(d)*day+150*time.Minute), w.second.Stop)
	}
	return nil
}

func (w *weir) touch(t catalog.Touched) {
	w.first.Touch(t)
	w.second.Touch(t)
}

// found tells weir of a look.
func (w *weir) found(n catalog.Name, l catalog.Look) { w.touch(w.world.Look(n, l)) }

// watch looks for what is done twice: a key that made two runs, or a run beside
// another one of weir's on the same job.
func (w *weir) watch(x *virtual.Execution, _ *thing) {
	if x.By != virtual.ByWeir {
		return
	}
	w.keys[x.Request.Key]++
	w.going[x.Job]++
	if w.keys[x.Request.Key] > 1 || w.going[x.Job] > 1 {
		w.score.Doubled++
	}
	x.Done = func(*virtual.Execution) { w.going[x.Job]-- }
}

// audit reads the ledger for demands that were met twice.
func (w *weir) audit(s *score) error {
	all, err := w.ledger.Actions(context.Background(), policies.ActionQuery{Limit: 1 << 30})
	if err != nil {
		return err
	}
	met := map[string]bool{}
	for _, a := range all {
		if a.State != catalog.ActionSucceeded {
			continue
		}
		s.Actions++
		var list []string
		for _, d := range a.Demand {
			list = append(list, string(d))
		}
		slices.Sort(list)
		key := a.Connector + "/" + a.ToolJob + "/" + strings.Join(list, ",")
		if met[key] {
			s.Doubled++
		}
		met[key] = true
	}
	return nil
}
