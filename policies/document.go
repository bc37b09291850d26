package policies

// document is the YAML of one policy.
type document struct {
	APIVersion string               `yaml:"apiVersion"`
	Kind       string               `yaml:"kind"`
	Name       string               `yaml:"name"`
	Mode       string               `yaml:"mode"`
	Owner      string               `yaml:"owner"`
	Select     map[string]any       `yaml:"select"`
	Target     *targetDoc           `yaml:"target"`
	Want       any                  `yaml:"want"`
	Inputs     map[string]*inputDoc `yaml:"inputs"`
	Ready      *readyDoc            `yaml:"ready"`
	OnFirst    string               `yaml:"on_first"`
	OnUnknown  string               `yaml:"on_unknown"`
	OnLate     string               `yaml:"on_late"`

	MinInterval   string `yaml:"min_interval"`
	Quiet         string `yaml:"quiet"`
	LeaseTTL      string `yaml:"lease_ttl"`
	StartTimeout  string `yaml:"start_timeout"`
	RunTimeout    string `yaml:"run_timeout"`
	EventGrace    string `yaml:"event_grace"`
	ValidUntil    string `yaml:"valid_until"`
	SkipUnchanged bool   `yaml:"skip_unchanged"`
	Catchup       string `yaml:"catchup"`
	Freeze        any    `yaml:"freeze"`

	Calendar   any    `yaml:"calendar"`
	Blackout   any    `yaml:"blackout"`
	OnBlackout string `yaml:"on_blackout"`

	Start      string     `yaml:"start"`
	Jitter     string     `yaml:"jitter"`
	Run        *runDoc    `yaml:"run"`
	Breaker    any        `yaml:"breaker"`
	Attempts   *int       `yaml:"attempts"`
	RetryUntil string     `yaml:"retry_until"`
	Limits     *limitsDoc `yaml:"limits"`
	Approval   any        `yaml:"approval"`
	Pool       any        `yaml:"pool"`
	Class      string     `yaml:"class"`
	SLA        *slaDoc    `yaml:"sla"`

	Notify map[string]any `yaml:"notify"`

	Upstreams *upstreamsDoc `yaml:"defaults_for_upstreams"`

	Partition *partitionDoc `yaml:"partition"`
	Backfill  *backfillDoc  `yaml:"backfill"`
}

type targetDoc struct {
	Connector string         `yaml:"connector"`
	Job       string         `yaml:"job"`
	Params    map[string]any `yaml:"params"`
}

type inputDoc struct {
	Trigger bool   `yaml:"trigger"`
	Require any    `yaml:"require"`
	Checks  string `yaml:"checks"`
	Static  bool   `yaml:"static"`
	Map     any    `yaml:"map"`
	TZ      string `yaml:"tz"`
}

type limitsDoc struct {
	PerMinute *int `yaml:"runs_per_minute"`
	PerHour   *int `yaml:"runs_per_hour"`
	PerDay    *int `yaml:"runs_per_day"`
	FanOut    *int `yaml:"fan_out"`
	Hops      *int `yaml:"hops"`
}
