package graph

// ChangeKind is how something is to change.
type ChangeKind string

// The kinds of change.
const (
	DropDataset   ChangeKind = "DROP_DATASET"
	RenameDataset ChangeKind = "RENAME_DATASET"
	DropField     ChangeKind = "DROP_FIELD"
	RenameField   ChangeKind = "RENAME_FIELD"
	RetypeField   ChangeKind = "RETYPE_FIELD"
	AddField      ChangeKind = "ADD_FIELD"
	StopJob       ChangeKind = "STOP_JOB"
	DelayData     ChangeKind = "DELAY"
)

// Severity is how badly something is affected. What is not known is UNKNOWN,
// never SAFE.
type Severity string

// The severities, worst first.
const (
	Breaking   Severity = "BREAKING"
	Degrading  Severity = "DEGRADING"
	Uncertain  Severity = "UNKNOWN"
	Safe       Severity = "SAFE"
	unaffected Severity = ""
)

var severityRank = map[Severity]int{Breaking: 4, Degrading: 3, Uncertain: 2, Safe: 1, unaffected: 0}

// Use is how what is affected uses what changes.
type Use string

// The uses. Those of columns are what column lineage says of an edge, those of
// datasets and jobs where something stands.
const (
	UseIdentity    Use = "copies it"
	UseUnsaid      Use = "is made of it, its producer does not say how"
	UseTransformed Use = "computes with it"
	UseIndirect    Use = "filters, joins or sorts by it"
	UseWhole       Use = "filters, joins or sorts a whole dataset by it"
	UseUnnamed     Use = "takes columns that its producer does not name"
	UseOpaque      Use = "reads the dataset without column lineage"
	UseCut         Use = "lies where the answer was cut"
	UseNone        Use = "does not use it, by column lineage"
	UseAbsent      Use = "is fed by a dataset that is not known to have the column"

	UseReader  Use = "reads the dataset itself"
	UseDerived Use = "is derived from the dataset itself"
	UseOutput  Use = "is written by a job that breaks"
	UsePart    Use = "is a part of the job"
	UseFed     Use = "is fed further on"

	UseMissed  Use = "has a deadline that is missed"
	UseUnclear Use = "has a deadline that nobody can reckon"
	UseMet     Use = "has deadlines, and all are met all the same"

	UseAnnounced Use = "is announced by its owner to read something that is broken or degraded"
)

// Rule says how badly one use of what changes is affected, and why. On a way
// of several uses the mildest severity holds: what is computed from something
// that is only degraded does not break.
type Rule struct {
	Kinds    []ChangeKind
	Use      Use
	Severity Severity
	Why      string
}

var (
	gone     = []ChangeKind{DropField, RenameField}
	anyField = []ChangeKind{DropField, RenameField, RetypeField, AddField}
	whole    = []ChangeKind{DropDataset, RenameDataset}

	everything = append(append([]ChangeKind{}, anyField...), whole...)
)

// rules are the whole of impact's judgement; docs/impact.md shows them.
var rules = []Rule{
	{gone, UseIdentity, Breaking, "a query that names a column which is not there fails"},
	{gone, UseUnsaid, Breaking, "a query that names a column which is not there fails"},
	{gone, UseTransformed, Breaking, "a query that names a column which is not there fails"},
	{gone, UseIndirect, Degrading, "once the condition is taken out so that the query runs again, other rows or another order come out"},
	{gone, UseWhole, Degrading, "once the condition is taken out so that the query runs again, other rows come out"},
	{[]ChangeKind{RetypeField}, UseIdentity, Breaking, "the new type passes through to a column whose readers expect the old one"},
	{[]ChangeKind{RetypeField}, UseUnsaid, Breaking, "the new type may pass through as with a copy; dbt names columns and never how they are used"},
	{[]ChangeKind{RetypeField}, UseTransformed, Degrading, "an expression may convert the value, or give another result"},
	{[]ChangeKind{RetypeField}, UseIndirect, Degrading, "a comparison of another type may match other rows"},
	{[]ChangeKind{RetypeField}, UseWhole, Degrading, "a comparison of another type may match other rows"},
	{[]ChangeKind{AddField}, UseIdentity, Safe, "nobody can use yet what is not there yet"},
	{[]ChangeKind{AddField}, UseUnsaid, Safe, "nobody can use yet what is not there yet"},
	{[]ChangeKind{AddField}, UseTransformed, Safe, "nobody can use yet what is not there yet"},
	{[]ChangeKind{AddField}, UseIndirect, Safe, "nobody can use yet what is not there yet"},
	{[]ChangeKind{AddField}, UseWhole, Safe, "nobody can use yet what is not there yet"},
	{anyField, UseUnnamed, Uncertain, "the column may be among those that are taken"},
	{anyField, UseOpaque, Uncertain, "the column may be among those that are read; a SELECT * also takes a new one"},
	{anyField, UseCut, Uncertain, "a way here may lie beyond the cut"},
	{anyField, UseNone, Safe, "column lineage of every way here is known and does not lead from the column, and nothing on the way breaks"},
	{[]ChangeKind{DropField, RenameField, RetypeField}, UseAbsent, Uncertain, "its name may be misspelt, or weir has not seen it yet: what it feeds is not known"},
	{append(append([]ChangeKind{}, gone...), whole...), UseOutput, Breaking, "its job fails, so it is not written, whichever column the job missed and whichever of its outputs this is"},
	{gone, UseFed, Degrading, "what breaks on the way is not made any more, so that what it feeds grows old, whichever columns it takes"},
	{whole, UseReader, Breaking, "a job whose input is not there fails"},
	{whole, UseDerived, Breaking, "what it is made of is not there"},
	{whole, UseFed, Degrading, "it still works on what is there, which grows old"},
	{everything, UseAnnounced, Degrading, "its data grows old or changes; what it makes of it weir does not see (exposures of dbt)"},
	{[]ChangeKind{StopJob}, UsePart, Degrading, "it stops with the job"},
	{[]ChangeKind{StopJob}, UseFed, Degrading, "nothing fails, but its data grows old"},
	{[]ChangeKind{DelayData}, UseMissed, Degrading, "its data comes after it has to be there"},
	{[]ChangeKind{DelayData}, UseUnclear, Uncertain, "durations or habits are not known, or more has to run than is looked at"},
	{[]ChangeKind{DelayData}, UsePart, Uncertain, "it may come later with the job; nothing that it makes has a deadline"},
	{[]ChangeKind{DelayData}, UseFed, Uncertain, "its data may come later, and no policy says by when it has to be there"},
	{[]ChangeKind{DelayData}, UseMet, Safe, "with the delay its data is there in time, at the confidence of its policies"},
}

// SeverityRules lists the rules by which impact judges, for showing them.
func SeverityRules() []Rule { return append([]Rule(nil), rules...) }

type ruleKey struct {
	kind ChangeKind
	use  Use
}

var severities = func() map[ruleKey]Severity {
	out := map[ruleKey]Severity{}
	for _, r := range rules {
		for _, k := range r.Kinds {
			out[ruleKey{k, r.Use}] = r.Severity
		}
	}
	return out
}()

// SeverityOf says how badly a use of what changes is affected.
func SeverityOf(k ChangeKind, u Use) Severity { return k.severity(u) }

// Worse reports whether one severity is worse than another.
func (s Severity) Worse(than Severity) bool { return severityRank[s] > severityRank[than] }

// severity of a use of what changes.
func (k ChangeKind) severity(u Use) Severity { return severities[ruleKey{k, u}] }

// ofField reports whether a change is of one column.
func (k ChangeKind) ofField() bool { return k.severity(UseNone) != unaffected }
