package main

import (
	"fmt"
	"strings"

	"github.com/weirhq/weir/policies"
)

// policySet is what the company would keep in its repository: one policy for
// each model, pipeline and report.
func (e *estate) policySet() (*policies.Set, error) {
	set := &policies.Set{}
	for _, t := range e.things {
		if t.kind == source {
			continue
		}
		list, err := policies.Parse(t.name+".yaml", []byte(e.policy(t)))
		if err != nil {
			return nil, err
		}
		set.Policies = append(set.Policies, list...)
	}
	return set, nil
}

// policy says what should be true of a thing. What is daily runs once all of
// its inputs are of the day, whenever that is; what follows hourly sources runs
// ahead of the reports' ticks, and only if nothing as young is there; what
// nobody reads is not run.
func (e *estate) policy(t *thing) string {
	var b strings.Builder
	fmt.Fprintf(&b, "kind: Policy\nname: %s\nselect: { asset: \"dataset:%s/%s\" }\ntarget: { connector: %s, job: %s }\nmode: act\nowner: data\non_first: run\nlimits: { fan_out: 1000 }\n",
		strings.ReplaceAll(t.name, "_", "-"), t.dataset().Namespace, t.name, t.tool(), t.name)
	trigger := false
	switch {
	case !t.read:
		b.WriteString("want: manual\n")
	case t.hourly && t.kind == report:
		b.WriteString("want: { by: { cron: \"40 8,10,12,14,16 * * *\", covers: 160m } }\n")
	case t.hourly:
		b.WriteString("want: { by: { cron: \"24 8,10,12,14,16 * * *\", covers: 144m } }\n")
	case t.weekly:
		b.WriteString("want: { by: { cron: \"15 6 * * 1\", covers: 30h } }\n")
	default:
		trigger = true
	}
	b.WriteString("inputs:\n")
	for _, in := range t.inputs {
		fmt.Fprintf(&b, "  \"dataset:%s/%s\": { trigger: %t, require: { fresh: %s } }\n", t.dataset().Namespace, e.things[in].name, trigger, t.bound())
	}
	return b.String()
}
