package attention

import (
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// State is how something is wrong.
type State string

// The states, worst first.
const (
	Late        State = "LATE"              // a deadline has passed
	Failed      State = "FAILED"            // weir's last action for it failed, was refused or expired
	Lost        State = "LOST"              // what became of weir's last action is not known
	Unreachable State = "UNREACHABLE"       // a connector does not answer
	Stopped     State = "STOPPED"           // a breaker or a kill switch: nothing is started
	AtRisk      State = "AT_RISK"           // a run is wanted and cannot begin, or the deadline will be missed
	Approval    State = "AWAITING_APPROVAL" // a person has to say yes
	Unknown     State = "UNKNOWN"           // nobody can say
	Waiting     State = "WAIT"              // a run waits or is held, or somebody who asked the gate waits
)

// States are all of them, worst first.
var States = []State{Late, Failed, Lost, Unreachable, Stopped, AtRisk, Approval, Unknown, Waiting}

// Kind is what a root cause is.
type Kind string

// The kinds.
const (
	KindAsset     Kind = "ASSET"
	KindJob       Kind = "JOB"
	KindConnector Kind = "CONNECTOR"
	KindSwitch    Kind = "SWITCH"
)

// Root is what has to change before anything gets better.
type Root struct {
	Kind Kind
	// Asset is the asset or job; zero for a connector or a switch, and for a job
	// that only its tool knows.
	Asset catalog.AssetID
	// Via is the asset that is missing, where Asset is the job that makes it.
	Via catalog.AssetID
	// Name of the asset or job; of a switch or a connector, Name.Name.
	Name catalog.Name
	// Connector is the tool's, where it is known.
	Connector string
	// Owner is whom to ask; "" nobody known.
	Owner string
	Since time.Time
	// Says is a sentence: how.
	Says string
}

// Trouble is one thing that is wrong of one asset by one policy.
type Trouble struct {
	// State is the worst that is true of it; Also what else is, worst first: what
	// is at risk may wait, too.
	State  State
	Also   []State
	Policy string
	Mode   catalog.Mode
	// Owner of the policy.
	Owner string
	Asset catalog.AssetID
	Name  catalog.Name
	Says  string
	// Since when; zero not known.
	Since  time.Time
	LateBy time.Duration
	// Gate: somebody asked the gate and waits.
	Gate bool
	// Action is weir's, where one failed or waits for a person.
	Action string
	Root   Root
}

// Is reports whether a state is true of it.
func (t Trouble) Is(s State) bool { return t.State == s || slices.Contains(t.Also, s) }

// Waits: for an input, a run or a person, whatever else is wrong of it.
func (t Trouble) Waits() bool { return t.Is(Waiting) || t.Is(Approval) }

// Key names it among all that is wrong.
func (t Trouble) Key() string {
	gate := ""
	if t.Gate {
		gate = "gate"
	}
	return t.Policy + "\x00" + t.Asset.String() + "\x00" + gate
}

// Words are what was written down about a policy on an asset.
type Words struct {
	// Decided is when the newest decision was made that waits; Asked since when
	// somebody waits at the gate. Zero: it does not, nobody does.
	Decided, Asked time.Time
	// Told is why they were told to wait.
	Told string
	// Bad are weir's actions for it that ended badly or wait for a person and that
	// no later one made good, the newest first.
	Bad []catalog.Action
}

// bad is the newest that still stands.
func (w Words) bad(e policies.Evaluated) *catalog.Action {
	for i, a := range w.Bad {
		if a.State == catalog.ActionAwaitingApproval || !overtaken(e, a) {
			return &w.Bad[i]
		}
	}
	return nil
}

// asked reports whether a person has to say yes to something of it.
func (w Words) asked() bool {
	return slices.ContainsFunc(w.Bad, func(a catalog.Action) bool { return a.State == catalog.ActionAwaitingApproval })
}

// overtaken reports whether what an action failed at was made after all, by
// whomever, or is wanted no more: weir will not make it again, and nothing else
// would ever end the trouble.
func overtaken(e policies.Evaluated, a catalog.Action) bool {
	_, at := lastWord(a)
	if a.Partition == "" || e.Policy.Partition == nil {
		other := (a.Partition == "") != (e.Policy.Partition == nil)
		return other || madeSince(e.Snapshot.Produced, at)
	}
	i := slices.IndexFunc(e.Snapshot.Parts, func(p policies.PartView) bool { return p.Key == a.Partition })
	if i < 0 {
		return !e.Snapshot.PartsCut
	}
	return madeSince(e.Snapshot.Parts[i].Made, at)
}

func madeSince(v *catalog.Version, at time.Time) bool { return v != nil && v.ProducedAt.After(at) }

// lastWord is what was said last of an action, and when.
func lastWord(a catalog.Action) (says string, at time.Time) {
	if n := len(a.Transitions); n > 0 {
		return a.Transitions[n-1].Cause, a.Transitions[n-1].At
	}
	return "", a.CreatedAt
}

// Of lists what is wrong by one evaluation: nothing, one thing, or what the
// policy waits for and somebody who asks the gate.
func Of(e policies.Evaluated, w Words) (out []Trouble) {
	f, bad := policies.FreshnessOf(e), w.bad(e)
	base := Trouble{Policy: e.Policy.Name, Mode: e.Policy.Mode, Owner: e.Policy.Owner, Asset: e.Asset, Name: e.Name, Says: e.Tree.Says}
	if states := statesOf(e, f, w, bad); len(states) > 0 {
		t := base
		t.State, t.Also, t.Since, t.Root = states[0], states[1:], w.Decided, rootOf(e, f)
		switch t.State {
		case Late:
			t.Says, t.Since, t.LateBy = f.Says, f.Deadline, e.At.Sub(f.Deadline)
		case AtRisk, Unknown:
			t.Says = f.Says
		}
		if bad != nil {
			t.blame(*bad)
		}
		out = append(out, t)
	}
	if !w.Asked.IsZero() {
		t := base
		t.State, t.Gate, t.Since, t.Root = Waiting, true, w.Asked, askedRoot(e, w)
		t.Says = t.Root.Says
		out = append(out, t)
	}
	return out
}

// statesOf are all that are true of it, worst first; none: nothing is wrong. What
// it waits for is told apart from how it stands, so that both can be counted.
func statesOf(e policies.Evaluated, f policies.Freshness, w Words, bad *catalog.Action) (out []State) {
	held := e.Outcome == catalog.DecideHold
	waits := held || e.Outcome == catalog.DecideWait
	stopped := waits && e.Snapshot.KillSwitch || policies.BreakerOf(e).State != policies.BreakerClosed
	asked := w.asked()
	add := func(s State, is bool) {
		if is {
			out = append(out, s)
		}
	}
	add(Late, f.State == policies.Late)
	if bad != nil && bad.State != catalog.ActionAwaitingApproval {
		add(badly[bad.State], true)
	}
	add(Stopped, stopped)
	add(AtRisk, f.State == policies.AtRisk)
	add(Approval, asked)
	add(Unknown, f.State == policies.FreshUnknown)
	add(Waiting, waits && !asked && !(held && stopped)) // the run that waits for a person is the one that waits
	return out
}

var badly = map[catalog.ActionState]State{
	catalog.ActionFailed: Failed, catalog.ActionRefused: Failed, catalog.ActionExpired: Failed, catalog.ActionLost: Lost, catalog.ActionAwaitingApproval: Approval,
}

// blame names weir's own action as the cause, unless something upstream is.
func (t *Trouble) blame(a catalog.Action) {
	t.Action = a.ID
	says, at := lastWord(a)
	if t.State != Late && t.State != AtRisk {
		t.Says, t.Since = says, at
	}
	if t.Root.Asset == t.Asset {
		t.Root = Root{Kind: KindJob, Asset: a.Job, Name: catalog.JobName("", a.ToolJob), Connector: a.Connector, Owner: t.Owner, Since: at, Says: says}
	}
}
