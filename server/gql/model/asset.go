package model

import (
	"slices"
	"time"

	"github.com/weirhq/weir/catalog"
)

// Node is anything with an id.
type Node interface{ IsNode() }

// Asset is a *Dataset or a *Job.
type Asset interface {
	Node
	IsAsset()
	// Row is the canonical row.
	Row() catalog.Asset
}

// AssetType is the GraphQL word of a catalog.AssetType.
type AssetType string

// The asset types.
const (
	AssetTypeDataset AssetType = "DATASET"
	AssetTypeJob     AssetType = "JOB"
)

// Catalog is the catalogue's value.
func (t AssetType) Catalog() catalog.AssetType {
	if t == AssetTypeJob {
		return catalog.TypeJob
	}
	return catalog.TypeDataset
}

// AssetName is a name without its type.
type AssetName struct{ Namespace, Name string }

// AssetNameInput is a name that the caller gives.
type AssetNameInput struct{ Namespace, Name string }

// Catalog is the full name.
func (n AssetNameInput) Catalog(t catalog.AssetType) catalog.Name {
	return catalog.Name{Type: t, Namespace: n.Namespace, Name: n.Name}
}

// NameOf is the view of a name.
func NameOf(n catalog.Name) *AssetName { return &AssetName{n.Namespace, n.Name} }

func nameOf(n catalog.Name) AssetName { return AssetName{n.Namespace, n.Name} }

// NewAsset makes the view of a row.
func NewAsset(a catalog.Asset) Asset {
	if a.Type == catalog.TypeJob {
		return &Job{common{a}}
	}
	return &Dataset{common{a}}
}

// common is what datasets and jobs share.
type common struct{ A catalog.Asset }

func (common) IsNode()  {}
func (common) IsAsset() {}

// Row is the canonical row.
func (c common) Row() catalog.Asset { return c.A }

// ID is the node id.
func (c common) ID() string { return AssetID(c.A.ID) }

// Type is DATASET or JOB.
func (c common) Type() AssetType { return typeOf(c.A.Type) }

func typeOf(t catalog.AssetType) AssetType {
	if t == catalog.TypeJob {
		return AssetTypeJob
	}
	return AssetTypeDataset
}

// Name is the preferred name.
func (c common) Name() AssetName { return nameOf(c.A.Name) }

// Names are all names with their evidence.
func (c common) Names() []KnownName {
	return each(c.A.Names, func(n catalog.KnownName) KnownName {
		return KnownName{Namespace: n.Name.Namespace, Name: n.Name.Name, Origin: n.Origin, Evidence: opt(n.Detail), Since: n.Since}
	})
}

// Description is null when nobody stated one.
func (c common) Description() *string { return opt(c.A.Description) }

// Owners are who is responsible.
func (c common) Owners() []Owner { return OwnersOf(c.A.Owners) }

// Tags are the labels of the asset as a whole.
func (c common) Tags() []Tag { return tagsOf(c.A.Tags, "") }

// DescriptionCurated is who wrote the description in the producers' place.
func (c common) DescriptionCurated() *catalog.Curated { return curatedOf(c.A.DescriptionCurated) }

// Declared is who declared it.
func (c common) Declared() *catalog.Curated { return curatedOf(c.A.Declared) }

// URL is where it can be opened.
func (c common) URL() *string { return opt(c.A.URL) }

// FirstSeen is the earliest event time that named it.
func (c common) FirstSeen() time.Time { return c.A.FirstSeen }

// RemovedAt is when it was dropped.
func (c common) RemovedAt() *time.Time { return c.A.RemovedAt }

// KnownName is a name with its evidence.
type KnownName struct {
	Namespace, Name string
	Origin          catalog.NameOrigin
	Evidence        *string
	Since           time.Time
}

// Dataset is the view of a dataset's row.
type Dataset struct{ common }

// Kind is OTHER when nobody stated one.
func (d *Dataset) Kind() catalog.DatasetKind {
	if d.A.Kind == "" {
		return catalog.KindOther
	}
	return d.A.Kind
}

