package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// NamingConfig is what an operator knows of names and no event says: the
// "naming" section of the configuration.
type NamingConfig struct {
	// Namespaces maps a dataset namespace to the one it is another name of: a
	// Snowflake locator to its account, a bootstrap server to its cluster.
	Namespaces map[string]string `json:"namespaces,omitempty" yaml:"namespaces"`
	// Hosts maps HOST or HOST:PORT, in whatever scheme, to another: proxies,
	// addresses, aliases.
	Hosts map[string]string `json:"hosts,omitempty" yaml:"hosts"`
	// Ports is the default port of a scheme, where producers leave it out.
	Ports map[string]int `json:"ports,omitempty" yaml:"ports"`
	// Defaults completes short table names in a namespace.
	Defaults map[string]NameDefaults `json:"defaults,omitempty" yaml:"defaults"`
	// Mounts maps a folder of a file system to the object store behind it.
	Mounts map[string]string `json:"mounts,omitempty" yaml:"mounts"`
	// Sources says, for events under a job namespace, what a namespace that
	// names no place ("unity-catalog") means there.
	Sources map[string]map[string]string `json:"sources,omitempty" yaml:"sources"`
	// Partitions are further forms of dated folders: yyyy, MM, dd, HH, mm, ss
	// and literal text; a slash parts folders.
	Partitions []string `json:"partitions,omitempty" yaml:"partitions"`
}

// NameDefaults are the parts that a short table name leaves out.
type NameDefaults struct {
	Database string `json:"database,omitempty" yaml:"database"`
	Schema   string `json:"schema,omitempty" yaml:"schema"`
}

// NamingError says which entry of the naming section cannot hold.
type NamingError struct {
	// Section and Key lead to the entry; Key is empty for a list.
	Section, Key string
	What, Hint   string
}

// Error names the entry and what is wrong.
func (e *NamingError) Error() string {
	where := "naming." + e.Section
	if e.Key != "" {
		where += "[" + e.Key + "]"
	}
	return where + ": " + e.What
}

// Naming is the built-in rules with what an operator knows: a pure function of
// names. It is safe for concurrent use.
type Naming struct {
	namespaces map[string]string // canonical to canonical
	hosts      map[string]hostPort
	ports      map[string]string
	defaults   map[string]NameDefaults
	mounts     []mount // longest first
	sources    map[string]map[string]string
	partitions []partitionPattern
	config     NamingConfig
}

type hostPort struct{ host, port string }

type mount struct {
	path string
	to   Name
}

var defaultNaming = &Naming{}

// DefaultNaming is the built-in rules alone.
func DefaultNaming() *Naming { return defaultNaming }

