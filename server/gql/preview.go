package gql

import (
	"context"
	"fmt"
	"slices"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
	"github.com/weirhq/weir/server/auth"
	"github.com/weirhq/weir/server/gql/gen"
	"github.com/weirhq/weir/server/gql/model"
)

// Preview asks the mutation itself, over requests and approvals that keep
// nothing: what it says and what it refuses is what the mutation would.
func (q query) Preview(ctx context.Context, of gen.PreviewInput) (*gen.Preview, error) {
	acts := actsOf(of)
	if len(acts) != 1 {
		return nil, fmt.Errorf("%w: give one act, not %d", catalog.ErrInvalid, len(acts))
	}
	p := &gen.Preview{Touches: []*gen.TouchedAction{}, Waits: []string{}, Catchup: []*gen.CatchupPreview{}}
	err := admit(auth.From(ctx), "Mutation", acts[0].field)
	if err == nil {
		err = q.drafted(ctx, acts[0], p)
	}
	if err != nil {
		if p.Refused = refusedAs(err); p.Refused == nil {
			return nil, err
		}
	}
	p.Position, err = q.History.Position(ctx)
	return p, err
}

// refusedAs is what a mutation would answer; nil: it could not say.
func refusedAs(err error) *gen.Refusal {
	code := CodeOf(err)
	if !slices.Contains([]string{CodeBadUserInput, CodeNotFound, CodeForbidden, CodeConflict}, code) {
		return nil
	}
	r := &gen.Refusal{Code: code, Message: Safe(err)}
	if hint := catalog.HintOf(err); hint != "" {
		r.Hint = &hint
	}
	return r
}

// act is one mutation with its input.
type act struct {
	field string
	// switched is set for a kill switch, which has no action.
	switched *gen.SetKillSwitchInput
	do       func(context.Context, mutation) (*model.Action, error)
}

// actsOf are the acts that were given.
func actsOf(in gen.PreviewInput) (acts []act) {
	acts = add(acts, "pauseJob", in.PauseJob, mutation.PauseJob, made)
	acts = add(acts, "resumeJob", in.ResumeJob, mutation.ResumeJob, made)
	acts = add(acts, "requestRun", in.RequestRun, mutation.RequestRun, func(p *gen.RequestRunPayload) *model.Action { return p.Action })
	acts = add(acts, "backfill", in.Backfill, mutation.Backfill, made)
	acts = add(acts, "cancelAction", in.CancelAction, mutation.CancelAction, made)
	acts = add(acts, "cancelRun", in.CancelRun, mutation.CancelRun, made)
	acts = add(acts, "rerun", in.Rerun, mutation.Rerun, made)
	acts = add(acts, "skip", in.Skip, mutation.Skip, made)
	acts = add(acts, "hold", in.Hold, mutation.Hold, made)
	acts = add(acts, "release", in.Release, mutation.Release, made)
	acts = add(acts, "approveAction", in.ApproveAction, mutation.ApproveAction, answered)
	acts = add(acts, "rejectAction", in.RejectAction, mutation.RejectAction, answered)
	acts = add(acts, "resolveAction", in.ResolveAction, mutation.ResolveAction, made)
	acts = add(acts, "mergeAssets", in.MergeAssets, mutation.MergeAssets, nil)
	acts = add(acts, "splitAsset", in.SplitAsset, mutation.SplitAsset, nil)
	acts = add(acts, "removeAlias", in.RemoveAlias, mutation.RemoveAlias, nil)
	acts = add(acts, "acknowledge", in.Acknowledge, mutation.Acknowledge, nil)
	acts = add(acts, "replayQuarantined", in.ReplayQuarantined, mutation.ReplayQuarantined, nil)
	acts = add(acts, "dropQuarantined", in.DropQuarantined, mutation.DropQuarantined, nil)
	if in.SetKillSwitch != nil {
		acts = append(acts, act{field: "setKillSwitch", switched: in.SetKillSwitch})
	}
	return acts
}

// add adds a mutation whose input was given.
func add[In, Payload any](acts []act, field string, in *In, do func(mutation, context.Context, In) (Payload, error), action func(Payload) *model.Action) []act {
	if in == nil {
		return acts
	}
	return append(acts, act{field: field, do: func(ctx context.Context, m mutation) (*model.Action, error) {
		p, err := do(m, ctx, *in)
		if err != nil || action == nil { // a statement has no action
			return nil, err
		}
		return action(p), nil
	}})
}

func made(p *gen.ActionPayload) *model.Action           { return p.Action }
func answered(p *gen.AnswerActionPayload) *model.Action { return p.Action }

// draft is what would be written.
type draft struct {
	decision catalog.Decision
	asked    *catalog.Action
	answers  []catalog.Action
	// stated is what would be stated; stands what says so already.
	stated *catalog.OperatorFact
	stands *catalog.Statement
	// says is what would be done, of an act without an action or a statement.
	says string
}

