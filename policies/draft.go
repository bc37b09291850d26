package policies

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Drafts are requests that are worked out and refused as requests are, by the
// same code, and not written down. told is given what would have been; nothing
// when a key was used before: then what was kept comes back, as ever.
func (r *Requests) Drafts(told func(catalog.Decision, catalog.Action)) *Requests {
	return &Requests{g: r.g, now: r.now, onNew: told, kept: unwritten{r.g.Ledger}}
}

// Drafts answers as Approvals does and writes nothing. told is given each action
// as it would be.
func (s *Approvals) Drafts(told func(catalog.Action)) *Approvals {
	return &Approvals{Ledger: unwritten{s.Ledger}, Now: s.Now, OnMove: told}
}

// unwritten is a ledger that is read, and answers two writes as if they had been
// made.
type unwritten struct{ Ledger }

// Ask gives back what was kept under the key, else what would be.
func (u unwritten) Ask(ctx context.Context, _ *catalog.Decision, a catalog.Action) (catalog.Action, bool, error) {
	list, err := u.Actions(ctx, ActionQuery{AskKey: a.Asked.Key, Limit: 1})
	if err != nil || len(list) == 0 {
		return a, err == nil, err
	}
	return list[0], false, nil
}

// Update leaves the action as it is: whoever asks has read its state just now.
func (unwritten) Update(_ context.Context, _ catalog.ActionState, a catalog.Action) (catalog.Action, error) {
	return a, nil
}

// Touched is an action that a request would do something to.
type Touched struct {
	Action  catalog.Action
	Becomes catalog.ActionState
	// Says what becomes of it, as a sentence.
	Says string
}

// Touches says what a request, as Drafts tells it, would do to other actions.
func (r *Requests) Touches(ctx context.Context, a catalog.Action) ([]Touched, error) {
	switch a.Kind {
	case catalog.ActionCancel:
		return r.cancels(ctx, a)
	case catalog.ActionPause:
		return r.delays(ctx, ActionQuery{Connector: a.Connector, ToolJob: a.ToolJob}, func(o catalog.Action) Touched {
			if !o.Kind.StartsRun() || o.State != catalog.ActionReady {
				return Touched{}
			}
			return Touched{o, catalog.ActionHeld, "is held until the job is resumed, or until it expires"}
		})
	case catalog.ActionHold:
		return r.onAsset(ctx, a, func(catalog.Action) (catalog.ActionState, string) { return "", "waits until the asset is released" })
	case catalog.ActionSkip:
		return r.onAsset(ctx, a, func(o catalog.Action) (catalog.ActionState, string) {
			if slices.ContainsFunc(o.Demand, func(e catalog.DemandElement) bool { return !slices.Contains(a.Demand, e) }) {
				return "", "stays: it wants more than is skipped"
			}
			return catalog.ActionSkipped, "ends: what it wants counts as met"
		})
	}
	return nil, nil
}