// Containers hold it, outermost first.
func (d *Dataset) Containers() []Container {
	return each(d.A.Containers, func(c catalog.Container) Container { return Container{Type: opt(c.Type), Name: c.Name} })
}

// Container is one level of what holds a dataset.
type Container struct {
	Type *string
	Name string
}

// Catalog manages it.
func (d *Dataset) Catalog() *DatasetCatalog {
	c := d.A.Catalog
	if c == nil {
		return nil
	}
	return &DatasetCatalog{Name: opt(c.Name), Type: opt(c.Type), Framework: opt(c.Framework), MetadataURI: opt(c.MetadataURI),
		WarehouseURI: opt(c.WarehouseURI), Source: opt(c.Source)}
}

// DatasetCatalog is the catalog that manages a dataset.
type DatasetCatalog struct {
	Name, Type, Framework, MetadataURI, WarehouseURI, Source *string
}

// SubKind is the producer's own word.
func (d *Dataset) SubKind() *string { return opt(d.A.SubKind) }

// Fields pages through the columns whose names hold all words of search.
func (d *Dataset) Fields(search *string, first *int, after *string) (*FieldConnection, error) {
	all := d.A.Fields
	if words := Words(search); len(words) > 0 {
		all = slices.DeleteFunc(slices.Clone(all), func(f catalog.Field) bool { return !Holds(f.Name, words) })
	}
	page, from, more, err := Slice(all, first, after)
	if err != nil {
		return nil, err
	}
	c := &FieldConnection{TotalCount: count(len(all))}
	for i, f := range page {
		n := Field{Name: f.Name, Type: opt(f.Type), Description: opt(f.Description), Parent: opt(f.Parent),
			DescriptionCurated: curatedOf(f.Curated), Tags: tagsOf(d.A.Tags, f.Name)}
		if f.Ordinal > 0 {
			n.Ordinal = count(f.Ordinal)
		}
		c.Edges = append(c.Edges, FieldEdge{n, OffsetCursor(from + i + 1)})
	}
	c.PageInfo = Info(c.Edges, more)
	return c, nil
}

func count(n int) *int { return &n }

// Field is a column.
type Field struct {
	Name              string
	Type, Description *string
	Ordinal           *int
	Parent            *string

	DescriptionCurated *catalog.Curated
	Tags               []Tag
}

// Job is the view of a job's row.
type Job struct{ common }

// Processing is UNKNOWN when nobody stated one.
func (j *Job) Processing() catalog.Processing {
	if j.A.Processing == "" {
		return catalog.ProcessingUnknown
	}
	return j.A.Processing
}

// Integration is the tool that says it runs the job.
func (j *Job) Integration() *string { return opt(j.A.Integration) }

// Emission is how its runs send events.
func (j *Job) Emission() *Emission {
	e := j.A.Emission
	if e == nil {
		return nil
	}
	out := &Emission{Trigger: opt(e.Trigger), ContentMode: opt(e.ContentMode)}
	if e.WindowSeconds > 0 {
		window := time.Duration(e.WindowSeconds) * time.Second
		out.Window = &window
	}
	return out
}

// Emission is how the runs of a job send events.
type Emission struct {
	Trigger, ContentMode *string
	Window               *time.Duration
}

// SourceCode is where its code lives.
func (j *Job) SourceCode() *SourceCode {
	c := j.A.SourceCode
	if c == nil {
		return nil
	}
	return &SourceCode{Type: opt(c.Type), URL: opt(c.URL), RepoURL: opt(c.RepoURL), Path: opt(c.Path), Version: opt(c.Version), Tag: opt(c.Tag), Branch: opt(c.Branch)}
}

// SourceCode is where the code of a job lives.
type SourceCode struct {
	Type, URL, RepoURL, Path, Version, Tag, Branch *string
}

// DurationStats sums up how long runs took.
type DurationStats struct {
	Count         int
	P50, P90, Max *time.Duration
}
