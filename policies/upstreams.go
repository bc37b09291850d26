package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// upstreamsDoc is the YAML of defaults_for_upstreams.
type upstreamsDoc struct {
	Want string `yaml:"want"`
}

// upstreams reads what a policy says of that which its assets are made of. It is
// a policy of its own, which nobody wrote: what holds for the one that gives it
// holds for it, too, but for what is about that one's assets alone.
// While what it is made of is made, its assets wait, unless it says itself what
// they wait for.
func (c *checker) upstreams(p *Policy, d document) {
	if d.Upstreams == nil {
		return
	}
	if want := d.Upstreams.Want; WantKind(want) != WantInherit {
		c.fail(at("defaults_for_upstreams", "want"), "E106", "want: inherit", "unknown want %q for upstreams", want)
		return
	}
	idle := []Condition{{Word: "idle"}}
	if d.Ready.empty() {
		p.Ready.Of = idle
	}
	u := &Policy{
		Name: p.Name + upstreamsSuffix, Mode: p.Mode, Owner: p.Owner, File: p.File, Line: p.Line, body: p.body,
		Select: Selector{Type: catalog.TypeDataset, Upstreams: p.Name}, Want: Want{Kind: WantInherit}, OnLate: LateWait,
		Ready:  Ready{SelfIdle: true, Of: idle},
		Freeze: p.Freeze, FreezeUntil: p.FreezeUntil, FreezeReason: p.FreezeReason,
		Calendars: p.Calendars, Blackout: p.Blackout, OnBlackout: p.OnBlackout, Admit: p.Admit, Notify: p.Notify,
	}
	c.defaults(u, document{})
	c.timing(u, document{})
	u.Admit.Pool, u.Admit.Slots, u.Admit.Class = "", 1, catalog.ClassNormal
	u.YAML = fmt.Sprintf("# of %s: defaults_for_upstreams\nkind: Policy\nname: %s\nselect: upstreams of %s\nmode: %s\nowner: %q\nwant: inherit\n",
		p.Name, u.Name, p.Name, strings.ToLower(string(p.Mode)), p.Owner)
	p.Gives = u
}

// upstreamsSuffix names the policy that another one gives to its upstreams.
const upstreamsSuffix = "-upstreams"

// Given reports whether nobody wrote the policy: another one gives it to what
// its assets are made of.
func (p *Policy) Given() bool { return p.Select.Upstreams != "" }

// readsObserved: what it depends on is what is observed, since nothing is listed
// and it has a say in what that is made of.
func (p *Policy) readsObserved() bool {
	return len(p.Inputs) == 0 && (p.Given() || p.Gives != nil)
}

// takesIn: the policy lists an input by this name that counts.
func (p *Policy) takesIn(n catalog.Name) bool {
	return slices.ContainsFunc(p.Inputs, func(in Input) bool {
		return !in.Static && in.Require != RequireNone && slices.Contains(in.Selector.names(), n)
	})
}

// modeRank orders modes by how much they may do.
func modeRank(m catalog.Mode) int {
	return slices.Index([]catalog.Mode{catalog.ModeObserve, catalog.ModeShadow, catalog.ModeGate, catalog.ModeAct, catalog.ModeActCancel}, m)
}
