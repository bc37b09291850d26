package policies

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

var policyName = regexp.MustCompile(`^[a-z0-9-]+$`)

func (c *checker) policy(d document) *Policy {
	p := &Policy{Name: d.Name, Owner: d.Owner, File: c.path, body: c.body, SkipUnchanged: d.SkipUnchanged}
	p.Line, _ = at().in(c.body)
	c.version(d.APIVersion)
	if !policyName.MatchString(d.Name) {
		c.fail(at("name"), "E105", "use [a-z0-9-]: it names weir's own parent job", "policy name %q", d.Name)
	}
	p.Mode = c.mode(d.Mode)
	if p.Acts() && d.Owner == "" {
		c.fail(at("mode"), "E151", "say whom to ask: owner: team", "mode act without owner")
	}
	p.Select = c.selectionAt(at("select"), d.Select)
	if d.Target != nil {
		p.Target = &Target{Connector: d.Target.Connector, Job: d.Target.Job, Params: d.Target.Params}
		if d.Target.Connector == "" || d.Target.Job == "" {
			c.fail(at("target"), "E108", "name both, or leave target out and weir finds it", "target without connector or job")
		}
		c.secrets(at("target", "params"), d.Target.Params)
	}
	c.wantOf(p, d)
	c.inputs(p, d.Inputs)
	if m, ok := d.Want.(map[string]any); ok && p.Want.Kind == WantBehind {
		c.behind(p, m[string(WantBehind)])
	}
	c.partition(p, d)
	c.ready(p, d.Ready)
	c.defaults(p, d)
	c.timing(p, d)
	c.onLate(p, d.OnLate)
	c.admit(p, d)
	p.Notify = c.notify(d.Notify)
	c.calendarKeys(p, d)
	c.upstreams(p, d)
	return p
}

func (c *checker) mode(s string) catalog.Mode {
	if s == "" {
		return catalog.ModeShadow
	}
	m := catalog.Mode(strings.ToUpper(s))
	if !slices.Contains([]catalog.Mode{catalog.ModeObserve, catalog.ModeShadow, catalog.ModeGate, catalog.ModeAct}, m) {
		c.word(at("mode"), s, "one of observe, shadow, gate, act", fmt.Sprintf("unknown mode %q", s))
	}
	return m
}

// selector reads "dataset:NS/NAME", "job:NS/NAME" or {type, namespace, name}.
func (c *checker) selector(at place, v any) Selector {
	switch x := v.(type) {
	case string:
		kind, rest, ok := strings.Cut(x, ":")
		t, err := catalog.ParseAssetType(kind)
		if ok && err == nil && rest != "" {
			return Selector{Type: t, Text: rest}
		}
	case map[string]any:
		t, err := catalog.ParseAssetType(fmt.Sprint(x["type"]))
		ns, _ := x["namespace"].(string)
		name, _ := x["name"].(string)
		if err == nil && ns != "" && name != "" && len(x) == 3 {
			n := catalog.Name{Type: t, Namespace: ns, Name: name}
			return Selector{Type: t, Text: ns + "/" + name, Exact: &n}
		}
	}
	c.fail(at, "E109", `write "dataset:NAMESPACE/NAME", "job:NAMESPACE/NAME" or { type, namespace, name }`, "unreadable asset %v", v)
	return Selector{}
}

func (c *checker) defaults(p *Policy, d document) {
	p.OnFirst, p.OnUnknown = FirstWait, UnknownHold
	if d.OnFirst != "" {
		p.OnFirst = OnFirst(d.OnFirst)
		if p.OnFirst != FirstRun && p.OnFirst != FirstWait {
			c.fail(at("on_first"), "E106", "run or wait", "unknown on_first %q", d.OnFirst)
		}
	}
	if d.OnUnknown != "" {
		p.OnUnknown = OnUnknown(d.OnUnknown)
		if !slices.Contains([]OnUnknown{UnknownHold, UnknownRun, UnknownSkip}, p.OnUnknown) {
			c.fail(at("on_unknown"), "E106", "hold, run or skip", "unknown on_unknown %q", d.OnUnknown)
		}
	}
	p.Catchup = CatchupLatest
	if d.Catchup != "" {
		p.Catchup = Catchup(d.Catchup)
		if !slices.Contains([]Catchup{CatchupLatest, CatchupAll, CatchupNone}, p.Catchup) {
			c.fail(at("catchup"), "E106", "latest, all or none", "unknown catchup %q", d.Catchup)
		}
	}
	for _, f := range []struct {
		key, text string
		into      *time.Duration
		def       time.Duration
	}{
		{"min_interval", d.MinInterval, &p.MinInterval, 0}, {"quiet", d.Quiet, &p.Quiet, 0},
		{"lease_ttl", d.LeaseTTL, &p.LeaseTTL, 10 * time.Minute}, {"start_timeout", d.StartTimeout, &p.StartTimeout, 10 * time.Minute},
		{"run_timeout", d.RunTimeout, &p.RunTimeout, 24 * time.Hour}, {"event_grace", d.EventGrace, &p.EventGrace, time.Minute},
		{"valid_until", d.ValidUntil, &p.ValidFor, 24 * time.Hour},
	} {
		*f.into = f.def
		if f.text != "" {
			*f.into = c.duration(at(f.key), f.text)
		}
	}
	if p.Want.Kind == WantMaxLag && p.MinInterval > p.Want.Within {
		c.fail(at("min_interval"), "E123", "make it at most max_lag", "min_interval %s is longer than max_lag %s", p.MinInterval, p.Want.Within)
	}
}

var dayForm = regexp.MustCompile(`^(\d+)d$`)

// duration reads Go's durations and whole days ("7d"); it must be positive.
func (c *checker) duration(at place, s string) time.Duration {
	var d time.Duration
	var err error
	if m := dayForm.FindStringSubmatch(s); m != nil {
		var days int
		fmt.Sscan(m[1], &days) //nolint:errcheck // digits
		d = time.Duration(days) * 24 * time.Hour
	} else {
		d, err = time.ParseDuration(s)
	}
	if err != nil || d <= 0 {
		c.fail(at, "E121", "a positive duration such as 90s, 20m, 1h30m, 7d", "unreadable duration %q", s)
	}
	return d
}