// cancels: an action is taken back or its run stopped, a backfill with its runs.
func (r *Requests) cancels(ctx context.Context, a catalog.Action) ([]Touched, error) {
	if a.Of == "" {
		return nil, nil
	}
	of, err := actionByID(ctx, r.g.Ledger, a.Of)
	if err != nil {
		return nil, err
	}
	list := []catalog.Action{of}
	if of.Kind == catalog.ActionBackfill {
		parts, err := r.g.Ledger.Actions(ctx, ActionQuery{Parent: of.ID, Open: true, Limit: maxPlan})
		if err != nil {
			return nil, err
		}
		list = append(list, parts...)
	}
	out := make([]Touched, len(list))
	for i, o := range list {
		if out[i], err = ends(o); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ends is what a cancel does to an action.
func ends(o catalog.Action) (Touched, error) {
	to, err := Next(o.State, CancelAsked)
	says := "is taken back: it was not sent"
	switch {
	case sent(o.State) && o.Kind == catalog.ActionBackfill:
		says = "ends with its runs"
	case sent(o.State):
		says = o.Connector + " is asked to stop its run"
	}
	return Touched{o, to, says}, err
}

// delays finds open actions that were not sent and says what becomes of each; of
// the zero value nothing does. As many are looked at as the dispatcher looks at.
func (r *Requests) delays(ctx context.Context, q ActionQuery, becomes func(catalog.Action) Touched) (out []Touched, err error) {
	q.Open, q.Limit = true, openPage
	for seen := 0; seen < maxOpen; seen += openPage {
		page, err := r.g.Ledger.Actions(ctx, q)
		for _, o := range page {
			if sent(o.State) {
				continue
			}
			if t := becomes(o); t.Says != "" {
				out = append(out, t)
			}
		}
		if err != nil || len(page) < openPage {
			return out, err
		}
		q.Before = page[len(page)-1].Seq
	}
	return out, nil
}

// onAsset finds what policies want of the asset of a request; what a person asked
// for is not measured by that.
func (r *Requests) onAsset(ctx context.Context, a catalog.Action, becomes func(catalog.Action) (catalog.ActionState, string)) ([]Touched, error) {
	return r.delays(ctx, ActionQuery{Asset: a.Target}, func(o catalog.Action) Touched {
		if o.Asked != nil {
			return Touched{}
		}
		to, says := becomes(o)
		if to == "" {
			to = o.State
		}
		return Touched{o, to, says}
	})
}

// SwitchTouches says what a kill switch keeps from being sent, or lets go.
func (r *Requests) SwitchTouches(ctx context.Context, s catalog.Switch) ([]Touched, error) {
	says := "is not sent while the switch is on"
	if !s.On {
		says = "is sent when nothing else is in its way"
	}
	return r.delays(ctx, ActionQuery{}, func(o catalog.Action) Touched {
		if stops(o) || !stopsAction(s, o) {
			return Touched{}
		}
		return Touched{o, o.State, says}
	})
}

// Waits says what would keep a request from being sent for now, as far as weir
// knows without asking the tool.
func (r *Requests) Waits(ctx context.Context, a catalog.Action) (out []string, err error) {
	if a.State.Terminal() { // it is done when it is written
		return nil, nil
	}
	by, err := r.g.killed(ctx, a)
	if err != nil {
		return nil, err
	}
	if by != nil {
		out = append(out, by.String()+" is on: "+by.Reason)
	}
	if a.Kind != catalog.ActionTrigger && a.Kind != catalog.ActionRerun && a.Kind != catalog.ActionBackfill {
		return out, nil
	}
	if busy, err := r.g.busy(ctx, a); err != nil {
		return nil, err
	} else if busy != "" && a.Kind != catalog.ActionBackfill {
		out = append(out, "action "+busy+" has a run of the same job for the same time that is not closed")
	}
	s := Snapshot{Resolved: ResolvedTarget{Connector: a.Connector, ToolJob: a.ToolJob}}
	if err := r.g.pauses(ctx, &s); err != nil {
		return nil, err
	}
	if p := s.Standing.Pause; p != nil {
		out = append(out, fmt.Sprintf("%s paused %s at %s: %s", actorOf(*p), p.ToolJob, clock(p.CreatedAt), reasonOf(*p)))
	}
	return out, nil
}

// Says is what an action asks for, as a sentence without its end.
func Says(a catalog.Action) string {
	job := a.ToolJob + " on " + a.Connector
	switch a.Kind {
	case catalog.ActionTrigger:
		if a.Nominal.IsZero() {
			return "starts a run of " + job
		}
		return "starts a run of " + job + " for " + clock(a.Nominal)
	case catalog.ActionBackfill:
		return fmt.Sprintf("starts %d runs of %s, %d at once, from %s to %s", len(a.Plan.Times), job, a.Plan.Parallel, clock(slices.MinFunc(a.Plan.Times, time.Time.Compare)), clock(slices.MaxFunc(a.Plan.Times, time.Time.Compare)))
	case catalog.ActionRerun:
		if a.Whole {
			return "runs all of run " + a.ExternalID + " of " + job + " again"
		}
		return "runs what failed of run " + a.ExternalID + " of " + job + " again"
	case catalog.ActionCancel:
		if a.Of == "" {
			return "asks " + a.Connector + " to stop run " + a.ExternalID + " of " + a.ToolJob
		}
		return "ends action " + a.Of
	case catalog.ActionPause:
		return "pauses " + job + ": policies start nothing there until it is resumed"
	case catalog.ActionResume:
		return "resumes " + job
	case catalog.ActionSkip:
		return fmt.Sprintf("counts what is new of %s as read: %d demands are met, and no run is started", a.Name, len(a.Demand))
	case catalog.ActionHold:
		return "holds " + a.Name.String() + ": nothing is started for it, and its gate says wait"
	case catalog.ActionRelease:
		return "releases " + a.Name.String() + ": policies act for it again, also on demands that failed runs spent"
	}
	return strings.ToLower(string(a.Kind))
}
