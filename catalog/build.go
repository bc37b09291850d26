package catalog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	jsonx "github.com/go-json-experiment/json"
)

// NameRecord is what the state store knows of one name.
type NameRecord struct {
	Name Name
	// FirstSeen is the earliest event time that used the name.
	FirstSeen time.Time
	// Observed: a producer used it as a dataset or job. A name that only
	// occurs as evidence is not observed.
	Observed bool
}

// StampedProperty is a property with what orders it against others.
type StampedProperty struct {
	Property
	At time.Time
}

// Newer reports whether p replaces o: the later event time, ties by bytes, so
// that the answer does not depend on which arrived first.
func (p StampedProperty) Newer(o StampedProperty) bool {
	if c := p.At.Compare(o.At); c != 0 {
		return c > 0
	}
	return bytes.Compare(p.Raw, o.Raw) > 0
}

// AssetParts is everything that BuildAsset needs, gathered under all names.
type AssetParts struct {
	ID AssetID
	// Naming says which names are canonical; nil: the built-in rules.
	Naming   *Naming
	Names    []NameRecord
	Evidence []Evidence
	// Properties may hold several of one key, one for each name.
	Properties []StampedProperty
	// Gone is when the dataset was last dropped or renamed away, Back when it
	// was last written, created or another took its name; zero when never. What
	// comes back after it went is there again.
	Gone, Back time.Time
	// Statements are all that people made that mention one of the names, or one
	// that was renamed to one of them.
	Statements []Statement
	// Former are names that the asset had until a rename, and that nothing was
	// written to since: what people said of them is said of it.
	Former []Name
}

// BuildAsset makes the canonical row: a pure function of the parts as a set.
func BuildAsset(p AssetParts) Asset {
	p.Statements = Settle(p.Statements)
	names := knownNames(p)
	a := Asset{ID: p.ID, Names: names, Name: p.Naming.PreferredName(names)}
	a.Type = a.Name.Type
	for i, n := range p.Names {
		if i == 0 || n.FirstSeen.Before(a.FirstSeen) {
			a.FirstSeen = n.FirstSeen
		}
	}
	a.Ephemeral = Ephemeral(a.Name)
	a.Internal = a.Type == TypeJob && a.Name.Namespace == InternalNamespace
	latest := latestProperties(p.Properties)
	if a.Type == TypeJob {
		a.Processing = ProcessingUnknown
	} else {
		a.Kind = guessKind(a.Name)
	}
	for key, prop := range latest {
		if !prop.Deleted && prop.Value != nil {
			a.apply(key, prop)
		}
	}
	if !p.Gone.IsZero() && !p.Back.After(p.Gone) {
		a.RemovedAt = &p.Gone
	}
	a.curate(p)
	return a
}

// knownNames lists the names, sorted, each with its strongest origin.
func knownNames(p AssetParts) []KnownName {
	out := make([]KnownName, 0, len(p.Names))
	preferred := p.preferred()
	for _, n := range p.Names {
		k := KnownName{Name: n.Name, Since: n.FirstSeen, Origin: OriginSymlink}
		if n.Observed {
			k.Origin = OriginObserved
		}
		for _, e := range p.Evidence {
			if e.B == n.Name {
				k = k.evidenced(e, n.Observed)
			} else if e.A == n.Name && e.shortName() {
				k = k.lessExact(n.Observed)
			} else if e.A == n.Name && e.Origin == OriginNormalised {
				k.Origin = OriginObserved // a producer said it; its canonical form holds the facts
			}
		}
		out = append(out, p.stated(k, n.Observed, preferred))
	}
	slices.SortFunc(out, func(a, b KnownName) int { return a.Name.Compare(b.Name) })
	return out
}

// lessExact: the name may mean another one, which is preferred.
func (k KnownName) lessExact(observed bool) KnownName {
	if !observed && originRank(OriginNormalised) < originRank(k.Origin) {
		k.Origin = OriginNormalised
	}
	if k.Detail == "" {
		k.Detail = DetailShort
	}
	return k
}

// evidenced adds what the evidence says of a name it points to: the target of
// a normalisation is a canonical form, also when producers use it themselves.
func (k KnownName) evidenced(e Evidence, observed bool) KnownName {
	detail := string(e.Origin)
	if e.Detail != "" {
		detail += ":" + e.Detail
	}
	if k.Detail == "" || detail < k.Detail {
		k.Detail = detail
	}
	if !observed && originRank(e.Origin) < originRank(k.Origin) {
		k.Origin = e.Origin
	}
	return k
}

func originRank(o NameOrigin) int {
	return slices.Index([]NameOrigin{OriginOperator, OriginObserved, OriginNormalised, OriginSymlink, OriginRename}, o)
}

