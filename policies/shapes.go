package policies

import "github.com/weirhq/weir/catalog"

// What keys may hold where their type does not say it, by path: "*" stands for
// the keys of a map and the elements of a list. Every key has a description,
// and every key of no fixed type a shape.
var shapes = map[string]object{
	"Policy":                {"required": []string{"kind", "name", "select"}},
	"Policy.apiVersion":     {"const": "weir.dev/v1", "description": "The version of the form."},
	"Policy.kind":           {"const": "Policy", "description": "What the document is."},
	"Policy.name":           {"pattern": policyName.String(), "description": "Names the policy, and weir's own parent job."},
	"Policy.mode":           words("How much it may do; shadow by default.", "observe", "shadow", "gate", "act"),
	"Policy.owner":          {"description": "Whom to ask; needed for mode act."},
	"Policy.select":         {"description": "What it is about.", "$ref": "#/$defs/selection"},
	"Policy.target":         {"description": "What is started to make it true; left out, the job that made the newest version.", "required": []string{"connector", "job"}},
	"Policy.want":           {"description": "What should be true; left out, inputs with trigger want runs.", "oneOf": wantShapes},
	"Policy.inputs":         {"description": "Declared dependencies, by dataset.", "propertyNames": object{"pattern": "^dataset:[^*]+$"}},
	"Policy.ready":          {"description": "Its own conditions, beside those of its inputs: one of all, any, not and at_least; self_idle by default."},
	"Policy.on_first":       words("What to do while nothing was ever made; wait by default.", "wait", "run"),
	"Policy.catchup":        words("What becomes of what a pause left out; latest by default.", "latest", "all", "none"),
	"Policy.on_unknown":     words("What an unknown condition means; hold by default.", "hold", "run", "skip"),
	"Policy.on_late":        words("What becomes of a deadline that can no longer be met in time, while inputs are not as required; wait by default.", "wait", "use_stale", "skip", "ask"),
	"Policy.start":          words("When in the window of a deadline a run begins; ready by default.", "ready", "latest", "now"),
	"Policy.jitter":         lasting("Spreads starts over so long, where the window has room."),
	"Policy.partition":      {"description": "The partitions of the asset, with want: partition."},
	"Policy.backfill":       {"description": "What is made that is older than the lateness; nothing without it."},
	"Policy.run":            {"description": "What is known of a run beforehand."},
	"Policy.sla":            {"description": "What is promised of the asset over a month."},
	"Policy.min_interval":   lasting("The least time between starts; puts off, never drops."),
	"Policy.quiet":          lasting("How long inputs have to be still."),
	"Policy.lease_ttl":      lasting("How long the gate keeps a place; 10m by default."),
	"Policy.start_timeout":  lasting("How long a start may go unseen; 10m by default."),
	"Policy.run_timeout":    lasting("How long a run may be silent; 24h by default."),
	"Policy.event_grace":    lasting("How long events may come after a look saw the end; 60s by default."),
	"Policy.valid_until":    lasting("After so long an intent that was not sent never fires; the next tick or 24h by default."),
	"Policy.skip_unchanged": {"description": "What would make the same again is not run, and the gate answers skip."},
	"Policy.notify": {"description": "Who hears of each kind of incident; left out, the owner's destinations.",
		"propertyNames": object{"enum": catalog.IncidentKinds}, "additionalProperties": object{"oneOf": []any{destinationShape, object{"type": "array", "items": destinationShape}}}},
	"Policy.defaults_for_upstreams":      {"required": []string{"want"}, "description": "What holds for all that its assets are made of and that has no policy of its own."},
	"Policy.defaults_for_upstreams.want": words("The strictest demand of those that read it.", "inherit"),

	"Policy.freeze": {"description": "Nothing is started until then, the gate denies.", "oneOf": []any{object{"type": "boolean"}, object{
		"type": "object", "properties": object{"until": object{"type": "string"}, "reason": object{"type": "string"}}, "additionalProperties": false}}},
	"Policy.calendar": {"description": "Calendars that apply, by name.", "oneOf": []any{
		object{"type": "string"}, object{"type": "array", "items": object{"type": "string"}}}},
	"Policy.blackout":    spansShape("When nothing may start."),
	"Policy.on_blackout": words("What the asset is meanwhile; exempt by default.", "exempt", "late"),

	"Calendar":            {"required": []string{"kind", "name"}},
	"Calendar.apiVersion": {"const": "weir.dev/v1", "description": "The version of the form."},
	"Calendar.kind":       {"const": "Calendar", "description": "What the document is."},
	"Calendar.name":       {"pattern": policyName.String(), "description": "Names the calendar."},
	"Calendar.blackout":   spansShape("When nothing may start."),
	"Calendar.windows":    spansShape("What in_window with the calendar's name asks for."),
	"Calendar.applies": {"description": "What it covers: all, a selector or a list of them.", "oneOf": []any{
		object{"const": "all"}, object{"$ref": "#/$defs/selection"}, object{"type": "array", "items": object{"$ref": "#/$defs/selection"}}}},

	"Policy.target.connector": {"description": "The instance, as the connectors file names it."},
	"Policy.target.job":       {"description": "The tool's own name of the job."},
	"Policy.target.params":    {"description": "What the job is started with; no credentials."},

	"Policy.inputs.*":         {"description": "What the input is to the policy."},
	"Policy.inputs.*.trigger": {"description": "A new version wants a run."},
	"Policy.inputs.*.require": {"description": "What it must be before a run; exists by default.", "oneOf": []any{
		object{"enum": []string{"complete", "updated", "fresh", "exists", "none"}},
		oneKey("complete", completeShape),
		object{"type": "object", "properties": object{"fresh": object{"$ref": "#/$defs/duration"}}, "required": []string{"fresh"}, "additionalProperties": false},
	}},
	"Policy.inputs.*.checks": words("Which of its checks hold a run; none by default.", "blocking", "all", "none"),
	"Policy.inputs.*.static": {"description": "It does not age the asset."},
	"Policy.inputs.*.tz":     {"description": "The zone that its partition keys are written in; that of the policy's partitions by default."},
	"Policy.inputs.*.map": {"description": "Which of its partitions a partition of the asset is made of.", "oneOf": []any{
		object{"enum": []string{"identity", "all", "latest"}},
		object{"type": "string", "pattern": `^(rollup\((day|week|month|year)\)|window\(-?[0-9]{1,4}\.\.-?[0-9]{1,4}\))$`},
		object{"type": "object", "properties": object{"rollup": object{"enum": Grains}, "of": object{"enum": Grains}}, "required": []string{"rollup"}, "additionalProperties": false},
		oneKey("fixed", object{"type": "array", "items": object{"type": []string{"string", "number"}}, "minItems": 1}),
		oneKey("table", object{"type": "object", "additionalProperties": object{"type": "array", "items": object{"type": []string{"string", "number"}}, "minItems": 1}}),
	}},

	"Policy.partition.by":     words("How long they are, where they are periods.", "hour", "day", "week", "month", "year"),
	"Policy.partition.tz":     {"description": "The IANA zone whose clock they follow; UTC by default."},
	"Policy.partition.keys":   {"description": "All keys, where they are no periods."},
	"Policy.partition.keys.*": {"description": "A key."},
	"Policy.partition.param":  {"description": "The parameter of the target that gets the key."},

	"Policy.backfill.order":          words("What is started first; newest by default.", "newest", "oldest"),
	"Policy.backfill.max_partitions": {"minimum": 0, "maximum": maxParts, "description": "How many periods before the lateness are looked at."},
	"Policy.backfill.parallel":       {"minimum": 0, "maximum": maxParallel, "description": "How many partitions are under way at once; 1 by default."},
	"Policy.backfill.pool":           {"description": "The pool that it takes slots of, as class backfill; the policy's own by default."},
	"Policy.backfill.approve_above":  {"minimum": 1, "description": "While more partitions than that are to be backfilled, a person is asked."},
	"Policy.backfill.sealed_before":  lasting("What ended longer ago is never made."),

	"Policy.ready.all":      conditions("All of them hold."),
	"Policy.ready.any":      conditions("One of them holds."),
	"Policy.ready.not":      {"$ref": "#/$defs/condition", "description": "It does not hold."},
	"Policy.ready.at_least": {"type": "integer", "minimum": 1, "description": "So many of those under of hold."},
	"Policy.ready.of":       conditions("What at_least counts."),
	"Policy.ready.max_wait": lasting("After so long the gate denies."),

	"Policy.sla.warn":          lasting("The age from which on it is at risk, with max_lag or max_age."),
	"Policy.sla.objective":     shareOf("The share of a calendar month in which the asset is to be in time."),
	"Policy.run.expected":      lasting("How long a run takes, until enough were measured."),
	"Policy.run.confidence":    shareOf("The quantile of durations that is reckoned with; 0.9 by default."),
	"Policy.run.retry_reserve": {"minimum": 0, "maximum": maxReserve, "description": "How many repetitions of the longest step the latest start leaves room for; 1 by default."},
	"Policy.run.margin":        {"description": "Kept free before the deadline; 5m by default.", "anyOf": []any{object{"enum": []string{"0", "0s"}}, object{"$ref": "#/$defs/duration"}}},
}

