package virtual

import (
	"cmp"
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/policies"
)

// Report compares a recorded time as it was with what the policies would have
// made of it.
type Report struct {
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Seed     uint64         `json:"seed"`
	Policies []PolicyReport `json:"policies"` // by name
	Owners   []OwnerReport  `json:"owners"`   // by name
	Total    Comparison     `json:"total"`
	// Cut: a policy has more deadlines in the time than were looked at.
	Cut bool `json:"cut,omitempty"`
}

// Comparison holds the tallies of both lives.
type Comparison struct {
	Recorded  Tally `json:"recorded"`
	Simulated Tally `json:"simulated"`
	// RunsAdded and RunsRemoved are summed over policies: both can be large
	// where the sums are alike.
	RunsAdded   int `json:"runsAdded"`
	RunsRemoved int `json:"runsRemoved"`
}

func (c *Comparison) add(o Comparison) {
	c.Recorded.add(o.Recorded)
	c.Simulated.add(o.Simulated)
	c.RunsAdded += o.RunsAdded
	c.RunsRemoved += o.RunsRemoved
}

// PolicyReport is what a policy changes.
type PolicyReport struct {
	Policy string       `json:"policy"`
	Owner  string       `json:"owner,omitempty"`
	Mode   catalog.Mode `json:"mode"`
	// Jobs are what it starts; SampledRuns is how many recorded runs of them
	// the simulated ones were drawn from, 0 where a minute, or what the policy
	// expects, was assumed.
	Jobs        []string `json:"jobs"`
	SampledRuns int      `json:"sampledRuns"`
	// Shared names the policy that answers for the runs of a job that several
	// start.
	Shared string `json:"shared,omitempty"`
	Note   string `json:"note,omitempty"`
	Comparison
}

// OwnerReport sums up the policies of an owner.
type OwnerReport struct {
	Owner string `json:"owner"`
	Comparison
}

func report(s Simulation, set *policies.Set, lines []*line, was, is *judge) Report {
	r := Report{From: s.From.UTC(), To: s.To.UTC(), Seed: s.Seed, Policies: []PolicyReport{}, Owners: []OwnerReport{}, Cut: was.more || is.more}
	owners := map[string]*OwnerReport{}
	for i, p := range set.Policies {
		one := PolicyReport{Policy: p.Name, Owner: p.Owner, Mode: s.Policies.Policies[i].Mode, Jobs: []string{}}
		one.Recorded, one.Simulated = *was.tally[p.Name], *is.tally[p.Name]
		one.RunsAdded = max(0, one.Simulated.Runs-one.Recorded.Runs)
		one.RunsRemoved = max(0, one.Recorded.Runs-one.Simulated.Runs)
		one.about(p, lines)
		r.Policies = append(r.Policies, one)
		r.Total.add(one.Comparison)
		if owners[p.Owner] == nil {
			owners[p.Owner] = &OwnerReport{Owner: p.Owner}
		}
		owners[p.Owner].add(one.Comparison)
	}
	for _, o := range owners {
		r.Owners = append(r.Owners, *o)
	}
	slices.SortFunc(r.Policies, func(a, b PolicyReport) int { return cmp.Compare(a.Policy, b.Policy) })
	slices.SortFunc(r.Owners, func(a, b OwnerReport) int { return cmp.Compare(a.Owner, b.Owner) })
	return r
}

// about says what the policy starts, and what is not known of it.
func (r *PolicyReport) about(p *policies.Policy, lines []*line) {
	for _, l := range lines {
		if !slices.Contains(l.policies, p) {
			continue
		}
		r.Jobs = append(r.Jobs, l.connector+"/"+l.toolJob)
		if l.policies[0] != p {
			r.Shared = l.policies[0].Name
			continue
		}
		r.SampledRuns += len(l.trees)
		if len(l.trees) == 0 {
			r.Note = "no run of its job was recorded: how long one takes is assumed"
		}
	}
	slices.Sort(r.Jobs)
	switch {
	case p.Mode == catalog.ModeObserve:
		r.Note = "it only observes"
	case p.Acts() && len(r.Jobs) == 0:
		r.Note = "nothing recorded says what it would start: name a target"
	}
}