// NewNaming checks the operator's maps and compiles them. The order of entries
// means nothing: an entry that leads on to another is followed, two that
// contradict are refused. Errors are *NamingError.
func NewNaming(c NamingConfig) (*Naming, error) {
	g := &Naming{config: c, namespaces: map[string]string{}, hosts: map[string]hostPort{}, ports: map[string]string{},
		defaults: map[string]NameDefaults{}, sources: c.Sources}
	for _, step := range []func(NamingConfig) *NamingError{g.addPorts, g.addHosts, g.addNamespaces, g.addDefaults, g.addMounts, g.checkSources, g.addPartitions} {
		if err := step(c); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// Fingerprint changes when names may get another form: with the maps and with
// the built-in rules.
func (g *Naming) Fingerprint() int64 {
	raw, err := json.Marshal(g.config)
	if err != nil {
		panic(err) // maps of strings
	}
	sum := sha256.Sum256(append([]byte(strconv.Itoa(rulesVersion)+"\n"), raw...))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 1)
}

func (g *Naming) addPorts(c NamingConfig) *NamingError {
	for _, scheme := range slices.Sorted(maps.Keys(c.Ports)) {
		r, port := rulesByScheme[scheme], c.Ports[scheme]
		switch {
		case r == nil || r.bare || r.verbatim || r.rule == "glue":
			return &NamingError{"ports", scheme, "no store with hosts has this scheme", "one of " + strings.Join(hostSchemes(), ", ")}
		case r.schemes[0] != scheme:
			return &NamingError{"ports", scheme, "another word for " + r.schemes[0], "write " + r.schemes[0]}
		case port < 1 || port > 65535:
			return &NamingError{"ports", scheme, fmt.Sprintf("%d is no port", port), "1 to 65535"}
		}
		g.ports[r.rule] = strconv.Itoa(port)
	}
	return nil
}

func hostSchemes() []string {
	var out []string
	for _, r := range nameRules {
		if !r.bare && !r.verbatim && r.rule != "glue" {
			out = append(out, r.schemes[0])
		}
	}
	return out
}

func (g *Naming) portOf(r *nameRule) string { return cmp.Or(g.ports[r.rule], r.port) }

func (g *Naming) addHosts(c NamingConfig) *NamingError {
	for _, from := range slices.Sorted(maps.Keys(c.Hosts)) {
		key, to := parseHost(from), parseHost(c.Hosts[from])
		switch {
		case !key.usable():
			return &NamingError{"hosts", from, "not HOST or HOST:PORT", "write the host alone; namespaces maps whole namespaces"}
		case !to.usable():
			return &NamingError{"hosts", from, fmt.Sprintf("%q is not HOST or HOST:PORT", c.Hosts[from]), "write the host that names should carry"}
		}
		if old, ok := g.hosts[key.String()]; ok && old != to {
			return &NamingError{"hosts", from, "two entries for this host differ", "keep one of them; case means nothing in hosts"}
		}
		g.hosts[key.String()] = to
	}
	for _, from := range slices.Sorted(maps.Keys(c.Hosts)) {
		if next, ok := g.follow(parseHost(from)); ok {
			return &NamingError{"hosts", from, "leads to " + next.String() + ", which is mapped itself", "write the last host of the chain"}
		}
	}
	return nil
}

// follow: where the target of an entry would be mapped again. A target without
// port keeps that of the key, or any.
func (g *Naming) follow(key hostPort) (hostPort, bool) {
	to := g.hosts[key.String()]
	for _, k := range slices.Sorted(maps.Keys(g.hosts)) {
		k := parseHost(k)
		port := cmp.Or(to.port, key.port)
		if k.host == to.host && (k.port == "" || port == "" || k.port == port) {
			return to, true
		}
	}
	return to, false
}

func parseHost(s string) hostPort {
	s = strings.ToLower(strings.TrimSpace(s))
	if a, err := netip.ParseAddr(s); err == nil && a.Is6() {
		return hostPort{"[" + s + "]", ""}
	}
	host, port := splitPort(s)
	return hostPort{host, port}
}

func (h hostPort) usable() bool { return h.host != "" && !strings.ContainsAny(h.host, `/\;?@, `) }

func (h hostPort) String() string {
	if h.port == "" {
		return h.host
	}
	return h.host + ":" + h.port
}

func (g *Naming) hostOf(host, port string) (hostPort, bool) {
	if len(g.hosts) == 0 {
		return hostPort{}, false
	}
	to, ok := g.hosts[hostPort{host, port}.String()]
	if !ok {
		to, ok = g.hosts[host]
	}
	return to, ok
}

// namespaceOf is the canonical form of a namespace by rules, ports and hosts.
func (g *Naming) namespaceOf(ns string) string {
	if r, authority := ruleOf(ns); r != nil {
		return r.spellNamespace(g, authority)
	}
	return ns
}

func (g *Naming) addNamespaces(c NamingConfig) *NamingError {
	steps := map[string]string{}
	for _, from := range slices.Sorted(maps.Keys(c.Namespaces)) {
		key, to := g.namespaceOf(from), g.namespaceOf(c.Namespaces[from])
		switch old, ok := steps[key]; {
		case from == "" || to == "":
			return &NamingError{"namespaces", from, "an empty namespace", "write both as events do, for example kafka://broker-1:9092"}
		case key == to:
			return &NamingError{"namespaces", from, "maps " + key + " to itself", "leave it out: weir reads both as one already"}
		case ok && old != to:
			return &NamingError{"namespaces", from, "two entries for " + key + " differ", "keep one of them"}
		}
		steps[key] = to
	}
	for _, from := range slices.Sorted(maps.Keys(c.Namespaces)) {
		key := g.namespaceOf(from)
		end, ok := endOf(steps, key)
		if !ok {
			return &NamingError{"namespaces", from, "leads in a circle", "decide which namespace is the one to keep"}
		}
		g.namespaces[key] = end
	}
	return nil
}

func endOf(steps map[string]string, from string) (string, bool) {
	at := from
	for range len(steps) + 1 {
		to, ok := steps[at]
		if !ok {
			return at, true
		}
		at = to
	}
	return "", false
}

// settled is the canonical form of a namespace, the operator's map included.
func (g *Naming) settled(ns string) string {
	ns = g.namespaceOf(ns)
	if to, ok := g.namespaces[ns]; ok {
		return to
	}
	return ns
}

func (g *Naming) addDefaults(c NamingConfig) *NamingError {
	for _, from := range slices.Sorted(maps.Keys(c.Defaults)) {
		d, ns := c.Defaults[from], g.settled(from)
		r, _ := ruleOf(ns)
		switch {
		case r == nil || r.parts == 0:
			return &NamingError{"defaults", from, "names there are not made of database, schema and table", "defaults are for namespaces of databases"}
		case r.parts == 2 && d.Schema != "":
			return &NamingError{"defaults", from, r.rule + " has no schemas", "write database alone"}
		case d == NameDefaults{}:
			return &NamingError{"defaults", from, "neither database nor schema", "write at least one"}
		case strings.ContainsAny(d.Database+d.Schema, "."):
			return &NamingError{"defaults", from, "a part of a name holds a dot", "write database and schema apart"}
		}
		d = NameDefaults{r.spellName(d.Database), r.spellName(d.Schema)}
		if old, ok := g.defaults[ns]; ok && old != d {
			return &NamingError{"defaults", from, "two entries for " + ns + " differ", "keep one of them"}
		}
		g.defaults[ns] = d
	}
	return nil
}

// complete adds what a short table name leaves out, where the operator said
// what it is. With both parts known, a name of two parts is only completed when
// its first part is one of them: it could be either.
func (g *Naming) complete(ns string, r *nameRule, name string) string {
	d, ok := g.defaults[ns]
	if !ok || name == "" {
		return name
	}
	parts := strings.Split(name, ".")
	switch {
	case r.parts-len(parts) == 1 && r.parts == 2 && d.Database != "":
		return d.Database + "." + name
	case r.parts-len(parts) == 2 && d.Database != "" && d.Schema != "":
		return d.Database + "." + d.Schema + "." + name
	case r.parts-len(parts) != 1 || r.parts == 2:
		return name
	case d.Database != "" && (d.Schema == "" || d.Schema == parts[0]):
		return d.Database + "." + name
	case d.Schema != "" && (d.Database == "" || d.Database == parts[0]):
		return parts[0] + "." + d.Schema + "." + parts[1]
	}
	return name
}

func (g *Naming) addMounts(c NamingConfig) *NamingError {
	for _, from := range slices.Sorted(maps.Keys(c.Mounts)) {
		to := SplitName(TypeDataset, c.Mounts[from]+"/.")[0]
		to.Name = strings.TrimSuffix(strings.TrimSuffix(to.Name, "."), "/")
		r, _ := ruleOf(to.Namespace)
		path := "/" + strings.Trim(from, "/")
		switch {
		case from == "" || from[0] != '/' || path == "/":
			return &NamingError{"mounts", from, "not the path of a folder", "write /mnt/lake: s3://bucket/prefix"}
		case r == nil || r.kind != storePath || r.rule == "file" || r.rule == "dbfs":
			return &NamingError{"mounts", from, fmt.Sprintf("%q is no object store", c.Mounts[from]), "write s3://bucket/prefix, gs://, abfss://, wasbs:// or hdfs://"}
		}
		if slices.ContainsFunc(g.mounts, func(m mount) bool { return m.path == path }) {
			return &NamingError{"mounts", from, "two entries for this folder", "keep one of them"}
		}
		g.mounts = append(g.mounts, mount{path, Name{TypeDataset, g.settled(to.Namespace), to.Name}})
	}
	slices.SortFunc(g.mounts, func(a, b mount) int {
		return cmp.Or(len(b.path)-len(a.path), strings.Compare(a.path, b.path))
	})
	return nil
}

// mounted gives the name in the object store behind a mounted folder.
func (g *Naming) mounted(n Name) (Name, bool) {
	if len(g.mounts) == 0 {
		return n, false
	}
	if r, _ := ruleOf(n.Namespace); r == nil || r.rule != "file" && r.rule != "dbfs" {
		return n, false
	}
	for _, m := range g.mounts {
		rest, ok := strings.CutPrefix(n.Name, m.path)
		if ok && (rest == "" || rest[0] == '/') {
			return Name{n.Type, m.to.Namespace, strings.Trim(m.to.Name, "/") + rest}, true
		}
	}
	return n, false
}

func (g *Naming) checkSources(c NamingConfig) *NamingError {
	for _, job := range slices.Sorted(maps.Keys(c.Sources)) {
		for _, from := range slices.Sorted(maps.Keys(c.Sources[job])) {
			to := c.Sources[job][from]
			if from == "" || to == "" || from == to || c.Sources[job][to] != "" {
				return &NamingError{"sources", job, fmt.Sprintf("%q cannot mean %q", from, to), "write JOB_NAMESPACE: { unity-catalog: databricks://HOST }"}
			}
		}
	}
	return nil
}

// meant is the name that an event under a job namespace means.
func (g *Naming) meant(jobNamespace string, n Name) Name {
	if to := g.sources[jobNamespace][n.Namespace]; to != "" && n.Type == TypeDataset {
		n.Namespace = to
	}
	return n
}
