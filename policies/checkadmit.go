package policies

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
)

// admit reads how much a policy may do.
func (c *checker) admit(p *Policy, d document) {
	p.Admit = DefaultAdmit()
	c.breaker(&p.Admit.Breaker, d.Breaker)
	c.count(&p.Admit.Attempts, at("attempts"), d.Attempts, 1)
	if d.RetryUntil != "" {
		p.Admit.RetryUntil = c.duration(at("retry_until"), d.RetryUntil)
		if p.Admit.Attempts == 1 {
			c.fail(at("retry_until"), "E106", "give attempts, too", "retry_until without attempts: nothing is tried again")
		}
	}
	if d.Limits != nil {
		c.limits(&p.Admit.Limits, *d.Limits)
	}
	c.approval(&p.Admit.Approval, d.Approval)
	c.pool(&p.Admit, d.Pool)
	if d.Class != "" {
		p.Admit.Class = c.class(at("class"), d.Class)
		if p.Admit.Pool == "" {
			c.fail(at("class"), "E106", "name a pool, or leave class out", "class without a pool says nothing")
		}
	}
}

// count reads a whole number of at least low.
func (c *checker) count(into *int, at place, v *int, low int) {
	if v == nil {
		return
	}
	if *into = *v; *v < low || *v > maxCount {
		c.fail(at, "E106", fmt.Sprintf("a whole number from %d to %d", low, maxCount), "%s is %d", at.last(), *v)
	}
}

// maxCount bounds every count in a document.
const maxCount = 100_000

func (c *checker) breaker(b *BreakerRule, v any) {
	const hint = "a whole number of failures, or { after: 3, rest: 15m }"
	if n, ok := whole(v); ok {
		c.count(&b.After, at("breaker"), &n, 1)
		return
	}
	m, ok := v.(map[string]any)
	if !ok && v != nil {
		c.fail(at("breaker"), "E106", hint, "unreadable breaker %v", v)
	}
	for k, x := range m {
		n, number := whole(x)
		switch {
		case k == "after" && number:
			c.count(&b.After, at("breaker", k), &n, 1)
		case k == "rest":
			b.Rest = c.duration(at("breaker", k), fmt.Sprint(x))
		case k == "after":
			c.fail(at("breaker", k), "E106", hint, "unreadable breaker %v", x)
		default:
			c.fail(at("breaker", k), "E101", "breaker knows after and rest", "unknown key %q", k)
		}
	}
	b.Rest = min(b.Rest, maxRest)
}

// whole is a whole number as YAML gives it.
func whole(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case int64:
		return int(n), true
	case uint64:
		return int(min(n, maxCount+1)), true
	}
	return 0, false
}

func (c *checker) limits(l *Limits, d limitsDoc) {
	c.count(&l.PerMinute, at("limits", "runs_per_minute"), d.PerMinute, 1)
	c.count(&l.PerHour, at("limits", "runs_per_hour"), d.PerHour, 1)
	c.count(&l.PerDay, at("limits", "runs_per_day"), d.PerDay, 1)
	c.count(&l.FanOut, at("limits", "fan_out"), d.FanOut, 1)
	c.count(&l.Hops, at("limits", "hops"), d.Hops, 1)
}

func (c *checker) approval(a *ApprovalRule, v any) {
	const hint = "always, never or { when: always, expires: 4h }"
	when, expires := v, time.Duration(0)
	if m, ok := v.(map[string]any); ok {
		when = nil
		for k, x := range m {
			switch k {
			case "when":
				when = x
			case "expires":
				expires = c.duration(at("approval", k), fmt.Sprint(x))
			default:
				c.fail(at("approval", k), "E101", "approval knows when and expires", "unknown key %q", k)
			}
		}
	}
	switch when {
	case nil, "never":
	case "always":
		a.Always = true
	default:
		c.fail(at("approval"), "E106", hint, "unknown approval %v", when)
	}
	if expires > 0 {
		a.Expires = expires
	}
}

func (c *checker) pool(a *Admit, v any) {
	before := len(c.errs)
	switch x := v.(type) {
	case nil:
		return
	case string:
		a.Pool = x
	case map[string]any:
		for k, y := range x {
			n, number := whole(y)
			switch {
			case k == "name":
				a.Pool = fmt.Sprint(y)
			case k == "slots" && number:
				c.count(&a.Slots, at("pool", k), &n, 1)
			default:
				c.fail(at("pool", k), "E101", "pool knows name and slots, a whole number", "unknown key %q", k)
			}
		}
	}
	if len(c.errs) == before && !policyName.MatchString(a.Pool) {
		c.fail(at("pool"), "E105", "name a document of kind Pool: pool: gpu, or pool: { name: gpu, slots: 2 }", "unreadable pool %v", v)
	}
}

func (c *checker) class(at place, s string) catalog.Class {
	if !slices.Contains(catalog.Classes, catalog.Class(s)) {
		c.fail(at, "E106", strings.Join(classes, ", "), "unknown class %q", s)
	}
	return catalog.Class(s)
}
