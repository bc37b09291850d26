package propose

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/yamlfile"
)

// Place says where tables are that a file does not place itself.
type Place struct {
	// Namespace is that of the datasets, such as postgres://wh:5432.
	Namespace string
	// Schema is what stands before a table's name, such as shop.marts.
	Schema string
	// Server picks one of a contract's servers by name; "" the first.
	Server string
}

// contract is what weir reads of a data contract (Open Data Contract Standard,
// version 3).
type contract struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	ID         string   `yaml:"id"`
	Name       string   `yaml:"name"`
	Servers    []server `yaml:"servers"`
	Schema     []table  `yaml:"schema"`
	Team       any      `yaml:"team"`
	SLA        []sla    `yaml:"slaProperties"`
	// Default is where an entry belongs that names no element.
	Default string `yaml:"slaDefaultElement"`
}

type server struct {
	Server   string `yaml:"server"`
	Type     string `yaml:"type"`
	Host     string `yaml:"host"`
	Port     any    `yaml:"port"`
	Account  string `yaml:"account"`
	Project  string `yaml:"project"`
	Database string `yaml:"database"`
	Schema   string `yaml:"schema"`
	Dataset  string `yaml:"dataset"`
}

type table struct {
	Name         string `yaml:"name"`
	PhysicalName string `yaml:"physicalName"`
}

type sla struct {
	Property string `yaml:"property"`
	Value    any    `yaml:"value"`
	Unit     string `yaml:"unit"`
	Element  string `yaml:"element"`
	Driver   string `yaml:"driver"`
}

func (s sla) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %v %s", s.Property, s.Value, s.Unit))
}

// IsContract reports whether a document calls itself a data contract.
func IsContract(b []byte) bool {
	var c struct {
		Kind string `yaml:"kind"`
	}
	return yamlfile.Read(b, &c) == nil && c.Kind == "DataContract"
}

// Contract reads the service levels of a data contract: latency becomes max_lag,
// timeOfAvailability by, frequency max_age. A policy has one want, so the
// strictest form counts (by, then max_lag, then max_age) and the others are
// told of.
func Contract(path string, b []byte, at Place) (hints []Hint, notes []Note, err error) {
	var c contract
	if err := yamlfile.Read(b, &c); err != nil {
		return nil, nil, fmt.Errorf("%w: read contract %s: %s", catalog.ErrInvalid, path, strings.SplitN(err.Error(), "\n", 2)[0])
	}
	if c.Kind != "DataContract" || !strings.HasPrefix(c.APIVersion, "v3.") {
		return nil, nil, catalog.WithHint(fmt.Errorf("%w: %s is no data contract of version 3 (kind %q, apiVersion %q)", catalog.ErrInvalid, path, c.Kind, c.APIVersion), "weir reads ODCS v3: kind: DataContract, apiVersion: v3.x")
	}
	for _, t := range c.Schema {
		from := fmt.Sprintf("%s: slaProperties of %s", path, t.Name)
		list := c.of(t)
		if len(list) == 0 {
			continue
		}
		name, err := c.asset(t, at)
		if err != nil {
			notes = append(notes, Note{from, err.Error()})
			continue
		}
		want, told := wantOf(list)
		if want == nil {
			notes = append(notes, Note{from, strings.Join(told, "; ")})
			continue
		}
		h := Hint{From: from, Name: cmp.Or(c.Name, c.ID, "contract") + "-" + t.Name, Asset: name, Keys: map[string]any{"want": want}, Notes: told}
		if owner := c.owner(); owner != "" {
			h.Keys["owner"] = owner
		}
		hints = append(hints, h)
	}
	return hints, notes, nil
}

// of are the service levels of a table: those that name it or one of its
// columns, and those that name nothing.
func (c contract) of(t table) (out []sla) {
	for _, s := range c.SLA {
		element, _, _ := strings.Cut(cmp.Or(s.Element, c.Default), ".")
		if element == "" || element == t.Name || element == t.PhysicalName {
			out = append(out, s)
		}
	}
	return out
}

// wantOf makes a want of service levels; nil when none says one.
func wantOf(list []sla) (want map[string]any, told []string) {
	var lag, age time.Duration
	clock := ""
	for _, s := range list {
		var err error
		switch strings.ToLower(s.Property) {
		case "latency", "ly":
			lag, err = s.duration()
		case "frequency", "fy":
			age, err = s.duration()
		case "timeofavailability", "ta":
			clock, err = s.clock()
		default:
			err = errors.New("has no place in a policy")
		}
		if err != nil {
			told = append(told, fmt.Sprintf("%s: %v", s, err))
		}
	}
	left := func(what string, is bool) {
		if is {
			told = append(told, what+" is left out: a policy has one want")
		}
	}
	switch {
	case clock != "":
		covers := cmp.Or(lag, age, 24*time.Hour)
		left("the frequency", age > 0 && lag > 0)
		return map[string]any{"by": map[string]any{"cron": clock, "tz": "UTC", "covers": brief(covers)}}, told
	case lag > 0:
		left("the frequency", age > 0)
		return map[string]any{"max_lag": brief(lag)}, told
	case age > 0:
		return map[string]any{"max_age": brief(age)}, told
	}
	return nil, told
}

