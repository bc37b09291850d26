package dbt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

// Artifacts are the files of one target directory. Manifest is needed; the
// others are zero when absent.
type Artifacts struct {
	Manifest Manifest
	Runs     RunResults
	Sources  SourceResults
	Catalog  Catalog
}

// Manifest is what weir uses of manifest.json.
type Manifest struct {
	Metadata struct {
		ProjectName   string `json:"project_name"`
		InvocationID  string `json:"invocation_id"`
		AdapterType   string `json:"adapter_type"`
		SchemaVersion string `json:"dbt_schema_version"`
	} `json:"metadata"`
	Nodes     map[string]Node     `json:"nodes"`
	Sources   map[string]Node     `json:"sources"`
	Exposures map[string]Exposure `json:"exposures"`
}

// Exposure is something outside of dbt that reads its models.
type Exposure struct {
	UniqueID  string `json:"unique_id"`
	Name      string `json:"name"`
	Label     string `json:"label"`
	Type      string `json:"type"`
	File      string `json:"original_file_path"`
	Owner     Owner  `json:"owner"`
	DependsOn struct {
		Nodes []string `json:"nodes"`
	} `json:"depends_on"`
}

// Owner of an exposure.
type Owner struct {
	Name string `json:"name"`
}

// Node is a model, seed, snapshot, test or source.
type Node struct {
	UniqueID     string `json:"unique_id"`
	ResourceType string `json:"resource_type"`
	PackageName  string `json:"package_name"`
	Database     string `json:"database"`
	Schema       string `json:"schema"`
	Name         string `json:"name"`
	Alias        string `json:"alias"`
	Identifier   string `json:"identifier"`
	SourceName   string `json:"source_name"`
	File         string `json:"original_file_path"`
	Checksum     struct {
		Checksum string `json:"checksum"`
	} `json:"checksum"`
	Description string   `json:"description"`
	Tags        []string `json:"tags"`
	Attached    string   `json:"attached_node"`
	ColumnName  string   `json:"column_name"`
	Config      struct {
		Materialized string         `json:"materialized"`
		Severity     string         `json:"severity"`
		Meta         map[string]any `json:"meta"`
	} `json:"config"`
	DependsOn struct {
		Nodes []string `json:"nodes"`
	} `json:"depends_on"`
	Columns map[string]Column `json:"columns"`
}

// Column is a documented column.
type Column struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	DataType    string `json:"data_type"`
	// Meta is free for the project; newer manifests keep it under config.
	Meta   map[string]any `json:"meta"`
	Config struct {
		Meta map[string]any `json:"meta"`
	} `json:"config"`
}

// RunResults is what weir uses of run_results.json.
type RunResults struct {
	Metadata struct {
		InvocationID string            `json:"invocation_id"`
		GeneratedAt  string            `json:"generated_at"`
		StartedAt    string            `json:"invocation_started_at"`
		Env          map[string]string `json:"env"`
	} `json:"metadata"`
	Args struct {
		Which string `json:"which"`
	} `json:"args"`
	Results []Result `json:"results"`
}

// Result of one node.
type Result struct {
	UniqueID string `json:"unique_id"`
	Status   string `json:"status"`
	Message  string `json:"message"`
	// Compiled is the SQL that ran; run_results before version 5 has none.
	Compiled string `json:"compiled_code"`
	Timing   []struct {
		Name        string `json:"name"`
		StartedAt   string `json:"started_at"`
		CompletedAt string `json:"completed_at"`
	} `json:"timing"`
}

// SourceResults is what weir uses of sources.json.
type SourceResults struct {
	Metadata struct {
		InvocationID string `json:"invocation_id"`
	} `json:"metadata"`
	Results []struct {
		UniqueID      string `json:"unique_id"`
		MaxLoadedAt   string `json:"max_loaded_at"`
		SnapshottedAt string `json:"snapshotted_at"`
		Status        string `json:"status"`
	} `json:"results"`
}

// Catalog is what weir uses of catalog.json.
type Catalog struct {
	Metadata struct {
		SchemaVersion string `json:"dbt_schema_version"`
	} `json:"metadata"`
	Nodes   map[string]CatalogNode `json:"nodes"`
	Sources map[string]CatalogNode `json:"sources"`
}

// CatalogNode has the columns as the warehouse knows them.
type CatalogNode struct {
	Columns map[string]struct {
		Name  string `json:"name"`
		Type  string `json:"type"`
		Index int    `json:"index"`
	} `json:"columns"`
}

// Read reads the artifacts of a target directory.
func Read(target fs.FS) (Artifacts, error) {
	var a Artifacts
	for name, into := range map[string]any{"manifest.json": &a.Manifest, "run_results.json": &a.Runs, "sources.json": &a.Sources, "catalog.json": &a.Catalog} {
		b, err := fs.ReadFile(target, name)
		if errors.Is(err, fs.ErrNotExist) && name != "manifest.json" {
			continue
		}
		if err != nil {
			return a, fmt.Errorf("read dbt artifact: %w", err)
		}
		if err := json.Unmarshal(b, into); err != nil {
			return a, fmt.Errorf("read dbt artifact %s: %w", name, err)
		}
	}
	return a, nil
}

// maxArtifact bounds one file: a manifest of 20,000 models is about 200 MB.
const maxArtifact = 1 << 30

// The schemas of manifest.json whose fields are read here: dbt 1 writes them since
// 1.5.
const (
	firstManifest = 9
	lastManifest  = 12
)

var manifestVersion = regexp.MustCompile(`/manifest/v([0-9]+)\.json$`)

// Strange says that the manifest is of a schema that is not known: then what it
// names otherwise is not seen. "" for a known one.
func (m Manifest) Strange() string {
	version := m.Metadata.SchemaVersion
	if found := manifestVersion.FindStringSubmatch(version); found != nil {
		n, err := strconv.Atoi(found[1])
		if err == nil && n >= firstManifest && n <= lastManifest {
			return ""
		}
		version = "v" + found[1]
	}
	return fmt.Sprintf("its schema is %s, and weir knows v%d to v%d: what is called otherwise in it is not seen", version, firstManifest, lastManifest)
}

// ReadManifest reads one manifest.json. Of one that is Strange it reads the fields
// that are there.
func ReadManifest(r io.Reader) (m Manifest, err error) {
	if err = decode(r, &m); err != nil {
		return m, err
	}
	return m, ofKind("manifest", m.Metadata.SchemaVersion)
}

// ReadCatalog reads one catalog.json, which dbt docs generate writes.
func ReadCatalog(r io.Reader) (c Catalog, err error) {
	if err = decode(r, &c); err != nil {
		return c, err
	}
	return c, ofKind("catalog", c.Metadata.SchemaVersion)
}

func decode(r io.Reader, into any) error {
	limited := &io.LimitedReader{R: r, N: maxArtifact}
	err := json.NewDecoder(limited).Decode(into)
	switch {
	case limited.N <= 0:
		return fmt.Errorf("larger than %d MB", maxArtifact>>20)
	case err != nil:
		return fmt.Errorf("not a JSON artifact of dbt: %w", err)
	}
	return nil
}

// ofKind looks at the schema that each artifact names, such as
// https://schemas.getdbt.com/dbt/manifest/v12.json.
func ofKind(kind, schema string) error {
	if !strings.Contains(schema, "/"+kind+"/") {
		return fmt.Errorf("not a %s of dbt: its metadata.dbt_schema_version is %q", kind, schema)
	}
	return nil
}