var destinationShape = object{"type": "string", "pattern": destinationForm.String()}

// shareOf is a share between 0 and 1 as a number or in percent.
func shareOf(description string) object {
	return object{"description": description, "anyOf": []any{
		object{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
		object{"type": "string", "pattern": `^[0-9]+(\.[0-9]+)?%$`},
	}}
}

var durationShape = object{
	"type": "string", "pattern": `^([0-9]+d|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))+)$`,
	"description": "A duration such as 90s, 20m, 1h30m or 7d.",
}

var assetShape = object{
	"description": "An asset, exactly or with * as a pattern.",
	"oneOf": []any{
		object{"type": "string", "pattern": "^(dataset|job):.+"},
		object{"type": "object", "properties": object{"type": object{"enum": []string{"dataset", "job"}}, "namespace": object{"type": "string", "minLength": 1}, "name": object{"type": "string", "minLength": 1}},
			"required": []string{"type", "namespace", "name"}, "additionalProperties": false},
	},
}

var completeShape = object{"type": "object", "properties": object{
	"at_least": object{"type": "integer", "minimum": 1, "maximum": maxMapped, "description": "So many are enough."},
	"max_wait": object{"$ref": "#/$defs/duration", "description": "But not before so long after the end."},
}, "required": []string{"at_least"}, "additionalProperties": false}

var wantShapes = []any{
	oneKey("partition", object{"type": "object", "description": "Every partition that is over is made.", "required": []string{"within"}, "additionalProperties": false, "properties": object{
		"within":   object{"$ref": "#/$defs/duration", "description": "How long after its end it may be missing."},
		"lateness": object{"$ref": "#/$defs/duration", "description": "Until how long after its end its inputs may change it."},
	}}),
	object{"enum": []string{"manual", "inherit"}},
	oneKey("max_lag", object{"$ref": "#/$defs/duration", "description": "How old the oldest root may be."}),
	oneKey("max_age", object{"$ref": "#/$defs/duration", "description": "How long ago the last success may be."}),
	oneKey("versions_behind", object{"description": "How many changed versions of its inputs may be unread.", "oneOf": []any{behindShape, object{
		"type": "object", "required": []string{"at_most"}, "additionalProperties": false, "properties": object{"at_most": behindShape,
			"of": object{"description": "The inputs that count; all by default.", "oneOf": []any{object{"$ref": "#/$defs/asset"}, object{"type": "array", "items": object{"$ref": "#/$defs/asset"}}}}}}}}),
	oneKey("by", object{"type": "object", "description": "At each tick, data from covers before it on.", "required": []string{"cron"}, "additionalProperties": false, "properties": object{
		"cron": object{"type": "string", "description": "Five fields."}, "tz": object{"type": "string", "description": "An IANA zone; UTC by default."}, "covers": object{"$ref": "#/$defs/duration"},
	}}),
}

var behindShape = object{"type": "integer", "minimum": 0, "maximum": maxBehind}

// oneKey is a map of exactly one key.
func oneKey(key string, of object) object {
	return object{"type": "object", "properties": object{key: of}, "required": []string{key}, "additionalProperties": false}
}

func words(says string, list ...string) object { return object{"description": says, "enum": list} }

func lasting(says string) object { return object{"description": says, "$ref": "#/$defs/duration"} }

func conditions(says string) object {
	return object{"type": "array", "items": object{"$ref": "#/$defs/condition"}, "description": says}
}

// conditionShape is a word, or a map with the word and the keys beside it.
func conditionShape() object {
	keys := object{
		wordAll: conditions("All of them hold."), wordAny: conditions("One of them holds."), "of": conditions("What at_least counts."),
		wordNot: object{"$ref": "#/$defs/condition"}, wordAtLeast: object{"type": "integer", "minimum": 1},
		"within": object{"$ref": "#/$defs/duration"}, "max_wait": object{"$ref": "#/$defs/duration"}, "partition": object{"type": []string{"string", "number"}},
	}
	words := sortedKeys(atoms)
	for _, w := range words {
		keys[w] = true
	}
	return object{"description": "A condition; docs/vocabulary.md lists them.", "oneOf": []any{
		object{"enum": words},
		object{"type": "object", "properties": keys, "additionalProperties": false, "minProperties": 1},
	}}
}

// selectionShape is what select and applies take.
var selectionShape = object{
	"type": "object", "minProperties": 1, "additionalProperties": false,
	"anyOf": []any{object{"required": []string{"asset"}}, object{"required": []string{"tag"}}, object{"required": []string{"tool"}}},
	"properties": object{
		"asset": object{"$ref": "#/$defs/asset", "description": "One by name, or with * a pattern."},
		"tag":   object{"type": "string", "description": "A key, or key=value."},
		"tool":  object{"type": "string", "description": "What reports its jobs, such as dbt."},
		"type":  words("With a tag or a tool alone; dataset by default.", "dataset", "job"),
	},
}

// spanShape is a window that comes again, or once.
var spanShape = object{"oneOf": []any{
	object{"type": "object", "required": []string{"cron", "duration"}, "additionalProperties": false, "properties": object{
		"cron": object{"type": "string"}, "duration": object{"$ref": "#/$defs/duration"}, "tz": object{"type": "string"}}},
	object{"type": "object", "required": []string{"from", "to"}, "additionalProperties": false, "properties": object{
		"from": object{"type": "string"}, "to": object{"type": "string"}, "tz": object{"type": "string"}}},
}}

func spansShape(says string) object {
	return object{"description": says, "oneOf": []any{object{"$ref": "#/$defs/span"}, object{"type": "array", "items": object{"$ref": "#/$defs/span"}}}}
}
