package catalog

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// TestNamingRefused: what cannot hold names the entry, what is wrong with it
// and what to write.
func TestNamingRefused(t *testing.T) {
	one := func(from, to string) map[string]string { return map[string]string{from: to} }
	for what, c := range map[string]struct {
		config       NamingConfig
		section, key string
	}{
		"a namespace to itself":       {NamingConfig{Namespaces: one("kafka://B", "kafka://b:9092")}, "namespaces", "kafka://B"},
		"an empty namespace":          {NamingConfig{Namespaces: one("kafka://b", "")}, "namespaces", "kafka://b"},
		"a circle":                    {NamingConfig{Namespaces: map[string]string{"kafka://a": "kafka://b", "kafka://b": "kafka://a"}}, "namespaces", "kafka://a"},
		"two meanings":                {NamingConfig{Namespaces: map[string]string{"kafka://a": "kafka://b", "kafka://a:9092": "kafka://c"}}, "namespaces", "kafka://a:9092"},
		"a namespace among hosts":     {NamingConfig{Hosts: one("postgres://a", "b")}, "hosts", "postgres://a"},
		"no host":                     {NamingConfig{Hosts: one("a", "")}, "hosts", "a"},
		"hosts in a chain":            {NamingConfig{Hosts: map[string]string{"a": "b", "b:5432": "c"}}, "hosts", "a"},
		"two meanings of a host":      {NamingConfig{Hosts: map[string]string{"A": "b", "a": "c"}}, "hosts", "a"},
		"a port of a bucket":          {NamingConfig{Ports: map[string]int{"s3": 1}}, "ports", "s3"},
		"a port of another word":      {NamingConfig{Ports: map[string]int{"postgresql": 5432}}, "ports", "postgresql"},
		"no port":                     {NamingConfig{Ports: map[string]int{"trino": 0}}, "ports", "trino"},
		"defaults of a bucket":        {NamingConfig{Defaults: map[string]NameDefaults{"s3://b": {Schema: "s"}}}, "defaults", "s3://b"},
		"a schema in MySQL":           {NamingConfig{Defaults: map[string]NameDefaults{"mysql://h": {Schema: "s"}}}, "defaults", "mysql://h"},
		"no defaults":                 {NamingConfig{Defaults: map[string]NameDefaults{"postgres://h": {}}}, "defaults", "postgres://h"},
		"defaults with a dot":         {NamingConfig{Defaults: map[string]NameDefaults{"postgres://h": {Database: "a.b"}}}, "defaults", "postgres://h"},
		"a mount of a relative path":  {NamingConfig{Mounts: one("mnt", "s3://b")}, "mounts", "mnt"},
		"a mount of everything":       {NamingConfig{Mounts: one("/", "s3://b")}, "mounts", "/"},
		"a mount on a database":       {NamingConfig{Mounts: one("/mnt", "postgres://h/x")}, "mounts", "/mnt"},
		"a mount on a file system":    {NamingConfig{Mounts: one("/mnt", "file/x")}, "mounts", "/mnt"},
		"a source without meaning":    {NamingConfig{Sources: map[string]map[string]string{"prod": {"unity-catalog": ""}}}, "sources", "prod"},
		"a partition without a year":  {NamingConfig{Partitions: []string{"MM-dd"}}, "partitions", ""},
		"a source in a chain":         {NamingConfig{Sources: map[string]map[string]string{"prod": {"a": "b", "b": "c"}}}, "sources", "prod"},
		"two folders mounted as one ": {NamingConfig{Mounts: map[string]string{"/mnt": "s3://b", "/mnt/": "s3://c"}}, "mounts", "/mnt/"},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := NewNaming(c.config)
			var e *NamingError
			if !errors.As(err, &e) {
				t.Fatalf("%v, want a NamingError", err)
			}
			if e.Section != c.section || e.Key != c.key || e.What == "" || e.Hint == "" || !strings.HasPrefix(e.Error(), "naming."+c.section) {
				t.Errorf("%+v (%s), want %s[%s]", e, e, c.section, c.key)
			}
		})
	}
}

// TestFingerprint: any change of the maps is noticed, their order is not.
func TestFingerprint(t *testing.T) {
	seen := map[int64]string{DefaultNaming().Fingerprint(): "no maps"}
	for what, c := range map[string]NamingConfig{
		"namespaces": {Namespaces: map[string]string{"kafka://a": "kafka://b", "kafka://c": "kafka://b"}},
		"hosts":      {Hosts: map[string]string{"a": "b"}},
		"ports":      {Ports: map[string]int{"trino": 8080}},
		"defaults":   {Defaults: map[string]NameDefaults{"postgres://h": {Schema: "s"}}},
		"mounts":     {Mounts: map[string]string{"/mnt": "s3://b"}},
		"sources":    {Sources: map[string]map[string]string{"p": {"unity-catalog": "databricks://h"}}},
		"partitions": {Partitions: []string{"yyyy_MM"}},
	} {
		g, err := NewNaming(c)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[g.Fingerprint()]; ok {
			t.Errorf("%s and %s have one fingerprint", what, other)
		}
		seen[g.Fingerprint()] = what
	}
	empty, err := NewNaming(NamingConfig{})
	if err != nil || empty.Fingerprint() != DefaultNaming().Fingerprint() {
		t.Errorf("an empty section is another naming: %v", err)
	}
}

