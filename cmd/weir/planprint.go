package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// policyPlan is a plan as the server gives it.
type policyPlan struct {
	Hash       string              `json:"hash"`
	Base       *int                `json:"base"`
	Source     string              `json:"source"`
	Empty      bool                `json:"empty"`
	Unchanged  int                 `json:"unchanged"`
	Cut        bool                `json:"cut"`
	From       time.Time           `json:"from"`
	Until      time.Time           `json:"until"`
	Changes    []policyChange      `json:"changes"`
	Effects    []policyEffect      `json:"effects"`
	Warnings   []catalog.FileError `json:"warnings"`
	Trials     []policyTrial       `json:"trials"`
	Drift      []string            `json:"drift"`
	Simulation *planSimulation     `json:"simulation,omitempty"`
}

// policyTrial is a policy that may do more than before.
type policyTrial struct {
	Policy string    `json:"policy"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	Until  time.Time `json:"until"`
}

func (t policyTrial) says() string {
	return fmt.Sprintf("on trial for a day: %s stays in mode %s, what it would do is recorded, then mode %s", t.Policy, inWords(t.From), inWords(t.To))
}

type policyChange struct {
	Of     string `json:"of"`
	Policy string `json:"policy"`
	Kind   string `json:"kind"`
	Source string `json:"source"`
	Fields []struct {
		Key    string  `json:"key"`
		Before *string `json:"before"`
		After  *string `json:"after"`
	} `json:"fields"`
}

type policyEffect struct {
	Policy string         `json:"policy"`
	Asset  string         `json:"asset"`
	Name   nameOf         `json:"name"`
	Before *policyOutlook `json:"before"`
	After  *policyOutlook `json:"after"`
}

type policyOutlook struct {
	Mode       string  `json:"mode"`
	Connector  *string `json:"connector"`
	ToolJob    *string `json:"toolJob"`
	Unresolved *string `json:"unresolved"`
	Inputs     []struct {
		Name    nameOf  `json:"name"`
		Seen    bool    `json:"seen"`
		Trigger bool    `json:"trigger"`
		Require string  `json:"require"`
		Fresh   *string `json:"fresh"`
		Checks  string  `json:"checks"`
		Holds   bool    `json:"holds"`
	} `json:"inputs"`
	Outcome   string      `json:"outcome"`
	Says      string      `json:"says"`
	Ticks     []time.Time `json:"ticks"`
	MoreTicks bool        `json:"moreTicks"`
	Deadline  *time.Time  `json:"deadline"`
	Runs      *int        `json:"runs"`
	Basis     string      `json:"basis"`
	Took      *string     `json:"took"`
	Samples   int         `json:"samples"`
}

const outlookFields = `{ mode connector toolJob unresolved inputs { name { namespace name } seen trigger require fresh checks holds }
 outcome says ticks moreTicks deadline runs basis took samples }`

const planFields = `hash base source empty unchanged cut from until
 changes { of policy kind source fields { key before after } }
 effects { policy asset name { namespace name } before ` + outlookFields + ` after ` + outlookFields + ` }
 warnings { file line column code what hint } trials { policy from to until } drift`

// printPlan prints a plan, its hash last.
func (a *app) printPlan(p policyPlan) {
	fmt.Fprintf(a.out, "in force: %s\n", oneLine(p.Source))
	a.printChanges(p)
	if p.Simulation != nil && !p.Empty {
		a.printContrast(*p.Simulation)
	}
	for _, t := range p.Trials {
		fmt.Fprintf(a.out, "%s\n", t.says())
	}
	for _, d := range p.Drift {
		fmt.Fprintf(a.out, "drift: %s\n", oneLine(d))
	}
	for _, w := range p.Warnings {
		fmt.Fprintf(a.out, "warning: %s:%d:%d: %s: %s\n  hint: %s\n", oneLine(w.File), w.Line, w.Column, w.Code, oneLine(w.What), w.Hint)
	}
	if p.Empty {
		a.say("nothing would change")
		return
	}
	fmt.Fprintf(a.out, "plan %s\n", p.Hash)
	a.say("put it in force with: weir apply FILES --plan %s", p.Hash)
}

// printChanges prints each policy that differs with the assets it is about, and
// how many there are.
func (a *app) printChanges(p policyPlan) {
	color := a.color(a.out)
	counts := map[string]int{}
	printed := map[string]bool{}
	for _, ch := range p.Changes {
		counts[ch.Kind]++
		printed[ch.Policy] = printed[ch.Policy] || ch.Of == "Policy"
		sign := map[string]string{"ADDED": "+", "REMOVED": "-"}[ch.Kind]
		if sign == "" {
			sign = "~"
		}
		fmt.Fprintf(a.out, "\n%s %s  %s\n", paint(color, signColor[sign], sign), paint(color, bold, changeName(ch)), oneLine(ch.Source))
		for _, f := range ch.Fields {
			fmt.Fprintf(a.out, "    %s: %s\n", oneLine(f.Key), arrow(ch.Kind != "ADDED", f.Before, f.After))
		}
		if ch.Of == "Policy" {
			a.printEffects(p, ch.Policy)
		}
	}
	for _, e := range p.Effects {
		if !printed[e.Policy] {
			printed[e.Policy] = true
			fmt.Fprintf(a.out, "\n~ %s  says the same, of other assets\n", paint(color, bold, e.Policy))
			a.printEffects(p, e.Policy)
		}
	}
	if p.Cut {
		fmt.Fprintf(a.out, "\nmore assets are concerned than the %d shown\n", len(p.Effects))
	}
	fmt.Fprintf(a.out, "\n%d added, %d changed, %d removed, %d unchanged\n", counts["ADDED"], counts["CHANGED"], counts["REMOVED"], p.Unchanged)
}

// changeName says the kind of what is no policy.
func changeName(ch policyChange) string {
	if ch.Of == "Policy" {
		return ch.Policy
	}
	return strings.ToLower(ch.Of) + " " + ch.Policy
}

var signColor = map[string]string{"+": green, "-": red, "~": yellow}

func (a *app) printEffects(p policyPlan, policy string) {
	for _, e := range p.Effects {
		if e.Policy != policy {
			continue
		}
		fmt.Fprintf(a.out, "  %s\n", oneLine(e.Name.Namespace+"/"+e.Name.Name))
		for _, l := range effectLines(e) {
			fmt.Fprintf(a.out, "    %-9s %s\n", l.what, oneLine(l.says))
		}
	}
}

type effectLine struct{ what, says string }

// effectLines say what an effect is, what stays the same once.
func effectLines(e policyEffect) (out []effectLine) {
	add := func(what string, of func(policyOutlook) string) {
		var before, after *string
		if e.Before != nil {
			before = opt(of(*e.Before))
		}
		if e.After != nil {
			after = opt(of(*e.After))
		}
		if before != nil || after != nil {
			out = append(out, effectLine{what, arrow(e.Before != nil, before, after)})
		}
	}
	add("mode", func(o policyOutlook) string { return strings.ToLower(o.Mode) })
	add("starts", startsOf)
	out = append(out, inputLines(e)...)
	add("now", func(o policyOutlook) string { return o.Outcome + ": " + o.Says })
	add("14 days", runsOf)
	add("ticks", ticksOf)
	add("deadline", func(o policyOutlook) string {
		if o.Deadline == nil {
			return ""
		}
		return clock(*o.Deadline)
	})
	return out
}

func opt(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// arrow says what was and what will be: once when that is the same, or when
// there was nothing before that could have said something.
func arrow(had bool, before, after *string) string {
	text := func(s *string) string {
		if s == nil {
			return "nothing"
		}
		return *s
	}
	if !had || text(before) == text(after) {
		return text(after)
	}
	return text(before) + " -> " + text(after)
}

func startsOf(o policyOutlook) string {
	acts := o.Mode == "ACT" || o.Mode == "ACT_CANCEL"
	switch {
	case o.Unresolved != nil:
		return "nothing: " + *o.Unresolved
	case !acts:
		return "nothing in mode " + strings.ToLower(o.Mode)
	case o.ToolJob != nil && o.Connector != nil:
		return *o.ToolJob + " on " + *o.Connector
	}
	return ""
}

// inputLines are the inputs that come, go or mean something else, and those
// that stay.
func inputLines(e policyEffect) (out []effectLine) {
	before := map[string]string{}
	if e.Before != nil {
		for i := range e.Before.Inputs {
			before[inputName(e.Before, i)] = inputSays(e.Before, i)
		}
	}
	if e.After != nil {
		for i := range e.After.Inputs {
			name, says := inputName(e.After, i), inputSays(e.After, i)
			was, had := before[name]
			delete(before, name)
			switch {
			case !had:
				out = append(out, effectLine{"+ input", name + " " + says})
			case was != says:
				out = append(out, effectLine{"~ input", name + " " + was + " -> " + says})
			default:
				out = append(out, effectLine{"input", name + " " + says})
			}
		}
	}
	if e.Before != nil {
		for i := range e.Before.Inputs {
			if says, gone := before[inputName(e.Before, i)]; gone {
				out = append(out, effectLine{"- input", inputName(e.Before, i) + " " + says})
			}
		}
	}
	return out
}

func inputName(o *policyOutlook, i int) string {
	return o.Inputs[i].Name.Namespace + "/" + o.Inputs[i].Name.Name
}

func inputSays(o *policyOutlook, i int) string {
	in := o.Inputs[i]
	var says []string
	if in.Trigger {
		says = append(says, "triggers")
	}
	if in.Holds {
		hold := "holds (" + in.Require
		if in.Fresh != nil {
			hold += " " + shortDuration(*in.Fresh)
		}
		if in.Checks != "none" {
			hold += ", checks " + in.Checks
		}
		says = append(says, hold+")")
	}
	if !in.Seen {
		says = append(says, "never seen")
	}
	return strings.Join(says, ", ")
}

func runsOf(o policyOutlook) string {
	if o.Runs == nil {
		return "runs not known: " + o.Basis
	}
	says := count(*o.Runs, "run", "runs") + " (" + o.Basis + ")"
	if o.Took != nil {
		says += fmt.Sprintf(", each %s (nine of ten of %d)", shortDuration(*o.Took), o.Samples)
	}
	return says
}

// ticksOf names the first ticks.
func ticksOf(o policyOutlook) string {
	if len(o.Ticks) == 0 {
		return ""
	}
	n := strconv.Itoa(len(o.Ticks))
	if o.MoreTicks {
		n = "more than " + n
	}
	var first []string
	for _, t := range o.Ticks[:min(3, len(o.Ticks))] {
		first = append(first, clock(t))
	}
	if len(o.Ticks) > len(first) {
		first = append(first, "...")
	}
	return n + ": " + strings.Join(first, ", ")
}

// shortDuration reads what GraphQL gives ("PT1H30M") as people write it.
func shortDuration(iso string) string { return strings.ToLower(strings.TrimPrefix(iso, "PT")) }
