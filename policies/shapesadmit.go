package policies

import "github.com/weirhq/weir/catalog"

// admitShapes are the shapes of the keys that say how much may be done.
var admitShapes = map[string]object{
	"Policy.breaker": {"description": "After how many failures in a row nothing is started, and for how long; 3 and 15m by default.", "oneOf": []any{
		counted("", 1),
		object{"type": "object", "additionalProperties": false, "properties": object{"after": counted("Failures in a row.", 1), "rest": object{"$ref": "#/$defs/duration"}}},
	}},
	"Policy.attempts":               counted("How often a demand is tried in all; 1 by default.", 1),
	"Policy.retry_until":            lasting("So long after the first try another may begin."),
	"Policy.limits":                 {"description": "How much the policy may do, over all its assets."},
	"Policy.limits.runs_per_minute": counted("Actions sent in a minute, at most.", 1),
	"Policy.limits.runs_per_hour":   counted("Actions sent in an hour, at most.", 1),
	"Policy.limits.runs_per_day":    counted("Actions sent in 24 hours, at most.", 1),
	"Policy.limits.fan_out":         counted("Actions that one change may lead to before a person is asked; 50 by default.", 1),
	"Policy.limits.hops":            counted("Actions that may lie between a change and what it leads to; 32 by default.", 1),
	"Policy.approval": {"description": "Whether a person is asked before each action; never by default.", "oneOf": []any{
		object{"enum": []string{"always", "never"}},
		object{"type": "object", "additionalProperties": false, "properties": object{"when": object{"enum": []string{"always", "never"}}, "expires": object{"$ref": "#/$defs/duration"}}},
	}},
	"Policy.pool": {"description": "The pool of which actions take slots.", "oneOf": []any{
		object{"type": "string", "pattern": policyName.String()},
		object{"type": "object", "additionalProperties": false, "required": []string{"name"}, "properties": object{"name": object{"type": "string", "pattern": policyName.String()}, "slots": counted("How many; 1 by default.", 1)}},
	}},
	"Policy.class": words("The class of its actions in the pool; normal by default.", classes...),

	"Pool":                 {"required": []string{"kind", "name", "slots"}},
	"Pool.apiVersion":      {"const": "weir.dev/v1", "description": "The version of the form."},
	"Pool.kind":            {"const": "Pool", "description": "What the document is."},
	"Pool.name":            {"pattern": policyName.String(), "description": "Names the pool."},
	"Pool.slots":           counted("How much goes on at once, at most.", 1),
	"Pool.shares":          {"description": "The parts of the starts that each class gets while all wait; 6, 3, 1 and none by default.", "propertyNames": object{"enum": classes}},
	"Pool.shares.*":        counted("Its part.", 1),
	"Pool.max_queue":       lasting("After so long a waiting action goes with the next higher class; 1h by default."),
	"Pool.runs_per_minute": counted("Starts in a minute, at most.", 1),
	"Pool.tool":            {"description": "A connector of which every action takes a slot."},
}

// classes are the words for them, highest first.
var classes = func() (out []string) {
	for _, c := range catalog.Classes {
		out = append(out, string(c))
	}
	return out
}()

func counted(says string, low int) object {
	o := object{"type": "integer", "minimum": low, "maximum": maxCount}
	if says != "" {
		o["description"] = says
	}
	return o
}
