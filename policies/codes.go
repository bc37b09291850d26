package policies

// Code is a stable code of what may be wrong with policies.
type Code struct {
	Code string
	// Means is one line for the table of the documentation.
	Means string
	// Warning: said, and no reason to refuse. A policy may come before its data.
	Warning bool
}

// Codes are all of them, in order. docs/policies.md shows this table.
var Codes = []Code{
	{Code: "E101", Means: "not YAML, an unknown key, an unknown apiVersion"},
	{Code: "E102", Means: "the selector matches nothing that was seen", Warning: true},
	{Code: "E103", Means: "two policies of equal rank act on one asset"},
	{Code: "E104", Means: "a name used twice"},
	{Code: "E105", Means: "an unusable name"},
	{Code: "E106", Means: "a value that the key does not know"},
	{Code: "E107", Means: "a word of a later version"},
	{Code: "E108", Means: "a target without connector or job"},
	{Code: "E109", Means: "an unreadable asset"},
	{Code: "E110", Means: "a cycle of triggers, with its path"},
	{Code: "E111", Means: "an input that was never seen", Warning: true},
	{Code: "E112", Means: "a partition map that cannot be"},
	{Code: "E113", Means: "a number of partitions that some day does not have"},
	{Code: "E114", Means: "a condition about what is no input of the policy"},
	{Code: "E115", Means: "a calendar that nobody wrote"},
	{Code: "E120", Means: "a bad cron or zone"},
	{Code: "E121", Means: "a duration that is malformed or not positive"},
	{Code: "E122", Means: "a deadline that cannot be met: the path, or what is expected of a run, is longer than `covers`", Warning: true},
	{Code: "E123", Means: "`min_interval` longer than `max_lag`"},
	{Code: "E124", Means: "a warning that does not come before the asset is late"},
	{Code: "E125", Means: "a blackout that hides every start"},
	{Code: "E126", Means: "`start`, `jitter` or `on_late` without a window"},
	{Code: "E127", Means: "an objective without a bound in time"},
	{Code: "E130", Means: "the target's connector is not configured or cannot do what is needed, or no target is found"},
	{Code: "E131", Means: "the target's connector has no credentials to act with"},
	{Code: "E132", Means: "`attempts` at a tool that cannot tell a repeated start from a new one"},
	{Code: "E140", Means: "no such pool, or more slots than it has"},
	{Code: "E141", Means: "a pool that policies expect to use for longer than there is time"},
	{Code: "E150", Means: "a freeze without an end"},
	{Code: "E151", Means: "mode act without owner"},
	{Code: "E160", Means: "a secret in the file"},
	{Code: "W201", Means: "an input reports no versions of its data: each write counts as a change", Warning: true},
	{Code: "W202", Means: "too few runs were measured: it starts when ready, not in time for its deadline", Warning: true},
	{Code: "W203", Means: "data that the asset is made of, to which the policy gives no role", Warning: true},
	{Code: "W204", Means: "an input is promised less often than the policy needs it", Warning: true},
	{Code: "W206", Means: "a policy matches more assets than it decides", Warning: true},
	{Code: "W207", Means: "two policies give to one upstream, and do not mean the same", Warning: true},
	{Code: "W208", Means: "upstreams that are made of each other, to which nothing is given", Warning: true},
}