// units of the standard, singular; "m" could be minutes or months and is none.
var units = map[string]time.Duration{
	"s": time.Second, "sec": time.Second, "second": time.Second, "min": time.Minute, "minute": time.Minute, "h": time.Hour, "hr": time.Hour, "hour": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour,
}

func (s sla) duration() (time.Duration, error) {
	n, err := strconv.ParseFloat(strings.TrimSpace(fmt.Sprint(s.Value)), 64)
	unit := strings.ToLower(s.Unit)
	of, ok := units[unit]
	if !ok {
		of, ok = units[strings.TrimSuffix(unit, "s")]
	}
	if err != nil || !ok || n <= 0 || n > 10_000 {
		return 0, errors.New("no duration that weir reads")
	}
	return time.Duration(n * float64(of)).Round(time.Second), nil
}

var clockForm = regexp.MustCompile(`^(\d{1,2}):(\d{2})(?::\d{2})?(Z|[+-]\d{2}:?\d{2})?$`)

// clock is a time of day as a cron in UTC: an offset stays what it is all year.
func (s sla) clock() (string, error) {
	m := clockForm.FindStringSubmatch(strings.TrimSpace(fmt.Sprint(s.Value)))
	if m == nil {
		return "", errors.New("no time of day that weir reads (09:00-08:00)")
	}
	zone := strings.ReplaceAll(m[3], ":", "")
	if zone == "" || zone == "Z" {
		zone = "+0000"
	}
	t, err := time.Parse("15:04-0700", fmt.Sprintf("%02s:%s%s", m[1], m[2], zone))
	if err != nil {
		return "", errors.New("no time of day that weir reads (09:00-08:00)")
	}
	t = t.UTC()
	return fmt.Sprintf("%d %d * * *", t.Minute(), t.Hour()), nil
}

// brief writes a duration as policies do: whole days, else without zero parts.
func brief(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// asset names a table as OpenLineage does, by the contract's server.
func (c contract) asset(t table, at Place) (catalog.Name, error) {
	name := cmp.Or(t.PhysicalName, t.Name)
	n := catalog.Name{Type: catalog.TypeDataset, Namespace: at.Namespace, Name: name}
	if at.Schema != "" && !strings.Contains(name, ".") {
		n.Name = at.Schema + "." + name
	}
	if at.Namespace != "" {
		return n, nil
	}
	for _, s := range c.Servers {
		if at.Server != "" && s.Server != at.Server {
			continue
		}
		ns, prefix, err := s.place()
		if err == nil {
			n.Namespace = ns
			if prefix != "" && !strings.Contains(name, ".") {
				n.Name = prefix + "." + name
			}
		}
		return n, err
	}
	return n, errors.New("the contract names no server: say where its tables are with --namespace and --schema")
}

// place gives the namespace of a server and what stands before a table's name.
func (s server) place() (namespace, prefix string, err error) {
	port := func(def int) string {
		if s.Port == nil {
			return strconv.Itoa(def)
		}
		return fmt.Sprint(s.Port)
	}
	switch strings.ToLower(s.Type) {
	case "postgres", "postgresql":
		return "postgres://" + s.Host + ":" + port(5432), joined(s.Database, s.Schema), nil
	case "redshift":
		return "redshift://" + s.Host + ":" + port(5439), joined(s.Database, s.Schema), nil
	case "mysql":
		return "mysql://" + s.Host + ":" + port(3306), s.Database, nil
	case "sqlserver":
		return "mssql://" + s.Host + ":" + port(1433), joined(s.Database, s.Schema), nil
	case "snowflake":
		return "snowflake://" + s.Account, joined(s.Database, s.Schema), nil
	case "bigquery":
		return "bigquery", joined(s.Project, s.Dataset), nil
	case "kafka":
		return "kafka://" + s.Host, "", nil
	}
	return "", "", fmt.Errorf("the tables of a server of type %q are not placed: say where they are with --namespace and --schema", s.Type)
}

func joined(a, b string) string { return strings.Trim(a+"."+b, ".") }

// owner is the team's name, or the name of the member in the role of owner.
func (c contract) owner() string {
	members := c.Team
	if m, ok := c.Team.(map[string]any); ok {
		if name, ok := m["name"].(string); ok && name != "" {
			return name
		}
		members = m["members"]
	}
	list, _ := members.([]any)
	for _, x := range list {
		m, _ := x.(map[string]any)
		if role, _ := m["role"].(string); strings.EqualFold(role, "owner") {
			name, _ := m["username"].(string)
			return name
		}
	}
	return ""
}