// TestPartition: folders of partitions are no datasets.
func TestPartition(t *testing.T) {
	g, err := NewNaming(NamingConfig{Partitions: []string{"yyyy_MM"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][4]string{
		{"s3://b", "orders/dt=2025-09-01", "orders", "dt=2025-09-01"},
		{"s3://b", "orders/year=2025/month=09/", "orders", "year=2025/month=09"},
		{"s3://b", "orders/2025/09/01", "orders", "2025/09/01"},
		{"s3://b", "orders/2025/09/01/23", "orders", "2025/09/01/23"},
		{"s3://b", "orders/2025/09", "orders", "2025/09"},
		{"gs://b", "orders/2025-09-01", "orders", "2025-09-01"},
		{"gs://b", "orders/20250901", "orders", "20250901"},
		{"gs://b", "orders/20250901T101500Z", "orders", "20250901T101500Z"},
		{"gs://b", "orders/202509", "orders", "202509"},
		{"gs://b", "orders/01.09.2025", "orders", "01.09.2025"},
		{"file", "/tmp/outputs/1729097570970", "/tmp/outputs", "1729097570970"},
		{"s3://b", "orders/region=eu/2025-09-01", "orders", "region=eu/2025-09-01"},
		{"s3://b", "orders/dt=2025-09-01/part-0000-x.snappy.parquet", "orders", "dt=2025-09-01"},
		{"s3://b", "orders/dt=2025-09-01/eu.csv", "orders", "dt=2025-09-01"},
		{"s3://b", "orders/*", "orders", ""},
		{"s3://b", "orders/dt=*/*.parquet", "orders", ""},
		{"s3://b", "orders/dt=2025-09-01/*", "orders", "dt=2025-09-01"},
		{"hdfs://nn:8020", "/user/hive/warehouse/t1/p=1", "/user/hive/warehouse/t1", "p=1"},
		{"abfss://c@a.dfs.core.windows.net", "t/dt=1", "t", "dt=1"},
		{"bigquery", "p.d.t$20250901", "p.d.t", "20250901"},
		{"s3://b", "orders/2025_09", "orders", "2025_09"},
		// and these are
		{"s3://b", "region=eu/orders", "region=eu/orders", ""},
		{"s3://b", "orders/eu.csv", "orders/eu.csv", ""},
		{"s3://b", "orders/2025", "orders/2025", ""},
		{"s3://b", "orders/20251301", "orders/20251301", ""},
		{"s3://b", "orders/12345678901", "orders/12345678901", ""},
		{"s3://b", "2025-09-01", "2025-09-01", ""},
		{"s3://b", "/dt=1", "/dt=1", ""},
		{"s3://b", "a=b=c", "a=b=c", ""},
		{"s3://b", "", "", ""},
		{"bigquery", "p.d.t$x", "p.d.t$x", ""},
		{"postgres://h:5432", "d.s.t/dt=1", "d.s.t/dt=1", ""},
		{"kafka://b", "orders/2025-09-01", "orders/2025-09-01", ""},
	} {
		got, part := g.Partition(DatasetName(c[0], c[1]))
		if want := DatasetName(c[0], c[2]); got != want || part != c[3] {
			t.Errorf("%s: %s of %s, want %q of %s", c[1], part, got, c[3], want)
		}
	}
	if n, part := g.Partition(JobName("s3://b", "a/dt=1")); part != "" || n.Name != "a/dt=1" {
		t.Error("a job has partitions")
	}
}

// TestSettle: wherever facts name a dataset, the partition is taken from it.
// The facts are filled by reflection, so that a new field cannot be forgotten.
func TestSettle(t *testing.T) {
	raw, want := DatasetName("unity-catalog", "c.s.t"), DatasetName("databricks://h", "c.s.t")
	g, err := NewNaming(NamingConfig{Sources: map[string]map[string]string{"prod": {"unity-catalog": "databricks://h"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]Name{{raw, want}, {DatasetName("s3://b", "t/dt=1"), DatasetName("s3://b", "t")}} {
		f := &Facts{}
		fill(reflect.ValueOf(f).Elem(), pair[0])
		f.Job.Name = JobName("prod", "j")
		if left := count(reflect.ValueOf(g.Settle(f)).Elem(), pair[0]); left != 0 {
			t.Errorf("%d places still name %s", left, pair[0])
		}
		if count(reflect.ValueOf(f).Elem(), pair[1]) != 0 {
			t.Error("the facts that were given changed")
		}
		if n := len(g.Settle(f).Aliases); n != 0 {
			t.Errorf("%d aliases of a name to itself", n)
		}
		if io := g.Settle(f).Inputs[0]; io.Dataset != pair[1] {
			t.Errorf("%+v", io)
		}
	}
	plain := g.Settle(&Facts{Inputs: []IOFact{{Dataset: DatasetName("s3://b", "t/dt=1")}, {Dataset: DatasetName("s3://b", "t/dt=1"), Partition: "stated"}}})
	if plain.Inputs[0].Partition != "dt=1" || plain.Inputs[1].Partition != "stated" {
		t.Errorf("partitions of %+v", plain.Inputs)
	}
}

// fill puts one element into every list and pointer and the name into every
// place for one.
func fill(v reflect.Value, n Name) {
	switch {
	case v.Type() == reflect.TypeFor[Name]():
		v.Set(reflect.ValueOf(n))
	case v.Kind() == reflect.Struct && v.Type().PkgPath() != "time":
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	}
}

// count counts the places that hold the name. What people state, and jobs, stay under the names they
// came with, whatever those look like.
func count(v reflect.Value, n Name) (found int) {
	switch {
	case v.Type() == reflect.TypeFor[Name]():
		if v.Interface() == any(n) {
			return 1
		}
	case v.Type() == reflect.TypeFor[RunFact](), v.Type() == reflect.TypeFor[ControlFact](), v.Type() == reflect.TypeFor[OperatorFact]():
		return 0
	case v.Kind() == reflect.Struct && v.Type().PkgPath() != "time":
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Parent" {
				found += count(v.Field(i), n)
			}
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return count(v.Elem(), n)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			found += count(v.Index(i), n)
		}
	}
	return found
}
