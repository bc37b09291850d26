package policies_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

func model(behind string) string {
	return `kind: Policy
name: model
select: { asset: "dataset:pg://wh/model" }
target: { connector: af, job: train }
mode: act
owner: team
want: { versions_behind: ` + behind + ` }
inputs:
  "dataset:pg://wh/events": {}
  "dataset:pg://wh/users": {}
`
}

// wrote adds a version of a dataset.
func (r *rig) wrote(name, data string) {
	r.after(time.Minute)
	r.w.Version(catalog.Version{Dataset: ds(name), ProducedAt: time.Now(), DataVersion: data})
	r.settle()
}

func TestVersionsBehind(t *testing.T) {
	inRig(t, model("2"), func(r *rig) {
		r.wrote("events", "1")
		r.wrote("users", "1")
		r.ran("train", "events users", "model")
		r.wrote("events", "2")
		r.wrote("events", "2") // the same data again
		r.wrote("users", "2")
		r.last(0)
		r.outcome("model", catalog.DecideNothing)
		r.wrote("users", "")
		a := r.is(1, catalog.ActionAccepted)
		if len(a.Demand) != 2 || len(a.Pins) != 2 {
			t.Errorf("demand %v, pins %v", a.Demand, a.Pins)
		}
		r.decidedAlike()
		run := r.play(a, "events users", "model")
		r.wrote("events", "3") // while it runs: one of the next three
		r.ended(run, catalog.RunSucceeded)
		r.wrote("events", "4")
		r.last(1)
		r.wrote("events", "3") // another than the one before
		r.is(2, catalog.ActionAccepted)
		r.decidedAlike()
	})
}

// Only what is chosen counts; the rest is read all the same.
func TestVersionsBehindOfChosenInputs(t *testing.T) {
	inRig(t, model(`{ at_most: 0, of: "dataset:pg://wh/users" }`), func(r *rig) {
		r.wrote("events", "1")
		r.wrote("users", "1")
		r.ran("train", "events users", "model")
		for i := range 5 {
			r.wrote("events", fmt.Sprint(i+2))
		}
		r.last(0)
		r.wrote("users", "1")
		r.last(0)
		r.wrote("users", "2")
		r.is(1, catalog.ActionAccepted)
	})
}

func TestVersionsBehindOnFirst(t *testing.T) {
	for first, n := range map[string]int{"wait": 0, "run": 1} {
		inRig(t, model("5")+"on_first: "+first+"\n", func(r *rig) {
			r.wrote("events", "1")
			r.wrote("users", "1")
			r.last(n)
		})
	}
}

func TestVersionsBehindIsChecked(t *testing.T) {
	cycle := strings.ReplaceAll(model("1"), "wh/users", "wh/other") + "---\n" + strings.NewReplacer("name: model", "name: other", "wh/model", "wh/other", "wh/events", "wh/model").Replace(model("1"))
	for yaml, code := range map[string]string{
		model("-1"): "E106", model("101"): "E106", model("many"): "E106", model("{ of: [] }"): "E106", model("{ at_most: 1, from: x }"): "E101",
		model(`{ at_most: 1, of: "dataset:pg://wh/else" }`):                "E114",
		strings.Split(model("1"), "inputs:")[0]:                            "E106",
		model(`{ at_most: 1, of: ["dataset:pg://wh/users"] }`) + "on: x\n": "E101",
		cycle:      "E110",
		model("0"): "", model(`{ at_most: 1, of: ["dataset:pg://wh/users"] }`): "",
	} {
		_, err := policies.Load([]catalog.PolicyFile{{Path: "p.yaml", Text: yaml}})
		var e *policies.FileError
		switch {
		case code == "" && err != nil:
			t.Errorf("%v in\n%s", err, yaml)
		case code != "" && (!errors.As(err, &e) || e.Code != code || e.Line < 5 && code != "E110" || e.Hint == ""):
			t.Errorf("%v, want %s in\n%s", err, code, yaml)
		}
	}
}
