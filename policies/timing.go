package policies

import (
	"fmt"
	"time"
)

// Start says when a run begins whose data has to be there by a deadline.
type Start string

// The starts. The empty one is StartReady where durations are known, and the
// deadline itself where they are not.
const (
	// StartReady: from the moment on at which a run serves the deadline, as
	// soon as it is ready, and as late as sharing it with others asks.
	StartReady Start = "ready"
	// StartLatest: at the latest start that its path and reserve leave: the
	// freshest data, and the most shared.
	StartLatest Start = "latest"
	// StartNow: as soon as a run serves the deadline, shared or not, and
	// without jitter.
	StartNow Start = "now"
)

// Timing is what a policy says about time beside its want.
type Timing struct {
	Start Start
	// Jitter spreads starts over so long, where the window has room for it.
	Jitter time.Duration
	// Expected is the declared duration of a run, until enough were measured.
	Expected time.Duration
	// Confidence is the quantile of durations that is reckoned with, and the
	// chance of meeting a deadline below which it is at risk.
	Confidence float64
	// RetryReserve is how many repetitions of the longest step the latest
	// start leaves room for; Margin is kept free before the deadline.
	RetryReserve int
	Margin       time.Duration
	// Objective is the share of a month in which the asset is to be in time;
	// 0 none declared.
	Objective float64
	// Warn is the age from which on an asset is at risk; 0 none.
	Warn time.Duration
}

const (
	defaultConfidence = 0.9
	defaultMargin     = 5 * time.Minute
)

func (t Timing) confidence() float64 {
	if t.Confidence == 0 {
		return defaultConfidence
	}
	return t.Confidence
}

// deadline is a deadline of the policy itself, without its path.
func (p *Policy) deadline(at time.Time) Deadline {
	return Deadline{Policy: p.Name, At: at, Need: at.Add(-p.Want.Covers), Confidence: p.Timing.confidence(), Reserve: p.Timing.RetryReserve, Margin: p.Timing.Margin}
}

// runDoc is the YAML of run.
type runDoc struct {
	Expected     string `yaml:"expected"`
	Confidence   any    `yaml:"confidence"`
	RetryReserve *int   `yaml:"retry_reserve"`
	Margin       string `yaml:"margin"`
}

// slaDoc is the YAML of sla.
type slaDoc struct {
	Objective any    `yaml:"objective"`
	Warn      string `yaml:"warn"`
}

func (c *checker) timing(p *Policy, d document) {
	t := &p.Timing
	*t = Timing{Start: Start(d.Start), Confidence: defaultConfidence, RetryReserve: 1, Margin: defaultMargin}
	switch t.Start {
	case "", StartReady, StartLatest, StartNow:
	default:
		c.fail(at("start"), "E106", "ready, latest or now", "unknown start %q", d.Start)
	}
	if d.Jitter != "" {
		t.Jitter = c.duration(at("jitter"), d.Jitter)
	}
	if d.SLA != nil {
		if d.SLA.Objective != nil || d.SLA.Warn == "" {
			t.Objective = c.share(at("sla", "objective"), d.SLA.Objective)
		}
		c.warned(p, d.SLA.Warn)
	}
	if d.SLA != nil && !p.Bounded() {
		c.fail(at("sla"), "E127", "want: { by: ... }, { max_lag: D } or { max_age: D }", "an objective without a bound in time")
	}
	if (t.Start != "" || t.Jitter > 0) && (p.Want.Kind != WantBy || p.Want.Covers == 0) && p.Want.Kind != WantInherit {
		c.fail(at("start"), "E126", "want: { by: { cron, tz, covers } } or inherit", "start and jitter need a window: a deadline, and what it covers")
	}
	if d.Run != nil {
		c.run(t, *d.Run)
	}
}

func (c *checker) run(t *Timing, d runDoc) {
	if d.Expected != "" {
		t.Expected = c.duration(at("run", "expected"), d.Expected)
	}
	if d.Confidence != nil {
		t.Confidence = c.share(at("run", "confidence"), d.Confidence)
	}
	if d.RetryReserve != nil {
		t.RetryReserve = *d.RetryReserve
		if t.RetryReserve < 0 || t.RetryReserve > maxReserve {
			c.fail(at("run", "retry_reserve"), "E106", fmt.Sprintf("a number from 0 to %d", maxReserve), "retry_reserve is %d", t.RetryReserve)
		}
	}
	switch d.Margin {
	case "":
	case "0", "0s":
		t.Margin = 0
	default:
		t.Margin = c.duration(at("run", "margin"), d.Margin)
	}
}

// maxReserve bounds how many repetitions can be allowed for.
const maxReserve = 5

// share reads a share between 0 and 1, both excluded: a number, or percent.
func (c *checker) share(at place, v any) float64 {
	text := fmt.Sprint(v)
	var f float64
	var rest string
	switch n, _ := fmt.Sscanf(text, "%g%s", &f, &rest); {
	case n == 2 && rest == "%":
		f /= 100
	case n != 1:
		f = 0
	}
	if !(f > 0 && f < 1) { // also what is not a number
		c.fail(at, "E106", "a share such as 0.95 or 99.5%", "unreadable share %q", text)
		return 0
	}
	return f
}