// drafting are readers over which mutations write into a draft.
func (r *reads) drafting(d *draft) *reads {
	o := r.Options
	o.Requests = r.Drafts(func(x catalog.Decision, a catalog.Action) { d.decision, d.asked = x, &a })
	o.Approvals = r.DraftApprovals(func(a catalog.Action) { d.answers = append(d.answers, a) })
	o.Desk = draftDesk{r.Desk, d}
	o.Acks, o.Acked = draftAcks{r.Acks}, d.acked
	o.Quarantine = draftQuarantine{r.Options.Quarantine, d}
	return &reads{o}
}

func (q query) drafted(ctx context.Context, a act, p *gen.Preview) error {
	if a.switched != nil {
		return q.previewSwitch(ctx, *a.switched, p)
	}
	var d draft
	action, err := a.do(ctx, mutation{q.drafting(&d)})
	switch {
	case err != nil:
		return err
	case d.asked != nil:
		return q.previewAsked(ctx, d, p)
	case len(d.answers) > 0:
		return q.previewAnswers(ctx, a.field, d.answers, p)
	case d.stated != nil:
		return q.previewIdentity(ctx, *d.stated, p)
	case d.says != "":
		p.Says = d.says
		return nil
	case d.stands != nil:
		p.Says = "nothing: it was stated before, and stands"
		return nil
	}
	p.Kept, p.Says = action, "nothing: its key made action "+action.A.ID
	return nil
}

func (q query) previewAsked(ctx context.Context, d draft, p *gen.Preview) (err error) {
	a := *d.asked
	p.Says, p.Action, p.Decision = policies.Says(a), &model.PreviewedAction{A: a}, &model.PreviewedDecision{D: d.decision}
	if p.Waits, err = q.waits(ctx, a); err != nil {
		return err
	}
	touched, err := q.Requests.Touches(ctx, a)
	if err != nil {
		return fmt.Errorf("what it touches: %w", err)
	}
	if err := q.touches(ctx, p, touched); err != nil || a.Kind != catalog.ActionResume {
		return err
	}
	list, err := q.Requests.Preview(ctx, policies.Place{Connector: a.Connector, Job: a.ToolJob})
	if err != nil {
		return fmt.Errorf("what resuming starts: %w", err)
	}
	p.Catchup = catchups(slices.DeleteFunc(list, func(v policies.CatchupView) bool { return q.veil != nil && !q.veil.mayName(v.Target) }))
	return nil
}

func (q query) waits(ctx context.Context, a catalog.Action) ([]string, error) {
	list, err := q.Requests.Waits(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("what it waits for: %w", err)
	}
	return append([]string{}, list...), nil
}

// previewAnswers is about actions that are there: they are shown as they are.
func (q query) previewAnswers(ctx context.Context, field string, answers []catalog.Action, p *gen.Preview) (err error) {
	one := map[string]string{"approveAction": "lets it go", "rejectAction": "ends it: nothing is started for its demand until an input changes", "resolveAction": "closes it, and frees what it holds"}
	if p.Says = one[field]; len(answers) > 1 {
		p.Says = map[string]string{"approveAction": "lets %d actions go", "rejectAction": "ends %d actions: nothing is started for their demands until an input changes"}[field]
		p.Says = fmt.Sprintf(p.Says, len(answers))
	}
	touched := make([]policies.Touched, len(answers))
	for i, a := range answers {
		touched[i] = policies.Touched{Action: a, Becomes: a.State, Says: a.Transitions[len(a.Transitions)-1].Cause}
	}
	if p.Waits, err = q.waits(ctx, answers[0]); err != nil {
		return err
	}
	return q.touches(ctx, p, touched)
}

// touches lists what the caller may read of what is touched.
func (q query) touches(ctx context.Context, p *gen.Preview, list []policies.Touched) error {
	p.Touched = len(list)
	for _, t := range list {
		if len(p.Touches) == maxTouches {
			break
		}
		a, err := q.action(ctx, t.Action.ID) // as it is, and as the caller may read it
		if err != nil {
			return err
		}
		if a != nil {
			p.Touches = append(p.Touches, &gen.TouchedAction{Action: a, Becomes: t.Becomes, Says: t.Says})
		}
	}
	return nil
}

// maxTouches bounds how many actions a preview lists.
const maxTouches = 200

func (q query) previewSwitch(ctx context.Context, in gen.SetKillSwitchInput, p *gen.Preview) error {
	m := mutation(q)
	s, err := m.switchOf(ctx, in)
	if err != nil {
		return err
	}
	n := m.covered(s)
	p.Covers, p.Says = &n, "turns "+s.String()+" off: what it kept is sent when nothing else is in its way"
	if s.On {
		p.Says = "turns " + s.String() + " on: nothing is started under it, and the gate lets jobs run; what was sent goes on"
	}
	touched, err := q.Requests.SwitchTouches(ctx, s)
	if err != nil {
		return fmt.Errorf("what it touches: %w", err)
	}
	return q.touches(ctx, p, touched)
}