// PreferredName is the name shown, by the built-in rules.
func PreferredName(names []KnownName) Name { return defaultNaming.PreferredName(names) }

// PreferredName is the name shown: the minimum over (operator-set; canonical
// form of a table, or of a job; other observed; symlink only; ephemeral; then
// namespace and name bytewise). It never depends on which was seen first. A
// name that a producer used goes before its canonical form where only case
// sets them apart, so that names are shown as they were written.
func (g *Naming) PreferredName(names []KnownName) Name {
	if len(names) == 0 {
		return Name{}
	}
	if g == nil {
		g = defaultNaming
	}
	best := slices.MinFunc(names, func(a, b KnownName) int {
		return cmp.Or(cmp.Compare(g.preferenceRank(a), g.preferenceRank(b)), a.Name.Compare(b.Name))
	})
	return best.Name
}

func (g *Naming) preferenceRank(k KnownName) int {
	canonical, _ := g.Normalise(k.Name)
	table := TableLike(k.Name) && !ShortTable(k.Name)
	switch {
	case k.Detail == detailPreferred:
		return 0
	case k.Origin == OriginOperator && k.Detail == detailAlias:
		return 6
	case Ephemeral(k.Name):
		return 7
	case table && k.Origin == OriginObserved && canonical.Namespace == k.Name.Namespace && strings.EqualFold(canonical.Name, k.Name.Name):
		return 1
	case k.Name.Type == TypeJob && k.Detail == DetailShort:
		return 6
	case k.Name.Type == TypeJob && hasOrigin(k, OriginNormalised):
		return 1
	case table && canonical == k.Name && k.Origin != OriginSymlink:
		return 2
	case table && canonical == k.Name:
		return 3
	case canonical == k.Name && k.Origin != OriginSymlink:
		return 4
	case k.Origin == OriginObserved:
		return 5
	}
	return 6
}

func hasOrigin(k KnownName, o NameOrigin) bool {
	return k.Origin == o || len(k.Detail) > len(o) && k.Detail[:len(o)] == string(o)
}

func latestProperties(all []StampedProperty) map[string]StampedProperty {
	out := make(map[string]StampedProperty, len(all))
	for _, p := range all {
		if old, ok := out[p.Key]; !ok || p.Newer(old) {
			out[p.Key] = p
		}
	}
	return out
}

func (a *Asset) apply(key string, p StampedProperty) {
	switch key {
	case PropSchema:
		decode(p.Value, &a.Fields)
	case PropDocumentation:
		decode(p.Value, &a.Description)
	case PropOwnership:
		decode(p.Value, &a.Owners)
	case PropTags:
		decode(p.Value, &a.Tags)
	case PropDatasetType:
		var v DatasetTypeValue
		if decode(p.Value, &v) && a.Type == TypeDataset {
			a.Kind, a.SubKind = v.Kind, v.SubKind
			a.View = a.View || v.Kind == KindView
		}
	case PropDBTModel:
		var v DBTModelValue
		if decode(p.Value, &v) && (v.Materialized == "view" || v.Materialized == "ephemeral") {
			a.View = true
		}
	case PropJobType:
		var v JobTypeValue
		if decode(p.Value, &v) && a.Type == TypeJob {
			a.Processing, a.Integration, a.Emission = v.Processing, v.Integration, v.Emission
		}
	case PropHierarchy:
		decode(p.Value, &a.Containers)
	case PropCatalog:
		var v CatalogValue
		if decode(p.Value, &v) {
			a.Catalog = &v
		}
	case PropSourceCode:
		var v SourceCodeValue
		if decode(p.Value, &v) && a.Type == TypeJob {
			a.SourceCode = &v
		}
	case PropSQL, PropSource, PropDBTNode:
		var v CodeValue
		if decode(p.Value, &v) && a.Type == TypeJob {
			a.CodeHash = BetterCode(a.CodeHash, v.Hash)
		}
	}
}

// decode reads canonical JSON that Interpret wrote; a value of another shape
// (written by an older version) is left out rather than guessed. It is most of
// what building a row costs, so it is read by the quicker of two readers.
func decode(raw json.RawMessage, into any) bool { return jsonx.Unmarshal(raw, into) == nil }

func guessKind(n Name) DatasetKind {
	if r, _ := ruleOf(n.Namespace); r != nil {
		switch r.kind {
		case storeTable:
			return KindTable
		case storeTopic:
			return KindTopic
		case storePath:
			return KindFile
		}
	}
	if len(n.Namespace) > 12 && n.Namespace[:12] == "sagemaker://" && len(n.Name) > 6 && n.Name[:6] == "model/" {
		return KindModel
	}
	return KindOther
}
