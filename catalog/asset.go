package catalog

import "time"

// Asset is the canonical row of a dataset or job: the union of what is known
// under all its names. It depends on the set of events alone, never on their
// order, and is what a graph store keeps.
type Asset struct {
	ID   AssetID   `json:"id"`
	Type AssetType `json:"type"`
	// Name is the preferred name (PreferredName).
	Name Name `json:"name"`
	// Names are all names it goes by, sorted.
	Names []KnownName `json:"names"`

	Description string `json:"description,omitempty"`
	// DescriptionCurated says who wrote it in the producers' place.
	DescriptionCurated Curated `json:"descriptionCurated,omitzero"`
	Owners             []Owner `json:"owners,omitempty"`
	Tags               []Tag   `json:"tags,omitempty"`

	// Of datasets.
	Kind    DatasetKind `json:"kind,omitempty"`
	SubKind string      `json:"subKind,omitempty"`
	Fields  []Field     `json:"fields,omitempty"`
	// Containers hold the dataset, outermost first; Catalog manages it.
	Containers []Container   `json:"containers,omitempty"`
	Catalog    *CatalogValue `json:"catalog,omitempty"`
	// View passes newness through to its inputs (semantics 3.3).
	View bool `json:"view,omitempty"`

	// Of jobs.
	Processing  Processing       `json:"processing,omitempty"`
	Integration string           `json:"integration,omitempty"`
	Emission    *Emission        `json:"emission,omitempty"`
	SourceCode  *SourceCodeValue `json:"sourceCode,omitempty"`
	// CodeHash is what the job's code means, by the facets that carry the code.
	CodeHash string `json:"codeHash,omitempty"`

	// Declared says who declared it, while the declaration holds; URL is where
	// the declaration says it can be opened.
	Declared Curated `json:"declared,omitzero"`
	URL      string  `json:"url,omitempty"`

	// FirstSeen is the earliest event time that named it.
	FirstSeen time.Time `json:"firstSeen"`
	// RemovedAt is set from a DROP, or a RENAME to another name, until it is
	// written again.
	RemovedAt *time.Time `json:"removedAt,omitempty"`
	// Internal assets are weir's own parent jobs: hidden from lineage.
	Internal bool `json:"internal,omitempty"`
	// Ephemeral assets are throw-aways (Ephemeral): hidden from lists.
	Ephemeral bool `json:"ephemeral,omitempty"`
}

// IDs are all ids the asset may have had: its own, and that of each name. Rows
// that keep an id keep the one they were written with.
func (a Asset) IDs() []AssetID {
	out := []AssetID{a.ID}
	for _, n := range a.Names {
		if id := AssetID(n.Name.ID()); id != a.ID {
			out = append(out, id)
		}
	}
	return out
}

// NamedAsset is an asset's id now and its preferred name.
type NamedAsset struct {
	ID   AssetID
	Name Name
}

// KnownName is a name of an asset with its evidence.
type KnownName struct {
	Name   Name       `json:"name"`
	Origin NameOrigin `json:"origin"`
	Detail string     `json:"detail,omitempty"`
	Since  time.Time  `json:"since"`
}

// InternalNamespace holds weir's own parent jobs, one a policy.
const InternalNamespace = "weir"

// EdgeType is what an edge means; all point in the direction of data or of
// containment.
type EdgeType string

// TransformationRename is the type of the Transformation of a DERIVES edge from
// a dataset's old name to its new one.
const TransformationRename = "RENAME"

// The edge types.
const (
	EdgeReads    EdgeType = "READS"    // dataset -> job
	EdgeWrites   EdgeType = "WRITES"   // job -> dataset
	EdgeDerives  EdgeType = "DERIVES"  // dataset -> dataset, field -> field, or job -> job that takes its data
	EdgeContains EdgeType = "CONTAINS" // parent job -> child job
	EdgeControls EdgeType = "CONTROLS" // upstream job -> downstream job, order without data
)

// EdgeOrigin says who states an edge.
type EdgeOrigin string

// The edge origins.
const (
	EdgeDeclared EdgeOrigin = "DECLARED"
	EdgeObserved EdgeOrigin = "OBSERVED"
	EdgeOperator EdgeOrigin = "OPERATOR"
)

// Edge is one validity interval [From, To) of a relation between two assets,
// or between two of their fields. A zero To is open: the edge is current.
type Edge struct {
	Type        EdgeType `json:"type"`
	Source      AssetID  `json:"source"`
	Target      AssetID  `json:"target"`
	SourceField string   `json:"sourceField,omitempty"`
	TargetField string   `json:"targetField,omitempty"`
	// Job is who states an edge between others: the job that makes one column
	// of another, or that knows what flows between two assets; the dataset of a
	// DatasetEvent. Zero where the job at an end states it.
	Job            AssetID        `json:"job,omitzero"`
	Transformation Transformation `json:"transformation,omitzero"`
	// Of a CONTROLS edge, Transformation has the dependency type as Type and
	// the trigger rules as Subtype.
	// Jobs: a DERIVES edge from job to job, whose data nobody stores between.
	Jobs   bool       `json:"jobs,omitempty"`
	Origin EdgeOrigin `json:"origin"`
	// Ordinal numbers the intervals of one relation from 0 in time order; it
	// is part of the storage key because From may change when older runs
	// arrive.
	Ordinal int       `json:"ordinal"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to,omitzero"`
	// Run is the runId of the first naming run: the evidence.
	Run string `json:"run,omitempty"`
	// Policy is the name of the policy that states the edge by its inputs. No
	// store holds such an edge: it is laid over what one holds.
	Policy string `json:"policy,omitempty"`
}

// Current reports whether the edge is open.
func (e Edge) Current() bool { return e.To.IsZero() }

// At reports whether the edge holds at t (valid time); a zero t means now,
// that is: is it open.
func (e Edge) At(t time.Time) bool {
	if t.IsZero() {
		return e.To.IsZero()
	}
	return !t.Before(e.From) && (e.To.IsZero() || t.Before(e.To))
}

// Maker is the job that makes the target of the edge out of its source: who
// writes it, or who states what flows between two datasets; zero when no job is
// known.
func (e Edge) Maker() AssetID {
	switch {
	case e.Type == EdgeWrites:
		return e.Source
	case e.Type == EdgeDerives && e.Job != e.Source && e.Job != e.Target:
		return e.Job
	}
	return AssetID{}
}

// FieldLevel reports whether the edge connects fields.
func (e Edge) FieldLevel() bool { return e.SourceField != "" || e.TargetField != "" }

// Owner is the asset whose row carries the edge: who states it, or else the job
// of READS and WRITES and the target of the rest. A store replaces the edges of
// an owner as a whole, which is what makes a change idempotent.
func (e Edge) Owner() AssetID {
	switch {
	case !e.Job.IsZero():
		return e.Job
	case e.Type == EdgeWrites:
		return e.Source
	}
	return e.Target
}

// Row is a final canonical row: an asset and the complete list of edges it
// owns. The state store makes it, graph stores keep it.
type Row struct {
	Asset Asset  `json:"asset"`
	Edges []Edge `json:"edges,omitempty"`
}
